
/*
 * model, inside the room: the members that stock operations have, in one
 * table.
 *
 * Any thread.  Each call knows some of them: a body, or a line of a batch.
 */


#ifndef INV_STOCK_MEMBERS_H
#define INV_STOCK_MEMBERS_H


#include "inv_stock.h"
#include "inv_shape.h"


/* Bits of a set. */
typedef enum {
    INV_STOCK_PRODUCT_ID = 1 << 0,
    INV_STOCK_SKU = 1 << 1,
    INV_STOCK_TYPE = 1 << 2,
    INV_STOCK_QUANTITY = 1 << 3,
    INV_STOCK_DELTA = 1 << 4,
    INV_STOCK_REFERENCE = 1 << 5,
    INV_STOCK_REASON = 1 << 6,
    INV_STOCK_KEY = 1 << 7
} inv_stock_member_t;

#define INV_STOCK_MEMBERS_ALL 0xffu

typedef struct {
    inv_str_t product_id; /* any text */
    inv_str_t sku;
    inv_str_t type; /* any text */
    int64_t   quantity;
    int64_t   delta;
    inv_str_t reference;
    inv_str_t reason;
    inv_str_t key; /* any text */
} inv_stock_members_t;

/* The member that says how much: INV_STOCK_QUANTITY or INV_STOCK_DELTA. */
unsigned inv_stock_amount(inv_move_t type);

/* The members that say what an operation is to do: its amount and the texts. */
unsigned inv_stock_known(inv_move_t type);

/*
 * Reads value, which stands at pointer, and says which members it has; those
 * that are not in known are faults, and so are absent ones of required.
 */
unsigned
inv_stock_read_members(const inv_json_t *value, inv_str_t pointer,
                       unsigned known, unsigned required,
                       inv_stock_members_t *members, inv_faults_t *faults);

/* What members without fault ask for. */
void inv_stock_operation(const inv_stock_members_t *members, inv_move_t type,
                         inv_stock_operation_t *operation);


#endif /* INV_STOCK_MEMBERS_H */
