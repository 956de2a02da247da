
/*
 * Unit test of exact numbers: text to scaled integer and back.
 */


#include "../../src/base/inv_limits.h"
#include "../../src/json/inv_json.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>


typedef struct {
    const char         *text;
    unsigned            scale;
    unsigned            digits_max;
    inv_number_result_t result;
    int64_t             value;
} test_case_t;


static inv_str_t
test_text(const char *text)
{
    return (inv_str_t){ strlen(text), text };
}


/* Reads out of a block of exactly its size. */
static inv_number_result_t
test_scaled(inv_str_t text, unsigned scale, unsigned digits_max, int64_t *value)
{
    char               *exact;
    inv_number_result_t result;

    exact = malloc(text.len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, text.data, text.len);

    result = inv_json_scaled((inv_str_t){ text.len, exact + 1 }, scale,
                             digits_max, value);
    free(exact);

    return result;
}


static void
test_cases(const test_case_t *cases, size_t n)
{
    size_t              i;
    int64_t             value;
    inv_number_result_t result;

    for (i = 0; i < n; i++) {
        value = -12345;
        result = test_scaled(test_text(cases[i].text), cases[i].scale,
                             cases[i].digits_max, &value);

        if (result != cases[i].result
            || (result == INV_NUMBER_OK && value != cases[i].value))
        {
            fail_msg("%s at scale %u: %d, %" PRId64, cases[i].text,
                     cases[i].scale, (int) result, value);
        }
    }
}

#define TEST_CASES(cases) test_cases(cases, sizeof(cases) / sizeof(cases[0]))


static void
test_integers(void **state)
{
    static const test_case_t cases[] = {
        { "0", 0, 0, INV_NUMBER_OK, 0 },
        { "-0", 0, 0, INV_NUMBER_OK, 0 },
        { "0.0", 0, 0, INV_NUMBER_OK, 0 },
        { "-0.000e7", 0, 0, INV_NUMBER_OK, 0 },
        { "5", 0, 0, INV_NUMBER_OK, 5 },
        { "-5", 0, 0, INV_NUMBER_OK, -5 },
        { "5.0", 0, 0, INV_NUMBER_OK, 5 },
        { "5e0", 0, 0, INV_NUMBER_OK, 5 },
        { "5E+0", 0, 0, INV_NUMBER_OK, 5 },
        { "5e-0", 0, 0, INV_NUMBER_OK, 5 },
        { "50e-1", 0, 0, INV_NUMBER_OK, 5 },
        { "0.5e1", 0, 0, INV_NUMBER_OK, 5 },
        { "0.005e3", 0, 0, INV_NUMBER_OK, 5 },
        { "5000000e-6", 0, 0, INV_NUMBER_OK, 5 },
        { "5e00000000000000000000000000001", 0, 0, INV_NUMBER_OK, 50 },
        { "1.20e1", 0, 0, INV_NUMBER_OK, 12 },
        { "1.234e3", 0, 0, INV_NUMBER_OK, 1234 },
        { "100.200e2", 0, 0, INV_NUMBER_OK, 10020 },
        { "1.5", 0, 0, INV_NUMBER_FRACTION, 0 },
        { "-1.5", 0, 0, INV_NUMBER_FRACTION, 0 },
        { "5e-1", 0, 0, INV_NUMBER_FRACTION, 0 },
        { "0.000000000000000000000000001", 0, 0, INV_NUMBER_FRACTION, 0 },
        { "9007199254740991", 0, 0, INV_NUMBER_OK, INV_STOCK_MAX },
        { "9007199254740993", 0, 0, INV_NUMBER_OK, INV_STOCK_MAX + 2 },
        { "9223372036854775807", 0, 0, INV_NUMBER_OK, INT64_MAX },
        { "-9223372036854775808", 0, 0, INV_NUMBER_OK, INT64_MIN },
        { "9223372036854775808", 0, 0, INV_NUMBER_RANGE, 0 },
        { "-9223372036854775809", 0, 0, INV_NUMBER_RANGE, 0 },
        { "9.223372036854775807e18", 0, 0, INV_NUMBER_OK, INT64_MAX },
        { "18446744073709551616", 0, 0, INV_NUMBER_RANGE, 0 },
        { "18446744073709551621", 0, 0, INV_NUMBER_RANGE, 0 },
        { "1e18", 0, 0, INV_NUMBER_OK, INT64_C(1000000000000000000) },
        { "9e18", 0, 0, INV_NUMBER_OK, INT64_C(9000000000000000000) },
        { "-9e18", 0, 0, INV_NUMBER_OK, INT64_C(-9000000000000000000) },
        { "10e18", 0, 0, INV_NUMBER_RANGE, 0 },
        { "1e19", 0, 0, INV_NUMBER_RANGE, 0 },
    };

    TEST_CASES(cases);
}


