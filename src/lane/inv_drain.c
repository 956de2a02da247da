
/*
 * lane: draining, see inv_drain.h.  Event loop; inv_drain_run is on a thread.
 */


#include "inv_drain.h"


/* As long as a try may take: nobody waits for it. */
#define INV_DRAIN_TIMEOUT_MS 5000


typedef struct {
    inv_op_t    op;
    inv_entry_t entry;
    unsigned    speaks : 1; /* one line in the log a batch, not one an entry */
} inv_drain_op_t;


static inv_store_result_t
inv_drain_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
              size_t n);
static void inv_drain_settle(inv_op_t *op, inv_store_result_t result);


static const inv_op_kind_t inv_drain_kind = {
    .name = "drain",
    .batch_max = INV_DRAIN_MAX,
    .run = inv_drain_run,
    .settle = inv_drain_settle,
};


void
inv_drain_entry(inv_lane_t *lane, const inv_entry_t *entry)
{
    inv_drain_op_t *drain;

    drain = (inv_drain_op_t *) inv_op_start(
        lane, &inv_drain_kind, sizeof(inv_drain_op_t), INV_DRAIN_TIMEOUT_MS);

    if (drain == NULL) {
        return;
    }

    drain->entry = *entry;

    if (!inv_arena_copy(drain->op.arena, entry->bson, &drain->entry.bson)) {
        inv_op_detach(&drain->op);
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
    ngx_uint_t      level;
    inv_drain_op_t *drain = (inv_drain_op_t *) op;

    if (result == INV_STORE_OK || !drain->speaks) {
        return;
    }

    level = result == INV_STORE_FAILED ? NGX_LOG_ERR : NGX_LOG_WARN;

    ngx_log_error(level, op->lane->worker->log, 0,
                  "inventory: entries stay in the outbox for the next sweep: "
                  "%s",
                  op->error);
}
