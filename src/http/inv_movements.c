
/*
 * http: GET of movements, of one product and of all.  Event loop;
 * inv_movements_run is on a thread.
 */


#include "inv_worker.h"
#include "../store/inv_store_movements.h"


typedef struct {
    inv_op_t              op;
    inv_movements_query_t query;

    /* Out; memory of the job's arena. */
    inv_str_t text;
    inv_str_t next; /* the cursor; absent: this is the last page */
} inv_movements_op_t;


static void inv_movements_start(inv_request_t *rq, const inv_oid_t *product);
static inv_store_result_t
inv_movements_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                  size_t n);
static void
inv_movements_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);


static const inv_op_kind_t inv_movements_kind = {
    .name = "movements",
    .batch_max = 1,
    .run = inv_movements_run,
};


void
inv_movements(inv_request_t *rq, const inv_json_t *body)
{
    inv_movements_start(rq, NULL);
}


void
inv_product_movements(inv_request_t *rq, const inv_json_t *body)
{
    inv_movements_start(rq, &rq->id);
}


static void
inv_movements_start(inv_request_t *rq, const inv_oid_t *product)
{
    inv_str_t           args;
    inv_faults_t        faults;
    inv_movements_op_t *movements;

    movements = (inv_movements_op_t *) inv_request_op(
        rq, &inv_movements_kind, sizeof(inv_movements_op_t));
    if (movements == NULL) {
        return;
    }

    args.data = (const char *) rq->r->args.data;
    args.len = rq->r->args.len;

    inv_faults_init(&faults, rq->arena);
    inv_movements_read(rq->arena, product, args, &movements->query, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return;
    }

    inv_request_submit(rq, INV_LANE_QUERY, &movements->op, inv_movements_done);
}


static inv_store_result_t
inv_movements_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                  size_t n)
{
    inv_movements_t     found;
    inv_store_result_t  result;
    inv_movements_op_t *movements = (inv_movements_op_t *) ops[0];

    result = movements->query.has_product
                 ? inv_store_movements_of_product(store, call,
                                                  &movements->query, &found)
                 : inv_store_movements(store, call, &movements->query, &found);

    if (result != INV_STORE_OK) {
        return result;
    }

    return inv_movements_render(call->arena, &movements->query, &found,
                                &movements->text, &movements->next)
               ? INV_STORE_OK
               : INV_STORE_NO_MEMORY;
}


static void
inv_movements_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_movements_op_t *movements = (inv_movements_op_t *) op;

    if (result != INV_STORE_OK) {
        inv_reply_failure(rq, op->kind->name, op->error, result);
        return;
    }

    if (movements->next.data != NULL
        && inv_reply_next(rq, movements->query.list, movements->query.limit,
                          movements->next)
               != NGX_OK)
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, NGX_HTTP_OK, movements->text);
}
