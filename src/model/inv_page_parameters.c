
/*
 * model: the parameters of a page of products, one by one.  Any thread.
 *
 * A value that no product can have, a category of 65 characters for one, is a
 * mistake and told as such.
 */


#include "inv_page_parameters.h"
#include "inv_shape.h"


const inv_str_t inv_page_sorts[INV_SORTS] = {
    [INV_SORT_CREATED_AT] = inv_str("createdAt"),
    [INV_SORT_NAME] = inv_str("name"),
    [INV_SORT_PRICE] = inv_str("price"),
    [INV_SORT_STOCK] = inv_str("stock"),
};


static bool
page_is_text(inv_str_t value, size_t max)
{
    size_t n;

    n = inv_utf8_length(value);

    return n >= 1 && n <= max;
}


static bool
page_read_category(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    p->query->filter.category = value;

    return page_is_text(value, INV_CATEGORY_MAX);
}


static bool
page_read_tag(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    p->query->filter.tag = value;

    return page_is_text(value, INV_TAG_MAX);
}


static bool
page_read_sku(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    p->query->filter.sku = value;

    return page_is_text(value, INV_SKU_MAX) && inv_shape_is_code(value);
}


/* A price as in a product's JSON; only what could be one is taken. */
static bool
page_read_price(inv_page_parameters_t *p, inv_str_t value, inv_price_t *price)
{
    inv_json_t       *root;
    inv_json_error_t  error;
    inv_json_result_t result;

    result = inv_json_read(p->arena, value, &root, &error);
    p->no_memory |= result == INV_JSON_NO_MEMORY;

    /* white space around it is JSON's, but not a number's */

    return result == INV_JSON_OK && root->type == INV_JSON_NUMBER
           && root->text.len == value.len
           && inv_json_scaled(value, INV_PRICE_SCALE, INV_PRICE_DIGITS, price)
                  == INV_NUMBER_OK
           && *price >= 0;
}


static bool
page_read_min_price(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;
    inv_page_filter_t     *filter = &p->query->filter;

    filter->has_min_price = page_read_price(p, value, &filter->min_price);

    return filter->has_min_price;
}


static bool
page_read_max_price(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;
    inv_page_filter_t     *filter = &p->query->filter;

    filter->has_max_price = page_read_price(p, value, &filter->max_price);

    return filter->has_max_price;
}


static bool
page_read_in_stock(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    p->query->filter.has_in_stock = true;
    p->query->filter.in_stock = inv_str_eq(value, inv_str("true"));

    return p->query->filter.in_stock || inv_str_eq(value, inv_str("false"));
}


static bool
page_read_low_stock(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    p->query->filter.low_stock = inv_str_eq(value, inv_str("true"));

    return p->query->filter.low_stock;
}


static bool
page_read_q(void *target, inv_str_t value)
{
    inv_words_t           *words;
    inv_page_parameters_t *p = target;

    words = &p->query->filter.words;
    p->no_memory |= !inv_words_read(p->arena, &value, 1, words);

    return words->n >= 1 && words->n <= INV_PAGE_WORDS_MAX;
}


static bool
page_read_sort(void *target, inv_str_t value)
{
    unsigned               sort;
    inv_page_parameters_t *p = target;

    p->query->descending = value.len != 0 && value.data[0] == '-';

    if (p->query->descending) {
        value.data++;
        value.len--;
    }

    for (sort = 0; sort < INV_SORTS; sort++) {
        if (inv_str_eq(value, inv_page_sorts[sort])) {
            p->query->sort = (inv_sort_t) sort;
            return true;
        }
    }

    return false;
}


static bool
page_read_limit(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    return inv_query_count(value, INV_PAGE_LIMIT_MAX, &p->query->limit);
}


/* One more than the last page that any limit allows, so that it is seen. */
static bool
page_read_page(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    return inv_query_count(value, INV_PAGE_SKIP_MAX + 1, &p->query->page);
}


