
/*
 * store: edits (PUT, PATCH): ops of an entry too, so that the ledger is also
 * the audit trail of names and prices.
 *
 * Runs on threads.  An edit is merged into what was read, and written only
 * where no other edit came between: the filter names the epoch and the count
 * of edits as read.  Purchases may come between; so a new stock is written as
 * what it is, and its delta is taken from the stock that the statement meets.
 */


#include "inv_store_edit.h"


/* OK, NOT_FOUND (nothing matched), SKU_TAKEN or a failure. */
static inv_store_result_t
inv_store_edit_send(inv_store_link_t *link, inv_store_edit_t *edit,
                    inv_product_t **product, inv_entry_t *entry)
{
    bson_t             filter, set, fields, document;
    int64_t            to, after;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_edit_filter(edit, &filter);

    bson_init(&set);
    inv_store_edit_set(edit, &set);

    bson_init(&fields);
    BCON_APPEND(&fields, "outbox", "{", "$slice", BCON_INT32(-1), "}");

    result =
        inv_store_statement(link, &filter, &set, &fields, &reply, &document);

    if (result == INV_STORE_FAILED && reply.code == INV_CODE_DUPLICATE
        && (edit->changed & INV_MEMBER_SKU))
    {
        result = INV_STORE_SKU_TAKEN;
    }

    if (result == INV_STORE_OK) {
        result = inv_store_entry_take(link->call, &document, edit->id,
                                      edit->move.batch, entry, &to, &after);
    }

    /* it has been applied: what cannot be shown is in doubt for the caller */
    if (result == INV_STORE_OK
        && inv_store_product_parse(link->call, &document, product)
               != INV_STORE_OK)
    {
        result = INV_STORE_UNKNOWN;
    }

    bson_destroy(&reply.body);
    bson_destroy(&fields);
    bson_destroy(&set);
    bson_destroy(&filter);

    return result;
}


/*
 * Reads and merges.  same: nothing of what the last statement was filtered on
 * has changed, so that it was something else, a full outbox for one.
 */
static inv_store_result_t
inv_store_edit_read(inv_store_link_t *link, inv_store_edit_t *edit, bool *same)
{
    inv_product_t     *last;
    inv_store_result_t result;

    last = edit->current;

    result = inv_store_product_load(link, edit->id, &edit->current);
    if (result != INV_STORE_OK) {
        return result;
    }

    if (edit->if_match->kind == INV_MATCH_LIST
        && !inv_match_version(edit->if_match, edit->current->version))
    {
        return INV_STORE_VERSION_CHANGED;
    }

    memset(&edit->next, 0, sizeof(edit->next));

    edit->changed = inv_product_merge(&edit->current->catalog, edit->input,
                                      edit->mode, &edit->next);

    *same = last != NULL && last->epoch == edit->current->epoch
            && last->edits == edit->current->edits;

    return INV_STORE_OK;
}


static inv_store_result_t
inv_store_edit_run(inv_store_link_t *link, inv_store_edit_t *edit,
                   inv_product_t **product, inv_entry_t *entry)
{
    bool               same;
    unsigned           nth;
    inv_store_result_t result;

    for (nth = 0; inv_store_pause(link->call, nth); nth++) {

        result = inv_store_edit_read(link, edit, &same);

        if (result == INV_STORE_OK && edit->changed == 0) {
            *product = edit->current;
            return INV_STORE_OK;
        }

        if (result == INV_STORE_OK && same) {
            result = inv_store_relieve(link, edit->id, 1);
        }

        if (result == INV_STORE_OK) {
            result = inv_store_edit_send(link, edit, product, entry);

            if (result == INV_STORE_OK) {
                return INV_STORE_OK;
            }

            /* nothing matched: read, merge again, send again */
            if (result == INV_STORE_NOT_FOUND) {
                continue;
            }
        }

        if (result != INV_STORE_BUSY) {
            return result;
        }
    }

    inv_store_call_error(link->call, "contended until the deadline");

    return INV_STORE_BUSY;
}


inv_store_result_t
inv_store_product_edit(inv_store_t *store, inv_store_call_t *call, inv_oid_t id,
                       const inv_product_input_t *input, inv_write_mode_t mode,
                       const inv_match_t *if_match, const inv_actor_t *actor,
                       inv_time_t at, inv_product_t **product,
                       inv_entry_t *entry)
{
    inv_store_link_t   link;
    inv_store_edit_t   edit;
    inv_store_result_t result;

    memset(&edit, 0, sizeof(edit));

    edit.id = id;
    edit.input = input;
    edit.mode = mode;
    edit.if_match = if_match;
    edit.move.batch = inv_store_batch();
    edit.move.at = at;
    edit.move.actor = actor;
    edit.guards_epoch = true;
    edit.guards_edits = true;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_edit_run(&link, &edit, product, entry);
    inv_store_link_close(&link);

    return result;
}
