
/*
 * model: the envelope of a list.  Any thread.
 */


#include "inv_page.h"


void
inv_page_write_position(inv_json_writer_t *w, unsigned limit, inv_str_t next)
{
    inv_json_name(w, "limit");
    inv_json_integer(w, (int64_t) limit);

    inv_json_name(w, "next");

    if (next.data == NULL) {
        inv_json_null(w);

    } else {
        inv_json_string(w, next);
    }
}


static void
page_write(inv_json_writer_t *w, const inv_page_query_t *query,
           const inv_page_t *page, inv_str_t next)
{
    inv_json_name(w, "page");
    inv_json_open_object(w);

    inv_page_write_position(w, query->limit, next);

    if (page->has_total) {
        inv_json_name(w, "total");
        inv_json_integer(w, page->total);
    }

    if (page->has_total && !page->total_is_exact) {
        inv_json_name(w, "totalIsExact");
        inv_json_bool(w, false);
    }

    inv_json_close_object(w);
}


bool
inv_page_render(inv_arena_t *arena, const inv_page_query_t *query,
                const inv_page_t *page, inv_str_t *text, inv_str_t *next)
{
    size_t             i;
    inv_json_writer_t *w;

    *next = INV_STR_ABSENT;

    if (page->more && page->nitems != 0
        && !inv_page_cursor(arena, query, page->items[page->nitems - 1], next))
    {
        return false;
    }

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);
    inv_json_name(w, "items");
    inv_json_open_array(w);

    for (i = 0; i < page->nitems; i++) {
        inv_product_write(w, page->items[i]);
    }

    inv_json_close_array(w);
    page_write(w, query, page, *next);
    inv_json_close_object(w);

    return inv_json_finish(w, text);
}
