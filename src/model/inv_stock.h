
/*
 * model: stock operations: what a client asks, what it needs, what it is told.
 *
 * Any thread, no I/O, no clock.
 */


#ifndef INV_STOCK_H
#define INV_STOCK_H


#include "inv_problem.h"
#include "../base/inv_limits.h"


/* What moves stock, or is recorded among what does. */
typedef enum {
    INV_MOVE_PURCHASE,
    INV_MOVE_RESTOCK,
    INV_MOVE_ADJUST,
    INV_MOVE_SET,
    INV_MOVE_EDIT,
    INV_MOVE_RESERVE,
    INV_MOVE_RELEASE,
    INV_MOVE_CONFIRM,
    INV_MOVE_RETURN,
    INV_MOVE_UNDO,
    INV_MOVES
} inv_move_t;

/* "purchase", ..., "undo": in the API and in the database. */
const char *inv_move_name(inv_move_t type);

/* The type of a name; false: there is none. */
bool inv_move_read(inv_str_t name, inv_move_t *type);

/* Whether a product can have that stock; else its document is damaged. */
static inline bool
inv_stock_is_valid(int64_t stock)
{
    return stock >= 0 && stock <= INV_STOCK_MAX;
}


/* What a client asks of one product. */
typedef struct {
    inv_move_t type;      /* purchase, restock or adjust */
    int64_t    delta;     /* of stock: -INV_QUANTITY_MAX to INV_QUANTITY_MAX;
                             purchase below 0, restock above, adjust not 0 */
    inv_str_t  reference; /* absent: none */
    inv_str_t  reason;    /* of adjust; absent: none */
} inv_stock_operation_t;

/*
 * Reads the body of a purchase, a restock or an adjust (root NULL, no body at
 * all: a purchase of 1).  Faults as in inv_product_read, and faults is empty
 * before; the strings point into root's arena.
 */
void inv_stock_read(const inv_json_t *root, inv_move_t type,
                    inv_stock_operation_t *operation, inv_faults_t *faults);


/*
 * The answer of one operation, as api.md says it: purchase and restock have a
 * quantity, which is positive, all others a delta.  delta is of stock, and not
 * INT64_MIN; remaining the stock after it.  False: no memory.
 */
bool inv_stock_answer(inv_arena_t *arena, inv_oid_t product, int64_t seq,
                      inv_move_t type, int64_t delta, int64_t remaining,
                      inv_str_t *text);

/*
 * The problem of an operation that does not fit a product's stock, available
 * (0 to INV_STOCK_MAX): too little of it is out-of-stock, too much a fault of
 * the request.  at is where the operation stands in the body ("": it is the
 * body); faults are the caller's, begun and empty, and live as long as problem.
 */
void
inv_stock_refuse(const inv_stock_operation_t *operation, int64_t available,
                 inv_str_t at, inv_faults_t *faults, inv_problem_t *problem);

/*
 * The next operation that was carried out, in the answer of one or of a batch:
 * its product, and its movement's seq, which the product's version is not below.
 * Steps over it; false: there is none any more.
 */
bool inv_stock_replay_next(inv_str_t *text, inv_oid_t *product, int64_t *seq);


#endif /* INV_STOCK_H */
