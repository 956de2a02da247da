
/*
 * model: the kinds of movement, and with which stock they fit.  Any thread.
 */


#include "inv_stock.h"


static const inv_str_t stock_moves[INV_MOVES] = {
    [INV_MOVE_PURCHASE] = inv_str("purchase"),
    [INV_MOVE_RESTOCK] = inv_str("restock"),
    [INV_MOVE_ADJUST] = inv_str("adjust"),
    [INV_MOVE_SET] = inv_str("set"),
    [INV_MOVE_EDIT] = inv_str("edit"),
    [INV_MOVE_RESERVE] = inv_str("reserve"),
    [INV_MOVE_RELEASE] = inv_str("release"),
    [INV_MOVE_CONFIRM] = inv_str("confirm"),
    [INV_MOVE_RETURN] = inv_str("return"),
    [INV_MOVE_UNDO] = inv_str("undo")
};


const char *
inv_move_name(inv_move_t type)
{
    return stock_moves[type].data;
}


bool
inv_move_read(inv_str_t name, inv_move_t *type)
{
    size_t i;

    for (i = 0; i < INV_MOVES; i++) {
        if (inv_str_eq(stock_moves[i], name)) {
            *type = (inv_move_t) i;
            return true;
        }
    }

    return false;
}
