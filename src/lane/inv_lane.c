
/*
 * lane: operations and lanes, see inv_lane.h.
 *
 * Event loop; inv_batch_run is on a thread.
 */


#include "inv_lane_private.h"


/* Until a job that could not be started is tried again. */
#define INV_LANE_RETRY_MS 10


/* What a job of a lane carries; one heap object. */
typedef struct {
    inv_job_t          job;
    inv_lane_t        *lane;
    inv_store_t       *store;
    inv_store_call_t   call;
    inv_store_result_t result;
    size_t             n;
    inv_op_t          *ops[];
} inv_batch_t;


static void         inv_lane_kick(ngx_event_t *ev);
static ngx_int_t    inv_lane_start_job(inv_lane_t *lane);
static inv_batch_t *inv_batch_take(inv_lane_t *lane);
static void         inv_batch_run(inv_job_t *job);
static void         inv_batch_done(inv_job_t *job);
static void         inv_batch_refused(inv_batch_t *batch);
static void
inv_lane_heard(inv_lane_t *lane, inv_store_result_t result, bool unhurried);


void
inv_lane_init(inv_lane_t *lane, const inv_lane_limits_t *limits,
              const inv_lane_worker_t *worker)
{
    ngx_memzero(lane, sizeof(inv_lane_t));

    lane->limits = limits;
    lane->worker = worker;

    ngx_queue_init(&lane->pending);

    lane->kick.handler = inv_lane_kick;
    lane->kick.data = lane;
    lane->kick.log = worker->log;
}


void
inv_lane_end(inv_lane_t *lane)
{
    inv_op_t *op;

    if (lane->kick.timer_set) {
        ngx_del_timer(&lane->kick);
    }

    while (!ngx_queue_empty(&lane->pending)) {
        op = ngx_queue_data(ngx_queue_head(&lane->pending), inv_op_t, link);
        inv_op_drop(op, "not sent before the worker ended");
    }
}


inv_lane_answer_t
inv_lane_submit(inv_lane_t *lane, inv_op_t *op, ngx_msec_t timeout,
                inv_op_done_pt done, void *waiter)
{
    if (lane->npending >= lane->limits->pending_max
        || lane->worker->jobs->ending) {
        inv_metrics_refused(lane->limits->counted, INV_METRICS_OVERLOADED);
        return INV_LANE_OVERLOADED;
    }

    if (!lane->limits->probes && !inv_zone_mongo_allow(lane->worker->zone)) {
        inv_metrics_refused(lane->limits->counted, INV_METRICS_UNAVAILABLE);
        return INV_LANE_UNAVAILABLE;
    }

    op->lane = lane;
    op->done = done;
    op->waiter = waiter;
    op->queued = ngx_current_msec;
    op->deadline = inv_time_monotonic() + (int64_t) timeout;

    if (done != NULL) {
        op->timer.handler = inv_op_timeout;
        op->timer.data = op;
        op->timer.log = lane->worker->log;
        ngx_add_timer(&op->timer, timeout);
    }

    ngx_queue_insert_tail(&lane->pending, &op->link);
    lane->npending++;

    if (!lane->kick.posted && lane->njobs < lane->limits->jobs_max) {
        ngx_post_event(&lane->kick, &ngx_posted_events);
    }

    return INV_LANE_QUEUED;
}


static void
inv_lane_kick(ngx_event_t *ev)
{
    inv_lane_t *lane = ev->data;

    while (lane->njobs < lane->limits->jobs_max && lane->npending != 0) {

        if (inv_lane_start_job(lane) != NGX_OK) {
            break;
        }
    }

    /* A job that ends goes on with what waits; without one, nobody would. */

    if (lane->njobs == 0 && lane->npending != 0 && !ev->timer_set) {
        ngx_add_timer(ev, INV_LANE_RETRY_MS);
    }
}


