
/*
 * store: is a key in two movements of a product?
 *
 * Runs on threads.  An operation's key is applied once.  Keys that a filter
 * suspects are counted by the index on ops.k, where the ledger says how often
 * each is there, and first and last in which movement: a reply as small as the
 * question, whatever there is.
 */


#include <stdlib.h>

#include "inv_store_movements_private.h"
#include "inv_store_reconcile_private.h"


/* The movements that have a key. */
typedef struct {
    int64_t count;
    int64_t first, last; /* seqs; 0: the entry does not say */
} inv_reconcile_uses_t;


static void
inv_store_keys_match(const inv_reconcile_chunk_t *chunk, bson_t *products,
                     bson_t *keys)
{
    char        digits[16];
    size_t      i;
    const char *key;

    for (i = 0; i < chunk->n; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_oid(products, key, chunk->items[i].check.product);
    }

    for (i = 0; i < chunk->nsuspects; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_oid(keys, key, chunk->suspects[i].key);
    }
}


/* {_id: {p: product, k: key}, n, first: {from, i}, last: {from, i}} */
static void
inv_store_keys_pipeline(const inv_reconcile_chunk_t *chunk, bson_t *pipeline)
{
    bson_t products, keys;

    bson_init(&products);
    bson_init(&keys);
    inv_store_keys_match(chunk, &products, &keys);

    /* clang-format off */
    BCON_APPEND(pipeline,
        "0", "{", "$match", "{",
            "productId", "{", "$in", BCON_ARRAY(&products), "}",
            "ops.k", "{", "$in", BCON_ARRAY(&keys), "}",
        "}", "}",
        "1", "{", "$unwind", "{", "path", BCON_UTF8("$ops"),
                                  "includeArrayIndex", BCON_UTF8("i"),
        "}", "}",
        "2", "{", "$match", "{",
            "ops.k", "{", "$in", BCON_ARRAY(&keys), "}",
        "}", "}",
        "3", "{", "$group", "{",
            "_id", "{", "p", BCON_UTF8("$productId"),
                        "k", BCON_UTF8("$ops.k"), "}",
            "n", "{", "$sum", BCON_INT32(1), "}",
            "first", "{", "$min", "{", "from", BCON_UTF8("$from"),
                                       "i", BCON_UTF8("$i"), "}", "}",
            "last", "{", "$max", "{", "from", BCON_UTF8("$from"),
                                      "i", BCON_UTF8("$i"), "}", "}",
        "}", "}");
    /* clang-format on */

    bson_destroy(&keys);
    bson_destroy(&products);
}


/* The seq of {from, i}; 0: it does not say. */
static int64_t
inv_store_keys_seq(const bson_t *group, const char *name)
{
    bson_t      place;
    int64_t     from, i;
    bson_iter_t iter;

    return bson_iter_init_find(&iter, group, name)
                   && inv_bson_view(&iter, &place)
                   && inv_bson_find_count(&place, "from", &from)
                   && inv_bson_find_count(&place, "i", &i)
                   && i < INV_OUTBOX_OPS_MAX
               ? from + i
               : 0;
}


/* What stands in the outbox too is the same movement; what else, another. */
static void
inv_store_keys_outbox(const inv_reconcile_item_t *item, inv_oid_t key,
                      inv_reconcile_uses_t *uses)
{
    size_t                       i, j;
    const inv_reconcile_entry_t *entry;

    for (i = 0; i < item->noutbox; i++) {
        entry = &item->outbox[i];

        for (j = 0; j < entry->nkeys; j++) {
            if (!inv_oid_eq(entry->keys[j].key, key)) {
                continue;
            }

            if (uses->count == 0 || entry->keys[j].seq < uses->first) {
                uses->first = entry->keys[j].seq;
            }

            if (uses->count == 0 || entry->keys[j].seq > uses->last) {
                uses->last = entry->keys[j].seq;
            }

            uses->count += uses->count == 0;
        }
    }
}


