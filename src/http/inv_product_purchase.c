
/*
 * http: POST of a purchase.  Event loop; inv_purchase_run is on a thread.
 */


#include "inv_worker.h"
#include "inv_write.h"


static inv_store_result_t
inv_purchase_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                 size_t n);
static void
inv_purchase_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static void inv_purchase_reply(inv_request_t *rq, const inv_write_op_t *write);
static void
inv_purchase_out_of_stock(inv_request_t *rq, const inv_write_op_t *write);


static const inv_op_kind_t inv_purchase_kind = {
    .name = "purchase",
    .batch_max = 1,
    .run = inv_purchase_run,
    .settle = inv_write_settle,
};


void
inv_product_purchase(inv_request_t *rq, const inv_json_t *body)
{
    inv_faults_t          faults;
    inv_write_op_t       *write;
    inv_stock_operation_t operation;

    write = inv_write_create(rq, &inv_purchase_kind);
    if (write == NULL) {
        return;
    }

    inv_faults_init(&faults, rq->arena);
    inv_stock_read(body, INV_MOVE_PURCHASE, &operation, &faults);
    write->quantity = -operation.delta;

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return;
    }

    inv_request_submit(rq, INV_LANE_STOCK, &write->op, inv_purchase_done);
}


static inv_store_result_t
inv_purchase_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                 size_t n)
{
    inv_write_op_t     *write = (inv_write_op_t *) ops[0];
    inv_store_result_t  result;
    inv_stock_outcome_t outcome;

    memset(&outcome, 0, sizeof(inv_stock_outcome_t));

    result = inv_store_purchase(store, call, write->id, write->quantity,
                                &write->if_match, &write->actor, write->at,
                                &outcome);

    write->version = outcome.version;
    write->seq = outcome.seq;
    write->remaining = outcome.remaining;
    write->available = outcome.available;
    write->entry = outcome.entry;

    return result;
}


static void
inv_purchase_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_write_op_t *write = (inv_write_op_t *) op;

    switch (result) {

    case INV_STORE_OK:
        inv_purchase_reply(rq, write);
        return;

    case INV_STORE_OUT_OF_STOCK:
        inv_purchase_out_of_stock(rq, write);
        return;

    default:
        inv_write_reply_failure(rq, op, result);
    }
}


static void
inv_purchase_reply(inv_request_t *rq, const inv_write_op_t *write)
{
    inv_str_t    text;
    inv_arena_t *arena;

    arena = inv_request_arena(rq);

    if (arena == NULL
        || !inv_stock_answer(arena, write->id, write->seq, INV_MOVE_PURCHASE,
                             -write->quantity, write->remaining, &text)
        || inv_reply_etag(rq, write->version) != NGX_OK)
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, NGX_HTTP_OK, text);
}


static void
inv_purchase_out_of_stock(inv_request_t *rq, const inv_write_op_t *write)
{
    inv_problem_t problem;

    ngx_memzero(&problem, sizeof(inv_problem_t));

    problem.kind = INV_OUT_OF_STOCK;
    problem.detail = inv_str("there is not enough stock");
    problem.has_stock = true;
    problem.requested = write->quantity;
    problem.available = write->available;

    inv_reply_problem(rq, &problem);
}
