
/*
 * Unit test of the JSON reader's limits: depth, values, and many names.
 */


#include "test_json_text.h"
#include "../../src/base/inv_limits.h"

#include <stdio.h>


static char   test_buffer[INV_BODY_MAX + 1];
static size_t test_len;


static void
test_append(const char *text)
{
    size_t n;

    n = strlen(text);
    assert_true(n <= sizeof(test_buffer) - test_len);
    memcpy(test_buffer + test_len, text, n);
    test_len += n;
}


static void
test_append_times(size_t times, const char *text)
{
    while (times-- > 0) {
        test_append(text);
    }
}


/* What becomes of the buffer; its tree is dropped. */
static inv_json_result_t
test_read_buffer(inv_json_error_t *error)
{
    inv_json_t       *root;
    inv_arena_t      *arena;
    inv_json_result_t result;

    error->offset = SIZE_MAX;
    error->reason = "";

    arena = inv_arena_create();
    result = test_json_read(arena, (inv_str_t){ test_len, test_buffer }, &root,
                            error);
    inv_arena_destroy(arena);

    return result;
}


static void
test_depth(void **state)
{
    size_t           i;
    inv_json_error_t error;
    static const struct {
        const char *open, *inner, *close;
    } nests[] = {
        { "[", "", "]" },
        { "[", "1", "]" },
        { "{\"a\":", "1", "}" },
        { "{\"a\":", "null", " } " },
    };

    for (i = 0; i < sizeof(nests) / sizeof(nests[0]); i++) {
        test_len = 0;
        test_append_times(INV_JSON_DEPTH_MAX, nests[i].open);
        test_append(nests[i].inner);
        test_append_times(INV_JSON_DEPTH_MAX, nests[i].close);
        assert_int_equal(test_read_buffer(&error), INV_JSON_OK);

        test_len = 0;
        test_append_times(INV_JSON_DEPTH_MAX + 1, nests[i].open);
        test_append(nests[i].inner);
        test_append_times(INV_JSON_DEPTH_MAX + 1, nests[i].close);
        assert_int_equal(test_read_buffer(&error), INV_JSON_MALFORMED);
        assert_int_equal(error.offset,
                         INV_JSON_DEPTH_MAX * strlen(nests[i].open));
        assert_string_equal(error.reason, "nested deeper than 32 levels");
    }
}


/* Containers side by side are not depth. */
static void
test_depth_is_not_breadth(void **state)
{
    inv_json_error_t error;

    test_len = 0;
    test_append("[");
    test_append_times(5000, "[[[]]],{\"a\":{}},");
    test_append_times(INV_JSON_DEPTH_MAX - 1, "[");
    test_append_times(INV_JSON_DEPTH_MAX - 1, "]");
    test_append("]");

    assert_int_equal(test_read_buffer(&error), INV_JSON_OK);
}


static void
test_a_mebibyte_of_brackets(void **state)
{
    size_t                   i;
    inv_json_error_t         error;
    static const char *const texts[] = { "[", "{\"\":", "[[],", "[{\"a\":" };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        test_len = 0;
        test_append_times(INV_BODY_MAX / strlen(texts[i]), texts[i]);
        assert_int_equal(test_read_buffer(&error), INV_JSON_MALFORMED);
        assert_true(error.offset < 40 * strlen(texts[i]));
    }
}


static void
test_values(void **state)
{
    size_t                   i;
    inv_json_error_t         error;
    static const char *const elements[] = { "1,",       "\"\",", "[],",
                                            "{},",      "null,", "true,",
                                            "\"\\n\",", "1.5 , " };

    for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        /* the array itself is one */
        test_len = 0;
        test_append("[");
        test_append_times(INV_JSON_VALUES_MAX - 2, elements[i]);
        test_append("0]");
        assert_int_equal(test_read_buffer(&error), INV_JSON_OK);

        test_len = 0;
        test_append("[");
        test_append_times(INV_JSON_VALUES_MAX - 1, elements[i]);
        test_append("0]");
        assert_int_equal(test_read_buffer(&error), INV_JSON_TOO_MANY);
    }
}


/* Members with a common prefix, so that comparing them one by one is slow. */
static void
test_append_members(size_t n, size_t first)
{
    size_t i;
    char   member[64];

    for (i = first; i < first + n; i++) {
        (void) snprintf(member, sizeof(member), "\"abcdefghijklmnop%05zu\":0,",
                        i);
        test_append(member);
    }
}


