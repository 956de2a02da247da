
/*
 * store: how far a list of all movements has been looked through.
 *
 * Any thread, no I/O.  Among very many damaged entries, or where a reply is cut,
 * a page ends before it is full: it says where the next one begins.
 */


#include "inv_store_movements_private.h"


/*
 * Before all that has a time, where the query has no place.  What has none
 * stands before it, and is on no page that continues from a place.
 */
inv_movement_place_t
inv_store_bound_start(const inv_movements_query_t *query)
{
    inv_movement_place_t place;

    if (query->has_after) {
        return query->after;
    }

    place.at = INV_TIME_MAX;
    place.seq = INV_STOCK_MAX;
    memset(&place.product, 0xff, sizeof(place.product));

    return place;
}


void
inv_store_bound_pass(inv_movement_place_t *bound, const bson_t *document)
{
    bson_iter_t          iter;
    inv_movement_place_t place = *bound;

    if (!bson_iter_init_find(&iter, document, "at")
        || !inv_bson_get_time(&iter, &place.at) || place.at > bound->at)
    {
        return;
    }

    if (place.at < bound->at) {
        memset(&place.product, 0xff, sizeof(place.product));
        place.seq = INV_STOCK_MAX;
        *bound = place;
    }

    if (!bson_iter_init_find(&iter, document, "productId")
        || !inv_bson_get_oid(&iter, &place.product))
    {
        return;
    }

    if (!inv_oid_eq(place.product, bound->product)) {
        place.seq = INV_STOCK_MAX;
    }

    if (inv_movement_order(place, *bound) < 0) {
        return;
    }

    *bound = place;

    if (inv_bson_find_count(document, "to", &place.seq) && place.seq > 0
        && place.seq < bound->seq)
    {
        bound->seq = place.seq;
    }
}


void
inv_store_bound_add(inv_store_listing_t *l, inv_movement_place_t bound)
{
    if (!l->bounded || inv_movement_order(bound, l->bound) < 0) {
        l->bound = bound;
    }

    l->bounded = true;
}


/*
 * Nothing but damaged entries from the query's place on, which do not even say
 * theirs: the rest of that product at that time is left out.
 */
static void
inv_store_bound_stuck(const inv_store_listing_t *l, inv_movements_t *page)
{
    page->more = l->query->after.seq > 1;
    page->end = l->query->after;
    page->end.seq = 1;
}


void
inv_store_bound_picks(inv_store_listing_t *l, inv_movements_t *page)
{
    while (l->bounded && l->npicks > 0
           && inv_movement_order(
                  inv_movement_pick_place(l->entries, &l->picks[l->npicks - 1]),
                  l->bound)
                  > 0)
    {
        l->npicks--;
    }

    if (l->npicks > l->query->limit) {
        inv_store_bound_end(l, page, l->query->limit);
        return;
    }

    if (!l->bounded) {
        return;
    }

    page->more = true;
    page->end = l->bound;

    if (l->query->has_after
        && inv_movement_order(l->bound, l->query->after) <= 0) {
        inv_store_bound_stuck(l, page);
    }
}


void
inv_store_bound_end(inv_store_listing_t *l, inv_movements_t *page, size_t n)
{
    l->npicks = n;
    page->more = true;
    page->end = inv_movement_pick_place(l->entries, &l->picks[n - 1]);
}
