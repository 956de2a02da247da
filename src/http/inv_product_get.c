
/*
 * http: GET of a product: from Redis, else from MongoDB through the read lane.
 *
 * Event loop; inv_read_run is on a thread.
 */


#include "inv_worker.h"


typedef struct {
    inv_op_t           op;
    inv_oid_t          id;
    inv_cache_moment_t moment; /* before it is sent */

    /* Out; memory of the job's arena. */
    inv_product_t *product; /* NULL: there is no document */
    inv_str_t      text;
    bool           repeated; /* an earlier one of the batch is the same */
    bool           damaged;  /* there is one, but it cannot be read */
} inv_read_op_t;


static void inv_get_copy(inv_request_t *rq, const inv_copy_t *copy);
static void inv_get_read(inv_request_t *rq);
static inv_store_result_t
inv_read_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static void inv_read_settle(inv_op_t *op, inv_store_result_t result);
static void
inv_get_read_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static void inv_get_reply(inv_request_t *rq, int64_t version, inv_str_t text,
                          inv_str_t cache_status);


static const inv_op_kind_t inv_read_kind = {
    .name = "read",
    .batch_max = INV_READ_BATCH_MAX,
    .run = inv_read_run,
    .settle = inv_read_settle,
};


void
inv_product_get(inv_request_t *rq, const inv_json_t *body)
{
    inv_request_cached(rq, rq->id, inv_get_copy);
}


static void
inv_get_copy(inv_request_t *rq, const inv_copy_t *copy)
{
    if (copy == NULL) {
        inv_get_read(rq);
        return;
    }

    inv_get_reply(rq, copy->version, copy->body,
                  inv_str("inventory; hit; detail=redis"));
}


static void
inv_get_read(inv_request_t *rq)
{
    inv_read_op_t *read;

    read = (inv_read_op_t *) inv_request_op(rq, &inv_read_kind,
                                            sizeof(inv_read_op_t));
    if (read == NULL) {
        return;
    }

    read->id = rq->id;
    read->moment = inv_cache_moment(inv_worker->cache);

    inv_request_submit(rq, INV_LANE_READ, &read->op, inv_get_read_done);
}


static bool
inv_read_is_repeated(const inv_oid_t *ids, size_t at)
{
    size_t i;

    for (i = 0; i < at; i++) {
        if (inv_oid_eq(ids[i], ids[at])) {
            return true;
        }
    }

    return false;
}


static inv_store_result_t
inv_read_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    bool              *damaged;
    size_t             i;
    inv_oid_t         *ids;
    inv_product_t    **found;
    inv_read_op_t     *read;
    inv_store_result_t result;

    ids = inv_arena_array(call->arena, n, sizeof(inv_oid_t));
    found = inv_arena_array(call->arena, n, sizeof(inv_product_t *));
    damaged = inv_arena_array(call->arena, n, sizeof(bool));

    if (ids == NULL || found == NULL || damaged == NULL) {
        return INV_STORE_NO_MEMORY;
    }

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
        read->repeated = inv_read_is_repeated(ids, i);

        if (found[i] != NULL && !found[i]->deleted
            && !inv_product_render(call->arena, found[i], &read->text))
        {
            return INV_STORE_NO_MEMORY;
        }
    }

    return INV_STORE_OK;
}


static void
inv_read_settle(inv_op_t *op, inv_store_result_t result)
{
    inv_read_op_t *read = (inv_read_op_t *) op;

    if (result == INV_STORE_OK && read->text.data != NULL && !read->repeated) {
        inv_cache_product_put(inv_worker->cache, read->id,
                              read->product->version, read->text, read->moment);
    }
}


static void
inv_get_read_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    int64_t        version;
    inv_read_op_t *read = (inv_read_op_t *) op;

    if (result == INV_STORE_OK && read->damaged) {
        result = INV_STORE_FAILED;
    }

    if (result != INV_STORE_OK) {
        inv_reply_failure(rq, op->kind->name, op->error, result);
        return;
    }

    version = read->product != NULL ? read->product->version : 0;

    if (version < inv_cache_floor(inv_worker->cache, read->id)) {
        /* Older than what was acknowledged: the server will catch up. */
        inv_request_pause(rq, inv_get_read);
        return;
    }

    if (read->text.data == NULL) {
        inv_reply_failure(rq, op->kind->name, op->error, INV_STORE_NOT_FOUND);
        return;
    }

    inv_get_reply(rq, version, read->text, inv_str("inventory; fwd=miss"));
}


static void
inv_get_reply(inv_request_t *rq, int64_t version, inv_str_t text,
              inv_str_t cache_status)
{
    if (inv_reply_etag(rq, version) != NGX_OK
        || inv_reply_header(rq, "Cache-Control", inv_str("no-cache")) != NGX_OK
        || inv_reply_header(rq, "Cache-Status", cache_status) != NGX_OK)
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, NGX_HTTP_OK, text);
}
