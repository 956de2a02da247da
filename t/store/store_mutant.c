
/*
 * Replies that a server would not give; see store_mutant.h.
 */


#include <math.h>
#include <stdlib.h>

#include "store_mutant.h"


#define COUNT(of) (sizeof(of) / sizeof((of)[0]))

/* Deeper than any reader of ours looks. */
#define MUTANT_DEPTH 40

static const char *const mutant_labels[] = { "NoWritesPerformed",
                                             "SystemOverloadedError",
                                             "RetryableError",
                                             "RetryableWriteError",
                                             "TransientTransactionError",
                                             "",
                                             "?" };

/* None at which the driver looks for another server: that takes its time. */
static const int32_t mutant_codes[] = {
    0,   1,     2,     11,    13,     20,        26,       48,  50,
    64,  72,    112,   121,   134,    211,       262,      365, 371,
    391, 462,   8000,  9001,  -1,     6,         7,        4,   85,
    86,  10334, 11000, 11601, 123456, INT32_MAX, INT32_MIN
};

static const int64_t mutant_integers[] = { 0,
                                           1,
                                           -1,
                                           2,
                                           512,
                                           INT32_MAX,
                                           INT32_MIN,
                                           INT64_MAX,
                                           INT64_MIN,
                                           1LL << 32,
                                           (1LL << 32) + 11000,
                                           (1LL << 53) + 1,
                                           1000000000000LL,
                                           -1000000000000LL };

static const char *const mutant_decimals[] = {
    "NaN",     "Infinity", "-Infinity",           "-0",
    "1E+6144", "1E-6176",  "9223372036854775807", "9223372036854775808",
    "0.0001",  "12.5"
};

static const char *const mutant_texts[] = { "",
                                            "x",
                                            "\xff\xfe",
                                            "\xc0\x80",
                                            "$literal",
                                            "E11000",
                                            "purchase",
                                            "0123456789abcdef01234567",
                                            "deadlock detected",
                                            "%s%n" };

static uint64_t mutant_state;


void
mutant_seed(uint64_t seed)
{
    mutant_state = seed;
}


/* SplitMix64 (Steele, Lea, Flood: Fast splittable generators, 2014). */
uint32_t
mutant_draw(uint32_t n)
{
    uint64_t z;

    mutant_state += UINT64_C(0x9e3779b97f4a7c15);
    z = mutant_state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;

    return (uint32_t) ((z >> 32) * n >> 32);
}


static void
mutant_put_number(bson_t *to, const char *key)
{
    bson_decimal128_t decimal;

    static const double doubles[] = { NAN, INFINITY, -INFINITY, -0.0, 1e300,
                                      0.5, 9.3e18,   -9.3e18,   1,    1e-320 };

    switch (mutant_draw(4)) {

    case 0:
        bson_append_int32(to, key, -1,
                          mutant_codes[mutant_draw(COUNT(mutant_codes))]);
        break;

    case 1:
        bson_append_double(to, key, -1, doubles[mutant_draw(COUNT(doubles))]);
        break;

    case 2:
        bson_decimal128_from_string(
            mutant_decimals[mutant_draw(COUNT(mutant_decimals))], &decimal);
        bson_append_decimal128(to, key, -1, &decimal);
        break;

    default:
        bson_append_int64(to, key, -1,
                          mutant_integers[mutant_draw(COUNT(mutant_integers))]);
    }
}


/* A document or an array of itself, and so on. */
static void
mutant_put_nested(bson_t *to, const char *key, unsigned depth)
{
    bson_t child;

    if (depth == 0) {
        bson_append_int32(to, key, -1, 1);

    } else if (mutant_draw(2) == 0) {
        bson_append_document_begin(to, key, -1, &child);
        mutant_put_nested(&child, key, depth - 1);
        bson_append_document_end(to, &child);

    } else {
        bson_append_array_begin(to, key, -1, &child);
        mutant_put_nested(&child, "0", depth - 1);
        bson_append_array_end(to, &child);
    }
}


