
/*
 * http: several products, read for one answer, see inv_items.h.  Event loop.
 */


#include "inv_items.h"
#include "inv_worker.h"


static void
inv_item_answered(inv_item_t *item, const inv_read_answer_t *answer);
static void
inv_item_done(inv_reader_t *reader, const inv_read_answer_t *answer);
static bool inv_item_copy(inv_item_t *item, inv_str_t text);
static void inv_items_left(void *waits);
static void inv_items_leave(inv_items_t *items);


inv_items_t *
inv_items_create(inv_request_t *rq, size_t n)
{
    size_t       i;
    ngx_pool_t  *pool = rq->r->pool;
    inv_items_t *items;

    items = ngx_pcalloc(pool, sizeof(inv_items_t));

    if (items != NULL) {
        items->list = ngx_pcalloc(pool, ngx_max(n, 1) * sizeof(inv_item_t));
    }

    if (items == NULL || items->list == NULL) {
        inv_reply_internal(rq, "no memory");
        return NULL;
    }

    items->rq = rq;
    items->n = n;

    for (i = 0; i < n; i++) {
        items->list[i].items = items;
    }

    return items;
}


bool
inv_items_set(inv_items_t *items, size_t i, int64_t version, inv_str_t text)
{
    inv_item_t     *item = &items->list[i];
    inv_zone_view_t view;

    inv_zone_look(inv_worker->zone, item->id, &view);

    if (version < view.floor || !view.trusts_own) {
        return true;
    }

    return inv_item_copy(item, text);
}


static bool
inv_item_copy(inv_item_t *item, inv_str_t text)
{
    u_char *p;

    p = ngx_pnalloc(item->items->rq->r->pool, text.len);
    if (p == NULL) {
        return false;
    }

    ngx_memcpy(p, text.data, text.len);

    item->text.data = (const char *) p;
    item->text.len = text.len;
    item->ready = 1;

    return true;
}


void
inv_items_wait(inv_items_t *items,
               void (*done)(inv_request_t *rq, inv_items_t *items))
{
    size_t            i;
    inv_item_t       *item;
    inv_request_t    *rq = items->rq;
    inv_read_answer_t answer;

    items->done = done;

    for (i = 0; i < items->n && items->result == INV_STORE_OK; i++) {
        item = &items->list[i];

        if (item->ready) {
            continue;
        }

        item->reader.done = inv_item_done;
        item->reader.data = item;

        if (inv_read_product(inv_worker->reads, item->id, &item->reader,
                             &answer)) {
            inv_item_answered(item, &answer);

        } else {
            items->left++;
        }
    }

    if (items->result != INV_STORE_OK) {
        inv_items_leave(items);
        inv_reply_failure(rq, "read", NULL, items->result);
        return;
    }

    if (items->left == 0) {
        done(rq, items);
        return;
    }

    inv_request_hold(rq, items, inv_items_left);
}


static void
inv_item_answered(inv_item_t *item, const inv_read_answer_t *answer)
{
    inv_items_t *items = item->items;

    item->ready = 1;

    items->from = ngx_max(items->from, answer->from);

    if (answer->result == INV_STORE_OK) {
        if (!inv_item_copy(item, answer->text)) {
            items->result = INV_STORE_NO_MEMORY;
        }

        return;
    }

    if (answer->result == INV_STORE_NOT_FOUND) {
        return;
    }

    if (answer->damaged) {
        inv_left_out(1, answer->error);
        return;
    }

    items->result = answer->result;
}


static void
inv_item_done(inv_reader_t *reader, const inv_read_answer_t *answer)
{
    inv_item_t       *item = reader->data;
    inv_items_t      *items = item->items;
    inv_request_t    *rq = items->rq;
    ngx_connection_t *c = rq->r->connection;

    items->left--;
    inv_spent_longest(&items->spent, &reader->spent);
    inv_item_answered(item, answer);

    if (items->left != 0 && items->result == INV_STORE_OK) {
        return;
    }

    inv_items_leave(items);
    inv_spent_add(&rq->spent, &items->spent);
    inv_request_release(rq);

    if (!inv_request_resume(rq)) {
        return;
    }

    if (items->result == INV_STORE_OK) {
        items->done(rq, items);

    } else {
        inv_reply_failure(rq, "read", answer->error, items->result);
    }

    ngx_http_run_posted_requests(c);
}


/* The request leaves. */
static void
inv_items_left(void *waits)
{
    inv_items_t *items = waits;

    inv_items_leave(items);
    inv_spent_add(&items->rq->spent, &items->spent);
}


/* Nobody waits any more. */
static void
inv_items_leave(inv_items_t *items)
{
    size_t i;

    for (i = 0; i < items->n && items->left != 0; i++) {
        if (items->list[i].reader.fetch != NULL) {
            inv_reader_leave(&items->list[i].reader);
            inv_spent_longest(&items->spent, &items->list[i].reader.spent);
            items->left--;
        }
    }
}


inv_str_t *
inv_items_texts(const inv_items_t *items, size_t *n)
{
    size_t     i;
    inv_str_t *texts;

    texts = ngx_palloc(items->rq->r->pool,
                       ngx_max(items->n, 1) * sizeof(inv_str_t));
    if (texts == NULL) {
        return NULL;
    }

    *n = 0;

    for (i = 0; i < items->n; i++) {
        if (items->list[i].text.data != NULL) {
            texts[(*n)++] = items->list[i].text;
        }
    }

    return texts;
}
