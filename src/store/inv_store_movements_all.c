
/*
 * store: the movements of all products, newest first.
 *
 * Runs on threads, with five commands, and some more where damaged entries are in
 * the way.  An entry may hold hundreds of
 * ops of which a page shows few, so entries are first known by their outlines:
 * those of the outboxes (partial index on dirty), then those of the ledger
 * (index on at, product and to; with a reference, index on ops.ref): so that
 * none is missed that moves in between.  The model picks; what is picked is
 * read whole, again outboxes first, from the ledger by the index on b.
 */


#include "inv_store_movements_private.h"


/*
 * Products that may have something in their outbox: more are there only while
 * nothing drains, and the outboxes of that many are read within a deadline.
 */
#define INV_STORE_DIRTY_MAX 10000

/*
 * Outlines that are asked for where damaged ones take the places of others,
 * and how fast that grows: for the default limit by finds of 22, 352, 5,632 and
 * 10,000.  The last one has 2 MiB, or more with what passes the filters: a reply
 * that is cut is the last one, too.
 */
#define INV_STORE_OUTLINES_MAX    10000
#define INV_STORE_OUTLINES_GROWTH 16


/*
 * An outline more than there are movements, because of one the last op of
 * which came on the page before; every other has at least one that passes.
 */
static size_t
inv_store_listing_max(const inv_movements_query_t *query)
{
    return (size_t) query->limit + 2;
}


/* Products with something in their outbox, but not too many of them. */
static inv_store_result_t
inv_store_listing_bound(inv_store_link_t *link)
{
    bson_t             pipeline, stage, document;
    int64_t            n;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&stage);
    BCON_APPEND(&stage, "dirty", BCON_BOOL(true));

    bson_init(&pipeline);
    inv_bson_push_member(&pipeline, "$match", &stage);
    bson_destroy(&stage);

    inv_store_stage_number(&pipeline, "$limit", INV_STORE_DIRTY_MAX + 1);
    BCON_APPEND(&pipeline, "2", "{", "$count", BCON_UTF8("n"), "}");

    result = inv_store_aggregate(link, INV_STORE_PRODUCTS, &pipeline, 1, &reply,
                                 &documents);

    if (result == INV_STORE_OK && bson_iter_next(&documents)
        && inv_bson_view(&documents, &document)
        && inv_bson_find_integer(&document, "n", &n) && n > INV_STORE_DIRTY_MAX)
    {
        inv_store_call_error(link->call, "more than %d outboxes are not empty",
                             INV_STORE_DIRTY_MAX);
        result = INV_STORE_BUSY;
    }

    bson_destroy(&reply.body);
    bson_destroy(&pipeline);

    return result;
}


/*
 * Which ops pass the filters.  False: no memory, not one of each op, or none
 * passes: a query also finds a value within an array.
 */
static bool
inv_store_outline_hits(inv_arena_t *arena, const bson_t *document,
                       inv_movement_entry_t *outline)
{
    bool       *hits, some;
    size_t      i, n;
    bson_iter_t iter, elements;

    if (!bson_iter_init_find(&iter, document, "hits")) {
        return true;
    }

    n = (size_t) (outline->to - outline->from) + 1;

    hits = inv_arena_array(arena, n, sizeof(bool));

    if (hits == NULL || !BSON_ITER_HOLDS_ARRAY(&iter)
        || !bson_iter_recurse(&iter, &elements))
    {
        return false;
    }

    some = false;

    for (i = 0; bson_iter_next(&elements); i++) {
        if (i < n) {
            hits[i] = bson_iter_as_bool(&elements);
            some |= hits[i];
        }
    }

    outline->hits = hits;

    return some && i == n;
}


/*
 * Adds the outlines among these documents, as many as a page can need.  Returns
 * how many documents were looked at; bound: up to where.
 */
static int64_t
inv_store_listing_add(inv_store_listing_t *l, bool outbox,
                      bson_iter_t *documents, inv_movement_place_t *bound)
{
    bool                  viewed;
    bson_t                document;
    size_t                end;
    int64_t               seen;
    inv_movement_entry_t *entry;

    end = l->nentries + inv_store_listing_max(l->query);

    for (seen = 0; l->nentries < end && bson_iter_next(documents); seen++) {
        entry = &l->entries[l->nentries];

        viewed = inv_bson_view(documents, &document);

        if (viewed) {
            inv_store_bound_pass(bound, &document);
        }

        if (viewed && inv_store_outline_read(&document, NULL, entry)
            && inv_store_outline_hits(l->link->call->arena, &document, entry))
        {
            entry->outbox = outbox;
            l->nentries++;

        } else {
            inv_store_movements_left(l->link->call, entry,
                                     "not all of b, at, from and to, or not "
                                     "one op for each seq and one that passes");
        }
    }

    return seen;
}


/*
 * The same of the first max documents at one of the places.  *more: there may be
 * others behind the bound; *cut: the reply was.
 */
