
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
#include <stdio.h>
#include <cmocka.h>

#include "../../src/cache/inv_copy.h"
#include "../../src/shared/inv_siphash.h"


#define NOW     INT64_C(1700000000000)
#define LONGEST 60000
#define OURS    UINT64_C(0x00ff00ff00ff00ff)
#define OTHERS  UINT64_C(0xfedcba9876543210)

/* What is tagged begins here; the tag stands before it and a space. */
#define TAGGED 22
#define TAG    16


static const unsigned char secret[INV_COPY_SECRET] = "0123456789abcdef";

static const char good[] =
    "inv3 fc738817c1ae70d9 000102030405060708090a0b 0000000000000000017 "
    "0000001699999970000 0000001700000030000 fedcba9876543210 "
    "0000011\n{\"stock\":1}";


/* The key of the copies below a prefix. */
static const inv_copy_key_t *
below(const char *prefix)
{
    static inv_copy_key_t key;

    inv_copy_key(secret, (inv_str_t){ strlen(prefix), prefix }, &key);

    return &key;
}


static const inv_copy_key_t *
shop(void)
{
    return below("inv:shop:");
}


/* Gives a value the tag that it should have. */
static void
seal(char *value, size_t len)
{
    char     tag[TAG + 1];
    uint64_t hash;

    hash = inv_siphash_bytes(
        shop()->words, (const unsigned char *) value + TAGGED, len - TAGGED);

    snprintf(tag, sizeof(tag), "%016llx", (unsigned long long) hash);
    memcpy(value + TAGGED - 1 - TAG, tag, TAG);
}


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
    inv_copy_write(&copy, shop(), out);
    assert_string_equal(out, good);
    assert_int_equal(strchr(good, '\n') + 1 - good, INV_COPY_HEAD);
}


static void
test_read_back(void **state)
{
    inv_copy_t copy;

    assert_int_equal(inv_copy_read(inv_str(good), shop(), &copy),
                     INV_COPY_READ);
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
    copy.version = INV_VERSION_MAX;
    copy.made = INT64_MAX;
    copy.deadline = INT64_MAX;
    copy.origin = UINT64_MAX;
    copy.body.len = INV_COPY_BODY_MAX;
    copy.body.data = test_calloc(1, INV_COPY_BODY_MAX);

    out = test_malloc(inv_copy_size(&copy));
    inv_copy_write(&copy, shop(), out);

    value.data = out;
    value.len = inv_copy_size(&copy);

    assert_int_equal(inv_copy_read(value, shop(), &again), INV_COPY_READ);
    assert_int_equal(again.version, INV_VERSION_MAX);
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
    inv_copy_write(&copy, shop(), out);

    value.data = out;
    value.len = sizeof(out);
    assert_int_equal(inv_copy_read(value, shop(), &copy), INV_COPY_READ);
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
        assert_int_equal(inv_copy_read(value, shop(), &copy),
                         len == sizeof(good) - 1 ? INV_COPY_READ
                                                 : INV_COPY_NO_COPY);

        test_free(exact);
    }
}


/* No byte may be any other, whether its place would allow it or not. */
static void
test_wrong_bytes(void **state)
{
    char            value[sizeof(good)];
    int             byte;
    size_t          i;
    inv_copy_t      copy;
    inv_copy_read_t result;

    for (i = 0; i < sizeof(good) - 1; i++) {
        for (byte = 0; byte < 256; byte++) {
            memcpy(value, good, sizeof(good));
            value[i] = (char) byte;

            result = inv_copy_read((inv_str_t){ sizeof(good) - 1, value },
                                   shop(), &copy);

            if (good[i] == value[i]) {
                assert_int_equal(result, INV_COPY_READ);

            } else {
                assert_int_not_equal(result, INV_COPY_READ);
            }

            if (good[i] != value[i] && i >= INV_COPY_HEAD) {
                assert_int_equal(result, INV_COPY_FORGED);
            }
        }
    }
}


/* Each with the tag that it should have: the form alone is wrong. */
static void
test_wrong_values(void **state)
{
    char       value[256];
    size_t     i;
    inv_copy_t copy;

    static const struct {
        const char     *value;
        inv_copy_read_t result;
    } values[] = {
        { "inv3 ................ 000102030405060708090a0b 0000000000000000017 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_READ },
        /* versions of 0, above all others, above INT64_MAX */
        { "inv3 ................ 000102030405060708090a0b 0000000000000000000 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_FORGED },
        { "inv3 ................ 000102030405060708090a0b 0009007199254740992 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_FORGED },
        { "inv3 ................ 000102030405060708090a0b 9223372036854775808 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_NO_COPY },
        { "inv3 ................ 000102030405060708090a0b 0000000000000000017 "
          "0000001699999970000 9999999999999999999 fedcba9876543210 0000001\nx",
          INV_COPY_NO_COPY },
        { "inv3 ................ 000102030405060708090a0b 0000000000000000017 "
          "9999999999999999999 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_NO_COPY },
        /* a length above the bound */
        { "inv3 ................ 000102030405060708090a0b 0000000000000000017 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 9999999\nx",
          INV_COPY_NO_COPY },
        /* a sign, upper case, other formats, another length */
        { "inv3 ................ 000102030405060708090a0b -000000000000000017 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_NO_COPY },
        { "inv3 ................ 000102030405060708090A0B 0000000000000000017 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_NO_COPY },
        { "inv2 000102030405060708090a0b 0000000000000000017 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_NO_COPY },
        { "inv4 ................ 000102030405060708090a0b 0000000000000000017 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000001\nx",
          INV_COPY_NO_COPY },
        { "inv3 ................ 000102030405060708090a0b 0000000000000000017 "
          "0000001699999970000 0000001700000030000 fedcba9876543210 0000002\nx",
          INV_COPY_NO_COPY },
    };

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        strcpy(value, values[i].value);

        if (value[TAGGED - 2] == '.') {
            seal(value, strlen(value));
        }

        assert_int_equal(
            inv_copy_read((inv_str_t){ strlen(value), value }, shop(), &copy),
            values[i].result);
    }
}


/* A tag is of one secret and of one prefix. */
static void
test_other_keys(void **state)
{
    inv_copy_t     copy;
    inv_copy_key_t key;
    unsigned char  other[INV_COPY_SECRET];

    memcpy(other, secret, sizeof(other));
    other[15] ^= 1;
    inv_copy_key(other, inv_str("inv:shop:"), &key);

    assert_int_equal(inv_copy_read(inv_str(good), &key, &copy),
                     INV_COPY_FORGED);
    assert_int_equal(inv_copy_read(inv_str(good), below("inv:shop2:"), &copy),
                     INV_COPY_FORGED);
    assert_int_equal(inv_copy_read(inv_str(good), below(""), &copy),
                     INV_COPY_FORGED);
    assert_int_equal(inv_copy_read(inv_str(good), shop(), &copy),
                     INV_COPY_READ);
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
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_judged_good),
        cmocka_unit_test(test_judged_by_id_and_body),
        cmocka_unit_test(test_judged_by_floor_and_time),
        cmocka_unit_test(test_judged_by_the_lifetimes_of_here),
        cmocka_unit_test(test_judged_by_origin),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
