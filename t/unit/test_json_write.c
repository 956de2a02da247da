
/*
 * Unit test of the JSON writer: what it writes, and what it refuses.
 */


#include "test_json_text.h"
#include "../../src/base/inv_limits.h"


/* A case writes something; expected NULL: that must fail. */
typedef struct {
    const char *expected;
    void (*write)(inv_json_writer_t *w);
} test_case_t;


static void
test_cases(const test_case_t *cases, size_t n)
{
    bool               ok;
    size_t             i;
    inv_str_t          text;
    inv_arena_t       *arena;
    inv_json_writer_t *w;

    for (i = 0; i < n; i++) {
        arena = inv_arena_create();
        w = inv_json_writer_create(arena);
        assert_non_null(w);

        cases[i].write(w);
        ok = inv_json_finish(w, &text);

        if (ok != (cases[i].expected != NULL)) {
            fail_msg("case %zu: %s", i, ok ? "was written" : "failed");
        }

        if (ok
            && !inv_str_eq(text, (inv_str_t){ strlen(cases[i].expected),
                                              cases[i].expected }))
        {
            fail_msg("case %zu: %.*s", i, (int) text.len, text.data);
        }

        inv_arena_destroy(arena);
    }
}

#define TEST_CASES(cases) test_cases(cases, sizeof(cases) / sizeof(cases[0]))


static void
write_product(inv_json_writer_t *w)
{
    inv_json_open_object(w);
    inv_json_name(w, "id");
    inv_json_string(w, inv_str("674a"));
    inv_json_name(w, "price");
    inv_json_number(w, inv_str("19.99"));
    inv_json_name(w, "tags");
    inv_json_open_array(w);
    inv_json_string(w, inv_str("a"));
    inv_json_string(w, inv_str("b"));
    inv_json_close_array(w);
    inv_json_name(w, "stock");
    inv_json_integer(w, 10);
    inv_json_name(w, "gone");
    inv_json_bool(w, false);
    inv_json_name(w, "next");
    inv_json_null(w);
    inv_json_name(w, "raw");
    inv_json_raw(w, inv_str("{\"x\":[1]}"));
    inv_json_name(w, "none");
    inv_json_open_object(w);
    inv_json_close_object(w);
    inv_json_close_object(w);
}


static void
write_array(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_open_array(w);
    inv_json_close_array(w);
    inv_json_raw(w, inv_str("1"));
    inv_json_bool(w, true);
    inv_json_open_object(w);
    inv_json_close_object(w);
    inv_json_null(w);
    inv_json_close_array(w);
}


static void
write_integers(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_integer(w, 0);
    inv_json_integer(w, -1);
    inv_json_integer(w, INV_STOCK_MAX);
    inv_json_integer(w, INT64_MAX);
    inv_json_integer(w, INT64_MIN);
    inv_json_close_array(w);
}


static void
write_strings(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_string(w, inv_str(""));
    inv_json_string(w, INV_STR_ABSENT);
    inv_json_string(w, inv_str("\"\\/\b\f\n\r\t"));
    inv_json_string(w, inv_str("\0\x01\x1f\x7f"));
    inv_json_string(w, inv_str("\xc3\xa9\xf0\x9f\x98\x80"));
    inv_json_close_array(w);
}


static void
write_name_with_escape(inv_json_writer_t *w)
{
    inv_json_open_object(w);
    inv_json_name(w, "a\"\n");
    inv_json_null(w);
    inv_json_close_object(w);
}


static void
write_scalar(inv_json_writer_t *w)
{
    inv_json_string(w, inv_str("alone"));
}


static void
test_writes(void **state)
{
    static const test_case_t cases[] = {
        { "{\"id\":\"674a\",\"price\":19.99,\"tags\":[\"a\",\"b\"],"
          "\"stock\":10,\"gone\":false,\"next\":null,\"raw\":{\"x\":[1]},"
          "\"none\":{}}",
          write_product },
        { "[[],1,true,{},null]", write_array },
        { "[0,-1,9007199254740991,9223372036854775807,"
          "-9223372036854775808]",
          write_integers },
        { "[\"\",\"\",\"\\\"\\\\/\\b\\f\\n\\r\\t\","
          "\"\\u0000\\u0001\\u001F\x7f\",\"\xc3\xa9\xf0\x9f\x98\x80\"]",
          write_strings },
        { "{\"a\\\"\\n\":null}", write_name_with_escape },
        { "\"alone\"", write_scalar },
    };

    TEST_CASES(cases);
}


static void
write_nothing(inv_json_writer_t *w)
{
}


static void
write_open_object(inv_json_writer_t *w)
{
    inv_json_open_object(w);
}


static void
write_open_array(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_null(w);
}


static void
write_two_values(inv_json_writer_t *w)
{
    inv_json_null(w);
    inv_json_null(w);
}


