
/*
 * store: checking some products against their ledgers.
 *
 * Runs on threads.  A product and its outbox are one document, read first: the
 * ledger then has everything up to the product's seq that the outbox has not,
 * and what it has above that seq came later and is left out.  So products may
 * sell meanwhile.  The ledger is read by ranges of its index {productId, to},
 * with no more memory than a range takes.
 */


#include <stdlib.h>

#include "inv_store_movements_private.h"
#include "inv_store_reconcile_private.h"


static int
inv_store_check_order(const void *a, const void *b)
{
    const inv_reconcile_entry_t *x = a, *y = b;

    return x->sums.to < y->sums.to ? -1 : x->sums.to > y->sums.to;
}


/* One entry of the outbox.  False: no memory. */
static bool
inv_store_reconcile_entry(inv_arena_t *arena, const bson_t *document,
                          inv_reconcile_item_t *item)
{
    int64_t                n;
    inv_reconcile_entry_t *entry;

    entry = &item->outbox[item->noutbox++];
    inv_store_check_entry(document, &entry->sums);

    n = entry->sums.to - entry->sums.from + 1;
    item->ops += n;
    item->check.damaged |= !entry->sums.whole;

    entry->keys =
        inv_arena_array(arena, (size_t) n, sizeof(inv_reconcile_key_t));
    if (entry->keys == NULL) {
        return false;
    }

    entry->nkeys = inv_store_check_keys(document, &entry->sums, entry->keys);

    return true;
}


/* What the document of a product says.  False: no memory. */
static bool
inv_store_reconcile_item(inv_arena_t *arena, const bson_t *document,
                         inv_reconcile_item_t *item)
{
    bson_t                element;
    bson_iter_t           id, outbox, elements;
    inv_movement_check_t *check;

    check = &item->check;

    check->damaged =
        !bson_iter_init_find(&id, document, "_id")
        || !inv_bson_get_oid(&id, &check->product)
        || !inv_bson_find_count(document, "seq", &check->seq)
        || !inv_bson_find_amount(document, "stock", &check->stock)
        || !inv_bson_find_amount(document, "reserved", &check->reserved)
        || !inv_bson_find_integer(document, "epoch", &check->epoch)
        || !inv_bson_find_elements(document, "outbox", &outbox);

    if (check->damaged) {
        return true;
    }

    for (elements = outbox; bson_iter_next(&elements); /* void */) {
        item->noutbox++;
    }

    item->outbox =
        inv_arena_array(arena, item->noutbox, sizeof(inv_reconcile_entry_t));
    if (item->outbox == NULL) {
        return false;
    }

    item->noutbox = 0;

    while (bson_iter_next(&outbox)) {
        if (!inv_bson_view(&outbox, &element)) {
            check->damaged = true;
            continue;
        }

        if (!inv_store_reconcile_entry(arena, &element, item)) {
            return false;
        }
    }

    if (item->noutbox != 0) {
        qsort(item->outbox, item->noutbox, sizeof(inv_reconcile_entry_t),
              inv_store_check_order);
    }

    return true;
}


