
/*
 * model, inside the room: lists of products in text form.
 *
 * Any thread.
 */


#ifndef INV_PAGE_KEY_H
#define INV_PAGE_KEY_H


#include "inv_page.h"


/* Filters and sort of the query, for its own list.  False: no memory. */
bool inv_page_list(inv_arena_t *arena, const inv_page_query_t *query,
                   inv_str_t *list);


#endif /* INV_PAGE_KEY_H */
