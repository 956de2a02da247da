
/*
 * model: the cursor of a page of products: what the last one is sorted by, and
 * its id.  Any thread.
 */


#include "inv_cursor.h"
#include "inv_page_cursor.h"


#define PAGE_CURSOR_ID     sizeof(inv_oid_t)
#define PAGE_CURSOR_NUMBER 8

/* Bytes of a name: what a product may have, 4 bytes each. */
#define PAGE_CURSOR_NAME_MAX ((size_t) INV_NAME_MAX * 4)

#define PAGE_CURSOR_BYTES_MAX (PAGE_CURSOR_NAME_MAX + PAGE_CURSOR_ID)

/* The last code point of all. */
static const inv_str_t page_cursor_last = inv_str("\xf4\x8f\xbf\xbf");


/*
 * A name that is longer than any of ours must not lead back to itself: the
 * place is before or behind all names that begin as it does.
 */
static inv_str_t
page_cursor_name(const inv_page_query_t *query, inv_str_t name, char *buffer)
{
    size_t len;

    if (name.len <= PAGE_CURSOR_NAME_MAX) {
        return name;
    }

    len = PAGE_CURSOR_NAME_MAX - page_cursor_last.len;

    while (len > 0 && ((unsigned char) name.data[len] & 0xc0) == 0x80) {
        len--;
    }

    memcpy(buffer, name.data, len);

    if (!query->descending) {
        memcpy(buffer + len, page_cursor_last.data, page_cursor_last.len);
        len += page_cursor_last.len;
    }

    return (inv_str_t){ len, buffer };
}


bool
inv_page_cursor_write(inv_arena_t *arena, const inv_page_query_t *query,
                      const inv_page_place_t *place, inv_str_t *cursor)
{
    char          buffer[PAGE_CURSOR_NAME_MAX];
    size_t        n;
    inv_str_t     name;
    unsigned char position[PAGE_CURSOR_BYTES_MAX];

    if (query->sort == INV_SORT_NAME) {
        name = page_cursor_name(query, place->name, buffer);
        n = name.len;

        if (n != 0) {
            memcpy(position, name.data, n);
        }

    } else {
        n = PAGE_CURSOR_NUMBER;
        inv_cursor_put(position, (uint64_t) place->number);
    }

    memcpy(position + n, place->id.bytes, PAGE_CURSOR_ID);

    return inv_cursor_write(arena, query->list, position, n + PAGE_CURSOR_ID,
                            cursor);
}


bool
inv_page_cursor(inv_arena_t *arena, const inv_page_query_t *page,
                const inv_product_t *last, inv_str_t *cursor)
{
    inv_page_place_t place;
    const int64_t    numbers[INV_SORTS] = {
           [INV_SORT_CREATED_AT] = last->created_at,
           [INV_SORT_PRICE] = last->catalog.price,
           [INV_SORT_STOCK] = last->catalog.stock,
    };

    place.number = numbers[page->sort];
    place.name = last->catalog.name;
    place.id = last->id;

    return inv_page_cursor_write(arena, page, &place, cursor);
}


/* The value of a position that n bytes hold; its memory is the arena's. */
static bool
page_cursor_value(inv_arena_t *arena, const unsigned char *position, size_t n,
                  inv_page_query_t *query, bool *no_memory)
{
    inv_str_t name;

    if (query->sort != INV_SORT_NAME) {
        query->after.number = (int64_t) inv_cursor_get(position);

        return n == PAGE_CURSOR_NUMBER
               && (query->sort != INV_SORT_PRICE || query->after.number >= 0);
    }

    name = (inv_str_t){ n, (const char *) position };

    if (inv_utf8_length(name) == SIZE_MAX) {
        return false;
    }

    *no_memory = !inv_arena_copy(arena, name, &query->after.name);

    return !*no_memory;
}


bool
inv_page_cursor_read(inv_arena_t *arena, inv_str_t text,
                     inv_page_query_t *query, bool *no_memory)
{
    size_t        n;
    unsigned char position[PAGE_CURSOR_BYTES_MAX] = { 0 };

    *no_memory = false;

    if (!inv_cursor_read_any(query->list, text, position, sizeof(position), &n)
        || n < PAGE_CURSOR_ID
        || !page_cursor_value(arena, position, n - PAGE_CURSOR_ID, query,
                              no_memory))
    {
        return false;
    }

    memcpy(query->after.id.bytes, position + n - PAGE_CURSOR_ID,
           PAGE_CURSOR_ID);
    query->has_after = true;

    return true;
}
