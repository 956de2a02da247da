
/*
 * store: the movements of one product, newest first.
 *
 * Runs on threads.  Entries move from the outbox to the ledger, never back: so
 * the outbox is read first and nothing can be missed.  Both together hold the
 * seqs up to the product's without a gap, so a page is a window of seqs: the
 * ledger is read by ranges of its index {productId, to}, and what was found
 * at both places falls into the same slot.  Only where the ledger has holes
 * (or the product itself is purged) is the next window looked for.
 */


#include "inv_store_movements_private.h"


/* The page's own, and one behind a hole in the ledger. */
#define INV_STORE_WINDOWS_MAX 2


typedef struct {
    inv_store_link_t            *link;
    const inv_movements_query_t *query;

    bool    live;   /* the product is there, and not deleted */
    int64_t seq;    /* its last; 0: not known */
    bson_t  outbox; /* view into the reply; empty where there is none */

    /* The window: slots[i] is seq top - i; seq 0 is an empty slot. */
    int64_t         low, top;
    inv_movement_t *slots;
} inv_store_movements_t;


static inv_store_result_t
inv_store_window_put(inv_store_movements_t *m, const bson_t *document)
{
    size_t             i;
    int64_t            slot;
    inv_store_entry_t  entry;
    inv_store_result_t result;

    result = inv_store_entry_read(m->link->call, document, &m->query->product,
                                  &entry);

    for (i = 0; result == INV_STORE_OK && i < entry.n; i++) {
        slot = m->top - (entry.outline.from + (int64_t) i);

        if (slot < 0 || slot > m->top - m->low || m->slots[slot].seq != 0) {
            continue;
        }

        result = inv_store_movement_read(m->link->call, &entry, i, i,
                                         &m->slots[slot]);
        if (result != INV_STORE_OK) {
            m->slots[slot].seq = 0;
        }
    }

    /* a hole, which reconcile reports, too */
    if (result == INV_STORE_NOT_FOUND) {
        inv_store_movements_left(m->link->call, &m->query->product);
        result = INV_STORE_OK;
    }

    return result;
}


static inv_store_result_t
inv_store_window_outbox(inv_store_movements_t *m)
{
    bson_t             element;
    bson_iter_t        iter;
    inv_store_result_t result;

    result = INV_STORE_OK;

    if (!bson_iter_init(&iter, &m->outbox)) {
        return INV_STORE_OK;
    }

    while (result == INV_STORE_OK && bson_iter_next(&iter)) {
        if (inv_bson_view(&iter, &element)) {
            result = inv_store_window_put(m, &element);
        }
    }

    return result;
}


static inv_store_result_t
inv_store_window_ledger(inv_store_movements_t *m)
{
    bson_t             pipeline, stage, document;
    int64_t            max;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    /* an entry has at least one of these seqs, unless the ledger is damaged */
    max = 2 * (m->top - m->low + 1);

    bson_init(&stage);
    inv_bson_put_oid(&stage, "productId", m->query->product);
    BCON_APPEND(&stage, "to", "{", "$gte", BCON_INT64(m->low), "$lt",
                BCON_INT64(m->top + INV_OUTBOX_OPS_MAX), "}", "from", "{",
                "$lte", BCON_INT64(m->top), "}");

    bson_init(&pipeline);
    inv_store_stage(&pipeline, "$match", &stage);
    bson_reinit(&stage);

    BCON_APPEND(&stage, "to", BCON_INT32(-1));
    inv_store_stage(&pipeline, "$sort", &stage);
    bson_destroy(&stage);

    inv_store_stage_number(&pipeline, "$limit", max);

    result = inv_store_aggregate(m->link, INV_STORE_LEDGER, &pipeline, max,
                                 &reply, &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (inv_bson_view(&documents, &document)) {
            result = inv_store_window_put(m, &document);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&pipeline);

    return result;
}


/* The greatest seq below the last window in the ledger; 0: none. */
static inv_store_result_t
inv_store_window_seek(inv_store_movements_t *m)
{
    int64_t            to;
    bson_t             pipeline, stage, document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&stage);
    inv_bson_put_oid(&stage, "productId", m->query->product);
    BCON_APPEND(&stage, "to", "{", "$lt", BCON_INT64(m->low), "}");

    bson_init(&pipeline);
    inv_store_stage(&pipeline, "$match", &stage);
    bson_reinit(&stage);

    BCON_APPEND(&stage, "to", BCON_INT32(-1));
    inv_store_stage(&pipeline, "$sort", &stage);
    bson_reinit(&stage);

    inv_store_stage_number(&pipeline, "$limit", 1);

    BCON_APPEND(&stage, "to", BCON_INT32(1));
    inv_store_stage(&pipeline, "$project", &stage);
    bson_destroy(&stage);

    result = inv_store_aggregate(m->link, INV_STORE_LEDGER, &pipeline, 1,
                                 &reply, &documents);

    if (result == INV_STORE_OK && bson_iter_next(&documents)
        && inv_bson_view(&documents, &document)
        && inv_bson_find_integer(&document, "to", &to) && to > 0)
    {
        m->top = to;
    }

    bson_destroy(&reply.body);
    bson_destroy(&pipeline);

    return result;
}


/* Reads the window of rest seqs that ends with m->top, and takes it over. */
static inv_store_result_t
inv_store_window_read(inv_store_movements_t *m, inv_movements_t *page,
                      size_t rest)
{
    size_t             i, n;
    inv_store_result_t result;

    m->low = m->top - (int64_t) rest + 1;
    m->low = m->low < 1 ? 1 : m->low;
    n = (size_t) (m->top - m->low) + 1;

    m->slots = inv_arena_array(m->link->call->arena, n, sizeof(inv_movement_t));
    if (m->slots == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_window_outbox(m);

    if (result == INV_STORE_OK) {
        result = inv_store_window_ledger(m);
    }

    for (i = 0; result == INV_STORE_OK && i < n; i++) {
        if (m->slots[i].seq != 0) {
            page->items[page->nitems++] = m->slots[i];
        }
    }

    return result;
}


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

    /* two holes on one page: it is short, and the next one goes on */
    page->more = m->low > 1;

    return INV_STORE_OK;
}


/* What the product itself says; its outbox stays in the reply. */
static void
inv_store_movements_take(inv_store_movements_t *m, bson_iter_t *documents)
{
    bson_t      document;
    bson_iter_t iter;

    if (!bson_iter_next(documents) || !inv_bson_view(documents, &document)) {
        return;
    }

    m->live = !bson_has_field(&document, "deleted");

    if (!inv_bson_find_integer(&document, "seq", &m->seq) || m->seq < 0
        || m->seq > INV_STOCK_MAX)
    {
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

    if (page->nitems > m->query->limit) {
        page->nitems = m->query->limit;
        page->more = true;
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
