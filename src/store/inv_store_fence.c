
/*
 * store: FENCE: nothing that was sent to a product before can land any more.
 *
 * Runs on threads.  A product whose epoch is no number cannot be fenced, and
 * need not be: every statement is filtered on an epoch, and matches none.
 */


#include "inv_store_step.h"


/* Can all be read that may be an entry of ours? */
static bool
inv_store_fence_legible(const bson_t *document)
{
    bson_t      entry;
    bson_iter_t iter, each;

    if (!inv_bson_is_whole(document)) {
        return false;
    }

    if (!bson_iter_init_find(&iter, document, "outbox")
        || !BSON_ITER_HOLDS_ARRAY(&iter))
    {
        return true;
    }

    if (!inv_bson_get_elements(&iter, &each)) {
        return false;
    }

    while (bson_iter_next(&each)) {
        if (inv_bson_view(&each, &entry) && !inv_bson_is_whole(&entry)) {
            return false;
        }
    }

    return true;
}


/*
 * The outbox without what cannot be an entry of ours, each of which has its
 * batch's id.  False: some of it was left out, or all.
 */
static bool
inv_store_fence_entries(const bson_t *document, bson_t *entries)
{
    bool        whole, listed;
    bson_t      array, entry;
    uint32_t    n;
    inv_oid_t   batch;
    bson_iter_t iter, each;

    n = 0;
    listed = bson_iter_init_find(&iter, document, "outbox")
             && BSON_ITER_HOLDS_ARRAY(&iter) && bson_iter_recurse(&iter, &each);
    whole = listed;

    bson_append_array_begin(entries, "outbox", -1, &array);

    while (listed && bson_iter_next(&each)) {
        if (inv_bson_view(&each, &entry)
            && inv_bson_find_oid(&entry, "b", &batch)) {
            inv_bson_push_document(&array, &n, &entry);
        } else {
            whole = false;
        }
    }

    bson_append_array_end(entries, &array);

    return whole;
}


/* DONE also where the state cannot be read: what was applied still can. */
static void
inv_store_fence_shown(inv_store_call_t *call, inv_step_t *step,
                      const bson_t *document)
{
    bool               whole;
    bson_t             entries;
    inv_store_result_t result, state;

    if (!inv_store_fence_legible(document)) {
        step->damaged = "outbox";
        inv_store_step_end(
            step, inv_store_damaged(call, step->product, step->damaged));
        return;
    }

    bson_init(&entries);
    whole = inv_store_fence_entries(document, &entries);

    result = inv_store_step_views(call, step, &entries, step->product,
                                  INV_VIEW_OPS, INV_OUTBOX_OPS_MAX);

    if (result == INV_STORE_OK) {
        state = inv_store_step_state(call, step, document);

        if (state == INV_STORE_OK && !whole) {
            step->damaged = "outbox";
            state = inv_store_damaged(call, step->product, step->damaged);
        }

        if (state == INV_STORE_OK) {
            result = inv_store_step_outbox_ops(call, step, document);
        }

        step->has_state = state == INV_STORE_OK && result == INV_STORE_OK;
    }

    inv_store_step_end(step, result);
    bson_destroy(&entries);
}


/* The fence met no epoch that it could raise. */
static void
inv_store_fence_unmet(inv_store_link_t *link, inv_step_t *step,
                      const bson_t *fields)
{
    bson_t             filter, options, document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", step->product);

    bson_init(&options);
    bson_append_document(&options, "projection", -1, fields);

    result =
        inv_store_find_proven(link, &filter, &options, 1, &reply, &documents);
    inv_store_step_end(step, inv_store_read_failure(result));

    if (result == INV_STORE_OK) {
        if (!bson_iter_next(&documents)) {
            step->reply = INV_REPLY_MISSED;

        } else if (!inv_bson_view(&documents, &document)) {
            inv_store_step_end(step, inv_store_unidentified(link->call));

        } else {
            inv_store_fence_shown(link->call, step, &document);

            /* mended just now: it is to be fenced after all */
            if (step->has_state) {
                step->has_state = false;
                step->reply = INV_REPLY_BUSY;
            }
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);
}


void
inv_store_step_fence(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             command, fields, document;
    bson_oid_t         id;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_oid_init_from_data(&id, step->product.bytes);

    bson_init(&fields);
    inv_store_outbox_fields(&fields, INV_VIEW_OPS);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&id), "epoch", "{", "$lte",
                BCON_INT64(INV_STORE_COUNT_MAX), "}", "}", "update", "{",
                "$inc", "{", "epoch", BCON_INT64(1), "}", "}", "new",
                BCON_BOOL(true), "fields", BCON_DOCUMENT(&fields));

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);
    step->proven = true;

    if (result == INV_STORE_OK) {
        result = inv_store_modified(link->call, &reply, &document);
    }

    inv_store_step_end(step, result);

    if (result == INV_STORE_FAILED) {
        inv_store_step_diagnose(link, step);
    }

    if (result == INV_STORE_OK) {
        inv_store_fence_shown(link->call, step, &document);

    } else if (result == INV_STORE_NOT_FOUND
               || step->verdict == INV_VERDICT_DAMAGED)
    {
        inv_store_fence_unmet(link, step, &fields);
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&fields);
}
