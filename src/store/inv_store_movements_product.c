
/*
 * store: the movements of one product, newest first.
 *
 * Runs on threads.  Entries move from the outbox to the ledger, never back: so
 * the outbox is read first and nothing can be missed.  Both together hold the
 * seqs up to the product's without a gap, so a page is a window of seqs: the
 * ledger is read by ranges of its index {productId, to}, and what was found
 * at both places falls into the same slot.  Only where there are holes, which
 * is what damaged entries are (or the product itself is purged), is the next
 * window looked for, in both.
 */


#include "inv_store_movements_private.h"


/* The page's own, and one behind a hole in the ledger. */
#define INV_STORE_WINDOWS_MAX 2


/* page->items has room for one more than the limit: it tells of the next. */
static inv_store_result_t
inv_store_movements_fill(inv_store_movements_t *m, inv_movements_t *page)
{
    size_t             want;
    unsigned           windows;
    inv_store_result_t result;

    want = (size_t) m->query->limit + 1;

    /* 0: where the next movement is has to be looked for */
    m->low = m->query->has_after ? m->query->after.seq : INV_STOCK_MAX;
    m->top = m->low - 1 < m->seq ? m->low - 1 : m->seq;

    for (windows = 0; windows < INV_STORE_WINDOWS_MAX; windows++) {

        if (m->top == 0 && m->low > 1) {
            result = inv_store_window_seek(m);
            if (result != INV_STORE_OK) {
                return result;
            }
        }

        if (m->top == 0) {
            return INV_STORE_OK;
        }

        result = inv_store_window_read(m, page, want - page->nitems);

        if (result != INV_STORE_OK || page->nitems == want) {
            return result;
        }

        m->top = 0;
    }

    /* two holes on one page: it is short or empty, and the next one goes on */
    page->more = m->low > 1;

    return INV_STORE_OK;
}


/* What the product itself says; its outbox stays in the reply. */
static void
inv_store_movements_take(inv_store_movements_t *m, bson_iter_t *documents)
{
    bson_t      document;
    bson_iter_t iter;

    if (!bson_iter_next(documents)) {
        return;
    }

    m->live = true;

    if (!inv_bson_view(documents, &document)) {
        return;
    }

    m->live = !bson_has_field(&document, "deleted");

    if (!inv_bson_find_count(&document, "seq", &m->seq)) {
        m->seq = 0;
    }

    if (bson_iter_init_find(&iter, &document, "outbox")) {
        (void) inv_bson_view(&iter, &m->outbox);
    }
}


static inv_store_result_t
inv_store_movements_run(inv_store_movements_t *m, inv_movements_t *page)
{
    bson_t             filter, options;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", m->query->product);

    bson_init(&options);
    BCON_APPEND(&options, "projection", "{", "seq", BCON_INT32(1), "deleted",
                BCON_INT32(1), "outbox", BCON_INT32(1), "}");

    result = inv_store_find(m->link, &filter, &options, 1, &reply, &documents);

    if (result == INV_STORE_OK) {
        inv_store_movements_take(m, &documents);
        result = inv_store_movements_fill(m, page);
    }

    if (result == INV_STORE_OK && page->nitems == 0 && !m->live
        && !m->query->has_after)
    {
        result = INV_STORE_NOT_FOUND;
    }

    page->end.product = m->query->product;
    page->end.seq = m->low;

    if (page->nitems > m->query->limit) {
        page->nitems = m->query->limit;
        page->more = true;
        page->end.seq = page->items[page->nitems - 1].seq;
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);

    return result;
}


inv_store_result_t
inv_store_movements_of_product(inv_store_t *store, inv_store_call_t *call,
                               const inv_movements_query_t *query,
                               inv_movements_t             *page)
{
    inv_store_link_t      link;
    inv_store_result_t    result;
    inv_store_movements_t m;

    memset(page, 0, sizeof(*page));
    memset(&m, 0, sizeof(m));

    m.link = &link;
    m.query = query;
    m.told = INT64_MAX;
    bson_init(&m.outbox);

    page->items = inv_arena_array(call->arena, (size_t) query->limit + 1,
                                  sizeof(inv_movement_t));
    if (page->items == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_movements_run(&m, page);
    inv_store_link_close(&link);

    return result;
}