static void
test_exponents_are_safe(void **state)
{
    static const test_case_t cases[] = {
        { "1e400000000000", 4, 14, INV_NUMBER_RANGE, 0 },
        { "-1e400000000000", 4, 14, INV_NUMBER_RANGE, 0 },
        { "1e-400000000000", 4, 14, INV_NUMBER_FRACTION, 0 },
        { "0e400000000000", 4, 14, INV_NUMBER_OK, 0 },
        { "0e-400000000000", 4, 14, INV_NUMBER_OK, 0 },
        { "1e9223372036854775807", 0, 0, INV_NUMBER_RANGE, 0 },
        { "1e-9223372036854775808", 0, 0, INV_NUMBER_FRACTION, 0 },
        { "1e99999999999999999999999999", 9, 0, INV_NUMBER_RANGE, 0 },
        { "1e-99999999999999999999999999", 9, 0, INV_NUMBER_FRACTION, 0 },
        { "0.1e-99999999999999999999999999", 9, 0, INV_NUMBER_FRACTION, 0 },
        { "10e99999999999999999999999999", 9, 0, INV_NUMBER_RANGE, 0 },
    };

    TEST_CASES(cases);
}


static void
test_prices(void **state)
{
    static const test_case_t cases[] = {
        { "19.99", 4, 14, INV_NUMBER_OK, 199900 },
        { "19.990000000000000000000", 4, 14, INV_NUMBER_OK, 199900 },
        { "1999e-2", 4, 14, INV_NUMBER_OK, 199900 },
        { "0.0001", 4, 14, INV_NUMBER_OK, 1 },
        { "0.00010", 4, 14, INV_NUMBER_OK, 1 },
        { "0.00001", 4, 14, INV_NUMBER_FRACTION, 0 },
        { "1e-4", 4, 14, INV_NUMBER_OK, 1 },
        { "1e-5", 4, 14, INV_NUMBER_FRACTION, 0 },
        { "-1.5", 4, 14, INV_NUMBER_OK, -15000 },
        { "9999999999.9999", 4, 14, INV_NUMBER_OK, INT64_C(99999999999999) },
        { "99999999999999", 4, 14, INV_NUMBER_OK, INT64_C(999999999999990000) },
        { "999999999999999", 4, 14, INV_NUMBER_DIGITS, 0 },
        { "99999999999.9999", 4, 14, INV_NUMBER_DIGITS, 0 },
        { "123456789012345", 4, 14, INV_NUMBER_DIGITS, 0 },
        /* zeros at either end are not significant */
        { "100000000000000", 4, 14, INV_NUMBER_OK,
          INT64_C(1000000000000000000) },
        { "900000000000000", 4, 14, INV_NUMBER_OK,
          INT64_C(9000000000000000000) },
        { "0.0000000000000000000000000", 4, 14, INV_NUMBER_OK, 0 },
        { "0.00000000000001e14", 4, 14, INV_NUMBER_OK, 10000 },
        { "1000000000000000", 4, 14, INV_NUMBER_RANGE, 0 },
        { "12345678901234000e-3", 4, 14, INV_NUMBER_OK,
          INT64_C(123456789012340000) },
        /* zeros between digits are */
        { "100000000000001", 4, 14, INV_NUMBER_DIGITS, 0 },
        { "10000000000001", 4, 14, INV_NUMBER_OK, INT64_C(100000000000010000) },
    };

    TEST_CASES(cases);
}


static void
test_scales(void **state)
{
    static const test_case_t cases[] = {
        { "1", 9, 0, INV_NUMBER_OK, 1000000000 },
        { "0.000000001", 9, 0, INV_NUMBER_OK, 1 },
        { "0.0000000001", 9, 0, INV_NUMBER_FRACTION, 0 },
        { "9223372036.854775807", 9, 0, INV_NUMBER_OK, INT64_MAX },
        { "-9223372036.854775808", 9, 0, INV_NUMBER_OK, INT64_MIN },
        { "9223372036.854775808", 9, 0, INV_NUMBER_RANGE, 0 },
        { "9223372037", 9, 0, INV_NUMBER_RANGE, 0 },
        { "1.25", 1, 0, INV_NUMBER_FRACTION, 0 },
        { "1.25", 2, 0, INV_NUMBER_OK, 125 },
        { "1.25", 2, 3, INV_NUMBER_OK, 125 },
        { "1.25", 2, 2, INV_NUMBER_DIGITS, 0 },
        { "12", 0, 1, INV_NUMBER_DIGITS, 0 },
        { "20", 0, 1, INV_NUMBER_OK, 20 },
    };

    TEST_CASES(cases);
}