static void
mutant_put_text(bson_t *to, const char *key)
{
    const char *text;

    text = mutant_texts[mutant_draw(COUNT(mutant_texts))];

    switch (mutant_draw(4)) {

    case 0:
        bson_append_utf8(to, key, -1, "a\0b", 3);
        break;

    case 1:
        bson_append_symbol(to, key, -1, text, -1);
        break;

    case 2:
        bson_append_code(to, key, -1, "x");
        break;

    default:
        bson_append_utf8(to, key, -1, text, -1);
    }
}


static void
mutant_put_value(bson_t *to, const char *key)
{
    bson_oid_t oid;

    bson_oid_init_from_string(&oid, "0123456789abcdef01234567");

    switch (mutant_draw(12)) {

    case 0:
        bson_append_bool(to, key, -1, mutant_draw(2) == 0);
        break;

    case 1:
        bson_append_null(to, key, -1);
        break;

    case 2:
        bson_append_oid(to, key, -1, &oid);
        break;

    case 3:
        bson_append_date_time(
            to, key, -1, mutant_integers[mutant_draw(COUNT(mutant_integers))]);
        break;

    case 4:
        bson_append_binary(to, key, -1, BSON_SUBTYPE_BINARY,
                           (const uint8_t *) "0123456789abcdef0123456789abcdef",
                           mutant_draw(33));
        break;

    case 5:
        bson_append_timestamp(to, key, -1, UINT32_MAX, UINT32_MAX);
        break;

    case 6:
        bson_append_regex(to, key, -1, "(", "x");
        break;

    case 7:
        bson_append_minkey(to, key, -1);
        break;

    case 8:
        mutant_put_nested(to, key, 1 + mutant_draw(MUTANT_DEPTH));
        break;

    case 9:
        mutant_put_text(to, key);
        break;

    default:
        mutant_put_number(to, key);
    }
}


/* The members at this and below it. */
static uint32_t
mutant_count(const bson_t *of)
{
    bson_t      child;
    uint32_t    n;
    bson_iter_t iter;

    n = 0;

    if (bson_iter_init(&iter, of)) {
        while (bson_iter_next(&iter)) {
            n++;

            if (inv_bson_view(&iter, &child)) {
                n += mutant_count(&child);
            }
        }
    }

    return n;
}


/* One member that is not as it was.  False: nor are those behind it there. */
static bool
mutant_put_changed(bson_t *to, const bson_iter_t *from)
{
    const char *key;

    key = bson_iter_key(from);

    switch (mutant_draw(8)) {

    case 0:
        return true;

    case 1:
        return false;

    case 2:
        bson_append_iter(to, "other", -1, from);
        return true;

    case 3:
        bson_append_iter(to, key, -1, from);
        mutant_put_value(to, key);
        return true;

    case 4:
        bson_append_iter(to, key, -1, from);
        bson_append_iter(to, key, -1, from);
        return true;

    default:
        mutant_put_value(to, key);
        return true;
    }
}


/* Copies the members but for the one that is left members away. */
static void
mutant_copy(bson_t *to, const bson_t *from, uint32_t *left)
{
    bson_t      child, copy;
    bson_iter_t iter;

    if (!bson_iter_init(&iter, from)) {
        return;
    }

    while (bson_iter_next(&iter)) {
        if ((*left)-- == 0) {
            if (!mutant_put_changed(to, &iter)) {
                return;
            }

            continue;
        }

        if (!inv_bson_view(&iter, &child)) {
            bson_append_iter(to, NULL, 0, &iter);
            continue;
        }

        if (BSON_ITER_HOLDS_ARRAY(&iter)) {
            bson_append_array_begin(to, bson_iter_key(&iter), -1, &copy);
            mutant_copy(&copy, &child, left);
            bson_append_array_end(to, &copy);

        } else {
            bson_append_document_begin(to, bson_iter_key(&iter), -1, &copy);
            mutant_copy(&copy, &child, left);
            bson_append_document_end(to, &copy);
        }
    }
}


