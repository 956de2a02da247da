
/*
 * model: many stock operations in one request, each on its own.
 *
 * Any thread, no I/O.
 */


#ifndef INV_STOCK_BATCH_H
#define INV_STOCK_BATCH_H


#include "inv_idempotency.h"
#include "inv_stock.h"


/* One line; what is not its problem holds only where it has none. */
typedef struct {
    inv_problem_kind_t    problem; /* INV_OK; INV_INVALID_REQUEST: of faults;
                                      INV_NOT_FOUND: an id that cannot exist */
    inv_faults_t          faults;
    inv_stock_operation_t operation;
    inv_str_t             sku;     /* absent: the product is known by its id */
    inv_oid_t             product; /* where there is no sku */
    inv_str_t             key; /* as by inv_key_read; absent: none.  Two lines
                                  may have the same */
} inv_stock_line_t;

typedef struct {
    inv_stock_line_t *lines; /* in the order of the body */
    size_t            n;     /* 1 to INV_STOCK_BATCH_MAX */
} inv_stock_batch_t;

/*
 * Reads {"operations": [...]}.  What is wrong with the whole is in faults, as
 * in inv_product_read, what is wrong with a line in the line; where memory ran
 * out, faults says so for both.  Strings point into root's arena, lines are
 * made in that of faults.
 */
void inv_stock_batch_read(const inv_json_t *root, inv_stock_batch_t *batch,
                          inv_faults_t *faults);

/*
 * The problem document of a line that has a problem.  False: no memory.
 */
bool inv_stock_line_problem(inv_arena_t *arena, const inv_stock_line_t *line,
                            inv_str_t *text);

/*
 * What a line asks for, as the fingerprint of its key's claim: how it was
 * written, and where in the batch, does not matter.  False: no memory.
 */
bool inv_stock_line_fingerprint(const inv_stock_line_t *line,
                                unsigned char fingerprint[INV_DIGEST_SIZE]);

/*
 * The answer of a batch: results are the answers and problem documents of its
 * n lines, each one JSON value, in the order of the lines.  False: no memory.
 */
bool inv_stock_batch_answer(inv_arena_t *arena, const inv_str_t *results,
                            size_t n, inv_str_t *text);


#endif /* INV_STOCK_BATCH_H */
