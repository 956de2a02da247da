
/*
 * http: GET of a page of products.  Event loop; inv_page_run is on a thread.
 */


#include "inv_list.h"


typedef struct {
    inv_list_op_t    list;
    inv_page_query_t query;
} inv_page_op_t;


static inv_store_result_t
inv_page_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);


static const inv_op_kind_t inv_page_kind = {
    .name = "page",
    .batch_max = 1,
    .run = inv_page_run,
};


void
inv_products_page(inv_request_t *rq, const inv_json_t *body)
{
    inv_faults_t   faults;
    inv_page_op_t *page;

    page = inv_list_create(rq, &inv_page_kind, sizeof(inv_page_op_t), &faults);
    if (page == NULL) {
        return;
    }

    inv_page_read(rq->arena, inv_list_args(rq), &page->query, &faults);

    page->list.path = inv_str("/products?");
    page->list.limit = page->query.limit;

    inv_list_submit(rq, &page->list, &faults);
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

    return inv_list_ran(call, &page->list,
                        inv_page_render(call->arena, &page->query, &found,
                                        &page->list.text, &page->list.next));
}
