
/*
 * Unit test of the UTF-8 check, against an encoder: every code point, and
 * every sequence of up to three bytes.
 */


#include "test_json_text.h"


/* Writes a code point below 0x200000 in its shortest form. */
static size_t
test_encode(unsigned point, char *out)
{
    size_t                i, n;
    static const unsigned marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

    n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    if (n == 1) {
        out[0] = (char) point;
        return 1;
    }

    for (i = n - 1; i > 0; i--) {
        out[i] = (char) (0x80 | (point & 0x3f));
        point >>= 6;
    }

    out[0] = (char) (marks[n] | point);

    return n;
}


static bool
test_is_scalar(unsigned point)
{
    return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}


static void
test_every_code_point(void **state)
{
    char     text[4];
    size_t   n;
    unsigned point;

    for (point = 0; point < 0x200000; point++) {
        n = test_encode(point, text);

        if (inv_utf8_length((inv_str_t){ n, text })
            != (test_is_scalar(point) ? 1 : SIZE_MAX))
        {
            fail_msg("U+%X", point);
        }
    }
}


/* All that is valid in up to three bytes, by encoding it. */
static void
test_short_sequences(void **state)
{
    size_t               n, length;
    unsigned             one, point, sequence;
    char                 text[3];
    static unsigned char valid[1 << 24];

    /* sequences of exactly one code point; the index is their bytes */

    for (point = 0x80; point < 0x10000; point++) {
        if (test_is_scalar(point)) {
            n = test_encode(point, text);
            sequence = (unsigned char) text[0];
            sequence = sequence << 8 | (unsigned char) text[1];
            sequence = n == 3 ? sequence << 8 | (unsigned char) text[2]
                              : sequence << 8;
            valid[sequence] |= n == 3 ? 2 : 1;
        }
    }

    for (sequence = 0; sequence < 1u << 24; sequence++) {
        one = sequence >> 16;

        if (one < 0x80) {
            continue;
        }

        text[0] = (char) one;
        text[1] = (char) (sequence >> 8);
        text[2] = (char) sequence;

        length = inv_utf8_length((inv_str_t){ 3, text });

        if (valid[sequence] & 2) {
            assert_int_equal(length, 1);

        } else if ((valid[sequence & 0xffff00] & 1) && (sequence & 0xff) < 0x80)
        {
            assert_int_equal(length, 2);

        } else {
            assert_int_equal(length, SIZE_MAX);
        }
    }
}


/* Every lead and second byte, and the edges of the others. */
static void
test_long_sequences(void **state)
{
    bool                  good;
    char                  text[4];
    size_t                i, j;
    unsigned              lead, second, point;
    static const unsigned tails[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };

    for (lead = 0xf0; lead <= 0xff; lead++) {
        for (second = 0; second <= 0xff; second++) {
            for (i = 0; i < 36; i++) {
                j = i / 6;
                text[0] = (char) lead;
                text[1] = (char) second;
                text[2] = (char) tails[i % 6];
                text[3] = (char) tails[j];

                point = (lead & 7) << 18 | (second & 0x3f) << 12;
                good = lead < 0xf8 && (second & 0xc0) == 0x80
                       && (tails[i % 6] & 0xc0) == 0x80
                       && (tails[j] & 0xc0) == 0x80 && point >= 0x10000
                       && point <= 0x10ffff;

                assert_true(inv_utf8_length((inv_str_t){ 4, text })
                            == (good ? 1 : SIZE_MAX));
            }
        }
    }
}


static void
test_lengths(void **state)
{
    size_t i;
    static const struct {
        inv_str_t text;
        size_t    length;
    } cases[] = {
        { inv_str(""), 0 },
        { { 0, NULL }, 0 },
        { inv_str("a"), 1 },
        { inv_str("\0"), 1 },
        { inv_str("12345678"), 8 },
        { inv_str("1234567\xc3\xa9"), 8 },
        { inv_str("12345678\xc3\xa9"
                  "1234567890"),
          19 },
        { inv_str("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 3 },
        { inv_str("e\xcc\x81"), 2 }, /* code points, not characters */
        { inv_str("12345678\xff"), SIZE_MAX },
        { inv_str("1234567\xc3"), SIZE_MAX },
        { inv_str("1234567\xc3"
                  "8"),
          SIZE_MAX },
        { inv_str("\xf0\x9f\x98"), SIZE_MAX },
        { inv_str("\x80"
                  "2345678"),
          SIZE_MAX },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(inv_utf8_length(cases[i].text), cases[i].length);
    }
}


/* A bad byte is told wherever it stands among the good ones. */
static void
test_offset_of_a_bad_byte(void **state)
{
    size_t           at, n;
    inv_json_t      *root;
    inv_arena_t     *arena;
    inv_json_error_t error;
    char             text[64];

    for (n = 3; n < sizeof(text); n++) {
        for (at = 1; at < n - 1; at++) {
            memset(text, 'x', n);
            text[0] = '"';
            text[n - 1] = '"';
            text[at] = '\xa9';

            arena = inv_arena_create();
            assert_int_equal(
                test_json_read(arena, (inv_str_t){ n, text }, &root, &error),
                INV_JSON_MALFORMED);
            assert_int_equal(error.offset, at);

            if (at > 1) {
                text[at - 1] = '\xc3';
                assert_int_equal(test_json_read(arena, (inv_str_t){ n, text },
                                                &root, &error),
                                 INV_JSON_OK);
            }

            inv_arena_destroy(arena);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_short_sequences),
        cmocka_unit_test(test_long_sequences),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_offset_of_a_bad_byte),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
