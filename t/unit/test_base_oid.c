
/*
 * Unit test of ids as text, and of randomness.
 */


#include "../../src/base/inv_base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>


static const inv_oid_t test_id = { { 0x67, 0x4a, 0x00, 0xff, 0x01, 0x10, 0x9a,
                                     0xa9, 0x0f, 0xf0, 0x7f, 0x80 } };

#define TEST_ID_TEXT "674a00ff01109aa90ff07f80"


static void
test_write(void **state)
{
    char text[INV_OID_HEX + 1];

    text[INV_OID_HEX] = '#';
    inv_oid_write(test_id, text);

    assert_memory_equal(text, TEST_ID_TEXT "#", INV_OID_HEX + 1);
}


static void
test_read(void **state)
{
    inv_oid_t id;

    memset(&id, 0, sizeof(id));

    assert_true(inv_oid_read(inv_str(TEST_ID_TEXT), &id));
    assert_true(inv_oid_eq(id, test_id));
}


static void
test_read_refuses(void **state)
{
    size_t                 i;
    inv_oid_t              id;
    static const inv_str_t texts[] = {
        { 0, NULL },
        inv_str(""),
        inv_str("674a00ff01109aa90ff07f8"),
        inv_str("674a00ff01109aa90ff07f800"),
        inv_str("674A00FF01109AA90FF07F80"),
        inv_str("674a00ff01109aa90ff07f8g"),
        inv_str("g74a00ff01109aa90ff07f80"),
        inv_str("674a00ff0110 aa90ff07f80"),
        inv_str("674a00ff01109aa90ff07f8\0"),
        inv_str("674a00ff01109aa90ff07f8/"),
        inv_str("674a00ff01109aa90ff07f8:"),
        inv_str("674a00ff01109aa90ff07f8`"),
        inv_str("+74a00ff01109aa90ff07f80"),
        inv_str("0x4a00ff01109aa90ff07f80"),
    };

    id = test_id;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(inv_oid_read(texts[i], &id));
        assert_true(inv_oid_eq(id, test_id));
    }
}


/* Each byte value at each position survives the round trip. */
static void
test_round_trip(void **state)
{
    size_t    position;
    unsigned  value;
    inv_oid_t id, read;
    char      text[INV_OID_HEX];

    for (position = 0; position < sizeof(id.bytes); position++) {
        for (value = 0; value < 256; value++) {
            id = test_id;
            id.bytes[position] = (unsigned char) value;
            inv_oid_write(id, text);

            assert_true(inv_oid_read((inv_str_t){ sizeof(text), text }, &read));
            assert_true(inv_oid_eq(id, read));
        }
    }
}


/* The first four bytes tell when; the others differ. */
static void
test_create(void **state)
{
    char      text[INV_OID_HEX];
    inv_oid_t one, other, later;

    inv_oid_create(INT64_C(0x674a00ff) * 1000, &one);
    inv_oid_create(INT64_C(0x674a00ff) * 1000 + 999, &other);
    inv_oid_create(INT64_C(0x674a0100) * 1000, &later);

    inv_oid_write(one, text);
    assert_memory_equal(text, "674a00ff", 8);
    inv_oid_write(other, text);
    assert_memory_equal(text, "674a00ff", 8);
    inv_oid_write(later, text);
    assert_memory_equal(text, "674a0100", 8);

    assert_memory_not_equal(one.bytes + 4, other.bytes + 4, 8);
    assert_memory_not_equal(one.bytes + 4, later.bytes + 4, 8);
}


static int
test_compare_words(const void *one, const void *other)
{
    return memcmp(one, other, 16);
}


/* No two of 4,096 draws of 16 bytes are alike, and each bit takes turns. */
static void
test_random(void **state)
{
    size_t               i, bit;
    unsigned             ones;
    static unsigned char draws[4096][16];

    for (i = 0; i < 4096; i++) {
        inv_random(draws[i], 16);
    }

    for (bit = 0; bit < 128; bit++) {
        ones = 0;

        for (i = 0; i < 4096; i++) {
            ones += ((unsigned) draws[i][bit / 8] >> bit % 8) & 1u;
        }

        /* twelve standard deviations */
        assert_in_range(ones, 2048 - 384, 2048 + 384);
    }

    qsort(draws, 4096, 16, test_compare_words);

    for (i = 1; i < 4096; i++) {
        assert_memory_not_equal(draws[i - 1], draws[i], 16);
    }
}


/* More than what the kernel promises to give at once, and nothing at all. */
static void
test_random_sizes(void **state)
{
    size_t               i, zeros;
    static unsigned char large[100000];

    inv_random(large, 0);
    assert_int_equal(large[0], 0);

    inv_random(large, sizeof(large) - 1);
    assert_int_equal(large[sizeof(large) - 1], 0);

    zeros = 0;

    for (i = 0; i < sizeof(large) - 1; i++) {
        zeros += large[i] == 0;
    }

    assert_in_range(zeros, 200, 600);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_refuses), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_create),       cmocka_unit_test(test_random),
        cmocka_unit_test(test_random_sizes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
