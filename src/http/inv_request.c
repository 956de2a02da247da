
/*
 * http: the life of a request: its context, what it waits for, and how it
 * leaves when its client does.
 */


#include "inv_worker.h"


/* Of a worker: the master serves nothing, so it draws none before it forks. */
static inv_random_stock_t inv_request_random;


static inv_request_t *inv_request_create(ngx_http_request_t *r);
static void           inv_request_cleanup(void *data);
static void           inv_request_gone(void *data);
static void inv_request_account(inv_request_t *rq, const inv_op_t *op);
static void inv_request_over(ngx_event_t *ev);
static void
inv_request_op_done(void *waiter, inv_op_t *op, inv_store_result_t result);
static void
inv_request_read_done(inv_reader_t *reader, const inv_read_answer_t *answer);
static void inv_request_refused(inv_request_t *rq, inv_lane_answer_t answer);
static bool
inv_request_wait_done(inv_waiter_t *waiter, inv_engine_op_t *op, inv_end_t end);
static ngx_msec_t inv_request_left(inv_request_t *rq);


inv_request_t *
inv_request_find(ngx_http_request_t *r)
{
    inv_request_t      *rq;
    ngx_pool_cleanup_t *cln;

    rq = ngx_http_get_module_ctx(r, ngx_inventory_module);
    if (rq != NULL) {
        return rq;
    }

    /* nginx forgets contexts at internal redirects; the pool does not. */

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == inv_request_cleanup) {
            rq = cln->data;

            if (rq->r == r) {
                ngx_http_set_ctx(r, rq, ngx_inventory_module);
                return rq;
            }
        }
    }

    return NULL;
}


