
/*
 * http: GET of a page of products, or of those with given ids.  Event loop.
 *
 * Which products are on the page, and the products, are read apart: the one is
 * known for longer, the others are as fresh as any read of them.
 */


#include "inv_items.h"
#include "inv_list.h"
#include "inv_worker.h"

#include "../read/inv_read_page.h"


/* In the request's pool. */
typedef struct {
    inv_request_t    *rq;
    inv_page_reader_t reader;
    inv_items_t      *items;
    unsigned          limit;
    inv_str_t         path; /* what the next page's cursor goes behind */
    inv_str_t         next; /* absent: this is the last page */
    inv_page_total_t  total;
} inv_products_page_t;


static inv_products_page_t *inv_page_create(inv_request_t *rq);
static void
inv_page_ids(inv_products_page_t *page, const inv_page_query_t *query);
static void
inv_page_list(inv_products_page_t *page, const inv_page_query_t *query);
static void inv_page_leave(void *waits);
static void
inv_page_found(inv_page_reader_t *reader, const inv_page_answer_t *answer);
static void
inv_page_take(inv_products_page_t *page, const inv_page_answer_t *answer);
static bool
inv_page_fill(inv_products_page_t *page, const inv_page_answer_t *answer);
static void inv_page_reply(inv_request_t *rq, inv_items_t *items);


void
inv_products_page(inv_request_t *rq, const inv_json_t *body)
{
    inv_faults_t         faults;
    inv_arena_t         *arena;
    inv_page_query_t     query;
    inv_products_page_t *page;

    page = inv_page_create(rq);
    arena = inv_request_arena(rq);

    if (page == NULL || arena == NULL) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_faults_init(&faults, arena);
    inv_page_read(arena, inv_list_args(rq), &query, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return;
    }

    page->limit = query.limit;

    if (query.by_ids) {
        inv_page_ids(page, &query);

    } else {
        inv_page_list(page, &query);
    }
}


/* NULL: no memory. */
static inv_products_page_t *
inv_page_create(inv_request_t *rq)
{
    inv_products_page_t *page;

    page = ngx_pcalloc(rq->r->pool, sizeof(inv_products_page_t));

    if (page != NULL) {
        page->rq = rq;
        page->reader.done = inv_page_found;
        page->reader.data = page;
    }

    return page;
}


/* In the order that was asked for; what is not there is left out. */
static void
inv_page_ids(inv_products_page_t *page, const inv_page_query_t *query)
{
    size_t i;

    page->items = inv_items_create(page->rq, query->nids);
    if (page->items == NULL) {
        return;
    }

    for (i = 0; i < query->nids; i++) {
        page->items->list[i].id = query->ids[i];
    }

    page->items->data = page;
    inv_items_wait(page->items, inv_page_reply);
}


static void
inv_page_list(inv_products_page_t *page, const inv_page_query_t *query)
{
    inv_str_t         rest;
    inv_request_t    *rq = page->rq;
    inv_page_answer_t answer;

    if (!inv_page_rest(rq->arena, inv_list_args(rq), &rest)
        || !inv_list_path(rq, inv_str("/products?"), rest, &page->path))
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    if (inv_read_page(inv_worker->reads, &rq->arena, query, &page->reader,
                      &answer)) {
        inv_page_take(page, &answer);

    } else {
        inv_request_hold(rq, page, inv_page_leave);
    }
}


static void
inv_page_leave(void *waits)
{
    inv_products_page_t *page = waits;

    inv_page_reader_leave(&page->reader);
    inv_spent_add(&page->rq->spent, &page->reader.spent);
}


static void
inv_page_found(inv_page_reader_t *reader, const inv_page_answer_t *answer)
{
    inv_products_page_t *page = reader->data;
    inv_request_t       *rq = page->rq;
    ngx_connection_t    *c = rq->r->connection;

    inv_request_release(rq);
    inv_spent_add(&rq->spent, &reader->spent);

    if (inv_request_resume(rq)) {
        inv_page_take(page, answer);
        ngx_http_run_posted_requests(c);
    }
}


static void
inv_page_take(inv_products_page_t *page, const inv_page_answer_t *answer)
{
    inv_request_t *rq = page->rq;

    if (answer->result != INV_STORE_OK) {
        inv_reply_failure(rq, "page", answer->error, answer->result);
        return;
    }

    if (answer->damaged != 0) {
        inv_left_out(answer->damaged, answer->error);
    }

    page->items = inv_items_create(rq, answer->n);
    if (page->items == NULL) {
        return;
    }

    if (!inv_page_fill(page, answer)) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    page->items->data = page;
    inv_items_wait(page->items, inv_page_reply);
}


/* False: no memory. */
static bool
inv_page_fill(inv_products_page_t *page, const inv_page_answer_t *answer)
{
    size_t i;

    page->total = answer->total;
    page->items->from =
        answer->versions != NULL ? INV_READ_STORE : INV_READ_LOCAL;

    if (!inv_list_copy(page->rq, answer->next, &page->next)) {
        return false;
    }

    for (i = 0; i < answer->n; i++) {
        page->items->list[i].id = answer->ids[i];

        if (answer->versions != NULL && answer->texts != NULL
            && !inv_items_set(page->items, i, answer->versions[i],
                              answer->texts[i]))
        {
            return false;
        }
    }

    return true;
}


static void
inv_page_reply(inv_request_t *rq, inv_items_t *items)
{
    size_t                     n;
    inv_str_t                  text, *texts;
    inv_arena_t               *arena;
    const inv_products_page_t *page = items->data;

    texts = inv_items_texts(items, &n);
    arena = inv_request_arena(rq);

    if (texts == NULL || arena == NULL
        || !inv_page_envelope(arena, page->limit, texts, n, page->next,
                              &page->total, &text)
        || inv_list_headers(rq, page->path, page->limit, page->next) != NGX_OK
        || inv_reply_read_headers(rq, items->from) != NGX_OK)
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, NGX_HTTP_OK, text);
}