static inv_store_result_t
inv_store_listing_find(inv_store_listing_t *l, bool outbox, int64_t max,
                       inv_movement_place_t *bound, bool *more, bool *cut)
{
    int64_t            seen;
    bson_t             pipeline, dirty;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&pipeline);

    if (outbox) {
        bson_init(&dirty);
        BCON_APPEND(&dirty, "dirty", BCON_BOOL(true));
        inv_store_stages_outbox(&pipeline, &dirty);
        bson_destroy(&dirty);
    }

    inv_store_stages_outlines(&pipeline, l->query, max);

    result = inv_store_aggregate(l->link,
                                 outbox ? INV_STORE_PRODUCTS : INV_STORE_LEDGER,
                                 &pipeline, max, &reply, &documents);

    if (result == INV_STORE_OK) {
        seen = inv_store_listing_add(l, outbox, &documents, bound);
        *cut = reply.cut;
        *more = *cut || seen == max || bson_iter_next(&documents);
    }

    bson_destroy(&reply.body);
    bson_destroy(&pipeline);

    return result;
}


/* Adds the outlines at one of the places; what is damaged takes no place. */
static inv_store_result_t
inv_store_listing_outlines(inv_store_listing_t *l, bool outbox)
{
    bool                 more, cut;
    size_t               first;
    int64_t              max, asked;
    unsigned             damaged;
    inv_store_result_t   result;
    inv_movement_place_t bound;

    first = l->nentries;
    damaged = l->link->call->damaged;
    max = (int64_t) inv_store_listing_max(l->query);
    asked = max;

    for (;;) {
        l->nentries = first;
        l->link->call->damaged = damaged;
        bound = inv_store_bound_start(l->query);

        result = inv_store_listing_find(l, outbox, asked, &bound, &more, &cut);

        if (result != INV_STORE_OK || !more) {
            return result;
        }

        if (cut || l->nentries - first == (size_t) max
            || asked == INV_STORE_OUTLINES_MAX)
        {
            inv_store_bound_add(l, bound);
            return INV_STORE_OK;
        }

        asked *= INV_STORE_OUTLINES_GROWTH;

        if (asked > INV_STORE_OUTLINES_MAX) {
            asked = INV_STORE_OUTLINES_MAX;
        }
    }
}


/* Where not all has come, the page ends before the first that has not. */
static void
inv_store_listing_cut(inv_store_listing_t *l, inv_movements_t *page)
{
    size_t i;

    for (i = 0; i < l->npicks; i++) {
        if (l->items[i].seq == 0 && !l->entries[l->picks[i].entry].left) {
            break;
        }
    }

    if (i < l->npicks) {
        /* the first one has had its chance */
        inv_store_bound_end(l, page, i == 0 ? 1 : i);
    }
}


/* Puts what was read on the page, and notes what was not. */
static void
inv_store_listing_end(inv_store_listing_t *l, inv_movements_t *page)
{
    size_t                i;
    inv_movement_entry_t *outline;

    if (l->cut) {
        inv_store_listing_cut(l, page);
    }

    for (i = 0; i < l->npicks; i++) {
        outline = &l->entries[l->picks[i].entry];

        if (l->items[i].seq != 0) {
            page->items[page->nitems++] = l->items[i];

        } else if (!outline->left) {
            outline->left = true;
            inv_store_movements_left(l->link->call, outline,
                                     "an op cannot be read");
        }
    }
}


static inv_store_result_t
inv_store_listing_run(inv_store_listing_t *l, inv_movements_t *page)
{
    inv_store_result_t result;

    result = inv_store_listing_bound(l->link);

    if (result == INV_STORE_OK) {
        result = inv_store_listing_outlines(l, true);
    }

    if (result == INV_STORE_OK) {
        result = inv_store_listing_outlines(l, false);
    }

    if (result != INV_STORE_OK) {
        return result;
    }

    l->npicks = inv_movements_pick(l->query, l->entries, &l->nentries, l->picks,
                                   (size_t) l->query->limit + 1);
    inv_store_bound_picks(l, page);

    result = inv_store_listing_wholes(l, true);

    if (result == INV_STORE_OK) {
        result = inv_store_listing_wholes(l, false);
    }

    if (result == INV_STORE_OK) {
        inv_store_listing_end(l, page);
    }

    return result;
}


inv_store_result_t
inv_store_movements(inv_store_t *store, inv_store_call_t *call,
                    const inv_movements_query_t *query, inv_movements_t *page)
{
    size_t              max;
    inv_store_link_t    link;
    inv_store_result_t  result;
    inv_store_listing_t l;

    memset(page, 0, sizeof(*page));
    memset(&l, 0, sizeof(l));

    max = inv_store_listing_max(query);

    l.link = &link;
    l.query = query;
    l.entries =
        inv_arena_array(call->arena, 2 * max, sizeof(inv_movement_entry_t));
    l.picks = inv_arena_array(call->arena, max, sizeof(inv_movement_pick_t));
    l.items = inv_arena_array(call->arena, max, sizeof(inv_movement_t));
    page->items = inv_arena_array(call->arena, max, sizeof(inv_movement_t));

    if (l.entries == NULL || l.picks == NULL || l.items == NULL
        || page->items == NULL)
    {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_listing_run(&l, page);
    inv_store_link_close(&link);

    return result;
}
