
/*
 * http: from the end of an operation of the engine to the answer of those who
 * waited for it.  Event loop.
 */


#include "inv_worker.h"


/* What a verdict is to a client. */
typedef struct {
    inv_problem_kind_t kind;
    const char        *detail;
} inv_verdict_problem_t;

static const inv_verdict_problem_t inv_verdicts[] = {
    [INV_VERDICT_NOT_FOUND] = { INV_NOT_FOUND, "there is no such product" },
    [INV_VERDICT_VERSION_CHANGED] = { INV_PRECONDITION_FAILED,
                                      "the product has another version" },
    [INV_VERDICT_SKU_TAKEN] = { INV_SKU_TAKEN, "another product has this sku" },
    [INV_VERDICT_IN_USE] = { INV_IN_USE,
                             "some of the product's stock is reserved" },
};


static void inv_engine_refuse(inv_engine_op_t *op, const inv_problem_t *problem,
                              const inv_origin_t *origin);
static inv_store_result_t inv_verdict_result(inv_verdict_t verdict);
static void               inv_reply_doubt(const inv_engine_op_t *op);
static void               inv_reply_replayed(const inv_engine_op_t *op);


bool
inv_request_origin(inv_request_t *rq, inv_arena_t *arena, inv_origin_t *origin)
{
    inv_str_t trace;

    trace.data = rq->trace.trace_id;
    trace.len = sizeof(rq->trace.trace_id);

    if (!inv_arena_copy(arena, trace, &origin->trace)
        || !inv_arena_copy(arena, inv_request_instance(rq), &origin->instance))
    {
        inv_reply_internal(rq, "no memory");
        return false;
    }

    return true;
}


void
inv_stock_settled(inv_engine_op_t *op, const inv_action_t *action,
                  const inv_stock_operation_t *operation, inv_str_t at,
                  const inv_origin_t *origin)
{
    inv_faults_t  faults;
    inv_problem_t problem;

    switch (action->verdict) {

    case INV_VERDICT_OK:
        break;

    case INV_VERDICT_OUT_OF_STOCK:
    case INV_VERDICT_ABOVE_MAX:
        inv_faults_init(&faults, op->arena);
        inv_stock_refuse(operation, action->available, at, &faults, &problem);
        inv_engine_refuse(op, &problem, origin);
        return;

    default:
        inv_engine_problem(op, action, origin);
        return;
    }

    op->status = NGX_HTTP_OK;
    op->version = action->version;
    op->replayed = action->replayed;

    if (!inv_stock_answer(op->arena, action->product, action->seq, action->type,
                          action->delta, action->after, &op->text))
    {
        /* it is done; a retry with the key, or a read, tells */
        op->status = 0;
        op->result = INV_STORE_UNKNOWN;
    }
}


void
inv_engine_problem(inv_engine_op_t *op, const inv_action_t *action,
                   const inv_origin_t *origin)
{
    inv_problem_t                problem;
    const inv_verdict_problem_t *verdict;

    if (action->verdict > INV_VERDICT_IN_USE
        || inv_verdicts[action->verdict].detail == NULL)
    {
        op->status = 0;
        op->result = inv_verdict_result(action->verdict);
        return;
    }

    verdict = &inv_verdicts[action->verdict];

    ngx_memzero(&problem, sizeof(inv_problem_t));

    problem.kind = verdict->kind;
    problem.detail.data = verdict->detail;
    problem.detail.len = ngx_strlen(verdict->detail);

    inv_engine_refuse(op, &problem, origin);
}


/* An answer that a key keeps: only it says what the first attempt found. */
static void
inv_engine_refuse(inv_engine_op_t *op, const inv_problem_t *problem,
                  const inv_origin_t *origin)
{
    op->status = (int) inv_problem_status(problem->kind);
    op->keeps = true;

    if (!inv_problem_render(op->arena, problem, origin->instance, origin->trace,
                            &op->text))
    {
        op->status = 0;
        op->result = INV_STORE_NO_MEMORY;
    }
}


/* Those that are no answers. */
static inv_store_result_t
inv_verdict_result(inv_verdict_t verdict)
{
    switch (verdict) {

    case INV_VERDICT_UNAVAILABLE:
        return INV_STORE_UNAVAILABLE;

    case INV_VERDICT_DAMAGED:
        return INV_STORE_DAMAGED;

    case INV_VERDICT_NO_MEMORY:
        return INV_STORE_NO_MEMORY;

    case INV_VERDICT_WITHDRAWN:
        return INV_STORE_UNKNOWN;

    default:
        return INV_STORE_FAILED;
    }
}


/* A change that may have been made: no copy of what it is about is trusted. */
static void
inv_reply_doubt(const inv_engine_op_t *op)
{
    size_t i;

    for (i = 0; i < op->nactions; i++) {
        inv_cache_doubted(inv_worker->cache, op->actions[i]->product,
                          op->actions[i]->kind != INV_ACTION_MOVE);
    }
}


/*
 * An answer that is given again acknowledges again what another node may have
 * done: no copy of before is good here, either.
 */
static void
inv_reply_replayed(const inv_engine_op_t *op)
{
    int64_t   seq;
    inv_oid_t product;
    inv_str_t text = op->text;

    while (inv_stock_replay_next(&text, &product, &seq)) {
        inv_zone_raise(inv_worker->zone, product, seq);
    }

    if (op->nactions != 0 && op->actions[0]->kind == INV_ACTION_CREATE) {
        inv_zone_catalog_changed(inv_worker->zone);
    }
}


void
inv_reply_end(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end)
{
    bool replayed;

    switch (end) {

    case INV_END_MISMATCH:
        inv_reply_refusal(rq, INV_IDEMPOTENCY_CONFLICT,
                          "the Idempotency-Key was used for another request");
        return;

    case INV_END_RESULT:
        if (rq->waiter.result == INV_STORE_UNKNOWN) {
            inv_reply_doubt(op);
        }

        inv_reply_failure(rq, op->kind->name, rq->waiter.why,
                          rq->waiter.result);
        return;

    case INV_END_ANSWERED:
        break;
    }

    replayed = op->replayed || rq->waiter.joined;

    if (op->keyed) {
        rq->idempotency = replayed ? "replayed" : "new";
    }

    if (op->replayed && op->status < NGX_HTTP_SPECIAL_RESPONSE) {
        inv_reply_replayed(op);
    }

    if ((replayed
         && inv_reply_header(rq, "Idempotency-Replayed", inv_str("true"))
                != NGX_OK)
        || (op->version != 0 && !replayed
            && inv_reply_etag(rq, op->version) != NGX_OK))
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_answer(rq, (ngx_uint_t) op->status, op->text);
}
