
/*
 * Damage to documents; see store_mutate.h.
 */


#include <math.h>
#include <stdlib.h>

#include "store_mutate.h"


/* Deeper and longer than what this service writes. */
#define MUTATE_DEPTH 100
#define MUTATE_TEXT  70000

#define MUTATE_COUNT(array) (sizeof(array) / sizeof((array)[0]))


uint32_t
mutate_draw(mutate_random_t *random, uint32_t n)
{
    random->state = random->state * UINT64_C(6364136223846793005)
                    + UINT64_C(1442695040888963407);

    return (uint32_t) (random->state >> 33) % n;
}


static size_t
mutate_count(const bson_t *document)
{
    bson_t      nested;
    size_t      n;
    bson_iter_t iter;

    n = 0;

    for (bson_iter_init(&iter, document); bson_iter_next(&iter); n++) {
        if (inv_bson_view(&iter, &nested)) {
            n += mutate_count(&nested);
        }
    }

    return n;
}


static void
mutate_integer(mutate_random_t *random, bson_t *to, const char *key)
{
    static const int64_t extremes[] = { INT64_MIN,
                                        INT64_MIN + 1,
                                        INT64_MAX,
                                        INT64_MAX - 1,
                                        INV_STOCK_MAX,
                                        -INV_STOCK_MAX,
                                        INT32_MIN,
                                        INT32_MAX,
                                        INV_STOCK_MAX + 1,
                                        -1,
                                        0,
                                        1,
                                        2,
                                        100,
                                        UINT32_MAX,
                                        512,
                                        513,
                                        600,
                                        INV_TIME_MIN - 1,
                                        INV_TIME_MAX + 1 };

    bson_append_int64(to, key, -1,
                      extremes[mutate_draw(random, MUTATE_COUNT(extremes))]);
}


static void
mutate_double(mutate_random_t *random, bson_t *to, const char *key)
{
    static const double extremes[] = {
        NAN,    INFINITY, -INFINITY,          1e308, -1e308, 1e-320, -0.0, 1.5,
        9.3e18, -9.3e18,  9007199254740993.0, 3.0
    };

    bson_append_double(to, key, -1,
                       extremes[mutate_draw(random, MUTATE_COUNT(extremes))]);
}


static void
mutate_decimal(mutate_random_t *random, bson_t *to, const char *key)
{
    bson_decimal128_t decimal;

    static const char *const extremes[] = {
        "NaN",
        "Infinity",
        "-Infinity",
        "1E+6144",
        "-1E-6143",
        "0E-6176",
        "9999999999999999999999999999999999",
        "-0",
        "7",
        "-3.5"
    };

    bson_decimal128_from_string(
        extremes[mutate_draw(random, MUTATE_COUNT(extremes))], &decimal);
    bson_append_decimal128(to, key, -1, &decimal);
}


static void
mutate_text(mutate_random_t *random, bson_t *to, const char *key)
{
    char *large;

    static const inv_str_t extremes[] = { inv_str(""),
                                          inv_str("\xff"),
                                          inv_str("\xed\xa0\x80"),
                                          inv_str("\xc0\x80"),
                                          inv_str("a\0b"),
                                          inv_str("\xf0\x9f\x98"),
                                          inv_str("purchase"),
                                          inv_str("reconcile"),
                                          inv_str("$stock"),
                                          inv_str("\x01\x02\"\\"),
                                          inv_str("9") };

    if (mutate_draw(random, 50) != 0) {
        inv_bson_put_text(
            to, key, extremes[mutate_draw(random, MUTATE_COUNT(extremes))]);
        return;
    }

    large = malloc(MUTATE_TEXT);
    memset(large, 'x', MUTATE_TEXT);
    inv_bson_put_text(to, key, (inv_str_t){ MUTATE_TEXT, large });
    free(large);
}


static void
mutate_date(mutate_random_t *random, bson_t *to, const char *key)
{
    static const int64_t extremes[] = {
        INT64_MIN, INT64_MAX, INV_TIME_MIN - 1, INV_TIME_MAX + 1, 0, -1
    };

    bson_append_date_time(
        to, key, -1, extremes[mutate_draw(random, MUTATE_COUNT(extremes))]);
}


static void
mutate_nested(mutate_random_t *random, bson_t *to, const char *key)
{
    bson_t   document, inner;
    unsigned i;

    bson_init(&document);

    for (i = mutate_draw(random, MUTATE_DEPTH); i > 0; i--) {
        bson_init(&inner);
        bson_append_document(&inner, "d", -1, &document);
        bson_destroy(&document);
        bson_steal(&document, &inner);
    }

    bson_append_document(to, key, -1, &document);
    bson_destroy(&document);
}


