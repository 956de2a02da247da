
/*
 * http: the secret of the copies in Redis, which a worker asks MongoDB for when
 * it starts, and again until it has it.
 *
 * Event loop; inv_secret_run is on a thread.
 */


#include "inv_worker.h"

#include "../store/inv_store_settings.h"


#define INV_SECRET_TIMEOUT_MS 10000

/* While MongoDB is away; while somebody has to put something right there. */
#define INV_SECRET_PAUSE_MS  1000
#define INV_SECRET_FAILED_MS 60000


typedef struct {
    inv_op_t op;

    /* Out. */
    unsigned char secret[INV_STORE_SECRET];
} inv_secret_op_t;

_Static_assert(INV_STORE_SECRET == INV_COPY_SECRET,
               "what the store makes is what the cache takes");


static void inv_secret_ask(ngx_event_t *ev);
static inv_store_result_t
inv_secret_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
               size_t n);
static void inv_secret_settle(inv_op_t *op, inv_store_result_t result);


static const inv_op_kind_t inv_secret_kind = {
    .name = "secret",
    .batch_max = 1,
    .run = inv_secret_run,
    .settle = inv_secret_settle,
    .unhurried = true,
};


void
inv_secret_start(inv_worker_t *worker)
{
    ngx_event_t *ev = &worker->secret;

    if (inv_cache_state(worker->cache) == INV_CACHE_OFF) {
        return;
    }

    ev->handler = inv_secret_ask;
    ev->data = worker;
    ev->log = worker->log;
    ev->cancelable = 1;
    ngx_post_event(ev, &ngx_posted_events);
}


static void
inv_secret_ask(ngx_event_t *ev)
{
    inv_worker_t *worker = ev->data;

    if (inv_op_start(&worker->lanes[INV_LANE_QUERY], &inv_secret_kind,
                     sizeof(inv_secret_op_t), INV_SECRET_TIMEOUT_MS)
        == NULL)
    {
        ngx_add_timer(ev, INV_SECRET_PAUSE_MS);
    }
}


static inv_store_result_t
inv_secret_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
               size_t n)
{
    return inv_store_redis_secret(store, call,
                                  ((inv_secret_op_t *) ops[0])->secret);
}


static void
inv_secret_settle(inv_op_t *op, inv_store_result_t result)
{
    inv_worker_t *worker = inv_worker;

    if (result == INV_STORE_OK) {
        inv_cache_set_secret(worker->cache, ((inv_secret_op_t *) op)->secret);
        return;
    }

    if (!worker->secret_told) {
        worker->secret_told = 1;
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                      "inventory: copies in Redis are not used: their secret "
                      "cannot be had from MongoDB, trying on: %s",
                      op->error);
    }

    if (!ngx_exiting && !worker->jobs.ending) {
        ngx_add_timer(&worker->secret, result == INV_STORE_FAILED
                                           ? INV_SECRET_FAILED_MS
                                           : INV_SECRET_PAUSE_MS);
    }
}
