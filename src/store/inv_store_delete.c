
/*
 * store: deletes: one statement that leaves a tombstone, so that what arrives
 * late finds a grave and not a gap.  The sku is free at once.
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


static void
inv_store_delete_filter(bson_t *filter, const inv_product_t *current,
                        const inv_match_t *if_match)
{
    inv_store_filter_live(filter, current->id, current->epoch);

    bson_append_int64(filter, "reserved", -1, 0);

    if (if_match->kind == INV_MATCH_LIST) {
        bson_append_int64(filter, "version", -1, current->version);
    }
}


/* With an empty outbox it may be purged in a week; else its drain says when. */
static void
inv_store_delete_set(bson_t *set, inv_time_t at)
{
    BCON_APPEND(set, "deleted", BCON_BOOL(true), "sku", BCON_UTF8("$$REMOVE"),
                "updatedAt", BCON_DATE_TIME(at), "purgeAt", "{", "$cond", "[",
                "{", "$eq", "[", "{", "$size", BCON_UTF8("$outbox"), "}",
                BCON_INT32(0), "]", "}",
                BCON_DATE_TIME(at + INV_PURGE_AFTER_MS), BCON_UTF8("$$REMOVE"),
                "]", "}");

    inv_store_raise(set, "version");
    inv_store_raise(set, "epoch");
}


/* OK, NOT_FOUND (nothing matched) or a failure. */
static inv_store_result_t
inv_store_delete_send(inv_store_link_t *link, const inv_product_t *current,
                      const inv_match_t *if_match, inv_time_t at,
                      int64_t *version)
{
    bson_t             filter, set, fields, document;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_delete_filter(&filter, current, if_match);

    bson_init(&set);
    inv_store_delete_set(&set, at);

    bson_init(&fields);
    BCON_APPEND(&fields, "version", BCON_INT32(1));

    result =
        inv_store_statement(link, &filter, &set, &fields, &reply, &document);

    if (result == INV_STORE_OK
        && !inv_bson_find_integer(&document, "version", version))
    {
        result = INV_STORE_UNKNOWN;
    }

    bson_destroy(&reply.body);
    bson_destroy(&fields);
    bson_destroy(&set);
    bson_destroy(&filter);

    return result;
}


static inv_store_result_t
inv_store_delete_run(inv_store_link_t *link, inv_oid_t id,
                     const inv_match_t *if_match, inv_time_t at,
                     int64_t *version)
{
    unsigned           nth;
    inv_product_t     *current;
    inv_store_result_t result;

    for (nth = 0; inv_store_pause(link->call, nth); nth++) {

        result = inv_store_product_load(link, id, &current);

        if (result == INV_STORE_BUSY) {
            continue;
        }

        if (result != INV_STORE_OK) {
            return result;
        }

        if (if_match->kind == INV_MATCH_LIST
            && !inv_match_version(if_match, current->version))
        {
            return INV_STORE_VERSION_CHANGED;
        }

        if (current->reserved != 0) {
            return INV_STORE_IN_USE;
        }

        result = inv_store_delete_send(link, current, if_match, at, version);

        if (result != INV_STORE_NOT_FOUND && result != INV_STORE_BUSY) {
            return result;
        }
    }

    inv_store_call_error(link->call, "contended until the deadline");

    return INV_STORE_BUSY;
}


inv_store_result_t
inv_store_product_delete(inv_store_t *store, inv_store_call_t *call,
                         inv_oid_t id, const inv_match_t *if_match,
                         inv_time_t at, int64_t *version)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_delete_run(&link, id, if_match, at, version);
    inv_store_link_close(&link);

    return result;
}
