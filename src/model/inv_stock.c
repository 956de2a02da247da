
/*
 * model: stock operations: what a client asks, and what they need.
 *
 * Any thread.
 */


#include "inv_stock.h"
#include "inv_shape.h"

#include <inttypes.h>
#include <stdio.h>


/* "<product>-<seq>" with the longest seq and a NUL. */
#define INV_MOVEMENT_ID_TEXT (INV_OID_HEX + 1 + 20 + 1)


typedef struct {
    int64_t quantity;
} stock_purchase_t;

static const inv_shape_member_t stock_purchase_members[] = {
    { .name = inv_str("quantity"),
      .kind = INV_SHAPE_INTEGER,
      .bit = 1,
      .field = offsetof(stock_purchase_t, quantity),
      .min = 1,
      .max = INV_QUANTITY_MAX }
};

static const inv_shape_t stock_purchase_shape = {
    .members = stock_purchase_members, .n = 1, .required = 1
};


const char *
inv_move_name(inv_move_t type)
{
    static const char *const names[] = { [INV_MOVE_PURCHASE] = "purchase",
                                         [INV_MOVE_SET] = "set",
                                         [INV_MOVE_EDIT] = "edit" };

    return names[type];
}


void
inv_purchase_read(const inv_json_t *root, int64_t *quantity,
                  inv_faults_t *faults)
{
    stock_purchase_t purchase;
    inv_shape_seen_t seen;

    purchase.quantity = 1;

    if (root != NULL) {
        inv_shape_read(&stock_purchase_shape, root, inv_str(""), &purchase,
                       &seen, faults);
    }

    *quantity = purchase.quantity;
}


inv_stock_range_t
inv_stock_range(int64_t delta)
{
    inv_stock_range_t range;

    range.need = (delta < 0) ? -delta : 0;
    range.room = (delta > 0) ? INV_STOCK_MAX - delta : INV_STOCK_MAX;

    return range;
}


bool
inv_stock_answer(inv_arena_t *arena, inv_oid_t product, int64_t seq,
                 inv_move_t type, int64_t quantity, int64_t remaining,
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
    inv_json_name(w, "quantity");
    inv_json_integer(w, quantity);
    inv_json_name(w, "remaining");
    inv_json_integer(w, remaining);
    inv_json_close_object(w);

    return inv_json_finish(w, text);
}
