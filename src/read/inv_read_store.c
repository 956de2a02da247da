
/*
 * read: products from MongoDB, many in one command.
 *
 * Event loop; inv_read_run is on a thread.
 */


#include "inv_read_private.h"
#include "../shared/inv_metrics.h"


typedef struct {
    inv_op_t          op;
    inv_oid_t         id;
    inv_cache_t      *cache;
    inv_zone_moment_t moment; /* before it is sent */

    /* Out; memory of the job's arena. */
    inv_product_t *product; /* NULL: there is no document */
    inv_str_t      text;
    bool           damaged; /* there is one, but it cannot be read */
} inv_read_op_t;


static inv_store_result_t
inv_read_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static void inv_read_settle(inv_op_t *op, inv_store_result_t result);
static void
inv_read_done(void *waiter, inv_op_t *op, inv_store_result_t result);


static const inv_op_kind_t inv_read_kind = {
    .name = "read",
    .batch_max = INV_READ_BATCH_MAX,
    .run = inv_read_run,
    .settle = inv_read_settle,
};


inv_lane_answer_t
inv_fetch_ask(inv_fetch_t *fetch)
{
    inv_arena_t       *arena;
    inv_read_op_t     *read;
    inv_lane_answer_t  answer;
    const inv_reads_t *reads = fetch->reads;

    arena = inv_arena_create();
    if (arena == NULL) {
        return INV_LANE_OVERLOADED;
    }

    read = (inv_read_op_t *) inv_op_create(&inv_read_kind,
                                           sizeof(inv_read_op_t), arena);
    if (read == NULL) {
        inv_arena_destroy(arena);
        return INV_LANE_OVERLOADED;
    }

    read->id = fetch->id;
    read->cache = reads->options.cache;
    read->moment = inv_zone_moment(reads->options.zone);
    fetch->origin = read->moment.origin;

    answer = inv_lane_submit(reads->options.lane, &read->op,
                             reads->options.timeout, inv_read_done, fetch);

    if (answer != INV_LANE_QUEUED) {
        inv_op_free(&read->op);
        return answer;
    }

    fetch->op = &read->op;

    return INV_LANE_QUEUED;
}


static inv_store_result_t
inv_read_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    bool               damaged[INV_READ_BATCH_MAX];
    size_t             i;
    inv_oid_t          ids[INV_READ_BATCH_MAX] = { { { 0 } } };
    inv_product_t     *found[INV_READ_BATCH_MAX];
    inv_read_op_t     *read;
    inv_store_result_t result;

    for (i = 0; i < n; i++) {
        ids[i] = ((inv_read_op_t *) ops[i])->id;
    }

    result = inv_store_products_read(store, call, ids, n, found, damaged);
    if (result != INV_STORE_OK) {
        return result;
    }

    for (i = 0; i < n; i++) {
        read = (inv_read_op_t *) ops[i];
        read->product = found[i];
        read->damaged = damaged[i];

        if (found[i] != NULL && !found[i]->deleted
            && !inv_product_render(call->arena, found[i], &read->text))
        {
            return INV_STORE_NO_MEMORY;
        }
    }

    return INV_STORE_OK;
}


static int64_t
inv_read_version(const inv_read_op_t *read)
{
    return read->product != NULL ? read->product->version : 0;
}


/* Also when nobody waits any more. */
static void
inv_read_settle(inv_op_t *op, inv_store_result_t result)
{
    inv_read_op_t *read = (inv_read_op_t *) op;

    if (result != INV_STORE_OK) {
        return;
    }

    if (read->damaged) {
        inv_metrics_count(INV_COUNT_DAMAGED, 1);

    } else {
        inv_cache_keep(read->cache, read->id, inv_read_version(read),
                       read->text, &read->moment);
    }
}


static void
inv_read_done(void *waiter, inv_op_t *op, inv_store_result_t result)
{
    inv_fetch_t         *fetch = waiter;
    const inv_read_op_t *read = (const inv_read_op_t *) op;

    fetch->op = NULL;
    inv_fetch_waited(fetch, INV_SPENT_MONGO, op);

    /* a thread may be at the operation still, where it took too long */
    if (result != INV_STORE_OK) {
        inv_fetch_failed(fetch, result, op->error, false);
        return;
    }

    if (read->damaged) {
        inv_fetch_failed(fetch, INV_STORE_DAMAGED, op->error, true);
        return;
    }

    inv_fetch_stored(fetch, inv_read_version(read), read->text);
}
