
/*
 * store: draining what others left: who meets a full outbox drains it at once,
 * whatever its age; and what has grown old is swept.
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


/* Products of which one sweep takes entries: a find of at most some MiB. */
#define INV_STORE_SWEEP_PRODUCTS 16


/* The first entries of a document's outbox, ready for the ledger. */
static inv_store_result_t
inv_store_outbox_entries(inv_store_call_t *call, const bson_t *document,
                         inv_entry_t *entries, size_t max, size_t *n)
{
    bson_t             element;
    inv_oid_t          product;
    bson_iter_t        id, outbox, elements;
    inv_store_result_t result;

    if (!bson_iter_init_find(&id, document, "_id")
        || !inv_bson_get_oid(&id, &product)
        || !bson_iter_init_find(&outbox, document, "outbox")
        || !BSON_ITER_HOLDS_ARRAY(&outbox)
        || !bson_iter_recurse(&outbox, &elements))
    {
        inv_store_call_error(call, "a product without an outbox");
        return INV_STORE_FAILED;
    }

    while (*n < max && bson_iter_next(&elements)) {
        if (!inv_bson_view(&elements, &element)) {
            inv_store_call_error(call, "an outbox of something else");
            return INV_STORE_FAILED;
        }

        result = inv_store_entry_from(call, &element, product, &entries[*n]);
        if (result != INV_STORE_OK) {
            return result;
        }

        (*n)++;
    }

    return INV_STORE_OK;
}


/* Reads the outboxes that filter finds, at most max entries in all. */
static inv_store_result_t
inv_store_outbox_read(inv_store_link_t *link, const bson_t *filter,
                      int64_t limit, inv_entry_t *entries, size_t max,
                      size_t *n)
{
    bson_t             options, document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    *n = 0;

    bson_init(&options);
    BCON_APPEND(&options, "projection", "{", "seq", BCON_INT32(1), "outbox",
                "{", "$slice", BCON_INT32(INV_DRAIN_MAX), "}", "}");

    result = inv_store_find(link, filter, &options, limit, &reply, &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (inv_bson_view(&documents, &document)) {
            result = inv_store_outbox_entries(link->call, &document, entries,
                                              max, n);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);

    return result;
}


/* Drains what filter finds. */
static inv_store_result_t
inv_store_outbox_drain(inv_store_link_t *link, const bson_t *filter,
                       int64_t limit, size_t *n)
{
    inv_entry_t       *entries;
    inv_store_result_t result;

    entries =
        inv_arena_array(link->call->arena, INV_DRAIN_MAX, sizeof(inv_entry_t));
    if (entries == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result =
        inv_store_outbox_read(link, filter, limit, entries, INV_DRAIN_MAX, n);

    if (result == INV_STORE_OK && *n != 0) {
        result = inv_store_drain_run(link, entries, *n);
    }

    return result;
}


inv_store_result_t
inv_store_relieve(inv_store_link_t *link, inv_oid_t id, unsigned ops)
{
    bson_t             filter;
    size_t             n;
    inv_store_result_t result;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", id);
    inv_store_filter_room(&filter, "$gt", ops);

    result = inv_store_outbox_drain(link, &filter, 1, &n);
    bson_destroy(&filter);

    return result == INV_STORE_UNKNOWN ? INV_STORE_UNAVAILABLE : result;
}


inv_store_result_t
inv_store_sweep(inv_store_t *store, inv_store_call_t *call, inv_time_t at,
                size_t *moved)
{
    bson_t             filter;
    inv_store_link_t   link;
    inv_store_result_t result;

    *moved = 0;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    bson_init(&filter);
    BCON_APPEND(&filter, "dirty", BCON_BOOL(true), "outbox.0.at", "{", "$lt",
                BCON_DATE_TIME(at), "}");

    result =
        inv_store_outbox_drain(&link, &filter, INV_STORE_SWEEP_PRODUCTS, moved);

    bson_destroy(&filter);
    inv_store_link_close(&link);

    return result;
}
