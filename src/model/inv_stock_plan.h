
/*
 * model: the plan of a batch: what stock its moves need, one after another.
 *
 * Any thread, no state.
 */


#ifndef INV_STOCK_PLAN_H
#define INV_STOCK_PLAN_H


#include "inv_stock.h"


/* Moves in order.  Start with inv_stock_plan_start. */
typedef struct {
    size_t  n;
    int64_t sum;  /* of their deltas */
    int64_t need; /* the least stock with which all of them stay in range */
    int64_t room; /* the greatest */
} inv_stock_plan_t;

void inv_stock_plan_start(inv_stock_plan_t *plan);

/*
 * Adds a move of delta (within INV_STOCK_MAX either way) behind the others.
 * False: no stock at all would do; the plan is as before.
 */
bool inv_stock_plan_add(inv_stock_plan_t *plan, int64_t delta);

/* Would a move of delta behind the others still fit, from this stock on? */
bool
inv_stock_plan_fits(const inv_stock_plan_t *plan, int64_t stock, int64_t delta);


#endif /* INV_STOCK_PLAN_H */