static ngx_int_t
inv_lane_start_job(inv_lane_t *lane)
{
    inv_batch_t *batch;

    batch = inv_batch_take(lane);
    if (batch == NULL) {
        return NGX_ERROR;
    }

    inv_zone_cluster_time(lane->worker->zone, &batch->call.after);

    if (inv_job_post(lane->worker->jobs, &batch->job) != NGX_OK) {
        inv_batch_refused(batch);
        return NGX_ERROR;
    }

    lane->njobs++;

    return NGX_OK;
}


/* The longest-waiting operations of one kind, as many as one job takes. */
static inv_batch_t *
inv_batch_take(inv_lane_t *lane)
{
    size_t       i, max;
    inv_op_t    *op;
    inv_batch_t *batch;

    op = ngx_queue_data(ngx_queue_head(&lane->pending), inv_op_t, link);
    max = ngx_min(op->kind->batch_max, lane->npending);

    batch = calloc(1, sizeof(inv_batch_t) + max * sizeof(inv_op_t *));
    if (batch == NULL) {
        return NULL;
    }

    batch->call.arena = inv_arena_create();
    if (batch->call.arena == NULL) {
        free(batch);
        return NULL;
    }

    batch->job.run = inv_batch_run;
    batch->job.done = inv_batch_done;
    batch->lane = lane;
    batch->store = lane->worker->store;

    do {
        ngx_queue_remove(&op->link);
        lane->npending--;

        op->sent = 1;
        batch->call.deadline = ngx_max(batch->call.deadline, op->deadline);
        batch->ops[batch->n++] = op;

        if (lane->npending == 0) {
            break;
        }

        op = ngx_queue_data(ngx_queue_head(&lane->pending), inv_op_t, link);

    } while (batch->n < max && op->kind == batch->ops[0]->kind);

    if (batch->n == 1) {
        batch->ops[0]->call = &batch->call;
    }

    for (i = 0; i < batch->n; i++) {
        batch->ops[i]->posted = ngx_current_msec;
        batch->ops[i]->batch = batch->n;
    }

    return batch;
}


static void
inv_batch_run(inv_job_t *job)
{
    inv_batch_t *batch = (inv_batch_t *) job;

    batch->result = batch->ops[0]->kind->run(batch->store, &batch->call,
                                             batch->ops, batch->n);
}


static void
inv_batch_done(inv_job_t *job)
{
    size_t       i;
    inv_batch_t *batch = (inv_batch_t *) job;
    inv_lane_t  *lane = batch->lane;

    lane->njobs--;

    inv_metrics_job(lane->limits->counted, batch->n, inv_job_took(job));
    inv_zone_cluster_heard(lane->worker->zone, &batch->call.seen,
                           &batch->call.refused);
    inv_lane_heard(lane, batch->result, batch->ops[0]->kind->unhurried);

    /* The next job before the answers: the thread works while we write. */
    if (lane->npending != 0) {
        (void) inv_lane_start_job(lane);
    }

    for (i = 0; i < batch->n; i++) {
        inv_op_end(batch->ops[i], batch->result, batch->call.error);
    }

    inv_arena_destroy(batch->call.arena);
    free(batch);
}


static void
inv_batch_refused(inv_batch_t *batch)
{
    size_t i;

    for (i = 0; i < batch->n; i++) {
        inv_op_end(batch->ops[i], INV_STORE_BUSY, "no thread takes the job");
    }

    inv_arena_destroy(batch->call.arena);
    free(batch);
}


/* What the outcome says of MongoDB, for the breaker of all workers. */
static void
inv_lane_heard(inv_lane_t *lane, inv_store_result_t result, bool unhurried)
{
    switch (result) {

    /* It was perhaps not even asked: says nothing. */
    case INV_STORE_NO_MEMORY:
    case INV_STORE_BUSY:
        return;

    case INV_STORE_UNAVAILABLE:
    case INV_STORE_UNKNOWN:
        if (!unhurried) {
            inv_zone_mongo_failed(lane->worker->zone);
        }

        return;

    default:
        inv_zone_mongo_succeeded(lane->worker->zone);
    }
}
