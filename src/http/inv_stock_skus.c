
/*
 * http: the products of a stock batch's skus: found all at once, before
 * anything is done.
 *
 * Event loop; inv_skus_run is on a thread.
 */


#include "inv_stock_lines.h"
#include "../store/inv_store_skus.h"


/* In an arena of its own: the batch is the request's. */
typedef struct {
    inv_op_t           op;
    inv_stock_lines_t *lines; /* not for the thread */
    void (*found)(inv_request_t *rq, inv_stock_lines_t *lines);
    size_t     n;
    inv_str_t *skus;
    inv_oid_t *ids; /* out */
} inv_skus_op_t;


static size_t         inv_stock_batch_skus(const inv_stock_lines_t *lines);
static inv_skus_op_t *inv_skus_create(inv_stock_lines_t *lines, size_t n);
static inv_store_result_t
inv_skus_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static void
inv_skus_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static bool inv_skus_place(inv_stock_lines_t *lines, const inv_skus_op_t *skus);


static const inv_op_kind_t inv_skus_kind = {
    .name = "skus",
    .batch_max = 1,
    .run = inv_skus_run,
};


static bool
inv_stock_line_has_sku(const inv_stock_line_t *line)
{
    return line->problem == INV_OK && line->sku.data != NULL;
}


/* How many lines know their product by its sku. */
static size_t
inv_stock_batch_skus(const inv_stock_lines_t *lines)
{
    size_t i, n;

    n = 0;

    for (i = 0; i < lines->batch.n; i++) {
        n += inv_stock_line_has_sku(&lines->batch.lines[i]);
    }

    return n;
}


void
inv_stock_skus_find(inv_request_t *rq, inv_stock_lines_t *lines,
                    void (*found)(inv_request_t *rq, inv_stock_lines_t *lines))
{
    size_t         n;
    inv_skus_op_t *skus;

    n = inv_stock_batch_skus(lines);

    if (n == 0) {
        found(rq, lines);
        return;
    }

    skus = inv_skus_create(lines, n);

    if (skus == NULL) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    skus->found = found;
    inv_request_submit(rq, INV_LANE_QUERY, &skus->op, inv_skus_done);
}


/* NULL: no memory. */
static inv_skus_op_t *
inv_skus_create(inv_stock_lines_t *lines, size_t n)
{
    size_t                  i;
    inv_arena_t            *arena;
    inv_skus_op_t          *skus;
    const inv_stock_line_t *line;

    arena = inv_arena_create();

    if (arena == NULL) {
        return NULL;
    }

    skus = (inv_skus_op_t *) inv_op_create(&inv_skus_kind,
                                           sizeof(inv_skus_op_t), arena);

    if (skus == NULL
        || (skus->skus = inv_arena_array(arena, n, sizeof(inv_str_t))) == NULL
        || (skus->ids = inv_arena_array(arena, n, sizeof(inv_oid_t))) == NULL)
    {
        inv_arena_destroy(arena);
        return NULL;
    }

    skus->lines = lines;

    for (i = 0; i < lines->batch.n; i++) {
        line = &lines->batch.lines[i];

        if (!inv_stock_line_has_sku(line)) {
            continue;
        }

        if (!inv_arena_copy(arena, line->sku, &skus->skus[skus->n++])) {
            inv_arena_destroy(arena);
            return NULL;
        }
    }

    return skus;
}


static inv_store_result_t
inv_skus_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    inv_skus_op_t *skus = (inv_skus_op_t *) ops[0];

    return inv_store_skus_find(store, call, skus->skus, skus->n, skus->ids);
}


static void
inv_skus_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_skus_op_t     *skus = (inv_skus_op_t *) op;
    inv_stock_lines_t *lines = skus->lines;

    /* a question that was not answered has changed nothing */
    if (result == INV_STORE_UNKNOWN) {
        result = INV_STORE_UNAVAILABLE;
    }

    if (result != INV_STORE_OK) {
        inv_reply_failure(rq, op->kind->name, op->error, result);
        return;
    }

    if (!inv_skus_place(lines, skus)) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    skus->found(rq, lines);
}


/*
 * Lines get their products.  A line with a key of its own asks for one that is
 * not there: an earlier answer is replayed, whatever has become of the sku.
 * False: no memory.
 */
static bool
inv_skus_place(inv_stock_lines_t *lines, const inv_skus_op_t *skus)
{
    size_t            i, n;
    inv_stock_line_t *line;

    n = 0;

    for (i = 0; i < lines->batch.n; i++) {
        line = &lines->batch.lines[i];

        if (!inv_stock_line_has_sku(line)) {
            continue;
        }

        line->product = skus->ids[n++];

        if (line->key.data == NULL
            && inv_oid_eq(line->product, inv_store_no_product)
            && !inv_stock_line_refuse(lines, i, INV_NOT_FOUND,
                                      "there is no such product"))
        {
            return false;
        }
    }

    return true;
}
