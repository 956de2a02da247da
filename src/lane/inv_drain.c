
/*
 * lane: draining, see inv_drain.h.  Event loop; inv_drain_run is on a thread.
 */


#include "inv_drain.h"


/* As long as a try may take: nobody waits for it. */
#define INV_DRAIN_TIMEOUT_MS 5000

/* Tries before an entry is left where it is, about a minute in all. */
#define INV_DRAIN_TRIES 12

/* Between tries, drawn up to this: workers must not come all at once. */
#define INV_DRAIN_PAUSE_MS 5000


typedef struct {
    inv_op_t    op;
    inv_entry_t entry;
    ngx_uint_t  tries;
    ngx_event_t pause;
    unsigned    speaks : 1; /* one line in the log a batch, not one an entry */
} inv_drain_op_t;


static void inv_drain_submit(inv_lane_t *lane, inv_drain_op_t *drain);
static inv_store_result_t
inv_drain_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
              size_t n);
static void inv_drain_settle(inv_op_t *op, inv_store_result_t result);
static void inv_drain_again(ngx_event_t *ev);
static inv_drain_op_t *inv_drain_create(const inv_entry_t *entry);


static const inv_op_kind_t inv_drain_kind = { "drain", INV_DRAIN_MAX,
                                              inv_drain_run, inv_drain_settle };


void
inv_drain_entry(inv_lane_t *lane, const inv_entry_t *entry)
{
    inv_drain_op_t *drain;

    drain = inv_drain_create(entry);
    if (drain != NULL) {
        inv_drain_submit(lane, drain);
    }
}


static inv_drain_op_t *
inv_drain_create(const inv_entry_t *entry)
{
    inv_arena_t    *arena;
    inv_drain_op_t *drain;

    arena = inv_arena_create();
    if (arena == NULL) {
        return NULL;
    }

    drain = (inv_drain_op_t *) inv_op_create(&inv_drain_kind,
                                             sizeof(inv_drain_op_t), arena);

    if (drain == NULL
        || !inv_arena_copy(arena, entry->bson, &drain->entry.bson)) {
        inv_arena_destroy(arena);
        return NULL;
    }

    drain->entry.product = entry->product;
    drain->entry.batch = entry->batch;

    return drain;
}


static void
inv_drain_submit(inv_lane_t *lane, inv_drain_op_t *drain)
{
    if (inv_lane_submit(lane, &drain->op, INV_DRAIN_TIMEOUT_MS, NULL, NULL)
        != INV_LANE_QUEUED)
    {
        inv_op_free(&drain->op);
    }
}


static inv_store_result_t
inv_drain_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
              size_t n)
{
    size_t       i;
    inv_entry_t *entries;

    entries = inv_arena_array(call->arena, n, sizeof(inv_entry_t));
    if (entries == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    for (i = 0; i < n; i++) {
        entries[i] = ((inv_drain_op_t *) ops[i])->entry;
    }

    ((inv_drain_op_t *) ops[0])->speaks = 1;

    return inv_store_drain(store, call, entries, n);
}


static void
inv_drain_settle(inv_op_t *op, inv_store_result_t result)
{
    inv_lane_t     *lane = op->lane;
    ngx_uint_t      level;
    inv_drain_op_t *again, *drain = (inv_drain_op_t *) op;

    if (result == INV_STORE_OK) {
        return;
    }

    if (drain->speaks) {
        level = result == INV_STORE_FAILED ? NGX_LOG_ERR : NGX_LOG_WARN;

        ngx_log_error(level, lane->worker->log, 0,
                      "inventory: entries were not moved to the ledger: %s",
                      op->error);
    }

    if (result == INV_STORE_FAILED || drain->tries + 1 >= INV_DRAIN_TRIES
        || ngx_exiting || lane->worker->jobs->ending)
    {
        return;
    }

    again = inv_drain_create(&drain->entry);
    if (again == NULL) {
        return;
    }

    again->tries = drain->tries + 1;
    again->op.lane = lane;
    again->pause.handler = inv_drain_again;
    again->pause.data = again;
    again->pause.log = lane->worker->log;
    again->pause.cancelable = 1;

    ngx_add_timer(&again->pause,
                  1 + (ngx_msec_t) ngx_random() % INV_DRAIN_PAUSE_MS);
}


static void
inv_drain_again(ngx_event_t *ev)
{
    inv_drain_op_t *drain = ev->data;

    inv_drain_submit(drain->op.lane, drain);
}
