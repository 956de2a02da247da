
/*
 * model: the cursor of a page of products: what the last one is sorted by, and
 * its id; or a double alone, where the last document has an odd number.  Any
 * thread.
 */


#include <math.h>

#include "inv_cursor.h"
#include "inv_page_cursor.h"


#define PAGE_CURSOR_ID     sizeof(inv_oid_t)
#define PAGE_CURSOR_NUMBER 8

/* Bytes of a name: what a product may have, 4 bytes each. */
#define PAGE_CURSOR_NAME_MAX ((size_t) INV_NAME_MAX * 4)

#define PAGE_CURSOR_BYTES_MAX (PAGE_CURSOR_NAME_MAX + PAGE_CURSOR_ID)


/*
 * A name that is longer than any of ours must not lead back to itself: the
 * place is before or behind all names that begin as it does.  Behind them is
 * the beginning with its last byte raised; lists have no name of 0xff alone.
 */
static inv_str_t
page_cursor_name(const inv_page_query_t *query, inv_str_t name, char *buffer)
{
    size_t len;

    if (name.len <= PAGE_CURSOR_NAME_MAX) {
        return name;
    }

    len = PAGE_CURSOR_NAME_MAX;
    memcpy(buffer, name.data, len);

    if (!query->descending) {
        while (len > 1 && (unsigned char) buffer[len - 1] == 0xff) {
            len--;
        }

        buffer[len - 1] = (char) ((unsigned char) buffer[len - 1] + 1);
    }

    return (inv_str_t){ len, buffer };
}


static bool
page_cursor_write_odd(inv_arena_t *arena, const inv_page_query_t *query,
                      double next, inv_str_t *cursor)
{
    uint64_t      bits;
    unsigned char position[PAGE_CURSOR_NUMBER];

    memcpy(&bits, &next, sizeof(bits));
    inv_cursor_put(position, bits);

    return inv_cursor_write(arena, query->list, position, sizeof(position),
                            cursor);
}


bool
inv_page_cursor_write(inv_arena_t *arena, const inv_page_query_t *query,
                      const inv_page_place_t *place, inv_str_t *cursor)
{
    char          buffer[PAGE_CURSOR_NAME_MAX];
    size_t        n;
    inv_str_t     name;
    unsigned char position[PAGE_CURSOR_BYTES_MAX];

    if (place->odd) {
        return page_cursor_write_odd(arena, query, place->next, cursor);
    }

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
    inv_page_place_t place = { 0 };
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


/* False: it is no number, or the sort has none that may be odd. */
static bool
page_cursor_read_odd(const unsigned char *position, inv_page_query_t *query)
{
    uint64_t bits;

    if (query->sort != INV_SORT_PRICE && query->sort != INV_SORT_STOCK) {
        return false;
    }

    bits = inv_cursor_get(position);
    memcpy(&query->after.next, &bits, sizeof(bits));
    query->after.odd = isfinite(query->after.next);
    query->has_after = query->after.odd;

    return query->after.odd;
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

    if (!inv_cursor_read_any(query->list, text, position, sizeof(position), &n))
    {
        return false;
    }

    if (n == PAGE_CURSOR_NUMBER) {
        return page_cursor_read_odd(position, query);
    }

    if (n < PAGE_CURSOR_ID
        || !page_cursor_value(arena, position, n - PAGE_CURSOR_ID, query,
                              no_memory))
    {
        return false;
    }

    query->after.odd = false;
    memcpy(query->after.id.bytes, position + n - PAGE_CURSOR_ID,
           PAGE_CURSOR_ID);
    query->has_after = true;

    return true;
}