static void
mutate_array(mutate_random_t *random, bson_t *to, const char *key)
{
    char        digits[16];
    bson_t      array;
    uint32_t    i, n;
    const char *name;

    n = mutate_draw(random, 10) == 0 ? 2000 : mutate_draw(random, 3);

    bson_append_array_begin(to, key, -1, &array);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string(i, &name, digits, sizeof(digits));
        mutate_integer(random, &array, name);
    }

    bson_append_array_end(to, &array);
}


static void
mutate_other(mutate_random_t *random, bson_t *to, const char *key)
{
    switch (mutate_draw(random, 8)) {

    case 0:
        bson_append_null(to, key, -1);
        return;

    case 1:
        bson_append_undefined(to, key, -1);
        return;

    case 2:
        bson_append_bool(to, key, -1, true);
        return;

    case 3:
        bson_append_oid(to, key, -1, &(bson_oid_t){ { 1 } });
        return;

    case 4:
        bson_append_binary(to, key, -1, BSON_SUBTYPE_BINARY,
                           (const uint8_t *) "\0\xff", 2);
        return;

    case 5:
        bson_append_timestamp(to, key, -1, UINT32_MAX, UINT32_MAX);
        return;

    case 6:
        bson_append_regex(to, key, -1, "(", "i");
        return;

    default:
        bson_append_maxkey(to, key, -1);
    }
}


/* What stands in the element's place; perhaps nothing, perhaps it twice. */
static void
mutate_put(mutate_random_t *random, bson_t *to, const char *key,
           const bson_iter_t *iter)
{
    switch (mutate_draw(random, 12)) {

    case 0:
    case 1:
    case 2:
        mutate_integer(random, to, key);
        return;

    case 3:
        mutate_double(random, to, key);
        return;

    case 4:
        mutate_decimal(random, to, key);
        return;

    case 5:
        mutate_text(random, to, key);
        return;

    case 6:
        mutate_date(random, to, key);
        return;

    case 7:
        mutate_nested(random, to, key);
        return;

    case 8:
        mutate_array(random, to, key);
        return;

    case 9:
        mutate_other(random, to, key);
        return;

    case 10:
        bson_append_iter(to, key, -1, iter);
        bson_append_iter(to, mutate_draw(random, 2) ? key : "\xff", -1, iter);
        return;

    default:
        /* it is missing */
        return;
    }
}


/*
 * Copies all elements; the one that *left counts down to is damaged.  Those of
 * an array are numbered anew.
 */
static void
mutate_copy(mutate_random_t *random, bson_t *to, const bson_t *from, bool array,
            size_t *left)
{
    char        digits[16];
    bson_t      nested, copy;
    const char *key;
    bson_iter_t iter;

    for (bson_iter_init(&iter, from); bson_iter_next(&iter); /* void */) {
        key = bson_iter_key(&iter);

        if (array) {
            bson_uint32_to_string(bson_count_keys(to), &key, digits,
                                  sizeof(digits));
        }

        if ((*left)-- == 0) {
            mutate_put(random, to, key, &iter);

        } else if (!inv_bson_view(&iter, &nested)) {
            bson_append_iter(to, key, -1, &iter);

        } else {
            bson_init(&copy);
            mutate_copy(random, &copy, &nested, BSON_ITER_HOLDS_ARRAY(&iter),
                        left);

            if (BSON_ITER_HOLDS_ARRAY(&iter)) {
                bson_append_array(to, key, -1, &copy);
            } else {
                bson_append_document(to, key, -1, &copy);
            }

            bson_destroy(&copy);
        }
    }
}


bson_t *
mutate_element(mutate_random_t *random, const bson_t *document)
{
    bson_t *copy = bson_new();
    size_t  left;

    /* of an empty one, nothing */
    left = mutate_draw(random, (uint32_t) mutate_count(document) + 1);
    mutate_copy(random, copy, document, false, &left);

    return copy;
}


bson_t *
mutate_byte(mutate_random_t *random, const bson_t *document)
{
    bson_t  *copy;
    uint8_t *bytes;

    bytes = malloc(document->len);
    memcpy(bytes, bson_get_data(document), document->len);

    /* length and end as they are, which the driver looks at */
    bytes[4 + mutate_draw(random, document->len - 5)] =
        (uint8_t) mutate_draw(random, 256);

    copy = bson_new_from_data(bytes, document->len);
    free(bytes);

    return copy;
}
