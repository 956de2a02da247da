
/*
 * store: which products are on a page, and in which order.
 *
 * Any thread, no I/O.  Every condition is one of equality, or a range that an
 * index can bound.
 */


#include "inv_store_page.h"


/* 10 to the power of INV_PRICE_SCALE. */
#define INV_STORE_PRICE_UNITS 10000

/* The member that a sort goes by. */
static const char *const inv_store_sorts[INV_SORTS] = {
    [INV_SORT_CREATED_AT] = "createdAt",
    [INV_SORT_NAME] = "name",
    [INV_SORT_PRICE] = "price",
    [INV_SORT_STOCK] = "stock",
};


const char *
inv_store_page_member(inv_sort_t sort)
{
    return inv_store_sorts[sort];
}


/*
 * A price's bound: half a ten-thousandth away from it, where no price is.  A
 * price that another tool wrote as a double is not exactly what it is shown
 * as: so it is on the right side too.
 */
static void
inv_store_page_price(bson_t *condition, const char *operation,
                     inv_price_t price, bool below)
{
    char              text[32];
    inv_price_t       floor;
    bson_decimal128_t bound;

    floor = below ? price - 1 : price;

    if (floor < 0) {
        snprintf(text, sizeof(text), "-0.00005");

    } else {
        snprintf(text, sizeof(text), "%lld.%04lld5",
                 (long long) (floor / INV_STORE_PRICE_UNITS),
                 (long long) (floor % INV_STORE_PRICE_UNITS));
    }

    bson_decimal128_from_string(text, &bound);
    bson_append_decimal128(condition, operation, -1, &bound);
}


static void
inv_store_page_prices(bson_t *filter, const inv_page_filter_t *asked)
{
    bson_t range;

    if (!asked->has_min_price && !asked->has_max_price) {
        return;
    }

    bson_append_document_begin(filter, "price", -1, &range);

    if (asked->has_min_price) {
        inv_store_page_price(&range, "$gt", asked->min_price, true);
    }

    if (asked->has_max_price) {
        inv_store_page_price(&range, "$lt", asked->max_price, false);
    }

    bson_append_document_end(filter, &range);
}


static void
inv_store_page_words(bson_t *filter, const inv_words_t *words)
{
    char        digits[16];
    bson_t      condition, all;
    size_t      i;
    const char *key;

    if (words->n == 0) {
        return;
    }

    bson_append_document_begin(filter, "words", -1, &condition);
    bson_append_array_begin(&condition, "$all", -1, &all);

    for (i = 0; i < words->n; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_text(&all, key, words->items[i]);
    }

    bson_append_array_end(&condition, &all);
    bson_append_document_end(filter, &condition);
}


static void
inv_store_page_text(bson_t *filter, const char *name, inv_str_t text)
{
    if (text.data != NULL) {
        inv_bson_put_text(filter, name, text);
    }
}


void
inv_store_page_filter(bson_t *filter, const inv_page_query_t *query)
{
    const inv_page_filter_t *asked = &query->filter;

    inv_store_page_text(filter, "category", asked->category);
    inv_store_page_text(filter, "tags", asked->tag);
    inv_store_page_text(filter, "sku", asked->sku);
    inv_store_page_prices(filter, asked);
    inv_store_page_words(filter, &asked->words);

    if (asked->has_in_stock) {
        BCON_APPEND(filter, "stock", "{", asked->in_stock ? "$gt" : "$lte",
                    BCON_INT64(0), "}");
    }

    /* the first condition is what an index of those that have one needs */
    if (asked->low_stock) {
        BCON_APPEND(filter, "lowStock", "{", "$exists", BCON_BOOL(true), "}",
                    "$expr", "{", "$lte", "[", BCON_UTF8("$stock"),
                    BCON_UTF8("$lowStock"), "]", "}");
    }

    BCON_APPEND(filter, "deleted", "{", "$exists", BCON_BOOL(false), "}");
}


/* The place's own value, as an operand or as what a member must equal. */
static void
inv_store_page_value(bson_t *bson, const char *name,
                     const inv_page_query_t *query)
{
    if (query->sort == INV_SORT_NAME) {
        inv_bson_put_text(bson, name, query->after.name);

    } else if (query->sort == INV_SORT_STOCK) {
        bson_append_int64(bson, name, -1, query->after.number);

    } else {
        bson_append_date_time(bson, name, -1, query->after.number);
    }
}


/* {member: {operation: the place's value}}: at it, or behind it. */
static void
inv_store_page_beyond(bson_t *condition, const inv_page_query_t *query)
{
    bson_t      range;
    const char *operation;

    operation = query->descending ? "$lte" : "$gte";

    bson_append_document_begin(condition, inv_store_sorts[query->sort], -1,
                               &range);

    if (query->after.odd) {
        bson_append_double(&range, operation, -1, query->after.next);

    } else if (query->sort == INV_SORT_PRICE) {
        inv_store_page_price(&range, operation, query->after.number,
                             !query->descending);
    } else {
        inv_store_page_value(&range, operation, query);
    }

    bson_append_document_end(condition, &range);
}


/* The same value as the place's, and its id or one before it. */
static void
inv_store_page_passed(bson_t *condition, const inv_page_query_t *query)
{
    bson_t range;

    if (query->sort == INV_SORT_PRICE) {
        bson_append_document_begin(condition, inv_store_sorts[query->sort], -1,
                                   &range);
        inv_store_page_price(&range, "$gt", query->after.number, true);
        inv_store_page_price(&range, "$lt", query->after.number, false);
        bson_append_document_end(condition, &range);

    } else {
        inv_store_page_value(condition, inv_store_sorts[query->sort], query);
    }

    bson_append_document_begin(condition, "_id", -1, &range);
    inv_bson_put_oid(&range, query->descending ? "$gte" : "$lte",
                     query->after.id);
    bson_append_document_end(condition, &range);
}


/*
 * From the place's value on, but for what shares it and was passed already: as
 * an $or of what comes next, some planners do not walk the index in its order.
 */
void
inv_store_page_after(bson_t *filter, const inv_page_query_t *query)
{
    bson_t both, neither, condition, branch;

    if (!query->has_after) {
        return;
    }

    bson_append_array_begin(filter, "$and", -1, &both);

    bson_append_document_begin(&both, "0", -1, &condition);
    inv_store_page_beyond(&condition, query);
    bson_append_document_end(&both, &condition);

    if (!query->after.odd) {
        bson_append_document_begin(&both, "1", -1, &condition);
        bson_append_array_begin(&condition, "$nor", -1, &neither);

        bson_append_document_begin(&neither, "0", -1, &branch);
        inv_store_page_passed(&branch, query);
        bson_append_document_end(&neither, &branch);

        bson_append_array_end(&condition, &neither);
        bson_append_document_end(&both, &condition);
    }

    bson_append_array_end(filter, &both);
}


/* A sku is one product's: to put that in order only misleads planners. */
void
inv_store_page_sort(bson_t *options, const inv_page_query_t *query)
{
    int32_t direction;

    if (query->filter.sku.data != NULL) {
        return;
    }

    direction = query->descending ? -1 : 1;

    BCON_APPEND(options, "sort", "{", inv_store_sorts[query->sort],
                BCON_INT32(direction), "_id", BCON_INT32(direction), "}");
}