static bool
page_read_cursor(void *target, inv_str_t value)
{
    inv_page_parameters_t *p = target;

    p->cursor = value;

    return true;
}


static bool
page_read_ids(void *target, inv_str_t value)
{
    size_t                 asked;
    inv_str_t              one;
    const char            *comma;
    inv_page_query_t      *query;
    inv_page_parameters_t *p = target;

    query = p->query;
    query->by_ids = true;
    query->limit = INV_PAGE_IDS_MAX;
    query->ids = inv_arena_array(p->arena, INV_PAGE_IDS_MAX, sizeof(inv_oid_t));

    if (query->ids == NULL) {
        p->no_memory = true;
        return true;
    }

    if (value.len == 0) {
        return true;
    }

    for (asked = 0; asked < INV_PAGE_IDS_MAX; asked++) {
        comma = memchr(value.data, ',', value.len);

        one.data = value.data;
        one.len = (comma != NULL) ? (size_t) (comma - value.data) : value.len;

        if (inv_oid_read(one, &query->ids[query->nids])) {
            query->nids++;
        }

        if (comma == NULL) {
            return true;
        }

        value.data += one.len + 1;
        value.len -= one.len + 1;
    }

    return false;
}


#define page_row(text, reader, fault)                               \
    {                                                               \
        inv_str(text), inv_str("?" text), page_read_##reader, fault \
    }

#define PAGE_TEXT_FAULT(max) \
    inv_str("must have 1 to " inv_page_literal(max) " characters")

/* The digits of a limit. */
#define inv_page_literal(number)  inv_page_literal_(number)
#define inv_page_literal_(number) #number

#define PAGE_PRICE_FAULT                                      \
    inv_str("must be a number of at least 0 with at most 14 " \
            "significant digits, at most 4 of them after the point")

#define PAGE_COUNT_FAULT inv_str("must be an integer of at least 1")


const inv_parameter_t inv_page_parameters[INV_PAGE_PARAMETERS] = {
    [INV_PAGE_CATEGORY] =
        page_row("category", category, PAGE_TEXT_FAULT(INV_CATEGORY_MAX)),
    [INV_PAGE_TAG] = page_row("tag", tag, PAGE_TEXT_FAULT(INV_TAG_MAX)),
    [INV_PAGE_MIN_PRICE] = page_row("minPrice", min_price, PAGE_PRICE_FAULT),
    [INV_PAGE_MAX_PRICE] = page_row("maxPrice", max_price, PAGE_PRICE_FAULT),
    [INV_PAGE_IN_STOCK] =
        page_row("inStock", in_stock, inv_str("must be true or false")),
    [INV_PAGE_LOW_STOCK] =
        page_row("lowStock", low_stock, inv_str("must be true")),
    [INV_PAGE_SKU] =
        page_row("sku", sku,
                 inv_str("must be 1 to " inv_page_literal(
                     INV_SKU_MAX) " of A-Z, a-z, 0-9, '.', '_' and '-'")),
    [INV_PAGE_Q] = page_row("q", q,
                            inv_str("must have 1 to " inv_page_literal(
                                INV_PAGE_WORDS_MAX) " words")),
    [INV_PAGE_SORT] = page_row("sort", sort,
                               inv_str("must be createdAt, name, price or "
                                       "stock, maybe with a '-' before it")),
    [INV_PAGE_LIMIT] = page_row("limit", limit, PAGE_COUNT_FAULT),
    [INV_PAGE_PAGE] = page_row("page", page, PAGE_COUNT_FAULT),
    [INV_PAGE_CURSOR] =
        page_row("cursor", cursor, inv_str("is not a cursor of this query")),
    [INV_PAGE_IDS] = page_row("ids", ids,
                              inv_str("must have at most " inv_page_literal(
                                  INV_PAGE_IDS_MAX) " ids")),
};