/* What a database writes for infinities must not become a price. */
static void
test_no_numbers(void **state)
{
    size_t                   i;
    int64_t                  value;
    static const char *const texts[] = {
        "",    "-",    "+1",    ".5",    "5.",  "01",       "-01", "1e",
        "1e+", "1ee1", "1.2.3", "0x1",   "NaN", "Infinity", " 1",  "1 ",
        "1,5", "--1",  "e1",    "1e1.5", "-.5", "1-",       "1e-",
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (test_scaled(test_text(texts[i]), 4, 0, &value) != INV_NUMBER_RANGE)
        {
            fail_msg("\"%s\" is taken for a number", texts[i]);
        }
    }

    assert_int_equal(test_scaled((inv_str_t){ 2, "1\0" }, 4, 0, &value),
                     INV_NUMBER_RANGE);
    assert_int_equal(inv_json_scaled(INV_STR_ABSENT, 4, 0, &value),
                     INV_NUMBER_RANGE);
}


/* A million zeros, and an exponent that takes them back. */
static void
test_long_texts(void **state)
{
    size_t      n;
    int64_t     value;
    static char text[1000100];

    n = 1000000;
    text[0] = '7';
    memset(text + 1, '0', n);
    memcpy(text + 1 + n, "e-1000000", 10);
    assert_int_equal(test_scaled(test_text(text), 0, 1, &value), INV_NUMBER_OK);
    assert_int_equal(value, 7);

    memcpy(text + 1 + n, "e-1000001", 10);
    assert_int_equal(test_scaled(test_text(text), 0, 1, &value),
                     INV_NUMBER_FRACTION);

    memcpy(text, "0.", 2);
    memcpy(text + n, "7e999999", 9);
    assert_int_equal(test_scaled(test_text(text), 4, 1, &value), INV_NUMBER_OK);
    assert_int_equal(value, 70000);
}


static void
test_write(void **state)
{
    size_t i, n;
    char   out[INV_SCALED_TEXT + 1];
    static const struct {
        int64_t     value;
        unsigned    scale;
        const char *text;
    } cases[] = {
        { 0, 0, "0" },
        { 0, 9, "0" },
        { 5, 0, "5" },
        { -5, 0, "-5" },
        { 100, 0, "100" },
        { 199900, 4, "19.99" },
        { -199900, 4, "-19.99" },
        { 10000, 4, "1" },
        { 100000, 4, "10" },
        { 1, 4, "0.0001" },
        { -1, 4, "-0.0001" },
        { 10, 4, "0.001" },
        { 5000, 4, "0.5" },
        { 99999999999999, 4, "9999999999.9999" },
        { INT64_MAX, 0, "9223372036854775807" },
        { INT64_MIN, 0, "-9223372036854775808" },
        { INT64_MAX, 9, "9223372036.854775807" },
        { INT64_MIN, 9, "-9223372036.854775808" },
        { INT64_MIN, 4, "-922337203685477.5808" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(out, '#', sizeof(out));
        n = inv_json_scaled_write(cases[i].value, cases[i].scale, out);

        assert_in_range(n, 1, INV_SCALED_TEXT);
        assert_int_equal(out[INV_SCALED_TEXT], '#');
        out[n] = '\0';
        assert_string_equal(out, cases[i].text);
    }
}


static void
test_one_round_trip(int64_t value, unsigned scale)
{
    size_t  n;
    int64_t read;
    char    out[INV_SCALED_TEXT];

    n = inv_json_scaled_write(value, scale, out);
    read = ~value;

    assert_int_equal(test_scaled((inv_str_t){ n, out }, scale, 0, &read),
                     INV_NUMBER_OK);

    if (read != value) {
        fail_msg("%" PRId64 " at scale %u comes back as %" PRId64, value, scale,
                 read);
    }
}


static void
test_round_trips(void **state)
{
    int64_t  value;
    unsigned scale, i;
    uint64_t random;

    for (value = -20000; value <= 20000; value++) {
        test_one_round_trip(value, (unsigned) (value & 7) % 5);
    }

    random = 1;

    for (i = 0; i < 200000; i++) {
        random = random * UINT64_C(6364136223846793005)
                 + UINT64_C(1442695040888963407);
        scale = i % 10;

        /* of all lengths */
        value = (int64_t) random;
        test_one_round_trip(value >> (i / 10 % 64), scale);
    }
}


/* The C library's long decimals as a second opinion. */
static void
test_against_printf(void **state)
{
    int     n;
    int64_t value, read;
    char    text[64];

    for (value = 0; value < 300000; value += 7) {
        n = snprintf(text, sizeof(text), "%" PRId64 ".%04" PRId64,
                     value / 10000, value % 10000);
        assert_int_equal(
            test_scaled((inv_str_t){ (size_t) n, text }, 4, 14, &read),
            INV_NUMBER_OK);
        assert_int_equal(read, value);

        n = snprintf(text, sizeof(text), "%" PRId64 "e-4", value);
        assert_int_equal(
            test_scaled((inv_str_t){ (size_t) n, text }, 4, 14, &read),
            INV_NUMBER_OK);
        assert_int_equal(read, value);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_exponents_are_safe),
        cmocka_unit_test(test_prices),
        cmocka_unit_test(test_scales),
        cmocka_unit_test(test_no_numbers),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_against_printf),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
