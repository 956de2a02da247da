
/*
 * store: where in its list a document stands, whether the rest of it can be
 * read or not.
 *
 * Any thread, no I/O.
 */


#include "inv_store_page.h"


/* Of a product without createdAt it is what that is read as, 0. */
static bool
inv_store_place_number(const bson_t *document, const inv_page_query_t *query,
                       int64_t *number)
{
    bson_iter_t iter;

    *number = 0;

    if (!bson_iter_init_find(&iter, document,
                             inv_store_page_member(query->sort))) {
        return query->sort == INV_SORT_CREATED_AT;
    }

    switch (query->sort) {

    case INV_SORT_PRICE:
        return inv_bson_get_price(&iter, number);

    case INV_SORT_STOCK:
        return inv_bson_get_integer(&iter, number);

    default:
        return inv_bson_get_time(&iter, number);
    }
}


bool
inv_store_page_place(inv_arena_t *arena, const bson_t *document,
                     const inv_page_query_t *query, inv_page_place_t *place)
{
    bson_iter_t iter;

    place->number = 0;
    place->name = INV_STR_ABSENT;

    if (!bson_iter_init_find(&iter, document, "_id")
        || !inv_bson_get_oid(&iter, &place->id))
    {
        return false;
    }

    if (query->sort != INV_SORT_NAME) {
        return inv_store_place_number(document, query, &place->number);
    }

    return bson_iter_init_find(&iter, document, "name")
           && inv_bson_get_text(arena, &iter, &place->name)
           && place->name.data != NULL;
}
