
/*
 * model: what a reconcile is asked, and what it reports.
 *
 * Any thread, no I/O.
 */


#ifndef INV_MOVEMENT_RECONCILE_H
#define INV_MOVEMENT_RECONCILE_H


#include "inv_movement_check.h"


/* Products that one call checks. */
#define INV_RECONCILE_MAX 1000

/*
 * Differences that one call reports; the rest is behind next.  One is at most
 * 3.9 KiB of JSON (81 ranges of 44 bytes, 5 numbers, names), so a report is
 * less than 1 MiB: an Idempotency-Key keeps it in one document.
 */
#define INV_RECONCILE_DIFFERENCES_MAX 256

/* Why a repair was made: the reason of its movement. */
#define INV_RECONCILE_REASON "reconcile"

typedef struct {
    bool      has_product; /* this one only */
    inv_oid_t product;
    bool      has_after; /* those behind this one, in the order of ids */
    inv_oid_t after;
    bool      repair;
} inv_reconcile_query_t;

/*
 * Reads {"productId"?, "repair"?, "after"?}; root NULL: no body, so all
 * products, and nothing is repaired.  Faults as in inv_product_read.
 */
void inv_reconcile_read(const inv_json_t *root, inv_reconcile_query_t *query,
                        inv_faults_t *faults);

typedef struct {
    int64_t               checked;     /* products */
    inv_movement_check_t *differences; /* INV_RECONCILE_DIFFERENCES_MAX */
    size_t                n;
    bool                  has_next; /* there may be products behind next */
    inv_oid_t             next;
} inv_reconcile_t;

/* {"checked", "differences": [...], "next"}.  False: no memory. */
bool inv_reconcile_render(inv_arena_t *arena, const inv_reconcile_t *report,
                          inv_str_t *text);


#endif /* INV_MOVEMENT_RECONCILE_H */