static void
write_two_arrays(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_close_array(w);
    inv_json_open_array(w);
    inv_json_close_array(w);
}


static void
write_close_only(inv_json_writer_t *w)
{
    inv_json_close_object(w);
    inv_json_close_array(w);
    inv_json_null(w);
}


static void
write_close_too_much(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_close_array(w);
    inv_json_close_array(w);
}


static void
write_close_other(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_close_object(w);
}


static void
write_close_another(inv_json_writer_t *w)
{
    inv_json_open_object(w);
    inv_json_close_array(w);
}


static void
write_value_without_name(inv_json_writer_t *w)
{
    inv_json_open_object(w);
    inv_json_string(w, inv_str("a"));
    inv_json_close_object(w);
}


static void
write_name_without_value(inv_json_writer_t *w)
{
    inv_json_open_object(w);
    inv_json_name(w, "a");
    inv_json_close_object(w);
}


static void
write_two_names(inv_json_writer_t *w)
{
    inv_json_open_object(w);
    inv_json_name(w, "a");
    inv_json_name(w, "b");
    inv_json_null(w);
    inv_json_close_object(w);
}


static void
write_name_in_array(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_name(w, "a");
    inv_json_null(w);
    inv_json_close_array(w);
}


static void
write_name_outside(inv_json_writer_t *w)
{
    inv_json_name(w, "a");
    inv_json_null(w);
}


static void
write_bad_utf8(inv_json_writer_t *w)
{
    inv_json_string(w, inv_str("\xed\xa0\x80"));
}


static void
write_bad_utf8_name(inv_json_writer_t *w)
{
    inv_json_open_object(w);
    inv_json_name(w, "\xff");
    inv_json_null(w);
    inv_json_close_object(w);
}


static void
write_no_number(inv_json_writer_t *w)
{
    inv_json_number(w, inv_str("NaN"));
}


static void
write_empty_number(inv_json_writer_t *w)
{
    inv_json_number(w, INV_STR_ABSENT);
}


static void
write_empty_raw(inv_json_writer_t *w)
{
    inv_json_raw(w, inv_str(""));
}


static void
write_too_deep(inv_json_writer_t *w)
{
    int i;

    for (i = 0; i <= INV_JSON_DEPTH_MAX; i++) {
        inv_json_open_array(w);
    }

    for (i = 0; i <= INV_JSON_DEPTH_MAX; i++) {
        inv_json_close_array(w);
    }
}


/* What was wrong once stays wrong, whatever is right afterwards. */
static void
write_wrong_then_right(inv_json_writer_t *w)
{
    inv_json_open_array(w);
    inv_json_string(w, inv_str("\xff"));
    inv_json_null(w);
    inv_json_close_array(w);
}


static void
test_refuses(void **state)
{
    static const test_case_t cases[] = {
        { NULL, write_nothing },
        { NULL, write_open_object },
        { NULL, write_open_array },
        { NULL, write_two_values },
        { NULL, write_two_arrays },
        { NULL, write_close_only },
        { NULL, write_close_too_much },
        { NULL, write_close_other },
        { NULL, write_close_another },
        { NULL, write_value_without_name },
        { NULL, write_name_without_value },
        { NULL, write_two_names },
        { NULL, write_name_in_array },
        { NULL, write_name_outside },
        { NULL, write_bad_utf8 },
        { NULL, write_bad_utf8_name },
        { NULL, write_no_number },
        { NULL, write_empty_number },
        { NULL, write_empty_raw },
        { NULL, write_too_deep },
        { NULL, write_wrong_then_right },
    };

    TEST_CASES(cases);
}


/* Deep, and much larger than the first buffer: it comes back as it was. */
static void
test_large(void **state)
{
    int                i;
    inv_str_t          text, long_text;
    inv_json_t        *root;
    inv_arena_t       *arena;
    inv_json_error_t   error;
    inv_json_writer_t *w;
    static char        letters[300000];

    memset(letters, '\n', sizeof(letters));
    long_text = (inv_str_t){ sizeof(letters), letters };

    arena = inv_arena_create();
    w = inv_json_writer_create(arena);

    for (i = 0; i < INV_JSON_DEPTH_MAX; i++) {
        inv_json_open_array(w);
        inv_json_integer(w, i);
    }

    inv_json_string(w, long_text);

    for (i = 0; i < INV_JSON_DEPTH_MAX; i++) {
        inv_json_close_array(w);
    }

    assert_true(inv_json_finish(w, &text));
    assert_true(text.len > 600000);
    assert_int_equal(test_json_read(arena, text, &root, &error), INV_JSON_OK);

    for (i = 1; i < INV_JSON_DEPTH_MAX; i++) {
        root = root->first->next;
    }

    assert_true(inv_str_eq(root->first->next->text, long_text));

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_large),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
