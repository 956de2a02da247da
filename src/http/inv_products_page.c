
/*
 * http: GET of a page of products.  Event loop; inv_page_run is on a thread.
 */


#include "inv_worker.h"


typedef struct {
    inv_op_t         op;
    inv_page_query_t query;

    /* Out; memory of the job's arena. */
    inv_str_t text;
    inv_str_t next;    /* the cursor; absent: this is the last page */
    bool      damaged; /* documents that cannot be read were left out */
} inv_page_op_t;


static inv_store_result_t
inv_page_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static void
inv_page_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);


static const inv_op_kind_t inv_page_kind = {
    .name = "page",
    .batch_max = 1,
    .run = inv_page_run,
};


void
inv_products_page(inv_request_t *rq, const inv_json_t *body)
{
    inv_str_t      args;
    inv_faults_t   faults;
    inv_page_op_t *page;

    page = (inv_page_op_t *) inv_request_op(rq, &inv_page_kind,
                                            sizeof(inv_page_op_t));
    if (page == NULL) {
        return;
    }

    args.data = (const char *) rq->r->args.data;
    args.len = rq->r->args.len;

    inv_faults_init(&faults, rq->arena);
    inv_page_read(rq->arena, args, &page->query, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return;
    }

    inv_request_submit(rq, INV_LANE_QUERY, &page->op, inv_page_done);
}


static inv_store_result_t
inv_page_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    inv_page_t         found;
    inv_page_op_t     *page = (inv_page_op_t *) ops[0];
    inv_store_result_t result;

    memset(&found, 0, sizeof(inv_page_t));

    result = inv_store_products_page(store, call, &page->query, &found);
    if (result != INV_STORE_OK) {
        return result;
    }

    page->damaged = call->damaged != 0;

    return inv_page_render(call->arena, &page->query, &found, &page->text,
                           &page->next)
               ? INV_STORE_OK
               : INV_STORE_NO_MEMORY;
}


static void
inv_page_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_page_op_t *page = (inv_page_op_t *) op;

    if (result != INV_STORE_OK) {
        inv_reply_failure(rq, op->kind->name, op->error, result);
        return;
    }

    if (page->damaged) {
        ngx_log_error(NGX_LOG_ERR, rq->r->connection->log, 0,
                      "inventory: left out of a list: %s", op->error);
    }

    if (page->next.data != NULL
        && inv_reply_next(rq, inv_str("/products?"), page->query.limit,
                          page->next)
               != NGX_OK)
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, NGX_HTTP_OK, page->text);
}
