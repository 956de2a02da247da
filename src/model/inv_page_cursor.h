
/*
 * model, inside the room: the cursor of a list, a place in its order.
 *
 * Any thread.
 */


#ifndef INV_PAGE_CURSOR_H
#define INV_PAGE_CURSOR_H


#include "inv_page.h"


/*
 * Reads a cursor into query's has_after and after; sort and list are set
 * already.  False: it is not one of this query, or not one at all.  no_memory
 * tells where that is why.
 */
bool inv_page_cursor_read(inv_arena_t *arena, inv_str_t text,
                          inv_page_query_t *query, bool *no_memory);

/* The cursor of a place.  False: no memory. */
bool inv_page_cursor_write(inv_arena_t *arena, const inv_page_query_t *query,
                           const inv_page_place_t *place, inv_str_t *cursor);


#endif /* INV_PAGE_CURSOR_H */
