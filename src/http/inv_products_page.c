
/*
 * http: GET of a page of products.  Event loop; inv_page_run is on a thread.
 */


#include "inv_list.h"


typedef struct {
    inv_list_op_t    list;
    inv_page_query_t query;
} inv_page_op_t;


static bool inv_page_path(inv_request_t *rq, inv_str_t *path);
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

    if (faults.count == 0 && !faults.no_memory
        && !inv_page_path(rq, &page->list.path))
    {
        faults.no_memory = true;
    }

    page->list.limit = page->query.limit;

    inv_list_submit(rq, &page->list, &faults);
}


/* What the next page's cursor goes behind. */
static bool
inv_page_path(inv_request_t *rq, inv_str_t *path)
{
    char     *text;
    inv_str_t rest;

    static const inv_str_t products = inv_str("/products?");

    if (!inv_page_rest(rq->arena, inv_list_args(rq), &rest)) {
        return false;
    }

    text = inv_arena_alloc(rq->arena, products.len + rest.len);
    if (text == NULL) {
        return false;
    }

    memcpy(text, products.data, products.len);
    memcpy(text + products.len, rest.data, rest.len);

    path->data = text;
    path->len = products.len + rest.len;

    return true;
}


/* In the order of the ids; what is not there is left out. */
static inv_store_result_t
inv_page_by_ids(inv_store_t *store, inv_store_call_t *call,
                const inv_page_query_t *query, inv_page_t *page)
{
    bool               damaged[INV_PAGE_IDS_MAX];
    size_t             i;
    inv_product_t     *found[INV_PAGE_IDS_MAX];
    inv_store_result_t result;

    page->items =
        inv_arena_array(call->arena, query->nids, sizeof(inv_product_t *));
    if (page->items == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    if (query->nids == 0) {
        return INV_STORE_OK;
    }

    result = inv_store_products_read(store, call, query->ids, query->nids,
                                     found, damaged);

    for (i = 0; result == INV_STORE_OK && i < query->nids; i++) {
        if (found[i] != NULL && !found[i]->deleted) {
            page->items[page->nitems++] = found[i];
        }
    }

    return result;
}


static inv_store_result_t
inv_page_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    inv_page_t         found;
    inv_page_op_t     *page = (inv_page_op_t *) ops[0];
    inv_store_result_t result;

    memset(&found, 0, sizeof(inv_page_t));

    result = page->query.by_ids
                 ? inv_page_by_ids(store, call, &page->query, &found)
                 : inv_store_products_page(store, call, &page->query, &found);
    if (result != INV_STORE_OK) {
        return result;
    }

    return inv_list_ran(call, &page->list,
                        inv_page_render(call->arena, &page->query, &found,
                                        &page->list.text, &page->list.next));
}
