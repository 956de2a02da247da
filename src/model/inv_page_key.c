
/*
 * model: lists of products, and their pages, in text form.  Any thread.
 *
 * The form is that of a query string with its parameters in the order of their
 * table, each only where it was given, every value written in one way.
 */


#include "inv_page_key.h"
#include "inv_page_cursor.h"
#include "inv_page_parameters.h"
#include "inv_percent.h"

#include <stdio.h>


/* A list without a filter fits; with a cursor it grows once or twice. */
#define PAGE_KEY_SIZE 256

typedef struct {
    inv_arena_t *arena;
    char        *text;
    size_t       len, size;
    bool         no_memory;
} page_key_t;


static void
page_key_append(page_key_t *key, inv_str_t piece)
{
    char *text;

    if (key->no_memory || piece.len == 0) {
        return;
    }

    if (key->size - key->len < piece.len) {
        key->size = 2 * (key->size + piece.len) + PAGE_KEY_SIZE;
        text = inv_arena_alloc(key->arena, key->size);

        if (text == NULL) {
            key->no_memory = true;
            return;
        }

        memcpy(text, key->len != 0 ? key->text : "", key->len);
        key->text = text;
    }

    memcpy(key->text + key->len, piece.data, piece.len);
    key->len += piece.len;
}


/* A parameter, behind another one unless it is the first. */
static void
page_key_name(page_key_t *key, unsigned parameter)
{
    if (key->len != 0 && key->text[key->len - 1] != '?') {
        page_key_append(key, inv_str("&"));
    }

    page_key_append(key, inv_page_parameters[parameter].name);
    page_key_append(key, inv_str("="));
}


static void
page_key_encoded(page_key_t *key, inv_str_t value)
{
    inv_str_t encoded;

    if (!inv_percent_encode(key->arena, value, &encoded)) {
        key->no_memory = true;
        return;
    }

    page_key_append(key, encoded);
}


static void
page_key_text(page_key_t *key, unsigned parameter, inv_str_t value)
{
    if (value.data != NULL) {
        page_key_name(key, parameter);
        page_key_encoded(key, value);
    }
}


static void
page_key_price(page_key_t *key, unsigned parameter, bool given,
               inv_price_t price)
{
    char text[INV_SCALED_TEXT];

    if (given) {
        page_key_name(key, parameter);
        page_key_append(key, (inv_str_t){ inv_json_scaled_write(
                                              price, INV_PRICE_SCALE, text),
                                          text });
    }
}


static void
page_key_bool(page_key_t *key, unsigned parameter, bool given, bool value)
{
    if (given) {
        page_key_name(key, parameter);
        page_key_append(key, value ? inv_str("true") : inv_str("false"));
    }
}


static void
page_key_words(page_key_t *key, const inv_words_t *words)
{
    size_t i;

    for (i = 0; i < words->n; i++) {
        if (i == 0) {
            page_key_name(key, INV_PAGE_Q);
        } else {
            page_key_append(key, inv_str("+"));
        }

        page_key_encoded(key, words->items[i]);
    }
}


static void
page_key_number(page_key_t *key, unsigned parameter, unsigned value)
{
    int  n;
    char text[16];

    n = snprintf(text, sizeof(text), "%u", value);

    page_key_name(key, parameter);
    page_key_append(key, (inv_str_t){ (size_t) n, text });
}


static bool
page_key_finish(const page_key_t *key, inv_str_t *text)
{
    text->data = key->text;
    text->len = key->len;

    return !key->no_memory;
}


bool
inv_page_list(inv_arena_t *arena, const inv_page_query_t *query,
              inv_str_t *list)
{
    page_key_t               key = { .arena = arena };
    const inv_page_filter_t *filter = &query->filter;

    page_key_append(&key, inv_str("products?"));

    page_key_text(&key, INV_PAGE_CATEGORY, filter->category);
    page_key_text(&key, INV_PAGE_TAG, filter->tag);
    page_key_price(&key, INV_PAGE_MIN_PRICE, filter->has_min_price,
                   filter->min_price);
    page_key_price(&key, INV_PAGE_MAX_PRICE, filter->has_max_price,
                   filter->max_price);
    page_key_bool(&key, INV_PAGE_IN_STOCK, filter->has_in_stock,
                  filter->in_stock);
    page_key_bool(&key, INV_PAGE_LOW_STOCK, filter->low_stock, true);
    page_key_text(&key, INV_PAGE_SKU, filter->sku);
    page_key_words(&key, &filter->words);

    page_key_name(&key, INV_PAGE_SORT);
    page_key_append(&key, query->descending ? inv_str("-") : inv_str(""));
    page_key_append(&key, inv_page_sorts[query->sort]);

    return page_key_finish(&key, list);
}


bool
inv_page_key(inv_arena_t *arena, const inv_page_query_t *page, inv_str_t *key)
{
    inv_str_t  cursor;
    page_key_t text = { .arena = arena };

    page_key_append(&text, page->list);
    page_key_number(&text, INV_PAGE_LIMIT, page->limit);

    if (page->page > 0) {
        page_key_number(&text, INV_PAGE_PAGE, page->page);
    }

    if (page->has_after) {
        if (!inv_page_cursor_write(arena, page, &page->after, &cursor)) {
            return false;
        }

        page_key_text(&text, INV_PAGE_CURSOR, cursor);
    }

    return page_key_finish(&text, key);
}
