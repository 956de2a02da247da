
/*
 * store: typed appends and tolerant reads of single BSON values.
 *
 * Any thread, no I/O.  What this module writes has one type each (int64,
 * Decimal128, date); what other tools wrote into the same collections may have
 * another numeric type and is read where it says the same.
 */


#include "inv_store_internal.h"


void
inv_bson_put_text(bson_t *bson, const char *name, inv_str_t text)
{
    bson_append_utf8(bson, name, -1, text.data != NULL ? text.data : "",
                     (int) text.len);
}


void
inv_bson_put_oid(bson_t *bson, const char *name, inv_oid_t id)
{
    bson_oid_t oid;

    bson_oid_init_from_data(&oid, id.bytes);
    bson_append_oid(bson, name, -1, &oid);
}


void
inv_bson_put_price(bson_t *bson, const char *name, inv_price_t price)
{
    char              text[INV_SCALED_TEXT + 1];
    size_t            n;
    bson_decimal128_t decimal;

    n = inv_json_scaled_write(price, INV_PRICE_SCALE, text);
    text[n] = '\0';

    bson_decimal128_from_string(text, &decimal);
    bson_append_decimal128(bson, name, -1, &decimal);
}


/* Any numeric type, scaled by a power of ten. */
static bool
inv_bson_get_scaled(const bson_iter_t *iter, unsigned scale, int64_t *value)
{
    char              text[BSON_DECIMAL128_STRING];
    bson_decimal128_t decimal;

    switch (bson_iter_type(iter)) {

    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        snprintf(text, sizeof(text), "%lld",
                 (long long) bson_iter_as_int64(iter));
        break;

    case BSON_TYPE_DOUBLE:
        /* 15 digits are what a double keeps of any decimal number */
        snprintf(text, sizeof(text), "%.15g", bson_iter_double(iter));
        break;

    case BSON_TYPE_DECIMAL128:
        if (!bson_iter_decimal128(iter, &decimal)) {
            return false;
        }

        bson_decimal128_to_string(&decimal, text);
        break;

    default:
        return false;
    }

    /* Infinity and NaN, the only results that do not end in a digit */
    if (text[strlen(text) - 1] < '0' || text[strlen(text) - 1] > '9') {
        return false;
    }

    return inv_json_scaled((inv_str_t){ strlen(text), text }, scale, 0, value)
           == INV_NUMBER_OK;
}


bool
inv_bson_get_integer(const bson_iter_t *iter, int64_t *value)
{
    if (BSON_ITER_HOLDS_INT64(iter)) {
        *value = bson_iter_int64(iter);
        return true;
    }

    return inv_bson_get_scaled(iter, 0, value);
}


bool
inv_bson_get_price(const bson_iter_t *iter, inv_price_t *price)
{
    return inv_bson_get_scaled(iter, INV_PRICE_SCALE, price) && *price >= 0;
}


bool
inv_bson_get_time(const bson_iter_t *iter, inv_time_t *t)
{
    if (BSON_ITER_HOLDS_DATE_TIME(iter)) {
        *t = bson_iter_date_time(iter);

    } else if (!inv_bson_get_integer(iter, t)) {
        return false;
    }

    return *t >= INV_TIME_MIN && *t <= INV_TIME_MAX;
}


bool
inv_bson_get_oid(const bson_iter_t *iter, inv_oid_t *id)
{
    if (!BSON_ITER_HOLDS_OID(iter)) {
        return false;
    }

    memcpy(id->bytes, bson_iter_oid(iter)->bytes, sizeof(id->bytes));

    return true;
}


bool
inv_bson_get_text(inv_arena_t *arena, const bson_iter_t *iter, inv_str_t *text)
{
    uint32_t    len;
    const char *data;

    if (!BSON_ITER_HOLDS_UTF8(iter)) {
        return false;
    }

    data = bson_iter_utf8(iter, &len);

    /* drivers take any bytes; a reply with them could not be rendered */
    if (inv_utf8_length((inv_str_t){ len, data }) == SIZE_MAX) {
        return false;
    }

    if (!inv_arena_copy(arena, (inv_str_t){ len, data }, text)) {
        *text = INV_STR_ABSENT;
    }

    return true;
}


bool
inv_bson_find_integer(const bson_t *bson, const char *name, int64_t *value)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, bson, name)
           && inv_bson_get_integer(&iter, value);
}


bool
inv_bson_find_count(const bson_t *bson, const char *name, int64_t *value)
{
    return inv_bson_find_integer(bson, name, value) && *value >= 0
           && *value <= INV_STOCK_MAX;
}


bool
inv_bson_get_amount(const bson_iter_t *iter, int64_t *value)
{
    return inv_bson_get_integer(iter, value) && *value >= -INV_STOCK_MAX
           && *value <= INV_STOCK_MAX;
}


bool
inv_bson_find_amount(const bson_t *bson, const char *name, int64_t *value)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, bson, name)
           && inv_bson_get_amount(&iter, value);
}


bool
inv_bson_is_broken(const bson_iter_t *iter)
{
    return iter->err_off != 0;
}


bool
inv_bson_view(const bson_iter_t *iter, bson_t *view)
{
    uint32_t       len;
    const uint8_t *data;

    if (BSON_ITER_HOLDS_DOCUMENT(iter)) {
        bson_iter_document(iter, &len, &data);

    } else if (BSON_ITER_HOLDS_ARRAY(iter)) {
        bson_iter_array(iter, &len, &data);

    } else {
        return false;
    }

    return bson_init_static(view, data, len);
}


bool
inv_bson_is_whole(const bson_t *bson)
{
    bson_iter_t iter;

    if (!bson_iter_init(&iter, bson)) {
        return false;
    }

    while (bson_iter_next(&iter)) { /* void */
    }

    return !inv_bson_is_broken(&iter);
}


bool
inv_bson_get_elements(const bson_iter_t *iter, bson_iter_t *elements)
{
    bson_t array;

    return BSON_ITER_HOLDS_ARRAY(iter) && inv_bson_view(iter, &array)
           && inv_bson_is_whole(&array) && bson_iter_recurse(iter, elements);
}


bool
inv_bson_find_elements(const bson_t *bson, const char *name,
                       bson_iter_t *elements)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, bson, name)
           && inv_bson_get_elements(&iter, elements);
}


void
inv_bson_push_member(bson_t *array, const char *name, const bson_t *value)
{
    char        digits[16];
    bson_t      document;
    const char *key;

    bson_uint32_to_string(bson_count_keys(array), &key, digits, sizeof(digits));

    bson_append_document_begin(array, key, -1, &document);
    bson_append_document(&document, name, -1, value);
    bson_append_document_end(array, &document);
}
