
/*
 * model: which movements are on a page of all products'.  Any thread.
 */


#include "inv_movement_pick.h"

#include <stdlib.h>


int
inv_movement_order(inv_movement_place_t a, inv_movement_place_t b)
{
    int order;

    if (a.at != b.at) {
        return a.at > b.at ? -1 : 1;
    }

    order = memcmp(b.product.bytes, a.product.bytes, sizeof(a.product.bytes));

    if (order != 0) {
        return order;
    }

    return a.seq > b.seq ? -1 : a.seq < b.seq;
}


inv_movement_place_t
inv_movement_pick_place(const inv_movement_entry_t *entries,
                        const inv_movement_pick_t  *pick)
{
    const inv_movement_entry_t *entry = &entries[pick->entry];

    return (inv_movement_place_t){ entry->at, entry->product,
                                   entry->from + (int64_t) pick->op };
}


/* Where two are the same, that of the ledger comes first. */
static int
pick_order(const void *a, const void *b)
{
    int                         order;
    const inv_movement_entry_t *x = a, *y = b;

    order =
        inv_movement_order((inv_movement_place_t){ x->at, x->product, x->to },
                           (inv_movement_place_t){ y->at, y->product, y->to });

    if (order == 0) {
        order = memcmp(x->batch.bytes, y->batch.bytes, sizeof(x->batch.bytes));
    }

    return order != 0 ? order : (int) x->outbox - (int) y->outbox;
}


static size_t
pick_distinct(inv_movement_entry_t *entries, size_t n)
{
    size_t i, kept;

    kept = 0;

    for (i = 0; i < n; i++) {
        if (kept == 0 || !inv_oid_eq(entries[i].batch, entries[kept - 1].batch)
            || !inv_oid_eq(entries[i].product, entries[kept - 1].product)
            || entries[i].to != entries[kept - 1].to)
        {
            entries[kept++] = entries[i];
        }
    }

    return kept;
}


static size_t
pick_hits(const inv_movement_entry_t *entry, size_t ops)
{
    size_t i, hits;

    if (entry->hits == NULL) {
        return ops;
    }

    hits = 0;

    for (i = 0; i < ops; i++) {
        hits += entry->hits[i];
    }

    return hits;
}


/* The ops of one entry, newest first; returns how many there are then. */
static size_t
pick_ops(const inv_movements_query_t *query, const inv_movement_entry_t *entry,
         size_t index, inv_movement_pick_t *picks, size_t n, size_t max)
{
    size_t               op, hit, ops;
    inv_movement_place_t place;

    ops = (size_t) (entry->to - entry->from) + 1;
    hit = pick_hits(entry, ops);

    place.at = entry->at;
    place.product = entry->product;

    for (op = ops; op-- > 0 && n < max; /* void */) {
        if (entry->hits != NULL && !entry->hits[op]) {
            continue;
        }

        hit--;
        place.seq = entry->from + (int64_t) op;

        if (query->has_after && inv_movement_order(place, query->after) <= 0) {
            continue;
        }

        picks[n++] = (inv_movement_pick_t){ index, op, hit };
    }

    return n;
}


size_t
inv_movements_pick(const inv_movements_query_t *query,
                   inv_movement_entry_t *entries, size_t *n,
                   inv_movement_pick_t *picks, size_t max)
{
    size_t i, picked;

    if (*n != 0) {
        qsort(entries, *n, sizeof(entries[0]), pick_order);
    }

    *n = pick_distinct(entries, *n);
    picked = 0;

    for (i = 0; i < *n && picked < max; i++) {
        picked = pick_ops(query, &entries[i], i, picks, picked, max);
    }

    return picked;
}
