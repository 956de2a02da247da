
/*
 * model: which movements are on a page of all products'.
 *
 * Entries are known by their outlines at first: an entry may hold hundreds of
 * ops, of which a page shows few.
 *
 * Any thread, no I/O.
 */


#ifndef INV_MOVEMENT_PICK_H
#define INV_MOVEMENT_PICK_H


#include "inv_movement.h"


/* The outline of an entry that a query may match. */
typedef struct {
    inv_oid_t   product;
    inv_oid_t   batch;
    inv_time_t  at;
    int64_t     from, to; /* to - from is 0 to INV_OUTBOX_OPS_MAX - 1 */
    const bool *hits;     /* of each op: it passes the filters; NULL: all do */
    bool        outbox;   /* seen in an outbox, not in the ledger */
    bool        left;     /* it has been noted that it is damaged */
} inv_movement_entry_t;

/* One op of one entry. */
typedef struct {
    size_t entry; /* index */
    size_t op;    /* position among all its ops, from 0 */
    size_t hit;   /* position among its ops that pass */
} inv_movement_pick_t;

/* Negative: a comes first in the list of all, so it is the newer one. */
int inv_movement_order(inv_movement_place_t a, inv_movement_place_t b);

/* The place of a pick among the outlines that it is of. */
inv_movement_place_t
inv_movement_pick_place(const inv_movement_entry_t *entries,
                        const inv_movement_pick_t  *pick);

/*
 * Puts n outlines, found at several places, in the order of the list, drops
 * what stands there twice (n is what remains), and picks the first ops of the
 * list that come after the query's cursor: at most max.  Returns how many.
 */
size_t inv_movements_pick(const inv_movements_query_t *query,
                          inv_movement_entry_t *entries, size_t *n,
                          inv_movement_pick_t *picks, size_t max);


#endif /* INV_MOVEMENT_PICK_H */
