
/*
 * model: what a client is told of a stock operation.  Any thread.
 */


#include "inv_stock_members.h"

#include <inttypes.h>
#include <stdio.h>


/* "<product>-<seq>" with the longest seq and a NUL. */
#define INV_MOVEMENT_ID_TEXT (INV_OID_HEX + 1 + 20 + 1)


static void
stock_write_amount(inv_json_writer_t *w, inv_move_t type, int64_t delta)
{
    if (type != INV_MOVE_PURCHASE && type != INV_MOVE_RESTOCK) {
        inv_json_name(w, "delta");
        inv_json_integer(w, delta);
        return;
    }

    inv_json_name(w, "quantity");
    inv_json_integer(w, (delta < 0) ? -delta : delta);
}


bool
inv_stock_answer(inv_arena_t *arena, inv_oid_t product, int64_t seq,
                 inv_move_t type, int64_t delta, int64_t remaining,
                 inv_str_t *text)
{
    int                n;
    char               id[INV_MOVEMENT_ID_TEXT];
    const char        *name;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_oid_write(product, id);
    n = snprintf(id + INV_OID_HEX, sizeof(id) - INV_OID_HEX, "-%" PRId64, seq);
    name = inv_move_name(type);

    inv_json_open_object(w);
    inv_json_name(w, "movementId");
    inv_json_string(w, (inv_str_t){ INV_OID_HEX + (size_t) n, id });
    inv_json_name(w, "productId");
    inv_json_string(w, (inv_str_t){ INV_OID_HEX, id });
    inv_json_name(w, "type");
    inv_json_string(w, (inv_str_t){ strlen(name), name });
    stock_write_amount(w, type, delta);
    inv_json_name(w, "remaining");
    inv_json_integer(w, remaining);
    inv_json_close_object(w);

    return inv_json_finish(w, text);
}


void
inv_stock_refuse(const inv_stock_operation_t *operation, int64_t available,
                 inv_str_t at, inv_faults_t *faults, inv_problem_t *problem)
{
    inv_str_t amount;

    memset(problem, 0, sizeof(inv_problem_t));

    if (operation->delta < 0) {
        problem->kind = INV_OUT_OF_STOCK;
        problem->detail = inv_str("there is not enough stock");
        problem->has_stock = true;
        problem->requested = -operation->delta;
        problem->available = available;
        return;
    }

    amount = (inv_stock_amount(operation->type) == INV_STOCK_DELTA)
                 ? inv_str("delta")
                 : inv_str("quantity");

    inv_fault_format(faults, inv_pointer_member(faults, at, amount),
                     "must be at most %" PRId64 ": there are %" PRId64
                     " in stock",
                     INV_STOCK_MAX - available, available);

    problem->kind = INV_INVALID_REQUEST;
    problem->faults = faults;
}
