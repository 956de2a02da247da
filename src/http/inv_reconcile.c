
/*
 * http: POST of admin/reconcile.  Event loop; inv_reconcile_run is on a
 * thread.
 */


#include "inv_reconcile.h"
#include "../store/inv_store_reconcile.h"


static void inv_reconcile_plain(inv_request_t *rq, const inv_json_t *body);
static inv_store_result_t
inv_reconcile_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                  size_t n);


const inv_op_kind_t inv_reconcile_kind = {
    .name = "reconcile",
    .batch_max = 1,
    .run = inv_reconcile_run,
    .unhurried = true,
};


void
inv_reconcile(inv_request_t *rq, const inv_json_t *body)
{
    inv_str_t line;

    if (inv_request_line(rq, inv_str("idempotency-key"), &line) != 0) {
        inv_reconcile_keyed(rq, body);
    } else {
        inv_reconcile_plain(rq, body);
    }
}


static void
inv_reconcile_plain(inv_request_t *rq, const inv_json_t *body)
{
    inv_faults_t        faults;
    inv_reconcile_op_t *reconcile;

    reconcile = inv_admin_create(rq, &inv_reconcile_kind,
                                 sizeof(inv_reconcile_op_t), &faults);

    if (reconcile != NULL) {
        inv_reconcile_read(body, &reconcile->query, &faults);
        inv_list_submit(rq, &reconcile->admin.list, &faults);
    }
}


static inv_store_result_t
inv_reconcile_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                  size_t n)
{
    inv_reconcile_t     report;
    inv_store_result_t  result;
    inv_reconcile_op_t *reconcile = (inv_reconcile_op_t *) ops[0];

    result = inv_store_reconcile(store, call, &reconcile->query,
                                 &reconcile->admin.actor, &report);

    return result != INV_STORE_OK
               ? result
               : inv_admin_ran(inv_reconcile_render(
                   call->arena, &report, &reconcile->admin.list.text));
}
