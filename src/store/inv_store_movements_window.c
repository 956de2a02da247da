
/*
 * store: a window of a product's seqs, out of its outbox and of the ledger.
 *
 * Runs on threads.
 */


#include "inv_store_movements_private.h"


static inv_store_result_t
inv_store_window_put(inv_store_movements_t *m, const bson_t *document)
{
    size_t             i;
    int64_t            slot;
    inv_store_entry_t  entry;
    inv_store_result_t result;

    result = inv_store_entry_read(m->link->call, document, &m->query->product,
                                  &entry);

    /* damaged: a hole, which reconcile reports, too */
    if (result == INV_STORE_NOT_FOUND) {
        return INV_STORE_OK;
    }

    for (i = 0; result != INV_STORE_NO_MEMORY && i < entry.n; i++) {
        slot = m->top - (entry.outline.from + (int64_t) i);

        if (slot < 0 || slot > m->top - m->low || m->slots[slot].seq != 0) {
            continue;
        }

        result = inv_store_movement_read(m->link->call, &entry, i, i,
                                         &m->slots[slot]);
    }

    return result == INV_STORE_NO_MEMORY ? result : INV_STORE_OK;
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
        /* what is no document is told as one without members */
        if (!inv_bson_view(&iter, &element)) {
            bson_init(&element);
        }

        result = inv_store_window_put(m, &element);
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


inv_store_result_t
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
        && inv_bson_find_integer(&document, "to", &to) && to > 0 && to < m->low)
    {
        m->top = to;
    }

    bson_destroy(&reply.body);
    bson_destroy(&pipeline);

    return result;
}


inv_store_result_t
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