static inv_store_result_t
inv_store_reconcile_products(inv_reconcile_chunk_t *chunk, const bson_t *filter,
                             int64_t limit)
{
    bson_t             options, document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    chunk->items = inv_arena_array(chunk->arena, (size_t) limit,
                                   sizeof(inv_reconcile_item_t));
    if (chunk->items == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    bson_init(&options);
    BCON_APPEND(&options, "sort", "{", "_id", BCON_INT32(1), "}", "projection",
                "{", "seq", BCON_INT32(1), "stock", BCON_INT32(1), "reserved",
                BCON_INT32(1), "epoch", BCON_INT32(1), "outbox.b",
                BCON_INT32(1), "outbox.from", BCON_INT32(1), "outbox.to",
                BCON_INT32(1), "outbox.after", BCON_INT32(1), "outbox.ops.d",
                BCON_INT32(1), "outbox.ops.r", BCON_INT32(1), "outbox.ops.k",
                BCON_INT32(1), "outbox.ops.why", BCON_INT32(1), "}");

    result = inv_store_find(chunk->link, filter, &options, limit, &reply,
                            &documents);

    while (result == INV_STORE_OK && (int64_t) chunk->n < limit
           && bson_iter_next(&documents))
    {
        if (inv_bson_view(&documents, &document)
            && !inv_store_reconcile_item(chunk->arena, &document,
                                         &chunk->items[chunk->n++]))
        {
            result = INV_STORE_NO_MEMORY;
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);

    return result;
}


/* Puts in what stands in the outbox of the ith product below a seq. */
static inv_store_result_t
inv_store_reconcile_outbox(inv_reconcile_chunk_t *chunk, size_t i, int64_t seq)
{
    inv_store_result_t           result;
    inv_reconcile_item_t        *item = &chunk->items[i];
    const inv_reconcile_entry_t *entry;

    result = INV_STORE_OK;

    while (result == INV_STORE_OK && item->put < item->noutbox
           && item->outbox[item->put].sums.to < seq)
    {
        entry = &item->outbox[item->put++];

        if (inv_check_entry(&item->check, &entry->sums)) {
            result =
                inv_store_reconcile_keys(chunk, i, entry->keys, entry->nkeys);
        }
    }

    return result;
}


/* An entry of the ledger of the ith product. */
static inv_store_result_t
inv_store_reconcile_ledger(inv_reconcile_chunk_t *chunk, size_t i,
                           const bson_t *document)
{
    size_t             n;
    inv_check_entry_t  entry;
    inv_store_result_t result;

    if (chunk->read == NULL) {
        chunk->read = inv_arena_array(chunk->arena, INV_OUTBOX_OPS_MAX,
                                      sizeof(inv_reconcile_key_t));
    }

    if (chunk->read == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    inv_store_check_entry(document, &entry);
    result = inv_store_reconcile_outbox(chunk, i, entry.to);

    if (result != INV_STORE_OK
        || !inv_check_entry(&chunk->items[i].check, &entry)) {
        return result;
    }

    n = inv_store_check_keys(document, &entry, chunk->read);

    return inv_store_reconcile_keys(chunk, i, chunk->read, n);
}


static inv_store_result_t
inv_store_reconcile_put(inv_reconcile_chunk_t *chunk, const bson_t *document)
{
    size_t      i;
    inv_oid_t   product;
    bson_iter_t iter;

    if (!bson_iter_init_find(&iter, document, "productId")
        || !inv_bson_get_oid(&iter, &product))
    {
        return INV_STORE_OK;
    }

    for (i = 0; i < chunk->n; i++) {
        if (inv_oid_eq(chunk->items[i].check.product, product)) {
            return inv_store_reconcile_ledger(chunk, i, document);
        }
    }

    return INV_STORE_OK;
}


/*
 * Puts in the ledger's entries with low <= to < high of the products from first
 * on, n of them.  *empty: there are none.
 */
static inv_store_result_t
inv_store_reconcile_range(inv_reconcile_chunk_t *chunk, size_t first, size_t n,
                          int64_t low, int64_t high, bool *empty)
{
    char               digits[16];
    bson_t             command, ids, document;
    size_t             i;
    const char        *key;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&ids);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_oid(&ids, key, chunk->items[first + i].check.product);
    }

    /* twice as many as can be, for ranges that are there twice */
    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_LEDGER), "filter", "{",
                "productId", "{", "$in", BCON_ARRAY(&ids), "}", "to", "{",
                "$gte", BCON_INT64(low), "$lt", BCON_INT64(high), "}", "}",
                "sort", "{", "productId", BCON_INT32(1), "to", BCON_INT32(1),
                "}", "projection", "{", "_id", BCON_INT32(0), "productId",
                BCON_INT32(1), "b", BCON_INT32(1), "from", BCON_INT32(1), "to",
                BCON_INT32(1), "after", BCON_INT32(1), "ops.d", BCON_INT32(1),
                "ops.r", BCON_INT32(1), "ops.k", BCON_INT32(1), "ops.why",
                BCON_INT32(1), "}", "batchSize",
                BCON_INT64(2 * INV_RECONCILE_CHUNK * INV_RECONCILE_FIRST_SEQ));
    bson_destroy(&ids);

    result = inv_store_documents(chunk->link, INV_STORE_LEDGER, &command,
                                 &reply, &documents);

    /* what is not seen is no gap: that is not to be repaired */
    for (i = 0; result == INV_STORE_OK && reply.cut && i < n; i++) {
        chunk->items[first + i].check.damaged = true;
    }

    *empty = true;

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        *empty = false;

        if (inv_bson_view(&documents, &document)) {
            result = inv_store_reconcile_put(chunk, &document);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


/*
 * Where the ith product's ledger goes on from low; seq: nowhere, or at an entry
 * that does not say where it ends.  Then the last range is next, and what is
 * between is not known.
 */
static inv_store_result_t
inv_store_reconcile_seek(inv_reconcile_chunk_t *chunk, size_t i, int64_t *low)
{
    bson_t                command, document;
    int64_t               to;
    bson_oid_t            id;
    bson_iter_t           documents;
    inv_store_reply_t     reply;
    inv_store_result_t    result;
    inv_movement_check_t *check = &chunk->items[i].check;

    bson_oid_init_from_data(&id, check->product.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_LEDGER), "filter", "{",
                "productId", BCON_OID(&id), "to", "{", "$gte", BCON_INT64(*low),
                "}", "}", "sort", "{", "productId", BCON_INT32(1), "to",
                BCON_INT32(1), "}", "projection", "{", "to", BCON_INT32(1), "}",
                "limit", BCON_INT64(1), "singleBatch", BCON_BOOL(true));

    result = inv_store_documents(chunk->link, INV_STORE_LEDGER, &command,
                                 &reply, &documents);

    if (result == INV_STORE_OK) {
        to = check->seq;

        if (bson_iter_next(&documents)
            && (!inv_bson_view(&documents, &document)
                || !inv_bson_find_count(&document, "to", &to) || to < *low))
        {
            check->damaged = true;
            to = check->seq;
        }

        *low = to;
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


/* The ledger of one product, from where all products of the chunk were read. */
static inv_store_result_t
inv_store_reconcile_rest(inv_reconcile_chunk_t *chunk, size_t i)
{
    bool               empty;
    int64_t            low, high, seq;
    inv_store_result_t result;

    seq = chunk->items[i].check.seq;
    low = INV_RECONCILE_FIRST_SEQ;

    do {
        /* the last range has what is above the product's seq, too */
        high = seq - low < INV_RECONCILE_WINDOW ? INT64_MAX
                                                : low + INV_RECONCILE_WINDOW;

        result = inv_store_reconcile_range(chunk, i, 1, low, high, &empty);
        low = high;

        /* a seq that is damaged may be far above all that there is */
        if (result == INV_STORE_OK && empty && high != INT64_MAX) {
            result = inv_store_reconcile_seek(chunk, i, &low);
        }
    } while (result == INV_STORE_OK && high != INT64_MAX);

    return result;
}


inv_store_result_t
inv_store_reconcile_chunk(inv_reconcile_chunk_t *chunk, const bson_t *filter,
                          int64_t limit)
{
    bool               empty;
    size_t             i;
    inv_store_result_t result;

    chunk->n = 0;

    result = inv_store_reconcile_products(chunk, filter, limit);

    if (result == INV_STORE_OK && chunk->n != 0) {
        result = inv_store_reconcile_range(chunk, 0, chunk->n, INT64_MIN,
                                           INV_RECONCILE_FIRST_SEQ, &empty);
    }

    for (i = 0; result == INV_STORE_OK && i < chunk->n; i++) {
        if (chunk->items[i].check.seq >= INV_RECONCILE_FIRST_SEQ) {
            result = inv_store_reconcile_rest(chunk, i);
        }

        if (result == INV_STORE_OK) {
            result = inv_store_reconcile_outbox(chunk, i, INT64_MAX);
        }

        inv_check_end(&chunk->items[i].check);
    }

    return result == INV_STORE_OK ? inv_store_reconcile_keys_end(chunk)
                                  : result;
}
