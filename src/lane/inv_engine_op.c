
/*
 * lane: the engine's operations: from their submission until all of their
 * actions are settled, see inv_engine.h.  Event loop.
 */


#include "inv_engine_private.h"

#include <search.h>


/*
 * Actions that the machine may have: at 4 KiB each, their operation included,
 * 32 MiB a worker, and more than a second's worth of work.
 */
#define INV_ENGINE_ACTIONS_MAX 8192


static inv_engine_op_t             *
inv_engine_find(inv_engine_t *engine, const inv_engine_op_t *op);
static bool inv_engine_op_begin(inv_engine_op_t *op);
static void inv_engine_op_submit(inv_engine_op_t *op);
static void inv_engine_op_again(inv_engine_op_t *op);
static void inv_engine_op_finish(inv_engine_op_t *op);
static inv_store_result_t
inv_engine_claim_result(const inv_engine_op_t *op, inv_verdict_t verdict);
static void inv_engine_op_count(inv_engine_op_t *op);
static void inv_engine_op_answered(inv_engine_op_t *op);


inv_lane_answer_t
inv_engine_submit(inv_engine_t *engine, inv_engine_op_t *op,
                  inv_waiter_t *waiter, ngx_msec_t timeout)
{
    inv_engine_op_t *other;

    if (engine->nactions + op->nactions > INV_ENGINE_ACTIONS_MAX
        || engine->options.worker->jobs->ending)
    {
        inv_metrics_refused(INV_METRICS_ENGINE, INV_METRICS_OVERLOADED);
        return INV_LANE_OVERLOADED;
    }

    if (!inv_zone_mongo_allow(engine->options.worker->zone)) {
        inv_metrics_refused(INV_METRICS_ENGINE, INV_METRICS_UNAVAILABLE);
        return INV_LANE_UNAVAILABLE;
    }

    if (op->keyed) {
        other = inv_engine_find(engine, op);

        if (other != NULL) {
            inv_metrics_count(INV_COUNT_KEY_JOINED, 1);
            inv_waiter_add(other, waiter, timeout);
            waiter->joined = 1;
            inv_arena_destroy(op->arena);
            return INV_LANE_QUEUED;
        }
    }

    op->engine = engine;
    ngx_queue_init(&op->waiters);

    /* the other half is for what there is to do then */
    op->claim.patience_max = 1 + (int64_t) timeout / 2;
    op->claim.patience_min = op->slow ? op->claim.patience_max : 0;

    if (!inv_engine_op_begin(op)) {
        inv_metrics_refused(INV_METRICS_ENGINE, INV_METRICS_OVERLOADED);
        return INV_LANE_OVERLOADED;
    }

    inv_engine_op_starts(op);
    inv_waiter_add(op, waiter, timeout);
    inv_engine_op_submit(op);
    inv_engine_kick(engine);

    return INV_LANE_QUEUED;
}


/*
 * By key and request: which of two requests with one key is the first, only
 * the claim says; another worker's may be.
 */
static int
inv_engine_key_order(const void *a, const void *b)
{
    ngx_int_t                 order;
    const inv_claim_record_t *x = &((const inv_engine_op_t *) a)->claim.record;
    const inv_claim_record_t *y = &((const inv_engine_op_t *) b)->claim.record;

    order = ngx_memcmp(x->id, y->id, INV_CLAIM_ID);
    if (order == 0) {
        order = ngx_memcmp(x->fingerprint, y->fingerprint, INV_CLAIM_ID);
    }

    return (int) order;
}


static inv_engine_op_t *
inv_engine_find(inv_engine_t *engine, const inv_engine_op_t *op)
{
    void *node;

    node = tfind(op, &engine->keys, inv_engine_key_order);

    return node != NULL ? *(inv_engine_op_t **) node : NULL;
}


/* From now on a request with its key begins anew. */
void
inv_engine_unkey(inv_engine_op_t *op)
{
    op->told = 1;

    if (op->kind->leave != NULL) {
        op->kind->leave(op);
    }

    if (op->keys) {
        tdelete(op, &op->engine->keys, inv_engine_key_order);
        op->keys = 0;
    }
}


void
inv_engine_op_free(inv_engine_op_t *op)
{
    inv_arena_destroy(op->arena);
}


/* False: no memory. */
static bool
inv_engine_op_begin(inv_engine_op_t *op)
{
    if (op->keyed) {
        if (tsearch(op, &op->engine->keys, inv_engine_key_order) == NULL) {
            return false;
        }

        op->keys = 1;
        inv_claim_open(op->engine->protocol, &op->claim, inv_engine_now());
    }

    ngx_queue_insert_tail(&op->engine->ops, &op->link);

    return true;
}


static void
inv_engine_op_submit(inv_engine_op_t *op)
{
    size_t        i;
    inv_action_t *action;

    for (i = 0; i < op->nactions; i++) {
        action = op->actions[i];
        action->owner = op;
        action->claim = op->keyed ? &op->claim : NULL;

        if (inv_protocol_submit(op->engine->protocol, action, inv_engine_now()))
        {
            op->left++;
            op->engine->nactions++;

        } else {
            action->verdict = INV_VERDICT_NO_MEMORY;
        }
    }

    /* nobody is told from within a submission */
    if (op->left == 0 && !op->turns) {
        op->turns = 1;
        ngx_queue_insert_tail(&op->engine->turns, &op->turn);
    }
}


