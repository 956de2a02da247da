
/*
 * model: what a client says of a stock operation.  Any thread.
 */


#include "inv_stock_members.h"


/* Of a text that is checked by other means than its length. */
#define INV_STOCK_TEXT_ANY INT64_MAX


static const inv_shape_member_t stock_members[] = {
    { inv_shape_row(INV_SHAPE_TEXT, inv_stock_members_t, product_id,
                    "productId", INV_STOCK_PRODUCT_ID, 0, INV_STOCK_TEXT_ANY) },

    { inv_shape_row(INV_SHAPE_TEXT, inv_stock_members_t, sku, "sku",
                    INV_STOCK_SKU, 1, INV_SKU_MAX),
      .code = true },

    { inv_shape_row(INV_SHAPE_TEXT, inv_stock_members_t, type, "type",
                    INV_STOCK_TYPE, 0, INV_STOCK_TEXT_ANY) },

    { inv_shape_row(INV_SHAPE_INTEGER, inv_stock_members_t, quantity,
                    "quantity", INV_STOCK_QUANTITY, 1, INV_QUANTITY_MAX) },

    { inv_shape_row(INV_SHAPE_INTEGER, inv_stock_members_t, delta, "delta",
                    INV_STOCK_DELTA, -INV_QUANTITY_MAX, INV_QUANTITY_MAX),
      .not_zero = true },

    { inv_shape_row(INV_SHAPE_TEXT, inv_stock_members_t, reference, "reference",
                    INV_STOCK_REFERENCE, 1, INV_REFERENCE_MAX) },

    { inv_shape_row(INV_SHAPE_TEXT, inv_stock_members_t, reason, "reason",
                    INV_STOCK_REASON, 1, INV_REASON_MAX) },

    { inv_shape_row(INV_SHAPE_TEXT, inv_stock_members_t, key, "key",
                    INV_STOCK_KEY, 0, INV_STOCK_TEXT_ANY) }
};


unsigned
inv_stock_amount(inv_move_t type)
{
    return (type == INV_MOVE_ADJUST) ? INV_STOCK_DELTA : INV_STOCK_QUANTITY;
}


unsigned
inv_stock_known(inv_move_t type)
{
    unsigned known;

    known = inv_stock_amount(type) | INV_STOCK_REFERENCE;

    return (type == INV_MOVE_ADJUST) ? known | INV_STOCK_REASON : known;
}


unsigned
inv_stock_read_members(const inv_json_t *value, inv_str_t pointer,
                       unsigned known, unsigned required,
                       inv_stock_members_t *members, inv_faults_t *faults)
{
    inv_shape_t      shape;
    inv_shape_seen_t seen;

    memset(members, 0, sizeof(inv_stock_members_t));
    memset(&shape, 0, sizeof(inv_shape_t));

    shape.members = stock_members;
    shape.n = sizeof(stock_members) / sizeof(stock_members[0]);
    shape.required = required;
    shape.excluded = INV_STOCK_MEMBERS_ALL & ~known;

    inv_shape_read(&shape, value, pointer, members, &seen, faults);

    return seen.given;
}


void
inv_stock_operation(const inv_stock_members_t *members, inv_move_t type,
                    inv_stock_operation_t *operation)
{
    operation->type = type;
    operation->reference = members->reference;
    operation->reason = members->reason;

    if (type == INV_MOVE_ADJUST) {
        operation->delta = members->delta;

    } else if (type == INV_MOVE_PURCHASE) {
        operation->delta = -members->quantity;

    } else {
        operation->delta = members->quantity;
    }
}


void
inv_stock_read(const inv_json_t *root, inv_move_t type,
               inv_stock_operation_t *operation, inv_faults_t *faults)
{
    inv_stock_members_t members;

    memset(operation, 0, sizeof(inv_stock_operation_t));

    if (root == NULL && type == INV_MOVE_PURCHASE) {
        memset(&members, 0, sizeof(inv_stock_members_t));
        members.quantity = 1;

    } else {
        (void) inv_stock_read_members(root, inv_str(""), inv_stock_known(type),
                                      inv_stock_amount(type), &members, faults);
    }

    /* A quantity that is a fault may be any number. */

    if (faults->count == 0) {
        inv_stock_operation(&members, type, operation);
    }
}
