
/*
 * store: reading the entries of which something was picked.
 *
 * Runs on threads.
 */


#include "inv_store_movements_private.h"


static bool
inv_store_listing_is_same(const inv_movement_entry_t *a,
                          const inv_movement_entry_t *b)
{
    return a->to == b->to && inv_oid_eq(a->batch, b->batch)
           && inv_oid_eq(a->product, b->product);
}


/* Notes once what is wrong with an entry of which something was picked. */
static void
inv_store_listing_left(inv_store_listing_t *l, const inv_store_entry_t *entry)
{
    size_t                i;
    inv_movement_entry_t *outline;

    for (i = 0; i < l->npicks; i++) {
        outline = &l->entries[l->picks[i].entry];

        if (inv_store_listing_is_same(outline, &entry->outline)) {
            if (outline->left) {
                return;
            }

            outline->left = outline->from == entry->outline.from;
            break;
        }
    }

    inv_store_movements_left(l->link->call, &entry->outline, entry->damage);
}


/* Makes movements of the picked ops of one entry.  OK or NO_MEMORY. */
static inv_store_result_t
inv_store_listing_take(inv_store_listing_t *l, const bson_t *document)
{
    size_t                      i, n;
    inv_arena_t                *arena = l->link->call->arena;
    inv_store_entry_t           entry;
    inv_store_result_t          result;
    const inv_movement_pick_t  *pick;
    const inv_movement_entry_t *outline;

    result = inv_store_entry_read(arena, document, NULL, &entry);
    n = result == INV_STORE_OK ? l->npicks : 0;

    for (i = 0; result != INV_STORE_NO_MEMORY && i < n; i++) {
        pick = &l->picks[i];
        outline = &l->entries[pick->entry];

        if (l->items[i].seq != 0
            || !inv_store_listing_is_same(outline, &entry.outline)) {
            continue;
        }

        if (outline->from != entry.outline.from) {
            entry.damage = "another begins elsewhere and ends there";
            break;
        }

        result = inv_store_movement_read(
            arena, &entry, pick->op,
            outline->hits != NULL ? pick->hit : pick->op, &l->items[i]);
    }

    if (entry.damage != NULL) {
        inv_store_listing_left(l, &entry);
    }

    return result == INV_STORE_NO_MEMORY ? result : INV_STORE_OK;
}


/*
 * The batches that are to be read at one of the places, and the products of
 * which they are: of outboxes those that the ledger did not have, of the
 * ledger what no outbox has had.  Returns how many.
 */
static uint32_t
inv_store_listing_wanted(const inv_store_listing_t *l, bool outbox,
                         bson_t *batches, bson_t *products)
{
    char                        digits[16];
    size_t                      i, last;
    uint32_t                    n;
    const char                 *key;
    const inv_movement_entry_t *entry;

    n = 0;
    last = l->nentries;

    for (i = 0; i < l->npicks; i++) {
        entry = &l->entries[l->picks[i].entry];

        if (l->picks[i].entry == last || l->items[i].seq != 0
            || (outbox && !entry->outbox))
        {
            continue;
        }

        last = l->picks[i].entry;

        bson_uint32_to_string(n++, &key, digits, sizeof(digits));
        inv_bson_put_oid(batches, key, entry->batch);
        inv_bson_put_oid(products, key, entry->product);
    }

    return n;
}


inv_store_result_t
inv_store_listing_wholes(inv_store_listing_t *l, bool outbox)
{
    bson_t             pipeline, batches, products, filter, document;
    uint32_t           n;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    result = INV_STORE_OK;

    bson_init(&batches);
    bson_init(&products);
    bson_init(&pipeline);

    n = inv_store_listing_wanted(l, outbox, &batches, &products);

    if (n != 0) {
        if (outbox) {
            bson_init(&filter);
            BCON_APPEND(&filter, "_id", "{", "$in", BCON_ARRAY(&products), "}");
            inv_store_stages_outbox(&pipeline, &filter);
            bson_destroy(&filter);
        }

        inv_store_stages_wholes(&pipeline, l->query, &batches, &products);

        result = inv_store_aggregate(
            l->link, outbox ? INV_STORE_PRODUCTS : INV_STORE_LEDGER, &pipeline,
            n, &reply, &documents);

        l->cut |= result == INV_STORE_OK && reply.cut;

        while (result == INV_STORE_OK && bson_iter_next(&documents)) {
            if (inv_bson_view(&documents, &document)) {
                result = inv_store_listing_take(l, &document);
            }
        }

        bson_destroy(&reply.body);
    }

    bson_destroy(&pipeline);
    bson_destroy(&products);
    bson_destroy(&batches);

    return result;
}
