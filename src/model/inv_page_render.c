
/*
 * model: the envelope of a list.  Any thread.
 */


#include "inv_page.h"
#include "inv_page_cursor.h"


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
page_write_items(inv_json_writer_t *w, const inv_str_t *items, size_t n)
{
    size_t i;

    inv_json_open_array(w);

    for (i = 0; i < n; i++) {
        inv_json_raw(w, items[i]);
    }

    inv_json_close_array(w);
}


static void
page_write_total(inv_json_writer_t *w, const inv_page_total_t *total)
{
    if (!total->given) {
        return;
    }

    inv_json_name(w, "total");
    inv_json_integer(w, total->n);

    if (!total->exact) {
        inv_json_name(w, "totalIsExact");
        inv_json_bool(w, false);
    }
}


bool
inv_page_envelope(inv_arena_t *arena, unsigned limit, const inv_str_t *items,
                  size_t n, inv_str_t next, const inv_page_total_t *total,
                  inv_str_t *text)
{
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);

    inv_json_name(w, "items");
    page_write_items(w, items, n);

    inv_json_name(w, "page");
    inv_json_open_object(w);
    inv_page_write_position(w, limit, next);
    page_write_total(w, total);
    inv_json_close_object(w);

    inv_json_close_object(w);

    return inv_json_finish(w, text);
}


bool
inv_page_next(inv_arena_t *arena, const inv_page_query_t *query,
              const inv_page_t *page, inv_str_t *next)
{
    *next = INV_STR_ABSENT;

    if (page->more && page->has_end) {
        return inv_page_cursor_write(arena, query, &page->end, next);
    }

    return !page->more || page->nitems == 0
           || inv_page_cursor(arena, query, page->items[page->nitems - 1],
                              next);
}


bool
inv_page_render(inv_arena_t *arena, const inv_page_query_t *query,
                const inv_page_t *page, inv_str_t *text, inv_str_t *next)
{
    size_t     i;
    inv_str_t *items;

    items = inv_arena_array(arena, page->nitems, sizeof(inv_str_t));

    if (items == NULL || !inv_page_next(arena, query, page, next)) {
        return false;
    }

    for (i = 0; i < page->nitems; i++) {
        if (!inv_product_render(arena, page->items[i], &items[i])) {
            return false;
        }
    }

    return inv_page_envelope(arena, query->limit, items, page->nitems, *next,
                             &page->total, text);
}
