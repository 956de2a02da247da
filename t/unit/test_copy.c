
/*
 * Copies as they stand in Redis: written, read back, refused when anything is
 * wrong with them, and judged.
 */

/* link: src/cache/inv_copy.c */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../src/cache/inv_copy.h"


#define NOW     INT64_C(1700000000000)
#define LONGEST 60000
#define OURS    UINT64_C(0x00ff00ff00ff00ff)
#define OTHERS  UINT64_C(0xfedcba9876543210)


static const char good[] =
    "inv2 000102030405060708090a0b 0000000000000000017 0000001699999970000 "
    "0000001700000030000 "
    "fedcba9876543210 0000011\n{\"stock\":1}";


static inv_oid_t
product(void)
{
    unsigned char i;
    inv_oid_t     id;

    for (i = 0; i < sizeof(id.bytes); i++) {
        id.bytes[i] = i;
    }

    return id;
}


static inv_copy_t
sample(void)
{
    inv_copy_t copy;

    copy.id = product();
    copy.version = 17;
    copy.made = NOW + 30000 - LONGEST;
    copy.deadline = NOW + 30000;
    copy.origin = OTHERS;
    copy.body = inv_str("{\"stock\":1}");

    return copy;
}


static void
test_written_as_documented(void **state)
{
    char       out[sizeof(good)];
    inv_copy_t copy;

    copy = sample();
    out[sizeof(good) - 1] = '\0';

    assert_int_equal(inv_copy_size(&copy), sizeof(good) - 1);
    inv_copy_write(&copy, out);
    assert_string_equal(out, good);
    assert_int_equal(strchr(good, '\n') + 1 - good, INV_COPY_HEAD);
}


static void
test_read_back(void **state)
{
    inv_copy_t copy;

    assert_true(inv_copy_read(inv_str(good), &copy));
    assert_true(inv_oid_eq(copy.id, product()));
    assert_int_equal(copy.version, 17);
    assert_int_equal(copy.made, NOW + 30000 - LONGEST);
    assert_int_equal(copy.deadline, NOW + 30000);
    assert_true(copy.origin == OTHERS);
    assert_true(inv_str_eq(copy.body, inv_str("{\"stock\":1}")));
}


static void
test_extremes_read_back(void **state)
{
    char      *out;
    inv_str_t  value;
    inv_copy_t copy, again;

    copy = sample();
    copy.version = INT64_MAX;
    copy.made = INT64_MAX;
    copy.deadline = INT64_MAX;
    copy.origin = UINT64_MAX;
    copy.body.len = INV_COPY_BODY_MAX;
    copy.body.data = test_calloc(1, INV_COPY_BODY_MAX);

    out = test_malloc(inv_copy_size(&copy));
    inv_copy_write(&copy, out);

    value.data = out;
    value.len = inv_copy_size(&copy);

    assert_true(inv_copy_read(value, &again));
    assert_int_equal(again.version, INT64_MAX);
    assert_int_equal(again.made, INT64_MAX);
    assert_int_equal(again.deadline, INT64_MAX);
    assert_true(again.origin == UINT64_MAX);
    assert_true(inv_str_eq(again.body, copy.body));

    test_free((char *) copy.body.data);
    test_free(out);
}


static void
test_marker(void **state)
{
    char       out[INV_COPY_HEAD];
    inv_str_t  value;
    inv_copy_t copy;

    copy = sample();
    copy.body = INV_STR_ABSENT;
    assert_int_equal(inv_copy_size(&copy), INV_COPY_HEAD);
    inv_copy_write(&copy, out);

    value.data = out;
    value.len = sizeof(out);
    assert_true(inv_copy_read(value, &copy));
    assert_int_equal(copy.version, 17);
    assert_int_equal(copy.body.len, 0);
}


/* Every prefix, also of the body, and one byte too many. */
static void
test_wrong_lengths(void **state)
{
    char      *exact;
    size_t     len;
    inv_str_t  value;
    inv_copy_t copy;

    for (len = 0; len <= sizeof(good); len++) {
        exact = test_malloc(len + 1);
        memcpy(exact, good, len);

        value.data = exact;
        value.len = len;
        assert_int_equal(inv_copy_read(value, &copy), len == sizeof(good) - 1);

        test_free(exact);
    }
}


/* No byte of the head may be any other than what its place allows. */
static void
test_wrong_bytes(void **state)
{
    char       value[sizeof(good)];
    int        byte;
    bool       accepted;
    size_t     i;
    inv_copy_t copy;

    for (i = 0; i < INV_COPY_HEAD; i++) {
        for (byte = 0; byte < 256; byte++) {
            memcpy(value, good, sizeof(good));
            value[i] = (char) byte;

            accepted =
                inv_copy_read((inv_str_t){ sizeof(good) - 1, value }, &copy);

            if (good[i] == value[i]) {
                assert_true(accepted);

            } else if (good[i] == ' ' || good[i] == '\n' || i < 5
                       || strchr("0123456789abcdef", byte) == NULL)
            {
                assert_false(accepted);
            }
        }
    }
}