void
inv_engine_ops_turn(inv_engine_t *engine)
{
    ngx_queue_t     *q;
    inv_engine_op_t *op;

    while (!ngx_queue_empty(&engine->turns)) {
        q = ngx_queue_head(&engine->turns);
        op = ngx_queue_data(q, inv_engine_op_t, turn);

        ngx_queue_remove(q);
        op->turns = 0;

        inv_engine_op_resume(op);
    }
}


void
inv_engine_op_resume(inv_engine_op_t *op)
{
    if (op->told || op->left != 0 || ngx_queue_empty(&op->waiters)
        || op->engine->ending)
    {
        return;
    }

    inv_engine_op_finish(op);
}


void
inv_engine_settled(void *ctx, inv_action_t *action)
{
    inv_engine_t    *engine = ctx;
    inv_engine_op_t *op = action->owner;

    /* those who waited left between its settling and this */
    if (action->abandoned && action->verdict == INV_VERDICT_OK && !op->keyed
        && !op->stands
        && inv_protocol_undo(engine->protocol, action, inv_engine_now()))
    {
        inv_engine_kick(engine);
        return;
    }

    inv_engine_count_action(action);
    engine->nactions--;

    if (--op->left != 0) {
        return;
    }

    if (engine->ending) {
        return;
    }

    if (op->told || ngx_queue_empty(&op->waiters)) {
        inv_engine_op_close(op);

    } else if (op->again) {
        inv_engine_op_again(op);

    } else {
        inv_engine_op_finish(op);
    }
}


/*
 * Its key is somebody else's now: once none of its actions is out, they are
 * submitted anew, to follow.
 */
static void
inv_engine_op_again(inv_engine_op_t *op)
{
    size_t i;

    if (op->left != 0) {
        return;
    }

    op->again = 0;

    for (i = 0; i < op->nactions; i++) {
        ngx_memzero(&op->actions[i]->verdict,
                    sizeof(inv_action_t) - offsetof(inv_action_t, verdict));
    }

    inv_engine_op_submit(op);
    inv_engine_kick(op->engine);
}


/* All is settled, and somebody waits. */
static void
inv_engine_op_finish(inv_engine_op_t *op)
{
    op->waits = false;
    op->kind->finish(op);

    if (op->waits) {
        inv_engine_op_tries(op);
        return;
    }

    if (op->replayed) {
        inv_metrics_count(INV_COUNT_KEY_REPLAYED, 1);
    }

    if (op->status == 0) {
        inv_engine_op_tell(op, INV_END_RESULT, op->result);
        return;
    }

    if (op->keyed && op->keeps) {
        inv_claim_answer(op->engine->protocol, &op->claim, op->status, op->text,
                         inv_engine_now());
        inv_engine_kick(op->engine);
        return;
    }

    inv_engine_op_tell(op, INV_END_ANSWERED, INV_STORE_OK);
}


/* A definite error, unless some of it may have been applied before. */
static inv_store_result_t
inv_engine_claim_result(const inv_engine_op_t *op, inv_verdict_t verdict)
{
    if (inv_engine_op_is_sent(op)) {
        return inv_engine_op_unanswered(op);
    }

    switch (verdict) {

    case INV_VERDICT_FAILED:
        return INV_STORE_FAILED;

    case INV_VERDICT_DAMAGED:
        return INV_STORE_DAMAGED;

    default:
        return inv_engine_op_unanswered(op);
    }
}


void
inv_engine_claimed(void *ctx, inv_claim_t *claim, inv_claim_news_t news)
{
    inv_engine_op_t *op;

    op = (inv_engine_op_t *) ((u_char *) claim
                              - offsetof(inv_engine_op_t, claim));

    inv_engine_op_count(op);
    inv_engine_count_claim(news);

    switch (news) {

    case INV_CLAIM_STORED:
        inv_engine_op_tell(op, INV_END_ANSWERED, INV_STORE_OK);
        return;

    case INV_CLAIM_ANSWERED:
        inv_engine_op_answered(op);
        return;

    case INV_CLAIM_MISMATCH:
        inv_engine_op_tell(op, INV_END_MISMATCH, INV_STORE_OK);
        return;

    case INV_CLAIM_LOST:
        if (ngx_queue_empty(&op->waiters)) {
            inv_engine_op_tell(op, INV_END_RESULT, INV_STORE_UNKNOWN);
            return;
        }

        op->again = 1;
        inv_engine_op_again(op);
        return;

    case INV_CLAIM_FAILED:
        inv_engine_op_tell(op, INV_END_RESULT,
                           inv_engine_claim_result(op, claim->verdict));
        return;

    case INV_CLAIM_CLOSED:
        inv_engine_op_gone(op);
    }
}


/* What an earlier attempt was answered, or one on another node. */
static void
inv_engine_op_answered(inv_engine_op_t *op)
{
    op->status = op->claim.record.status;
    op->text = op->claim.record.answer;
    op->replayed = true;
    op->version = 0;

    inv_engine_op_tell(op, INV_END_ANSWERED, INV_STORE_OK);
}


/* After news of a claim: some of its actions the machine has not any more. */
static void
inv_engine_op_count(inv_engine_op_t *op)
{
    size_t i, left;

    left = 0;

    for (i = 0; i < op->nactions; i++) {
        left += inv_action_is_out(op->actions[i]);
    }

    op->engine->nactions -= op->left - left;
    op->left = left;
}
