
/*
 * model: does the ledger of a product fit the product?
 *
 * The entries of outbox and ledger are put in one after the other, in the
 * order of their last seq; what does not fit is kept, with bounded memory.
 *
 * Any thread, no I/O.
 */


#ifndef INV_MOVEMENT_CHECK_H
#define INV_MOVEMENT_CHECK_H


#include "inv_movement.h"


/* Of each kind; more is damage that nobody reads seq by seq. */
#define INV_CHECK_RANGES_MAX 20

typedef struct {
    int64_t from;
    int64_t to;
} inv_seq_range_t;

typedef struct {
    inv_seq_range_t ranges[INV_CHECK_RANGES_MAX];
    size_t          n;
    bool            more; /* than there is room for */
} inv_seq_ranges_t;

/* An entry with the sums of its ops. */
typedef struct {
    inv_oid_t batch;
    int64_t   from, to;
    int64_t   after;    /* the stock after its last op */
    int64_t   delta;    /* sum of d */
    int64_t   reserved; /* sum of r */
    bool      whole;    /* it is an entry of to - from + 1 ops at all; else
                           what its numbers do not say is 0 */
    bool      balance;  /* a repair: from here on the stock is the product's */
} inv_check_entry_t;

/* Zero it, then set what the product says. */
typedef struct {
    inv_oid_t product;
    int64_t   seq;
    int64_t   stock;
    int64_t   reserved;
    int64_t   epoch;
    bool      damaged; /* the product does not say these, or not as numbers;
                          the sums overflow; or not all of the ledger could be
                          looked at */

    int64_t          sum;          /* of the deltas */
    int64_t          reserved_sum; /* of the reserve deltas */
    inv_seq_ranges_t gaps;         /* no entry has these seqs */
    inv_seq_ranges_t overlaps;     /* more than one has */
    inv_seq_ranges_t breaks;       /* entries from which the stock does not
                                      follow as they say; 0 to 0: one that
                                      does not say its seqs */
    inv_seq_ranges_t duplicates;   /* the first and the last movement of those
                                      that have the same key */
    int64_t          ahead;        /* the greatest seq that was seen above the
                                      product's; 0: none */
    int64_t          repaired;     /* seq of the repair; 0: none */

    /* Inside: of the entry with the greatest seq so far. */
    int64_t   last;
    int64_t   after;
    inv_oid_t batch;
} inv_movement_check_t;

/*
 * One entry; in ascending order of to.  One that was put in just before (it is
 * in the outbox and in the ledger) counts once; one above the product's seq is
 * newer than what the product said, and is left out.  Whether it counts.
 */
bool
inv_check_entry(inv_movement_check_t *check, const inv_check_entry_t *entry);

/* Two movements, from first to last, that have the same key; told once. */
void
inv_check_duplicate(inv_movement_check_t *check, int64_t first, int64_t last);

/* When all have been put in. */
void inv_check_end(inv_movement_check_t *check);

/* Whether nothing is wrong; ahead says nothing by itself. */
bool inv_check_is_clean(const inv_movement_check_t *check);

/* Whether the sums are the product's. */
bool inv_check_is_balanced(const inv_movement_check_t *check);

/*
 * The deltas of the movement that makes the sums the product's.  False: there
 * is none that a ledger could hold.
 */
bool inv_check_balance(const inv_movement_check_t *check, int64_t *delta,
                       int64_t *reserved);


#endif /* INV_MOVEMENT_CHECK_H */
