
/*
 * store: does what the ledger says fit the products?
 *
 * Runs on threads.  Products are checked in chunks; one that does not fit is
 * read and checked once more, alone, before it is reported or repaired.
 */


#include "inv_store_reconcile_private.h"


/* How often a product that changes while it is repaired is tried again. */
#define INV_RECONCILE_TRIES 8


typedef struct {
    inv_store_link_t            *link;
    const inv_reconcile_query_t *query;
    const inv_actor_t           *actor;
    inv_reconcile_t             *report;
} inv_reconcile_run_t;


static void
inv_store_reconcile_live(bson_t *filter)
{
    BCON_APPEND(filter, "deleted", "{", "$exists", BCON_BOOL(false), "}");
}


/* Checks one product anew.  NOT_FOUND: it has been deleted. */
static inv_store_result_t
inv_store_reconcile_one(inv_reconcile_run_t *run, inv_arena_t *arena,
                        inv_oid_t id, inv_reconcile_item_t *item)
{
    bson_t                filter;
    inv_store_result_t    result;
    inv_reconcile_chunk_t chunk;

    memset(&chunk, 0, sizeof(chunk));
    chunk.link = run->link;
    chunk.arena = arena;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", id);
    inv_store_reconcile_live(&filter);
    result = inv_store_reconcile_chunk(&chunk, &filter, 1);
    bson_destroy(&filter);

    if (result != INV_STORE_OK) {
        return result;
    }

    if (chunk.n == 0) {
        return INV_STORE_NOT_FOUND;
    }

    *item = chunk.items[0];

    return INV_STORE_OK;
}


/*
 * What the ledger has above the product's seq is mostly what has come since the
 * product was read.  *known: a seq that had been seen in the ledger before
 * that; 0: none, so one must look once more.  False: that is to be done.
 */
static bool
inv_store_reconcile_ahead(inv_movement_check_t *check, int64_t *known)
{
    bool again;

    if (check->ahead == 0 || *known > check->seq) {
        return true;
    }

    again = *known == 0;
    *known = check->ahead;
    check->ahead = 0;

    return !again;
}


/* Whether the balancing movement helps, and has a seq that is free. */
static bool
inv_store_reconcile_is_repairable(const inv_movement_check_t *check)
{
    int64_t delta, reserved;

    return check->ahead == 0 && check->seq < INV_STOCK_MAX
           && !inv_check_is_balanced(check)
           && inv_check_balance(check, &delta, &reserved);
}


/*
 * One product that did not fit: as it is now, and repaired where it is asked.
 * ahead: a seq that its ledger was seen to have, above the product's.
 */
static inv_store_result_t
inv_store_reconcile_suspect(inv_reconcile_run_t *run, inv_oid_t id,
                            int64_t ahead)
{
    unsigned             nth;
    inv_arena_t         *arena;
    inv_store_result_t   result;
    inv_reconcile_item_t item;

    result = INV_STORE_NOT_FOUND;

    for (nth = 0; nth < INV_RECONCILE_TRIES; nth++) {

        if (nth > 0 && !inv_store_pause(run->link->call, nth)) {
            break;
        }

        arena = inv_arena_create();
        if (arena == NULL) {
            return INV_STORE_NO_MEMORY;
        }

        result = inv_store_reconcile_one(run, arena, id, &item);
        inv_arena_destroy(arena);

        if (result != INV_STORE_OK) {
            return result;
        }

        if (!inv_store_reconcile_ahead(&item.check, &ahead)) {
            continue;
        }

        if (!run->query->repair
            || !inv_store_reconcile_is_repairable(&item.check)) {
            break;
        }

        result = inv_store_reconcile_repair(run->link, &item, run->actor);

        if (result != INV_STORE_NOT_FOUND && result != INV_STORE_BUSY) {
            break;
        }
    }

    /* a product too busy to be repaired is reported without a repair */
    if (result != INV_STORE_OK && result != INV_STORE_NOT_FOUND
        && result != INV_STORE_BUSY)
    {
        return result;
    }

    if (!inv_check_is_clean(&item.check) || item.check.ahead != 0) {
        run->report->differences[run->report->n++] = item.check;
    }

    return INV_STORE_OK;
}


