
/*
 * http: GET of movements, of one product and of all.  Event loop;
 * inv_movements_run is on a thread.
 */


#include "inv_list.h"
#include "../store/inv_store_movements.h"


typedef struct {
    inv_list_op_t         list;
    inv_movements_query_t query;
} inv_movements_op_t;


static void inv_movements_start(inv_request_t *rq, const inv_oid_t *product);
static inv_store_result_t
inv_movements_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                  size_t n);


static const inv_op_kind_t inv_movements_kind = {
    .name = "movements",
    .batch_max = 1,
    .unhurried = true,
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
    inv_faults_t        faults;
    inv_movements_op_t *movements;

    movements = inv_list_create(rq, &inv_movements_kind,
                                sizeof(inv_movements_op_t), &faults);
    if (movements == NULL) {
        return;
    }

    inv_movements_read(rq->arena, product, inv_list_args(rq), &movements->query,
                       &faults);

    movements->list.path = movements->query.list;
    movements->list.limit = movements->query.limit;

    inv_list_submit(rq, &movements->list, &faults);
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

    return inv_list_ran(call, &movements->list,
                        inv_movements_render(call->arena, &movements->query,
                                             &found, &movements->list.text,
                                             &movements->list.next));
}