inv_request_t *
inv_request_get(ngx_http_request_t *r)
{
    inv_request_t  *rq;
    inv_loc_conf_t *conf;

    rq = inv_request_find(r);

    if (rq == NULL) {
        rq = inv_request_create(r);

        if (rq == NULL) {
            return NULL;
        }
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    if (rq->conf == NULL || conf->face != NULL) {
        rq->conf = conf;
    }

    return rq;
}


static inv_request_t *
inv_request_create(ngx_http_request_t *r)
{
    inv_str_t           parent;
    inv_request_t      *rq, *first = NULL;
    ngx_pool_cleanup_t *cln;

    if (r != r->main) {
        first = inv_request_get(r->main);

        if (first == NULL) {
            return NULL;
        }
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(inv_request_t));
    if (cln == NULL) {
        return NULL;
    }

    rq = cln->data;
    ngx_memzero(rq, sizeof(inv_request_t));
    rq->r = r;

    cln->handler = inv_request_cleanup;
    ngx_http_set_ctx(r, rq, ngx_inventory_module);

    if (first != NULL) {
        rq->trace = first->trace;

    } else {
        parent = inv_request_header(rq, inv_str("traceparent"));
        inv_trace_start(parent, &inv_request_random, &rq->trace);
    }

    return rq;
}


static void
inv_request_cleanup(void *data)
{
    inv_request_t *rq = data;

    inv_request_leave(rq);

    if (rq->arena != NULL) {
        inv_arena_destroy(rq->arena);
        rq->arena = NULL;
    }
}


/* The client has gone, or the request has ended. */
static void
inv_request_gone(void *data)
{
    inv_request_leave(data);
}


void
inv_request_leave(inv_request_t *rq)
{
    void *waits;

    if (rq->op != NULL) {
        inv_request_account(rq, rq->op);
        inv_op_detach(rq->op);
        rq->op = NULL;
    }

    if (rq->reader.fetch != NULL) {
        inv_reader_leave(&rq->reader);
        inv_spent_add(&rq->spent, &rq->reader.spent);
    }

    if (rq->waiter.op != NULL) {
        inv_waiter_leave(&rq->waiter);
        inv_spent_add(&rq->spent, &rq->waiter.spent);
    }

    waits = rq->waits;
    inv_request_release(rq);

    if (waits != NULL) {
        rq->leave(waits);
    }
}


/* What the operation has waited for so far, for the log. */
static void
inv_request_account(inv_request_t *rq, const inv_op_t *op)
{
    inv_spent_t spent;

    inv_op_spent(op, &spent);
    inv_spent_add(&rq->spent, &spent);
}


ngx_int_t
inv_request_begin(inv_request_t *rq)
{
    ngx_http_cleanup_t *cln;
    ngx_http_request_t *r = rq->r;

    if (!rq->leaves) {
        cln = ngx_http_cleanup_add(r, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        cln->handler = inv_request_gone;
        cln->data = rq;
        rq->leaves = 1;
    }

    if (!rq->begun) {
        rq->begun = 1;
        rq->body_ms = inv_log_elapsed(r);
    }

    rq->deadline = ngx_current_msec + rq->conf->timeout;
    rq->place = r->loc_conf;

    if (!r->main->discard_body) {
        r->read_event_handler = ngx_http_test_reading;
    }

    return NGX_OK;
}


static ngx_msec_t
inv_request_left(inv_request_t *rq)
{
    ngx_msec_int_t left = (ngx_msec_int_t) (rq->deadline - ngx_current_msec);

    return left > 0 ? (ngx_msec_t) left : 0;
}


inv_arena_t *
inv_request_arena(inv_request_t *rq)
{
    if (rq->arena == NULL) {
        rq->arena = inv_arena_create();
    }

    return rq->arena;
}


inv_op_t *
inv_request_op(inv_request_t *rq, const inv_op_kind_t *kind, size_t size)
{
    inv_op_t    *op = NULL;
    inv_arena_t *arena;

    arena = inv_request_arena(rq);

    if (arena != NULL) {
        op = inv_op_create(kind, size, arena);
    }

    if (op == NULL) {
        inv_reply_internal(rq, "no memory");
    }

    return op;
}


void
inv_request_submit(inv_request_t *rq, ngx_uint_t lane, inv_op_t *op,
                   void (*done)(inv_request_t *rq, inv_op_t *op,
                                inv_store_result_t result))
{
    ngx_msec_t        left;
    inv_lane_answer_t answer = INV_LANE_UNAVAILABLE;

    if (rq->arena == op->arena) {
        rq->arena = NULL;
    }

    rq->op_done = done;

    left = inv_request_left(rq);

    if (left != 0) {
        answer = inv_lane_submit(&inv_worker->lanes[lane], op, left,
                                 inv_request_op_done, rq);
    }

    if (answer == INV_LANE_QUEUED) {
        rq->op = op;
        return;
    }

    inv_op_free(op);
    inv_request_refused(rq, answer);
}


static void
inv_request_refused(inv_request_t *rq, inv_lane_answer_t answer)
{
    if (answer == INV_LANE_OVERLOADED) {
        inv_refused(rq, INV_STORE_BUSY);
        inv_reply_refusal(rq, INV_OVERLOADED,
                          "too many requests are waiting; try again later");

    } else {
        inv_refused(rq, INV_STORE_UNAVAILABLE);
        inv_reply_refusal(rq, INV_UNAVAILABLE,
                          "the database cannot be reached; try again later");
    }
}


void
inv_request_wait(inv_request_t *rq, inv_engine_op_t *op,
                 void (*done)(inv_request_t *rq, inv_engine_op_t *op,
                              inv_end_t end))
{
    ngx_msec_t        left;
    inv_lane_answer_t answer = INV_LANE_UNAVAILABLE;

    rq->arena = NULL;
    rq->wait_done = done;
    rq->waiter.done = inv_request_wait_done;
    rq->waiter.data = rq;

    left = inv_request_left(rq);

    if (left != 0) {
        answer = inv_engine_submit(inv_worker->engine, op, &rq->waiter, left);
    }

    if (answer != INV_LANE_QUEUED) {
        inv_engine_op_free(op);
        inv_request_refused(rq, answer);
    }
}


static bool
inv_request_wait_done(inv_waiter_t *waiter, inv_engine_op_t *op, inv_end_t end)
{
    inv_request_t    *rq = waiter->data;
    ngx_connection_t *c = rq->r->connection;

    inv_spent_add(&rq->spent, &waiter->spent);

    if (!inv_request_resume(rq)) {
        return false;
    }

    rq->wait_done(rq, op, end);
    ngx_http_run_posted_requests(c);

    return true;
}


bool
inv_request_resume(inv_request_t *rq)
{
    ngx_http_request_t *r = rq->r;

    if (r->loc_conf != rq->place) {
        return false;
    }

    ngx_http_set_log_request(r->connection->log, r);

    return true;
}


/*
 * The connection is kept before the request may end under us, and what the
 * end has posted is run: nobody else does it for an event that is not the
 * connection's own.
 */
static void
inv_request_op_done(void *waiter, inv_op_t *op, inv_store_result_t result)
{
    inv_request_t    *rq = waiter;
    ngx_connection_t *c = rq->r->connection;

    rq->op = NULL;
    inv_request_account(rq, op);

    if (inv_request_resume(rq)) {
        rq->op_done(rq, op, result);
        ngx_http_run_posted_requests(c);
    }
}


void
inv_request_read(inv_request_t *rq, inv_oid_t id,
                 void (*done)(inv_request_t           *rq,
                              const inv_read_answer_t *answer))
{
    inv_read_answer_t answer;

    rq->read_done = done;
    rq->reader.done = inv_request_read_done;
    rq->reader.data = rq;

    if (inv_read_product(inv_worker->reads, id, &rq->reader, &answer)) {
        done(rq, &answer);

    } else {
        inv_request_hold(rq, NULL, NULL);
    }
}


static void
inv_request_read_done(inv_reader_t *reader, const inv_read_answer_t *answer)
{
    inv_request_t    *rq = reader->data;
    ngx_connection_t *c = rq->r->connection;

    inv_request_release(rq);
    inv_spent_add(&rq->spent, &reader->spent);

    if (inv_request_resume(rq)) {
        rq->read_done(rq, answer);
        ngx_http_run_posted_requests(c);
    }
}


void
inv_request_hold(inv_request_t *rq, void *waits, void (*leave)(void *waits))
{
    rq->waits = waits;
    rq->leave = leave;

    rq->timer.handler = inv_request_over;
    rq->timer.data = rq;
    rq->timer.log = rq->r->connection->log;

    ngx_add_timer(&rq->timer, inv_request_left(rq));
}


void
inv_request_release(inv_request_t *rq)
{
    rq->waits = NULL;

    if (rq->timer.timer_set) {
        ngx_del_timer(&rq->timer);
    }
}


static void
inv_request_over(ngx_event_t *ev)
{
    inv_request_t    *rq = ev->data;
    ngx_connection_t *c = rq->r->connection;

    inv_request_leave(rq);

    if (inv_request_resume(rq)) {
        inv_reply_failure(rq, "read", "no answer before the deadline",
                          INV_STORE_UNAVAILABLE);
        ngx_http_run_posted_requests(c);
    }
}
