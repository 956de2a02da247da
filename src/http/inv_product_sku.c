
/*
 * http: GET of the product that has a sku.
 *
 * Event loop; inv_sku_run is on a thread.
 */


#include "inv_worker.h"

#include "../read/inv_read_sku.h"
#include "../shared/inv_metrics.h"
#include "../store/inv_store_skus.h"


typedef struct {
    inv_op_t          op;
    inv_str_t         sku;
    inv_zone_moment_t moment; /* before it is sent */

    /* Out; memory of the job's arena. */
    inv_product_t *product; /* NULL: no product has it */
    inv_str_t      text;
    bool           damaged;
} inv_sku_op_t;


static void inv_sku_answer(inv_request_t *rq, const inv_read_answer_t *answer);
static void inv_sku_ask(inv_request_t *rq);
static inv_store_result_t
inv_sku_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
            size_t n);
static void inv_sku_settle(inv_op_t *op, inv_store_result_t result);
static void
inv_sku_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);


static const inv_op_kind_t inv_sku_kind = {
    .name = "sku",
    .batch_max = INV_READ_BATCH_MAX,
    .run = inv_sku_run,
    .settle = inv_sku_settle,
};


void
inv_product_by_sku(inv_request_t *rq, const inv_json_t *body)
{
    inv_oid_t id;

    switch (inv_read_sku(inv_worker->reads, rq->sku, &id)) {

    case INV_SKU_HINT:
        inv_request_read(rq, id, inv_sku_answer);
        return;

    case INV_SKU_NONE:
        inv_reply_failure(rq, "sku", NULL, INV_STORE_NOT_FOUND);
        return;

    default:
        inv_sku_ask(rq);
    }
}


/* The product that had it: has it still? */
static void
inv_sku_answer(inv_request_t *rq, const inv_read_answer_t *answer)
{
    if (answer->result == INV_STORE_OK
        && inv_product_text_has_sku(answer->text, rq->sku))
    {
        inv_reply_product(rq, answer);

    } else if (answer->result == INV_STORE_OK
               || answer->result == INV_STORE_NOT_FOUND || answer->damaged)
    {
        inv_sku_ask(rq);

    } else {
        inv_reply_unread(rq, answer);
    }
}


static void
inv_sku_ask(inv_request_t *rq)
{
    inv_sku_op_t *sku;

    sku = (inv_sku_op_t *) inv_request_op(rq, &inv_sku_kind,
                                          sizeof(inv_sku_op_t));
    if (sku == NULL) {
        return;
    }

    if (!inv_arena_copy(rq->arena, rq->sku, &sku->sku)) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    sku->moment = inv_zone_moment(inv_worker->zone);

    inv_request_submit(rq, INV_LANE_READ, &sku->op, inv_sku_done);
}


static inv_store_result_t
inv_sku_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
            size_t n)
{
    bool               damaged[INV_READ_BATCH_MAX];
    size_t             i;
    inv_str_t          skus[INV_READ_BATCH_MAX] = { { 0 } };
    inv_sku_op_t      *sku;
    inv_product_t     *found[INV_READ_BATCH_MAX];
    inv_store_result_t result;

    for (i = 0; i < n; i++) {
        skus[i] = ((inv_sku_op_t *) ops[i])->sku;
    }

    result = inv_store_products_by_sku(store, call, skus, n, found, damaged);

    for (i = 0; i < n && result == INV_STORE_OK; i++) {
        sku = (inv_sku_op_t *) ops[i];
        sku->product = found[i];
        sku->damaged = damaged[i];

        if (found[i] != NULL
            && !inv_product_render(call->arena, found[i], &sku->text)) {
            result = INV_STORE_NO_MEMORY;
        }
    }

    return result;
}


/* Also when nobody waits any more. */
static void
inv_sku_settle(inv_op_t *op, inv_store_result_t result)
{
    inv_sku_op_t *sku = (inv_sku_op_t *) op;

    if (result != INV_STORE_OK) {
        return;
    }

    if (sku->damaged) {
        inv_metrics_count(INV_COUNT_DAMAGED, 1);
        return;
    }

    inv_read_keep_sku(inv_worker->reads, sku->sku,
                      sku->product != NULL ? &sku->product->id : NULL,
                      &sku->moment);

    if (sku->product != NULL) {
        inv_cache_keep(inv_worker->cache, sku->product->id,
                       sku->product->version, sku->text, &sku->moment);
    }
}


static void
inv_sku_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_sku_op_t     *sku = (inv_sku_op_t *) op;
    inv_read_answer_t answer;

    if (result == INV_STORE_OK && sku->damaged) {
        result = INV_STORE_DAMAGED;
    }

    if (result == INV_STORE_OK && sku->product == NULL) {
        result = INV_STORE_NOT_FOUND;
    }

    if (result != INV_STORE_OK) {
        inv_reply_failure(rq, op->kind->name, op->error, result);
        return;
    }

    /* older than what was acknowledged: as it is now */
    if (sku->product->version
        < inv_cache_floor(inv_worker->cache, sku->product->id))
    {
        inv_request_read(rq, sku->product->id, inv_sku_answer);
        return;
    }

    ngx_memzero(&answer, sizeof(inv_read_answer_t));
    answer.from = INV_READ_STORE;
    answer.version = sku->product->version;
    answer.text = sku->text;

    inv_reply_product(rq, &answer);
}
