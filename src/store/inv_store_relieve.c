
/*
 * store: draining what others left: who meets a full outbox drains it at once,
 * whatever its age; and what has grown old is swept.
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


/* Products of which one sweep takes entries: a find of at most some MiB. */
#define INV_STORE_SWEEP_PRODUCTS 16


/* The first entries of a product's outbox, ready for the ledger. */
static inv_store_result_t
inv_store_outbox_entries(inv_store_call_t *call, const bson_t *document,
                         inv_oid_t product, inv_entry_t *entries, size_t max,
                         size_t *n)
{
    char               hex[INV_OID_HEX];
    bson_t             element;
    size_t             taken;
    bson_iter_t        outbox, elements;
    inv_store_result_t result;

    inv_oid_write(product, hex);
    taken = *n;

    if (!bson_iter_init_find(&outbox, document, "outbox")
        || !BSON_ITER_HOLDS_ARRAY(&outbox)
        || !bson_iter_recurse(&outbox, &elements))
    {
        inv_store_call_error(call, "product %.*s has no outbox", INV_OID_HEX,
                             hex);
        return INV_STORE_FAILED;
    }

    while (taken < max && bson_iter_next(&elements)) {
        if (!inv_bson_view(&elements, &element)) {
            inv_store_call_error(call, "product %.*s has a damaged outbox",
                                 INV_OID_HEX, hex);
            return INV_STORE_FAILED;
        }

        result = inv_store_entry_from(call, &element, product, &entries[taken]);
        if (result != INV_STORE_OK) {
            return result;
        }

        taken++;
    }

    *n = taken;

    return INV_STORE_OK;
}


/*
 * Reads the outboxes that filter finds, at most max entries in all.  FAILED: a
 * damaged product was left out.  last: the last product looked at; false in
 * more where there are none behind it.
 */
static inv_store_result_t
inv_store_outbox_read(inv_store_link_t *link, const bson_t *filter,
                      int64_t limit, inv_entry_t *entries, size_t max,
                      size_t *n, inv_oid_t *last, bool *more)
{
    bson_t             options, document;
    int64_t            looked;
    bson_iter_t        documents, id;
    inv_store_reply_t  reply;
    inv_store_result_t result, one;

    *n = 0;
    *more = false;
    looked = 0;

    bson_init(&options);
    BCON_APPEND(&options, "sort", "{", "_id", BCON_INT32(1), "}", "projection",
                "{", "seq", BCON_INT32(1), "outbox", "{", "$slice",
                BCON_INT32(INV_DRAIN_MAX), "}", "}");

    result = inv_store_find(link, filter, &options, limit, &reply, &documents);

    if (result != INV_STORE_OK) {
        limit = 0;
    }

    while (looked < limit && *n < max && bson_iter_next(&documents)) {
        if (!inv_bson_view(&documents, &document)
            || !bson_iter_init_find(&id, &document, "_id")
            || !inv_bson_get_oid(&id, last))
        {
            continue;
        }

        looked++;

        one = inv_store_outbox_entries(link->call, &document, *last, entries,
                                       max, n);
        if (one != INV_STORE_OK) {
            result = one;
        }

        if (one == INV_STORE_NO_MEMORY) {
            break;
        }
    }

    *more = limit != 0 && (looked == limit || *n == max);

    bson_destroy(&reply.body);
    bson_destroy(&options);

    return result;
}


/* Drains what filter finds; FAILED after what could be drained was. */
static inv_store_result_t
inv_store_outbox_drain(inv_store_link_t *link, const bson_t *filter,
                       int64_t limit, size_t *n, inv_oid_t *last, bool *more)
{
    inv_entry_t       *entries;
    inv_store_result_t read, result;

    *n = 0;
    *more = false;

    entries =
        inv_arena_array(link->call->arena, INV_DRAIN_MAX, sizeof(inv_entry_t));
    if (entries == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    read = inv_store_outbox_read(link, filter, limit, entries, INV_DRAIN_MAX, n,
                                 last, more);

    if ((read != INV_STORE_OK && read != INV_STORE_FAILED) || *n == 0) {
        return read;
    }

    result = inv_store_drain_run(link, entries, *n);

    if (result != INV_STORE_OK) {
        *n = 0;
        return result;
    }

    return read;
}


inv_store_result_t
inv_store_relieve(inv_store_link_t *link, inv_oid_t id, unsigned ops)
{
    bool               more;
    bson_t             filter;
    size_t             n;
    inv_oid_t          last;
    inv_store_result_t result;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", id);
    inv_store_filter_room(&filter, "$gt", ops);

    result = inv_store_outbox_drain(link, &filter, 1, &n, &last, &more);
    bson_destroy(&filter);

    return result == INV_STORE_UNKNOWN ? INV_STORE_UNAVAILABLE : result;
}


/*
 * Page after page in the order of _id, so that what cannot be drained does not
 * stand in front of the rest for ever.
 */
static inv_store_result_t
inv_store_sweep_pages(inv_store_link_t *link, inv_time_t at, size_t *moved)
{
    bool               more;
    bson_t             filter;
    size_t             n;
    inv_oid_t          last;
    bson_oid_t         after;
    const char        *relation;
    inv_store_result_t result, worst;

    memset(&last, 0, sizeof(last));
    relation = "$gte";
    worst = INV_STORE_OK;

    do {
        bson_oid_init_from_data(&after, last.bytes);

        bson_init(&filter);
        BCON_APPEND(&filter, "dirty", BCON_BOOL(true), "outbox.0.at", "{",
                    "$lt", BCON_DATE_TIME(at), "}", "_id", "{", relation,
                    BCON_OID(&after), "}");

        result = inv_store_outbox_drain(link, &filter, INV_STORE_SWEEP_PRODUCTS,
                                        &n, &last, &more);
        bson_destroy(&filter);

        if (result != INV_STORE_OK && result != INV_STORE_FAILED
            && result != INV_STORE_BUSY)
        {
            return result;
        }

        if (result == INV_STORE_FAILED || worst == INV_STORE_OK) {
            worst = result;
        }

        *moved += n;
        relation = "$gt";

    } while (more && *moved < INV_DRAIN_MAX
             && inv_store_call_left(link->call) != 0);

    return worst;
}


inv_store_result_t
inv_store_sweep(inv_store_t *store, inv_store_call_t *call, inv_time_t at,
                size_t *moved)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    *moved = 0;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_sweep_pages(&link, at, moved);
    inv_store_link_close(&link);

    return result;
}