static void
test_wrong_values(void **state)
{
    size_t     i;
    inv_copy_t copy;

    static const char *const values[] = {
        /* version 0 */
        "inv2 000102030405060708090a0b 0000000000000000000 "
        "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
        /* above INT64_MAX */
        "inv2 000102030405060708090a0b 9223372036854775808 "
        "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
        "inv2 000102030405060708090a0b 0000000000000000017 "
        "0000001699999970000 9999999999999999999 fedcba9876543210 0000001\nx",
        "inv2 000102030405060708090a0b 0000000000000000017 "
        "9999999999999999999 0000001700000030000 fedcba9876543210 0000001\nx",
        /* a length above the bound */
        "inv2 000102030405060708090a0b 0000000000000000017 "
        "0000001699999970000 0000001700000030000 fedcba9876543210 9999999\nx",
        /* a sign, upper case, another format, another length */
        "inv2 000102030405060708090a0b -000000000000000017 "
        "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
        "inv2 000102030405060708090A0B 0000000000000000017 "
        "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
        "inv3 000102030405060708090a0b 0000000000000000017 "
        "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
        "inv2 000102030405060708090a0b 0000000000000000017 "
        "0000001699999970000 0000001700000030000 fedcba9876543210 0000002\nx",
    };

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_false(
            inv_copy_read((inv_str_t){ strlen(values[i]), values[i] }, &copy));
    }
}


static inv_copy_rule_t
usual(void)
{
    inv_copy_rule_t rule;

    rule.id = product();
    rule.now = NOW;
    rule.floor = 0;
    rule.longest_ms = LONGEST;
    rule.origin = OURS;
    rule.trusts_own = true;
    rule.trusts_other = true;

    return rule;
}


static void
test_judged_good(void **state)
{
    inv_copy_t      copy;
    inv_copy_rule_t rule;

    copy = sample();
    rule = usual();
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_GOOD);

    rule.floor = copy.version;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_GOOD);
}


static void
test_judged_by_id_and_body(void **state)
{
    inv_copy_t      copy;
    inv_copy_rule_t rule;

    copy = sample();
    rule = usual();
    rule.id.bytes[11] ^= 1;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_OTHER);

    rule = usual();
    copy.body.len = 0;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_MARKER);
}


static void
test_judged_by_floor_and_time(void **state)
{
    inv_copy_t      copy;
    inv_copy_rule_t rule;

    copy = sample();
    rule = usual();

    rule.floor = copy.version + 1;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_STALE);

    rule = usual();
    rule.now = copy.deadline - 1;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_GOOD);
    rule.now = copy.deadline;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_LATE);

    rule.now = copy.deadline - LONGEST;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_GOOD);
    rule.now = copy.deadline - LONGEST - 1;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_TOO_LONG);

    copy.made = INT64_MAX;
    copy.deadline = INT64_MAX;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_TOO_LONG);
}


/* Another node's lifetimes are longer: floors here are not made for that. */
static void
test_judged_by_the_lifetimes_of_here(void **state)
{
    inv_copy_t      copy;
    inv_copy_rule_t rule;

    copy = sample();
    copy.deadline = copy.made + 10 * LONGEST;
    assert_int_equal(inv_copy_end(&copy, LONGEST), copy.made + LONGEST);

    rule = usual();
    rule.now = copy.made + LONGEST - 1;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_GOOD);
    rule.now = copy.made + LONGEST;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_LATE);
    rule.now = copy.deadline - 1;
    assert_int_equal(inv_copy_judge(&copy, &rule), INV_COPY_LATE);

    copy.made = 0;
    assert_int_equal(inv_copy_end(&copy, LONGEST), LONGEST);
}


static void
test_judged_by_origin(void **state)
{
    unsigned        own, other, ours;
    bool            trusted;
    inv_copy_t      copy;
    inv_copy_rule_t rule;

    copy = sample();
    rule = usual();

    for (own = 0; own < 2; own++) {
        for (other = 0; other < 2; other++) {
            for (ours = 0; ours < 2; ours++) {
                rule.trusts_own = own;
                rule.trusts_other = other;
                copy.origin = ours ? OURS : OTHERS;
                trusted = ours ? own : other;

                assert_int_equal(inv_copy_judge(&copy, &rule),
                                 trusted ? INV_COPY_GOOD : INV_COPY_UNTRUSTED);
            }
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_as_documented),
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_extremes_read_back),
        cmocka_unit_test(test_marker),
        cmocka_unit_test(test_wrong_lengths),
        cmocka_unit_test(test_wrong_bytes),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_judged_good),
        cmocka_unit_test(test_judged_by_id_and_body),
        cmocka_unit_test(test_judged_by_floor_and_time),
        cmocka_unit_test(test_judged_by_the_lifetimes_of_here),
        cmocka_unit_test(test_judged_by_origin),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
