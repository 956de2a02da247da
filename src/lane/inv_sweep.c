
/*
 * lane: the sweep, see inv_sweep.h.  Event loop; inv_sweep_run is on a thread.
 */


#include "inv_sweep.h"


/*
 * Entries younger than this are on their way: the worker that made them is
 * faster.
 */
#define INV_SWEEP_AGE_MS 5000

/* Between sweeps of a worker: drawn up to twice this, so that they spread. */
#define INV_SWEEP_PAUSE_MS 5000

#define INV_SWEEP_TIMEOUT_MS 5000


typedef struct {
    inv_op_t     op;
    inv_sweep_t *sweep;
    inv_time_t   at;    /* entries from before it */
    size_t       moved; /* out */
} inv_sweep_op_t;


static void inv_sweep_wait(inv_sweep_t *sweep);
static void inv_sweep_begin(ngx_event_t *ev);
static bool inv_sweep_submit(inv_sweep_t *sweep);

static inv_store_result_t
inv_sweep_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
              size_t n);
static void inv_sweep_settle(inv_op_t *op, inv_store_result_t result);


static const inv_op_kind_t inv_sweep_kind = {
    .name = "sweep",
    .batch_max = 1,
    .run = inv_sweep_run,
    .settle = inv_sweep_settle,
};


void
inv_sweep_start(inv_sweep_t *sweep, inv_lane_t *lane)
{
    ngx_memzero(sweep, sizeof(inv_sweep_t));

    sweep->lane = lane;

    sweep->timer.handler = inv_sweep_begin;
    sweep->timer.data = sweep;
    sweep->timer.log = lane->worker->log;
    sweep->timer.cancelable = 1;

    inv_sweep_wait(sweep);
}


static void
inv_sweep_wait(inv_sweep_t *sweep)
{
    ngx_add_timer(&sweep->timer,
                  1 + (ngx_msec_t) ngx_random() % (2 * INV_SWEEP_PAUSE_MS));
}


static void
inv_sweep_begin(ngx_event_t *ev)
{
    inv_sweep_t *sweep = ev->data;

    if (!inv_sweep_submit(sweep)) {
        inv_sweep_wait(sweep);
    }
}


static bool
inv_sweep_submit(inv_sweep_t *sweep)
{
    inv_sweep_op_t *op;

    op = (inv_sweep_op_t *) inv_op_start(sweep->lane, &inv_sweep_kind,
                                         sizeof(inv_sweep_op_t),
                                         INV_SWEEP_TIMEOUT_MS);
    if (op == NULL) {
        return false;
    }

    op->sweep = sweep;
    op->at = inv_time_now() - INV_SWEEP_AGE_MS;

    return true;
}


static inv_store_result_t
inv_sweep_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
              size_t n)
{
    inv_sweep_op_t *op = (inv_sweep_op_t *) ops[0];

    return inv_store_sweep(store, call, op->at, &op->moved);
}


static void
inv_sweep_settle(inv_op_t *op, inv_store_result_t result)
{
    inv_sweep_op_t *swept = (inv_sweep_op_t *) op;
    inv_sweep_t    *sweep = swept->sweep;

    if (result != INV_STORE_OK && !sweep->failed) {
        ngx_log_error(NGX_LOG_WARN, sweep->timer.log, 0,
                      "inventory: the outboxes could not be swept: %s",
                      op->error);
    }

    sweep->failed = (result != INV_STORE_OK);

    if (ngx_exiting || sweep->lane->worker->jobs->ending) {
        return;
    }

    /* There may be more. */

    if (result == INV_STORE_OK && swept->moved >= INV_DRAIN_MAX
        && inv_sweep_submit(sweep))
    {
        return;
    }

    inv_sweep_wait(sweep);
}