static void
mutant_put_labels(bson_t *to)
{
    char        digits[16];
    bson_t      labels;
    uint32_t    i, n;
    const char *key;

    if (mutant_draw(4) == 0) {
        mutant_put_value(to, "errorLabels");
        return;
    }

    bson_append_array_begin(to, "errorLabels", -1, &labels);
    n = mutant_draw(4);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string(i, &key, digits, sizeof(digits));

        if (mutant_draw(5) == 0) {
            mutant_put_value(&labels, key);
        } else {
            bson_append_utf8(&labels, key, -1,
                             mutant_labels[mutant_draw(COUNT(mutant_labels))],
                             -1);
        }
    }

    bson_append_array_end(to, &labels);
}


/* {code, errmsg, index, errorLabels}, most of them sound. */
static void
mutant_put_error(bson_t *to)
{
    if (mutant_draw(5) == 0) {
        mutant_put_value(to, "code");
    } else {
        bson_append_int32(to, "code", -1,
                          mutant_codes[mutant_draw(COUNT(mutant_codes))]);
    }

    if (mutant_draw(3) == 0) {
        mutant_put_value(to, "errmsg");
    } else {
        bson_append_utf8(to, "errmsg", -1, "said by the test", -1);
    }

    if (mutant_draw(4) == 0) {
        mutant_put_value(to, "index");
    } else {
        bson_append_int32(to, "index", -1, (int32_t) mutant_draw(3));
    }

    if (mutant_draw(2) == 0) {
        mutant_put_labels(to);
    }
}


/* Errors beside what the reply says, or in its place. */
static void
mutant_put_errors(bson_t *to)
{
    bson_t errors, error;

    switch (mutant_draw(4)) {

    case 0:
        mutant_put_value(to,
                         mutant_draw(2) ? "writeErrors" : "writeConcernError");
        break;

    case 1:
        bson_append_document_begin(to, "writeConcernError", -1, &error);
        mutant_put_error(&error);
        bson_append_document_end(to, &error);
        break;

    case 2:
        bson_append_array_begin(to, "writeErrors", -1, &errors);
        bson_append_document_begin(&errors, "0", -1, &error);
        mutant_put_error(&error);
        bson_append_document_end(&errors, &error);
        mutant_put_value(&errors, "1");
        bson_append_array_end(to, &errors);
        break;

    default:
        mutant_put_error(to);
    }
}


/* Some of its bytes are others. */
static bson_t *
mutant_broken(const bson_t *reply)
{
    bson_t  *broken;
    uint8_t *bytes;
    uint32_t i;

    bytes = malloc(reply->len);
    assert_non_null(bytes);
    memcpy(bytes, bson_get_data(reply), reply->len);

    for (i = 1 + mutant_draw(3); i > 0 && reply->len > 5; i--) {
        bytes[4 + mutant_draw(reply->len - 5)] = (uint8_t) mutant_draw(256);
    }

    broken = bson_new_from_data(bytes, reply->len);
    assert_non_null(broken);
    free(bytes);

    return broken;
}


bson_t *
mutant_of(const bson_t *reply)
{
    bson_t  *made, *broken;
    uint32_t left;

    made = bson_new();

    if (mutant_draw(6) == 0) {
        bson_append_int32(made, "ok", -1, 0);
        mutant_put_errors(made);
        mutant_put_error(made);
        return made;
    }

    left = mutant_draw(mutant_count(reply) + 1);
    mutant_copy(made, reply, &left);

    if (mutant_draw(5) == 0) {
        mutant_put_errors(made);
    }

    if (mutant_draw(8) != 0) {
        return made;
    }

    broken = mutant_broken(made);
    bson_destroy(made);

    return broken;
}
