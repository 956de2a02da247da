
/*
 * model, inside the room: the cursor of a list, a position in its order.
 *
 * Any thread.
 */


#ifndef INV_PAGE_CURSOR_H
#define INV_PAGE_CURSOR_H


#include "inv_page.h"


/*
 * Reads a cursor into query's has_after, after_created and after_id.  False:
 * it is not one of this query, or not one at all.
 */
bool inv_page_cursor_read(inv_str_t text, inv_page_query_t *query);


#endif /* INV_PAGE_CURSOR_H */
