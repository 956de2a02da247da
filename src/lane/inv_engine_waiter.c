
/*
 * lane: those who wait for the engine's operations, and what becomes of an
 * operation when nobody does any more, see inv_engine.h.  Event loop.
 */


#include "inv_engine_private.h"


static void inv_engine_op_withdraw(inv_engine_op_t *op, inv_action_t *action);
static void inv_engine_op_left(inv_engine_op_t *op);
static void inv_waiter_remove(inv_waiter_t *waiter);
static void inv_waiter_timeout(ngx_event_t *ev);


void
inv_engine_op_tell(inv_engine_op_t *op, inv_end_t end,
                   inv_store_result_t result)
{
    bool          told;
    ngx_queue_t  *q;
    inv_waiter_t *waiter;

    told = false;
    inv_engine_unkey(op);

    while (!ngx_queue_empty(&op->waiters)) {
        q = ngx_queue_head(&op->waiters);
        waiter = ngx_queue_data(q, inv_waiter_t, link);

        inv_waiter_remove(waiter);

        waiter->result = result;
        waiter->why = op->engine->error;
        told |= waiter->done(waiter, op, end);
    }

    if (op->engine->ending) {
        return;
    }

    if (op->left == 0 && end != INV_END_RESULT && told) {
        inv_engine_op_close(op);
    } else {
        inv_engine_op_abandon(op);
    }
}


/* Nobody waits and nothing is out: the last thing is the claim's own step. */
void
inv_engine_op_close(inv_engine_op_t *op)
{
    if (op->closing) {
        return;
    }

    op->closing = 1;

    inv_engine_unkey(op);

    if (!op->keyed || inv_claim_close(op->engine->protocol, &op->claim)) {
        inv_engine_op_gone(op);
    }
}


void
inv_engine_op_gone(inv_engine_op_t *op)
{
    if (op->turns) {
        ngx_queue_remove(&op->turn);
    }

    ngx_queue_remove(&op->link);
    inv_engine_op_free(op);
}


/* Nobody waits any more. */
void
inv_engine_op_abandon(inv_engine_op_t *op)
{
    size_t        i;
    inv_engine_t *engine = op->engine;

    inv_engine_unkey(op);

    for (i = 0; i < op->nactions; i++) {
        inv_engine_op_withdraw(op, op->actions[i]);
    }

    if (op->left == 0) {
        inv_engine_op_close(op);
    }

    inv_engine_kick(engine);
}


/* What was settled and told to nobody is undone as what is out. */
static void
inv_engine_op_withdraw(inv_engine_op_t *op, inv_action_t *action)
{
    inv_engine_t *engine = op->engine;

    if (inv_action_is_out(action)) {
        if (inv_protocol_abandon(engine->protocol, action, inv_engine_now())) {
            op->left--;
            engine->nactions--;
        }

    } else if (!op->keyed && !op->stands
               && inv_protocol_undo(engine->protocol, action, inv_engine_now()))
    {
        op->left++;
        engine->nactions++;
    }
}


bool
inv_engine_op_is_sent(const inv_engine_op_t *op)
{
    size_t i;

    for (i = 0; i < op->nactions; i++) {
        if (op->actions[i]->sent) {
            return true;
        }
    }

    return op->kind->sent != NULL && op->kind->sent(op);
}


/* What is known of it where there is no answer. */
inv_store_result_t
inv_engine_op_unanswered(const inv_engine_op_t *op)
{
    return inv_engine_op_is_sent(op) ? INV_STORE_UNKNOWN
                                     : INV_STORE_UNAVAILABLE;
}


void
inv_waiter_add(inv_engine_op_t *op, inv_waiter_t *waiter, ngx_msec_t timeout)
{
    waiter->op = op;
    waiter->joined = 0;

    inv_engine_op_spent(op, &waiter->before);
    waiter->before.waited = 0;

    waiter->timer.handler = inv_waiter_timeout;
    waiter->timer.data = waiter;
    waiter->timer.log = op->engine->log;

    ngx_add_timer(&waiter->timer, timeout);
    ngx_queue_insert_tail(&op->waiters, &waiter->link);
}


static void
inv_waiter_remove(inv_waiter_t *waiter)
{
    inv_spent_t now;

    inv_engine_op_spent(waiter->op, &now);
    waiter->spent = inv_spent_since(&now, &waiter->before);

    ngx_queue_remove(&waiter->link);

    if (waiter->timer.timer_set) {
        ngx_del_timer(&waiter->timer);
    }

    waiter->op = NULL;
}


void
inv_waiter_leave(inv_waiter_t *waiter)
{
    inv_engine_op_t *op = waiter->op;

    if (op == NULL) {
        return;
    }

    inv_waiter_remove(waiter);
    inv_engine_op_left(op);
}


/* A waiter has left: the last one takes the operation along. */
static void
inv_engine_op_left(inv_engine_op_t *op)
{
    if (ngx_queue_empty(&op->waiters) && !op->told && !op->telling) {
        inv_engine_op_abandon(op);
    }
}


/*
 * done may end the whole tree of its request, and with it other waiters of this
 * operation.  The operation is abandoned only when done has returned: until
 * then it is read, and a batch that had left its lines could not tell which of
 * them were sent.
 */
static void
inv_waiter_timeout(ngx_event_t *ev)
{
    inv_waiter_t    *waiter = ev->data;
    inv_engine_op_t *op = waiter->op;

    inv_waiter_remove(waiter);

    waiter->result = inv_engine_op_unanswered(op);
    waiter->why = "no reply before the deadline";

    op->telling = 1;
    (void) waiter->done(waiter, op, INV_END_RESULT);
    op->telling = 0;

    inv_engine_op_left(op);
}


void
inv_engine_ops_tell(inv_engine_t *engine)
{
    ngx_queue_t     *q;
    inv_engine_op_t *op;

    for (q = ngx_queue_head(&engine->ops);
         q != ngx_queue_sentinel(&engine->ops); q = ngx_queue_next(q))
    {
        op = ngx_queue_data(q, inv_engine_op_t, link);

        inv_engine_op_tell(op, INV_END_RESULT, inv_engine_op_unanswered(op));
    }
}


void
inv_engine_ops_free(inv_engine_t *engine)
{
    ngx_queue_t     *q;
    inv_engine_op_t *op;

    while (!ngx_queue_empty(&engine->ops)) {
        q = ngx_queue_head(&engine->ops);
        op = ngx_queue_data(q, inv_engine_op_t, link);

        inv_engine_op_gone(op);
    }
}
