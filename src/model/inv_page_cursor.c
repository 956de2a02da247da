
/*
 * model: the cursor of a page of products: createdAt and the id of the last
 * one.  Any thread.
 */


#include "inv_cursor.h"
#include "inv_page_cursor.h"


#define PAGE_CURSOR_ID_AT 8
#define PAGE_CURSOR_BYTES 20

/* The only order there is yet. */
static const inv_str_t page_cursor_query = inv_str("products?sort=-createdAt");


bool
inv_page_cursor_read(inv_str_t text, inv_page_query_t *query)
{
    unsigned char position[PAGE_CURSOR_BYTES];

    if (!inv_cursor_read(page_cursor_query, text, position, sizeof(position))) {
        return false;
    }

    query->has_after = true;
    query->after_created = (inv_time_t) inv_cursor_get(position);
    memcpy(query->after_id.bytes, position + PAGE_CURSOR_ID_AT,
           sizeof(query->after_id.bytes));

    return true;
}


bool
inv_page_cursor(inv_arena_t *arena, const inv_page_query_t *page,
                const inv_product_t *last, inv_str_t *cursor)
{
    unsigned char position[PAGE_CURSOR_BYTES];

    inv_cursor_put(position, (uint64_t) last->created_at);
    memcpy(position + PAGE_CURSOR_ID_AT, last->id.bytes,
           sizeof(last->id.bytes));

    return inv_cursor_write(arena, page_cursor_query, position,
                            sizeof(position), cursor);
}
