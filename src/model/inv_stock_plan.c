
/*
 * model: the plan of a batch, see inv_stock_plan.h.  Any thread.
 */


#include "inv_stock_plan.h"
#include "../base/inv_sum.h"


void
inv_stock_plan_start(inv_stock_plan_t *plan)
{
    plan->n = 0;
    plan->sum = 0;
    plan->need = 0;
    plan->room = INV_STOCK_MAX;
}


bool
inv_stock_plan_add(inv_stock_plan_t *plan, int64_t delta)
{
    int64_t sum, need, room;

    /*
     * INV_STOCK_MAX is 2^53: no sum of a batch comes near to what an int64
     * holds.
     */
    sum = plan->sum + delta;
    need = (-sum > plan->need) ? -sum : plan->need;
    room =
        (INV_STOCK_MAX - sum < plan->room) ? INV_STOCK_MAX - sum : plan->room;

    if (need > room) {
        return false;
    }

    plan->n++;
    plan->sum = sum;
    plan->need = need;
    plan->room = room;

    return true;
}


bool
inv_stock_plan_fits(const inv_stock_plan_t *plan, int64_t stock, int64_t delta)
{
    int64_t after;

    /* the stock is what the database says, and may be damaged */
    return inv_sum_add(stock, plan->sum, &after)
           && inv_sum_add(after, delta, &after) && inv_stock_is_valid(after);
}