static bool
inv_store_reconcile_is_full(const inv_reconcile_t *report)
{
    return report->checked >= INV_RECONCILE_MAX
           || report->n == INV_RECONCILE_DIFFERENCES_MAX;
}


/*
 * The next chunk: behind report->next, until the report is full.  more: there
 * may be others behind it.
 */
static inv_store_result_t
inv_store_reconcile_next(inv_reconcile_run_t *run, inv_arena_t *arena,
                         bool *more)
{
    bson_t                      filter;
    size_t                      i;
    inv_store_result_t          result;
    inv_reconcile_chunk_t       chunk;
    const inv_movement_check_t *check;

    memset(&chunk, 0, sizeof(chunk));
    chunk.link = run->link;
    chunk.arena = arena;

    bson_init(&filter);

    if (run->report->has_next) {
        bson_oid_t last;

        bson_oid_init_from_data(&last, run->report->next.bytes);
        BCON_APPEND(&filter, "_id", "{", "$gt", BCON_OID(&last), "}");
    }

    inv_store_reconcile_live(&filter);
    result = inv_store_reconcile_chunk(&chunk, &filter, INV_RECONCILE_CHUNK);
    bson_destroy(&filter);

    for (i = 0; result == INV_STORE_OK && i < chunk.n; i++) {
        if (inv_store_reconcile_is_full(run->report)) {
            break;
        }

        check = &chunk.items[i].check;

        if (!inv_check_is_clean(check) || check->ahead != 0) {
            result =
                inv_store_reconcile_suspect(run, check->product, check->ahead);
        }

        /* deleted meanwhile: it is nobody's any more */
        if (result == INV_STORE_NOT_FOUND) {
            result = INV_STORE_OK;
        }

        if (result == INV_STORE_OK) {
            run->report->checked++;
            run->report->has_next = true;
            run->report->next = check->product;
        }
    }

    /* damaged documents may be so large that a reply holds only one */
    *more = result == INV_STORE_OK && chunk.n != 0;

    return result;
}


/* Goes on as long as there is time for two chunks like the longest one. */
static inv_store_result_t
inv_store_reconcile_all(inv_reconcile_run_t *run)
{
    bool               more;
    int64_t            left, before, longest;
    inv_arena_t       *arena;
    inv_store_result_t result;

    longest = 0;

    do {
        before = inv_store_call_left(run->link->call);

        arena = inv_arena_create();
        if (arena == NULL) {
            return INV_STORE_NO_MEMORY;
        }

        result = inv_store_reconcile_next(run, arena, &more);
        inv_arena_destroy(arena);

        left = inv_store_call_left(run->link->call);
        longest = before - left > longest ? before - left : longest;

    } while (more && !inv_store_reconcile_is_full(run->report)
             && left > 2 * longest);

    /* what was checked is told, and where to go on; but no doubt is hidden */
    if (result != INV_STORE_OK && result != INV_STORE_UNKNOWN
        && run->report->checked != 0)
    {
        return INV_STORE_OK;
    }

    run->report->has_next = run->report->has_next && more;

    return result;
}


inv_store_result_t
inv_store_reconcile(inv_store_t *store, inv_store_call_t *call,
                    const inv_reconcile_query_t *query,
                    const inv_actor_t *actor, inv_reconcile_t *report)
{
    inv_store_link_t    link;
    inv_store_result_t  result;
    inv_reconcile_run_t run;

    memset(report, 0, sizeof(*report));
    report->has_next = query->has_after;
    report->next = query->after;
    report->differences =
        inv_arena_array(call->arena, INV_RECONCILE_DIFFERENCES_MAX,
                        sizeof(inv_movement_check_t));
    if (report->differences == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    run.link = &link;
    run.query = query;
    run.actor = actor;
    run.report = report;

    if (query->has_product) {
        result = inv_store_reconcile_suspect(&run, query->product, 0);
        report->checked = result == INV_STORE_OK;

    } else {
        result = inv_store_reconcile_all(&run);
    }

    inv_store_link_close(&link);

    return result;
}
