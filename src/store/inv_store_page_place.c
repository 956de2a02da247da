
/*
 * store: where in its list a document stands, whether the rest of it can be
 * read or not.
 *
 * Any thread, no I/O.
 */


#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "inv_store_page.h"


/* The next double, as nextafter() has it, for which nothing here is linked. */
static double
inv_store_place_next(double value, bool down)
{
    int64_t bits;

    if (value == 0) {
        return down ? -DBL_TRUE_MIN : DBL_TRUE_MIN;
    }

    memcpy(&bits, &value, sizeof(bits));
    bits += (value > 0) != down ? 1 : -1;
    memcpy(&value, &bits, sizeof(bits));

    return value;
}


/* The place of any number: the next double in the list's order. */
static bool
inv_store_place_odd(const bson_iter_t *iter, const inv_page_query_t *query,
                    inv_page_place_t *place)
{
    char              text[BSON_DECIMAL128_STRING];
    double            value;
    bson_decimal128_t decimal;

    if (BSON_ITER_HOLDS_NUMBER(iter)) {
        value = bson_iter_as_double(iter);

    } else if (BSON_ITER_HOLDS_DECIMAL128(iter)
               && bson_iter_decimal128(iter, &decimal))
    {
        bson_decimal128_to_string(&decimal, text);
        value = strtod(text, NULL);

    } else {
        return false;
    }

    place->odd = true;
    place->next = inv_store_place_next(value, query->descending);

    return isfinite(place->next);
}


/*
 * Lists by time go on among dates, whatever they are.  Missing ones and numbers
 * come before all dates, or last.
 */
static bool
inv_store_place_time(const bson_iter_t *iter, bool missing, int64_t *number)
{
    if (!missing && BSON_ITER_HOLDS_DATE_TIME(iter)) {
        *number = bson_iter_date_time(iter);
        return true;
    }

    *number = INT64_MIN;

    return missing || BSON_ITER_HOLDS_NUMBER(iter)
           || BSON_ITER_HOLDS_DECIMAL128(iter);
}


/* Any bytes: a cursor carries them, and the database has them in its order. */
static bool
inv_store_place_name(inv_arena_t *arena, const bson_iter_t *iter,
                     inv_str_t *name)
{
    uint32_t    len;
    const char *data;

    if (!BSON_ITER_HOLDS_UTF8(iter)) {
        return false;
    }

    data = bson_iter_utf8(iter, &len);

    return inv_arena_copy(arena, (inv_str_t){ len, data }, name);
}


bool
inv_store_page_place(inv_arena_t *arena, const bson_t *document,
                     const inv_page_query_t *query, inv_page_place_t *place)
{
    bool        missing;
    bson_iter_t iter;

    memset(place, 0, sizeof(*place));

    if (!bson_iter_init_find(&iter, document, "_id")
        || !inv_bson_get_oid(&iter, &place->id))
    {
        return false;
    }

    missing = !bson_iter_init_find(&iter, document,
                                   inv_store_page_member(query->sort));

    switch (query->sort) {

    case INV_SORT_CREATED_AT:
        return inv_store_place_time(&iter, missing, &place->number);

    case INV_SORT_NAME:
        return !missing && inv_store_place_name(arena, &iter, &place->name);

    case INV_SORT_PRICE:
        return !missing
               && (inv_bson_get_price(&iter, &place->number)
                   || inv_store_place_odd(&iter, query, place));

    default:
        return !missing
               && (inv_bson_get_integer(&iter, &place->number)
                   || inv_store_place_odd(&iter, query, place));
    }
}