static void
test_many_members(void **state)
{
    inv_json_error_t error;

    test_len = 0;
    test_append("{");
    test_append_members(INV_JSON_VALUES_MAX - 2, 0);
    test_append("\"z\":0}");
    assert_int_equal(test_read_buffer(&error), INV_JSON_OK);

    test_len = 0;
    test_append("{");
    test_append_members(INV_JSON_VALUES_MAX - 1, 0);
    test_append("\"z\":0}");
    assert_int_equal(test_read_buffer(&error), INV_JSON_TOO_MANY);
}


/* Each name of objects of many sizes, once more at the end. */
static void
test_duplicate_in_objects_of_any_size(void **state)
{
    size_t              n, i, at;
    inv_json_error_t    error;
    static const size_t sizes[] = { 1, 2, 7, 8, 9, 10, 31, 32, 33, 64, 100 };

    for (n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
        for (i = 0; i < sizes[n]; i++) {
            test_len = 0;
            test_append(" {");
            test_append_members(sizes[n], 0);
            test_append("\t");
            at = test_len;
            test_append_members(1, i);
            test_append_members(3, sizes[n]);
            test_append("\"z\":0}");

            assert_int_equal(test_read_buffer(&error), INV_JSON_MALFORMED);
            assert_int_equal(error.offset, at);
        }

        test_len = 0;
        test_append("{");
        test_append_members(sizes[n], 0);
        test_append("\"z\":0}");
        assert_int_equal(test_read_buffer(&error), INV_JSON_OK);
    }
}


static void
test_duplicate_among_many(void **state)
{
    size_t           at;
    inv_json_error_t error;

    test_len = 0;
    test_append("{");
    test_append_members(30000, 0);
    at = test_len;
    test_append_members(1, 12345);
    test_append("\"z\":0}");

    assert_int_equal(test_read_buffer(&error), INV_JSON_MALFORMED);
    assert_int_equal(error.offset, at);
}


/* The same names in objects side by side, and one inside the other. */
static void
test_same_names_in_other_objects(void **state)
{
    size_t           i, at;
    inv_json_error_t error;

    test_len = 0;
    test_append("[");

    for (i = 0; i < 1000; i++) {
        test_append("{");
        test_append_members(20, 0);
        test_append("\"z\":0},");
    }

    test_append("0]");
    assert_int_equal(test_read_buffer(&error), INV_JSON_OK);

    test_len = 0;

    for (i = 0; i < INV_JSON_DEPTH_MAX; i++) {
        test_append("{");
        test_append_members(20, 0);
        test_append("\"z\":");
    }

    test_append("0");

    for (i = 0; i < INV_JSON_DEPTH_MAX - 1; i++) {
        test_append("}");
    }

    /* back in the outermost one */
    test_append(",");
    at = test_len;
    test_append("\"z\":1}");
    assert_int_equal(test_read_buffer(&error), INV_JSON_MALFORMED);
    assert_int_equal(error.offset, at);
}


/* One string as long as a body may be; each character an escape. */
static void
test_long_strings(void **state)
{
    inv_json_t      *root;
    inv_arena_t     *arena;
    inv_json_error_t error;

    test_len = 0;
    test_append("[\"");
    test_append_times((INV_BODY_MAX - 8) / 6, "\\u00e9");
    test_append("\"]");

    arena = inv_arena_create();
    assert_int_equal(test_json_read(arena, (inv_str_t){ test_len, test_buffer },
                                    &root, &error),
                     INV_JSON_OK);
    assert_int_equal(root->first->text.len, (INV_BODY_MAX - 8) / 6 * 2);
    assert_int_equal(inv_utf8_length(root->first->text),
                     (INV_BODY_MAX - 8) / 6);
    inv_arena_destroy(arena);

    /* cut short */
    test_len -= 2;
    assert_int_equal(test_read_buffer(&error), INV_JSON_MALFORMED);
    assert_int_equal(error.offset, test_len);
}


static void
test_long_number(void **state)
{
    inv_json_error_t error;

    test_len = 0;
    test_append_times(INV_BODY_MAX, "7");
    assert_int_equal(test_read_buffer(&error), INV_JSON_OK);

    test_buffer[INV_BODY_MAX - 1] = 'x';
    assert_int_equal(test_read_buffer(&error), INV_JSON_MALFORMED);
    assert_int_equal(error.offset, INV_BODY_MAX - 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_is_not_breadth),
        cmocka_unit_test(test_a_mebibyte_of_brackets),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_duplicate_in_objects_of_any_size),
        cmocka_unit_test(test_duplicate_among_many),
        cmocka_unit_test(test_same_names_in_other_objects),
        cmocka_unit_test(test_long_strings),
        cmocka_unit_test(test_long_number),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
