
/*
 * store: DELETE: one statement that leaves a tombstone, so that what arrives
 * late finds a grave and not a gap.  The sku is free at once.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


static void
inv_store_delete_filter(const inv_step_t *step, const inv_product_t *current,
                        bson_t *filter)
{
    bson_t             emptied;
    const inv_match_t *match;

    match = step->actions[0]->if_match;

    inv_store_filter_product(filter, current->id);

    if (step->guards_epoch) {
        bson_append_int64(filter, "epoch", -1, current->epoch);
    }

    bson_append_int64(filter, "reserved", -1, 0);

    if (match != NULL && match->kind == INV_MATCH_LIST) {
        bson_append_int64(filter, "version", -1, current->version);
    }

    /* it is asked whether the outbox is empty, so it is to be there */
    bson_init(&emptied);
    BCON_APPEND(&emptied, "$isArray", BCON_UTF8("$outbox"));
    inv_store_filter_state(filter, &emptied);
    bson_destroy(&emptied);
}


/* With an empty outbox it may be purged in a week; else its pull says when. */
static void
inv_store_delete_set(const inv_step_t *step, bson_t *set)
{
    inv_time_t at;

    at = step->actions[0]->at;

    BCON_APPEND(set, "deleted", BCON_BOOL(true), "sku", BCON_UTF8("$$REMOVE"),
                "updatedAt", BCON_DATE_TIME(at), "purgeAt", "{", "$cond", "[",
                "{", "$eq", "[", "{", "$size", BCON_UTF8("$outbox"), "}",
                BCON_INT32(0), "]", "}",
                BCON_DATE_TIME(at + INV_PURGE_AFTER_MS), BCON_UTF8("$$REMOVE"),
                "]", "}");

    inv_store_raise(set, "version");
}


void
inv_store_step_delete(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             filter, set;
    inv_product_t     *current;
    inv_store_result_t result;

    result = inv_store_step_load(link, step, &current);

    if (result == INV_STORE_OK && current->reserved != 0) {
        result = INV_STORE_IN_USE;
    }

    if (result != INV_STORE_OK) {
        inv_store_step_end(step, result);
        return;
    }

    bson_init(&filter);
    inv_store_delete_filter(step, current, &filter);

    bson_init(&set);
    inv_store_delete_set(step, &set);

    inv_store_step_statement(link, step, &filter, &set);

    bson_destroy(&set);
    bson_destroy(&filter);
}
