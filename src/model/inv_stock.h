
/*
 * model: stock operations: what a client asks, and what a batch needs.
 *
 * Any thread, no I/O, no clock.
 */


#ifndef INV_STOCK_H
#define INV_STOCK_H


#include "inv_problem.h"
#include "../base/inv_limits.h"


typedef enum {
    INV_MOVE_PURCHASE,
    INV_MOVE_SET,
    INV_MOVE_EDIT
} inv_move_t;

/* "purchase", "set", "edit": in the API and in the database. */
const char *inv_move_name(inv_move_t type);

/*
 * Reads {"quantity": n} (root NULL, no body at all: 1).  Faults as in
 * inv_product_read.
 */
void inv_purchase_read(const inv_json_t *root, int64_t *quantity,
                       inv_faults_t *faults);

/* The stocks with which a movement of delta stays within 0..INV_STOCK_MAX. */
typedef struct {
    int64_t need; /* the least */
    int64_t room; /* the greatest */
} inv_stock_range_t;

/* delta: -INV_STOCK_MAX to INV_STOCK_MAX. */
inv_stock_range_t inv_stock_range(int64_t delta);

/* The answer of one operation, as api.md says it. */
bool inv_stock_answer(inv_arena_t *arena, inv_oid_t product, int64_t seq,
                      inv_move_t type, int64_t quantity, int64_t remaining,
                      inv_str_t *text);


#endif /* INV_STOCK_H */
