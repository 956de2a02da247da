
/*
 * lane: the life of an operation, see inv_lane.h.  Event loop.
 */


#include "inv_lane_private.h"


static void
inv_op_tell(inv_op_t *op, inv_store_result_t result, const char *error);


inv_op_t *
inv_op_create(const inv_op_kind_t *kind, size_t size, inv_arena_t *arena)
{
    inv_op_t *op;

    op = inv_arena_alloc(arena, size);
    if (op == NULL) {
        return NULL;
    }

    op->kind = kind;
    op->arena = arena;

    return op;
}


void
inv_op_free(inv_op_t *op)
{
    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    inv_arena_destroy(op->arena);
}


inv_op_t *
inv_op_start(inv_lane_t *lane, const inv_op_kind_t *kind, size_t size,
             ngx_msec_t timeout)
{
    inv_op_t    *op;
    inv_arena_t *arena;

    arena = inv_arena_create();
    if (arena == NULL) {
        return NULL;
    }

    op = inv_op_create(kind, size, arena);
    if (op == NULL) {
        inv_arena_destroy(arena);
        return NULL;
    }

    if (inv_lane_submit(lane, op, timeout, NULL, NULL) != INV_LANE_QUEUED) {
        inv_op_free(op);
        return NULL;
    }

    return op;
}


void
inv_op_detach(inv_op_t *op)
{
    op->done = NULL;
    op->waiter = NULL;

    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    if (!op->sent) {
        ngx_queue_remove(&op->link);
        op->lane->npending--;
        inv_op_free(op);
    }
}


void
inv_op_spent(const inv_op_t *op, inv_spent_t *spent)
{
    ngx_memzero(spent, sizeof(inv_spent_t));

    if (op->lane == NULL) {
        return;
    }

    spent->waited = INV_SPENT_QUEUE;

    if (!op->sent) {
        spent->queue = ngx_current_msec - op->queued;
        return;
    }

    spent->queue = op->posted - op->queued;
    spent->mongo = ngx_current_msec - op->posted;
    spent->batch = op->batch;
    spent->waited |= INV_SPENT_MONGO;
}


void
inv_op_end(inv_op_t *op, inv_store_result_t result, const char *error)
{
    if (op->kind->settle != NULL) {
        op->error = error;
        op->kind->settle(op, result);
    }

    inv_op_tell(op, result, error);
    inv_op_free(op);
}


static void
inv_op_tell(inv_op_t *op, inv_store_result_t result, const char *error)
{
    inv_op_done_pt done = op->done;

    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    if (done != NULL) {
        op->done = NULL;
        op->error = error;
        done(op->waiter, op, result);
    }
}


void
inv_op_timeout(ngx_event_t *ev)
{
    inv_op_t *op = ev->data;

    if (op->call != NULL && inv_store_call_abandon(op->call)) {
        inv_op_tell(op, INV_STORE_UNAVAILABLE,
                    "no server was found before the deadline");
        return;
    }

    if (op->sent) {
        inv_op_tell(op, INV_STORE_UNKNOWN, "no reply before the deadline");
        return;
    }

    inv_op_drop(op, "not sent before the deadline");
}


/* Nothing was sent: the end of an operation that is still pending. */
void
inv_op_drop(inv_op_t *op, const char *why)
{
    ngx_queue_remove(&op->link);
    op->lane->npending--;

    inv_op_tell(op, INV_STORE_UNAVAILABLE, why);
    inv_op_free(op);
}
