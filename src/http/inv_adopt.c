
/*
 * http: POST of admin/adopt.  Event loop; inv_adopt_run is on a thread.
 *
 * It keeps no answer under an Idempotency-Key: what was taken up by a first
 * attempt is "already" a product for the next one, so nothing is done twice.
 */


#include "inv_list.h"
#include "inv_worker.h"
#include "../store/inv_store_adopt.h"


/* What the query lane is asked. */
typedef struct {
    inv_admin_op_t    admin; /* first; its list.text is the report */
    inv_adopt_query_t query;
    inv_adopt_t       report;
} inv_adopt_op_t;


static inv_store_result_t
inv_adopt_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
              size_t n)
{
    inv_store_result_t result;
    inv_adopt_op_t    *adopt = (inv_adopt_op_t *) ops[0];

    result = inv_store_adopt(store, call, &adopt->query, &adopt->admin.actor,
                             &adopt->report);

    return result != INV_STORE_OK
               ? result
               : inv_admin_ran(inv_adopt_render(call->arena, &adopt->report,
                                                &adopt->admin.list.text));
}


/* Copies of before, and of lists without them, are not good any more. */
static void
inv_adopt_settle(inv_op_t *op, inv_store_result_t result)
{
    size_t                i;
    const inv_adopt_op_t *adopt = (const inv_adopt_op_t *) op;

    for (i = 0; i < adopt->report.nadopted; i++) {
        inv_cache_doubted(inv_worker->cache, adopt->report.adopted[i], true);
    }

    inv_cache_flush(inv_worker->cache);
}


static const inv_op_kind_t inv_adopt_kind = {
    .name = "adopt",
    .batch_max = 1,
    .run = inv_adopt_run,
    .settle = inv_adopt_settle,
    .unhurried = true,
};


void
inv_adopt(inv_request_t *rq, const inv_json_t *body)
{
    inv_faults_t    faults;
    inv_adopt_op_t *adopt;

    adopt =
        inv_admin_create(rq, &inv_adopt_kind, sizeof(inv_adopt_op_t), &faults);

    if (adopt != NULL) {
        inv_adopt_read(body, &adopt->query, &faults);
        inv_list_submit(rq, &adopt->admin.list, &faults);
    }
}