/* What the ledger says of a suspect; nothing where it says nothing. */
static void
inv_store_keys_group(const inv_reconcile_chunk_t *chunk, const bson_t *group,
                     inv_reconcile_uses_t *uses)
{
    bson_t      id;
    size_t      i;
    int64_t     n;
    inv_oid_t   product, key;
    bson_iter_t iter, part;

    if (!bson_iter_init_find(&iter, group, "_id") || !inv_bson_view(&iter, &id)
        || !bson_iter_init_find(&part, &id, "p")
        || !inv_bson_get_oid(&part, &product)
        || !bson_iter_init_find(&part, &id, "k")
        || !inv_bson_get_oid(&part, &key)
        || !inv_bson_find_count(group, "n", &n))
    {
        return;
    }

    for (i = 0; i < chunk->nsuspects; i++) {
        if (inv_oid_eq(chunk->suspects[i].key, key)
            && inv_oid_eq(chunk->items[chunk->suspects[i].item].check.product,
                          product))
        {
            uses[i].count = n;
            uses[i].first = inv_store_keys_seq(group, "first");
            uses[i].last = inv_store_keys_seq(group, "last");
        }
    }
}


/* Counts the suspects; none is left. */
static inv_store_result_t
inv_store_keys_count(inv_reconcile_chunk_t *chunk, inv_reconcile_uses_t *uses)
{
    bson_t                         pipeline, group;
    size_t                         i;
    int64_t                        max;
    bson_iter_t                    groups;
    inv_store_reply_t              reply;
    inv_store_result_t             result;
    const inv_reconcile_suspect_t *suspect;

    /* of each key and each product, one group at most */
    max = (int64_t) (chunk->nsuspects * chunk->n);

    bson_init(&pipeline);
    inv_store_keys_pipeline(chunk, &pipeline);

    result = inv_store_aggregate(chunk->link, INV_STORE_LEDGER, &pipeline, max,
                                 &reply, &groups);

    while (result == INV_STORE_OK && bson_iter_next(&groups)) {
        if (inv_bson_view(&groups, &group)) {
            inv_store_keys_group(chunk, &group, uses);
        }
    }

    for (i = 0; result == INV_STORE_OK && i < chunk->nsuspects; i++) {
        suspect = &chunk->suspects[i];
        inv_store_keys_outbox(&chunk->items[suspect->item], suspect->key,
                              &uses[i]);

        if (uses[i].count > 1 || uses[i].first != uses[i].last) {
            inv_check_duplicate(&chunk->items[suspect->item].check,
                                uses[i].first, uses[i].last);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&pipeline);

    return result;
}


inv_store_result_t
inv_store_reconcile_keys_end(inv_reconcile_chunk_t *chunk)
{
    inv_store_result_t    result;
    inv_reconcile_uses_t *uses;

    if (chunk->nsuspects == 0) {
        return INV_STORE_OK;
    }

    uses = calloc(chunk->nsuspects, sizeof(inv_reconcile_uses_t));
    if (uses == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_keys_count(chunk, uses);
    chunk->nsuspects = 0;
    free(uses);

    return result;
}


static inv_store_result_t
inv_store_keys_suspect(inv_reconcile_chunk_t *chunk, size_t item, inv_oid_t key)
{
    if (chunk->suspects == NULL) {
        chunk->suspects =
            inv_arena_array(chunk->arena, INV_RECONCILE_SUSPECTS_MAX,
                            sizeof(inv_reconcile_suspect_t));
    }

    if (chunk->suspects == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    chunk->suspects[chunk->nsuspects++] =
        (inv_reconcile_suspect_t){ item, key };

    return chunk->nsuspects == INV_RECONCILE_SUSPECTS_MAX
               ? inv_store_reconcile_keys_end(chunk)
               : INV_STORE_OK;
}


inv_store_result_t
inv_store_reconcile_keys(inv_reconcile_chunk_t *chunk, size_t item,
                         const inv_reconcile_key_t *keys, size_t n)
{
    bool                        suspect;
    size_t                      i;
    inv_store_result_t          result;
    const inv_movement_check_t *check = &chunk->items[item].check;

    result = INV_STORE_OK;

    /* what is beyond the bounds of the report need not be counted */
    for (i = 0; result == INV_STORE_OK && i < n && !check->duplicates.more; i++)
    {
        if (!inv_keys_add(&chunk->keys, chunk->arena, check->product,
                          keys[i].key, &suspect))
        {
            return INV_STORE_NO_MEMORY;
        }

        if (suspect) {
            result = inv_store_keys_suspect(chunk, item, keys[i].key);
        }
    }

    return result;
}
