
/*
 * store, inside: which products are on a page, and in which order.
 *
 * Any thread, no I/O.
 */


#ifndef INV_STORE_PAGE_H
#define INV_STORE_PAGE_H


#include "inv_store_internal.h"


/* The products of the query's list, whichever page. */
void inv_store_page_filter(bson_t *filter, const inv_page_query_t *query);

/* And of them those after the query's place; nothing where it has none. */
void inv_store_page_after(bson_t *filter, const inv_page_query_t *query);

/* The member that a sort goes by. */
const char *inv_store_page_member(inv_sort_t sort);

/*
 * The document's place in the list, which a page may go on behind.  False: it
 * has none that a cursor can say.
 */
bool
inv_store_page_place(inv_arena_t *arena, const bson_t *document,
                     const inv_page_query_t *query, inv_page_place_t *place);

/* The find's option. */
void inv_store_page_sort(bson_t *options, const inv_page_query_t *query);


#endif /* INV_STORE_PAGE_H */
