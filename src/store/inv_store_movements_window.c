
/*
 * store: a window of a product's seqs, out of its outbox and of the ledger.
 *
 * Runs on threads.
 */


#include "inv_store_movements_private.h"


/* Entries among which one that can be read is looked for. */
#define INV_STORE_SEEK_MAX 100


/* Puts in what can be read of an entry; the rest is a hole. */
static inv_store_result_t
inv_store_window_put(inv_store_movements_t *m, const bson_t *document,
                     bool outbox)
{
    size_t             i, n;
    int64_t            slot;
    inv_arena_t       *arena = m->link->call->arena;
    inv_store_entry_t  entry;
    inv_store_result_t result;

    result = inv_store_entry_read(arena, document, &m->query->product, &entry);
    n = result == INV_STORE_OK ? entry.n : 0;

    for (i = 0; result != INV_STORE_NO_MEMORY && i < n; i++) {
        slot = m->top - (entry.outline.from + (int64_t) i);

        if (slot < 0 || slot > m->top - m->low || m->slots[slot].seq != 0) {
            continue;
        }

        result = inv_store_movement_read(arena, &entry, i, i, &m->slots[slot]);
    }

    /* the window before had all of the outbox, and entries from told on */
    if (entry.damage != NULL
        && (outbox ? m->told == INT64_MAX : entry.outline.to < m->told))
    {
        inv_store_movements_left(m->link->call, &entry.outline, entry.damage);
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

        result = inv_store_window_put(m, &element, true);
    }

    /* nor is what cannot be read passed over in silence */
    if (result == INV_STORE_OK && inv_bson_is_broken(&iter)) {
        bson_init(&element);
        result = inv_store_window_put(m, &element, true);
    }

    return result;
}


/* The stages that find the product's entries with these to and from, by to. */
static void
inv_store_window_entries(const inv_store_movements_t *m, bson_t *pipeline,
                         bson_t *to, bson_t *from, int64_t max)
{
    bson_t stage;

    bson_init(&stage);
    inv_bson_put_oid(&stage, "productId", m->query->product);
    BCON_APPEND(&stage, "to", BCON_DOCUMENT(to), "from", BCON_DOCUMENT(from));
    inv_bson_push_member(pipeline, "$match", &stage);
    bson_reinit(&stage);

    BCON_APPEND(&stage, "to", BCON_INT32(-1));
    inv_bson_push_member(pipeline, "$sort", &stage);
    bson_destroy(&stage);

    inv_store_stage_number(pipeline, "$limit", max);

    bson_destroy(to);
    bson_destroy(from);
}


static inv_store_result_t
inv_store_window_ledger(inv_store_movements_t *m)
{
    bson_t             pipeline, document;
    int64_t            n, to, max, last;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    /* an entry has at least one of these seqs, unless the ledger is damaged */
    max = 2 * (m->top - m->low + 1);

    bson_init(&pipeline);
    inv_store_window_entries(m, &pipeline,
                             BCON_NEW("$gte", BCON_INT64(m->low), "$lt",
                                      BCON_INT64(m->top + INV_OUTBOX_OPS_MAX)),
                             BCON_NEW("$lte", BCON_INT64(m->top)), max);

    result = inv_store_aggregate(m->link, INV_STORE_LEDGER, &pipeline, max,
                                 &reply, &documents);
    last = m->top;

    for (n = 0; result == INV_STORE_OK && n < max && bson_iter_next(&documents);
         n++)
    {
        if (!inv_bson_view(&documents, &document)) {
            continue;
        }

        result = inv_store_window_put(m, &document, false);

        if (inv_bson_find_count(&document, "to", &to) && to < last) {
            last = to;
        }
    }

    /* there may be more below the last one: that is the next window's */
    if (result == INV_STORE_OK && (n == max || reply.cut) && last >= m->low) {
        m->low = last < m->top ? last + 1 : m->top;
    }

    bson_destroy(&reply.body);
    bson_destroy(&pipeline);

    return result;
}


/* The greatest seq below the window that an outline has; what it was, or more. */
static int64_t
inv_store_window_below(const inv_store_movements_t *m,
                       const inv_movement_entry_t *outline, int64_t top)
{
    int64_t to;

    to = outline->to < m->low ? outline->to : m->low - 1;

    return outline->from < m->low && to > top ? to : top;
}


static void
inv_store_seek_outbox(inv_store_movements_t *m)
{
    bson_t               element;
    bson_iter_t          iter;
    inv_movement_entry_t outline;

    if (!bson_iter_init(&iter, &m->outbox)) {
        return;
    }

    while (bson_iter_next(&iter)) {
        if (inv_bson_view(&iter, &element)
            && inv_store_outline_read(&element, &m->query->product, &outline))
        {
            m->top = inv_store_window_below(m, &outline, m->top);
        }
    }
}


/* The first one that can be read ends last of those that can. */
static void
inv_store_seek_ledger(inv_store_movements_t *m, bson_iter_t *documents,
                      bool cut)
{
    int                  n;
    bson_t               document;
    inv_movement_entry_t outline;

    for (n = 0; bson_iter_next(documents); n++) {
        if (inv_bson_view(documents, &document)
            && inv_store_outline_read(&document, &m->query->product, &outline))
        {
            m->top = inv_store_window_below(m, &outline, m->top);
            return;
        }
    }

    /* what is behind so many damaged ones is not known */
    if (n == INV_STORE_SEEK_MAX || cut) {
        m->top = m->low - 1;
    }
}


/* An entry may begin below the window and end in it, or above. */
inv_store_result_t
inv_store_window_seek(inv_store_movements_t *m)
{
    bson_t             pipeline, stage;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    inv_store_seek_outbox(m);

    bson_init(&pipeline);
    inv_store_window_entries(
        m, &pipeline,
        BCON_NEW("$gte", BCON_INT64(1), "$lt",
                 BCON_INT64(m->low + INV_OUTBOX_OPS_MAX - 1)),
        BCON_NEW("$gte", BCON_INT64(1), "$lt", BCON_INT64(m->low)),
        INV_STORE_SEEK_MAX);

    bson_init(&stage);
    BCON_APPEND(&stage, "b", BCON_INT32(1), "at", BCON_INT32(1), "from",
                BCON_INT32(1), "to", BCON_INT32(1));
    inv_bson_push_member(&pipeline, "$project", &stage);
    bson_destroy(&stage);

    result = inv_store_aggregate(m->link, INV_STORE_LEDGER, &pipeline,
                                 INV_STORE_SEEK_MAX, &reply, &documents);

    if (result == INV_STORE_OK) {
        inv_store_seek_ledger(m, &documents, reply.cut);
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

    n = (size_t) (m->top - m->low) + 1;

    for (i = 0; result == INV_STORE_OK && i < n; i++) {
        if (m->slots[i].seq != 0) {
            page->items[page->nitems++] = m->slots[i];
        }
    }

    m->told = m->low;

    return result;
}
