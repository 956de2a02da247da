
/*
 * Unit test of the JSON reader: what it takes, what it refuses, and where.
 */


#include "test_json_text.h"


typedef struct {
    inv_str_t text;
    inv_str_t written; /* what the writer makes of the tree */
} test_good_t;

typedef struct {
    inv_str_t   text;
    size_t      offset;
    const char *reason; /* NULL: any */
} test_bad_t;


static void
test_good(const test_good_t *cases, size_t n)
{
    size_t             i;
    inv_str_t          written;
    inv_json_t        *root;
    inv_arena_t       *arena;
    inv_json_error_t   error;
    inv_json_writer_t *w;

    for (i = 0; i < n; i++) {
        arena = inv_arena_create();
        error = (inv_json_error_t){ 0, "" };

        if (test_json_read(arena, cases[i].text, &root, &error) != INV_JSON_OK)
        {
            fail_msg("case %zu, %s: %s at %zu", i, cases[i].text.data,
                     error.reason, error.offset);
        }

        w = inv_json_writer_create(arena);
        json_tree_write(w, root);
        assert_true(inv_json_finish(w, &written));

        if (!inv_str_eq(written, cases[i].written)) {
            fail_msg("case %zu, %s: became %.*s", i, cases[i].text.data,
                     (int) written.len, written.data);
        }

        inv_arena_destroy(arena);
    }
}

#define TEST_GOOD(cases) test_good(cases, sizeof(cases) / sizeof(cases[0]))

#define SAME(text)                   \
    {                                \
        inv_str(text), inv_str(text) \
    }
#define AS(text, other)               \
    {                                 \
        inv_str(text), inv_str(other) \
    }


static void
test_bad(const test_bad_t *cases, size_t n)
{
    size_t            i;
    inv_json_t       *root;
    inv_arena_t      *arena;
    inv_json_error_t  error;
    inv_json_result_t result;

    for (i = 0; i < n; i++) {
        arena = inv_arena_create();
        error = (inv_json_error_t){ SIZE_MAX, "" };
        result = test_json_read(arena, cases[i].text, &root, &error);

        if (result != INV_JSON_MALFORMED || error.offset != cases[i].offset
            || (cases[i].reason != NULL
                && strcmp(error.reason, cases[i].reason) != 0))
        {
            fail_msg("case %zu, %s: %d, \"%s\" at %zu", i, cases[i].text.data,
                     (int) result, error.reason, error.offset);
        }

        inv_arena_destroy(arena);
    }
}

#define TEST_BAD(cases) test_bad(cases, sizeof(cases) / sizeof(cases[0]))

/* A case without a reason to compare. */
#define AT(offset, text)            \
    {                               \
        inv_str(text), offset, NULL \
    }


static void
test_values(void **state)
{
    static const test_good_t cases[] = {
        SAME("null"),
        SAME("true"),
        SAME("false"),
        SAME("0"),
        SAME("\"\""),
        SAME("[]"),
        SAME("{}"),
        SAME("[[],{}]"),
        SAME("[1,\"a\",null,true,false,{\"b\":[2]}]"),
        SAME("{\"a\":1,\"b\":\"x\",\"c\":null,\"d\":{\"a\":1},\"e\":[]}"),
        SAME("{\"\":0}"),
        SAME("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}"),
        SAME("[{\"a\":1},{\"a\":1}]"),
        SAME("{\"a\":1,\"A\":2,\"a \":3,\"aa\":4}"),
    };

    TEST_GOOD(cases);
}


static void
test_blanks(void **state)
{
    static const test_good_t cases[] = {
        AS(" 1", "1"),
        AS("1 ", "1"),
        AS("1\n", "1"),
        AS("\t\r\n 1 \t\r\n", "1"),
        AS(" [ 1 , 2 ] ", "[1,2]"),
        AS("\n{\r\n\t\"a\" : 1\n,\"b\"\t:[ ] }\n", "{\"a\":1,\"b\":[]}"),
        AS("[ ]", "[]"),
        AS("{ }", "{}"),
        AS("\"a\" ", "\"a\""),
        AS(" true ", "true"),
    };

    TEST_GOOD(cases);
}


/* Numbers stay as they were written. */
static void
test_numbers(void **state)
{
    static const test_good_t cases[] = {
        SAME("-0"),
        SAME("0.0"),
        SAME("-0.0"),
        SAME("10"),
        SAME("-1"),
        SAME("1.0"),
        SAME("19.990"),
        SAME("0e0"),
        SAME("0E+1"),
        SAME("1e5"),
        SAME("1E5"),
        SAME("1e+5"),
        SAME("1e-5"),
        SAME("1.5e00005"),
        SAME("123456789012345678901234567890.123456789012345678901234567890"),
        SAME("1e400000000000"),
        SAME("[0,-0,1]"),
        AS("[1 ,2\n]", "[1,2]"),
    };

    TEST_GOOD(cases);
}


static void
test_strings(void **state)
{
    static const test_good_t cases[] = {
        SAME("\"plain\""),
        SAME("\"\\\"\\\\\\b\\f\\n\\r\\t\""),
        AS("\"\\/\"", "\"/\""),
        AS("\"\\u0041\\u00e9\\u20AC\\u20ac\"",
           "\"A\xc3\xa9\xe2\x82\xac\xe2\x82\xac\""),
        AS("\"\\uD83D\\uDE00\\ud83d\\ude00\"",
           "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\""),
        AS("\"\\ud800\\udc00\\udbff\\udfff\"",
           "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
        AS("\"\\u0001\\u001f\\u0020\"", "\"\\u0001\\u001F \""),
        AS("\"\\u007f\\uffff\\ufffe\\ue000\\ud7ff\"",
           "\"\x7f\xef\xbf\xbf\xef\xbf\xbe\xee\x80\x80\xed\x9f\xbf\""),
        SAME("\"\x7f\""),
        SAME("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\""),
        SAME("\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\""),
        SAME("\"\xe2\x80\xa8\xe2\x80\xa9\""),
        SAME("\"\xef\xbb\xbf\""), /* a mark inside is a character */
        SAME("\"\\\\u0000\""),    /* a backslash, then u0000 */
        SAME("\"\\\\ud800\""),
        AS("{\"\\u0061\":\"\\\"\"}", "{\"a\":\"\\\"\"}"),
        SAME("\"[1,2,{]\""),
        SAME("\"// no comment /* */\""),
        AS("\"\\u005c\\u0022\"", "\"\\\\\\\"\""),
        AS("\"\\u005Cud800\"", "\"\\\\ud800\""),
    };

    TEST_GOOD(cases);
}


static void
test_syntax_errors(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str("x"), 0, "expected a value" },
        { inv_str("]"), 0, "expected a value" },
        { inv_str("}"), 0, "expected a value" },
        { inv_str(","), 0, "expected a value" },
        { inv_str(":"), 0, "expected a value" },
        { inv_str(" \n?"), 2, "expected a value" },
        { inv_str("'a'"), 0, "expected a value" },
        { inv_str("[1,]"), 3, "expected a value" },
        { inv_str("[1,,2]"), 3, "expected a value" },
        { inv_str("[,1]"), 1, "expected a value or ]" },
        { inv_str("[}"), 1, "expected a value or ]" },
        { inv_str("[:]"), 1, "expected a value or ]" },
        { inv_str("[1}"), 2, "expected a comma or ]" },
        { inv_str("[1 2]"), 3, "expected a comma or ]" },
        { inv_str("[1:2]"), 2, "expected a comma or ]" },
        { inv_str("[\"a\"\"b\"]"), 4, "expected a comma or ]" },
        { inv_str("[\"a\" \"b\"]"), 5, "expected a comma or ]" },
        { inv_str("[[] []]"), 4, "expected a comma or ]" },
        { inv_str("[1,2 3"), 5, "expected a comma or ]" },
        { inv_str("{]"), 1, "expected a member name or }" },
        { inv_str("{,}"), 1, "expected a member name or }" },
        { inv_str("{1:2}"), 1, "expected a member name or }" },
        { inv_str("{a:1}"), 1, "expected a member name or }" },
        { inv_str("{'a':1}"), 1, "expected a member name or }" },
        { inv_str("{null:1}"), 1, "expected a member name or }" },
        { inv_str("{[]:1}"), 1, "expected a member name or }" },
        { inv_str("{\"a\"}"), 4, "expected a colon" },
        { inv_str("{\"a\" 1}"), 5, "expected a colon" },
        { inv_str("{\"a\",1}"), 4, "expected a colon" },
        { inv_str("{\"a\"\"b\"}"), 4, "expected a colon" },
        { inv_str("{\"a\":}"), 5, "expected a value" },
        { inv_str("{\"a\"::1}"), 5, "expected a value" },
        { inv_str("{\"a\":,}"), 5, "expected a value" },
        { inv_str("{\"a\":1]"), 6, "expected a comma or }" },
        { inv_str("{\"a\":1 \"b\":2}"), 7, "expected a comma or }" },
        { inv_str("{\"a\":1:2}"), 6, "expected a comma or }" },
        { inv_str("{\"a\":1,}"), 7, "expected a member name" },
        { inv_str("{\"a\":1,,\"b\":2}"), 7, "expected a member name" },
        { inv_str("{\"a\":1,2}"), 7, "expected a member name" },
        { inv_str("[1,/**/2]"), 3, "expected a value" },
        { inv_str("[1//\n]"), 2, "expected a comma or ]" },
        { inv_str("// x\n1"), 0, "expected a value" },
        { inv_str("NaN"), 0, "expected a value" },
        { inv_str("Infinity"), 0, "expected a value" },
        { inv_str("True"), 0, "expected a value" },
        { inv_str("[1;2]"), 2, "expected a comma or ]" },
        { inv_str("[(1)]"), 1, "expected a value or ]" },
    };

    TEST_BAD(cases);
}


static void
test_trailing_bytes(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str("1 x"), 2, "expected nothing after the value" },
        { inv_str("{} \n {}"), 5, "expected nothing after the value" },
        { inv_str("[]]"), 2, "expected nothing after the value" },
        { inv_str("{}}"), 2, "expected nothing after the value" },
        { inv_str("1,"), 1, "expected nothing after the value" },
        { inv_str("1 2"), 2, "expected nothing after the value" },
        { inv_str("\"a\"\"b\""), 3, "expected nothing after the value" },
        { inv_str("nullnull"), 4, "expected nothing after the value" },
        { inv_str("true1"), 4, "expected nothing after the value" },
        { inv_str("{}\0"), 2, "expected nothing after the value" },
        { inv_str("1\0"), 1, "expected nothing after the value" },
        { inv_str("{}//"), 2, "expected nothing after the value" },
        { inv_str("[] \xef\xbb\xbf"), 3, "expected nothing after the value" },
        { inv_str("01"), 1, "expected nothing after the value" },
        { inv_str("-01"), 2, "expected nothing after the value" },
        { inv_str("0x1"), 1, "expected nothing after the value" },
        { inv_str("1f"), 1, "expected nothing after the value" },
        { inv_str("1.5.5"), 3, "expected nothing after the value" },
        { inv_str("{} \"a"), 3, "expected nothing after the value" },
        { inv_str("{}tru"), 2, "expected nothing after the value" },
        { inv_str("1 -"), 2, "expected nothing after the value" },
        { inv_str("\"\"\""), 2, "expected nothing after the value" },
        { inv_str("1-1"), 1, "expected nothing after the value" },
    };

    TEST_BAD(cases);
}


static void
test_broken_tokens(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str("trux"), 3, "expected true, false or null" },
        { inv_str("[tRue]"), 2, "expected true, false or null" },
        { inv_str("[nul]"), 4, "expected true, false or null" },
        { inv_str("{\"a\":fals,"), 9, "expected true, false or null" },
        { inv_str("-"), 1, "the text ends too early" },
        { inv_str("[-]"), 2, "malformed number" },
        { inv_str("-a"), 1, "malformed number" },
        { inv_str("--1"), 1, "malformed number" },
        { inv_str("-Infinity"), 1, "malformed number" },
        { inv_str("[1.]"), 3, "malformed number" },
        { inv_str("[0.]"), 3, "malformed number" },
        { inv_str("[9.]"), 3, "malformed number" },
        { inv_str("[1.e5]"), 3, "malformed number" },
        { inv_str("[1e]"), 3, "malformed number" },
        { inv_str("[1e+]"), 4, "malformed number" },
        { inv_str("[1ee2]"), 3, "malformed number" },
        { inv_str("[1e5.5]"), 4, "expected a comma or ]" },
        { inv_str("[+1]"), 1, "expected a value or ]" },
        { inv_str("[.5]"), 1, "expected a value or ]" },
        { inv_str("[-.5]"), 2, "malformed number" },
        { inv_str("[012]"), 2, "expected a comma or ]" },
        { inv_str("[1_000]"), 2, "expected a comma or ]" },
        { inv_str("\"\\x41\""), 2, "no such escape in a string" },
        { inv_str("\"\\'\""), 2, "no such escape in a string" },
        { inv_str("\"\\a\""), 2, "no such escape in a string" },
        { inv_str("\"\\U0041\""), 2, "no such escape in a string" },
        { inv_str("\"\\\n\""), 2, NULL },
        { inv_str("\"\\\0\""), 2, NULL },
        { inv_str("\"\\u00g0\""), 5, "no such escape in a string" },
        { inv_str("\"\\u004\""), 6, "no such escape in a string" },
        { inv_str("\"\\u 041\""), 3, "no such escape in a string" },
        { inv_str("\"\\u+041\""), 3, "no such escape in a string" },
        { inv_str("\"a\tb\""), 2, "a control character must be escaped" },
        { inv_str("\"a\nb\""), 2, "a control character must be escaped" },
        { inv_str("\"\x1f\""), 1, "a control character must be escaped" },
        { inv_str("\"\0\""), 1, "a control character must be escaped" },
        { inv_str("{\"a\nb\":1}"), 3, "a control character must be escaped" },
    };

    TEST_BAD(cases);
}


static void
test_truncated(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str(""), 0, "the text ends too early" },
        { inv_str(" "), 1, "the text ends too early" },
        { inv_str("\r\n\t "), 4, "the text ends too early" },
        { inv_str("\"\\u00"), 5, "the text ends too early" },
        { inv_str("\"\\ud83d"), 7, "the text ends too early" },
        { inv_str("\"\\ud83d\\"), 8, "the text ends too early" },
        { inv_str("\"\\ud83d\\u"), 9, "the text ends too early" },
        { inv_str("\"\\ud83d\\udE0"), 12, "the text ends too early" },
        { inv_str("\"\\ud83d\\ude00"), 13, "the text ends too early" },
        { inv_str("1."), 2, "the text ends too early" },
        { inv_str("1e"), 2, "the text ends too early" },
        { inv_str("1e+"), 3, "the text ends too early" },
        { inv_str("fals"), 4, "the text ends too early" },
        { inv_str("{\"a\":1,\"a"), 9, "the text ends too early" },
    };

    TEST_BAD(cases);
}


/* No strict prefix of an object is a text; each ends too early. */
static void
test_all_prefixes(void **state)
{
    size_t                 n;
    inv_json_t            *root;
    inv_arena_t           *arena;
    inv_json_error_t       error;
    static const inv_str_t text = inv_str(
        " { \"a\" : [ 1.5e+3 , -0 , true, false ,null ] , \"\\\"b\\u00e9\" :"
        " { \"\xc3\xa9\\ud83d\\ude00\" : \"\\\\\" } , \"c\": [ [ ], { } ] } ");

    for (n = 0; n <= text.len; n++) {
        arena = inv_arena_create();
        error.offset = SIZE_MAX;

        if (n >= text.len - 1) {
            assert_int_equal(test_json_read(arena, (inv_str_t){ n, text.data },
                                            &root, &error),
                             INV_JSON_OK);

        } else {
            assert_int_equal(test_json_read(arena, (inv_str_t){ n, text.data },
                                            &root, &error),
                             INV_JSON_MALFORMED);

            /* the one cut that splits a sequence of UTF-8 */
            if (text.data[n] == '\xa9') {
                assert_int_equal(error.offset, n - 1);
            } else {
                assert_int_equal(error.offset, n);
                assert_string_equal(error.reason, "the text ends too early");
            }
        }

        inv_arena_destroy(arena);
    }
}


static void
test_foreign_blanks(void **state)
{
    static const test_bad_t cases[] = {
        AT(0, "\f"),
        AT(0, "\v1"),
        AT(1, "1\f"),
        AT(1, "[\f1]"),
        AT(2, "[1\v]"),
        AT(3, "[1 \f]"),
        AT(4, "{\"a\"\v:1}"),
        AT(5, "{\"a\":\f1}"),
        AT(2, "{}\f"),
        AT(1, "[\xc2\xa0]"),     /* no-break space */
        AT(1, "[\xe2\x80\xa8]"), /* line separator */
        AT(0, "\xe3\x80\x80"
              "1"),
        AT(1, "[\b]"),
        AT(1, "[\0]"),
        AT(0, "\0"),
    };

    TEST_BAD(cases);
}


static void
test_byte_order_mark(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str("\xef\xbb\xbf"), 0, "a byte order mark is not allowed" },
        { inv_str("\xef\xbb\xbf{}"), 0, "a byte order mark is not allowed" },
        { inv_str("\xef\xbb\xbe{}"), 0, "expected a value" },
        AT(1, " \xef\xbb\xbf{}"),
        AT(0, "\xff\xfe{\0}\0"),
        AT(0, "\xfe\xff\0{\0}"),
        AT(0, "\0{\0}"),
        AT(1, "{\0}\0"),
    };

    TEST_BAD(cases);
}


static void
test_surrogates_and_nul(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str("\"\\ud800\""), 1,
          "a surrogate stands without its other half" },
        { inv_str("\"a\\uDFFFb\""), 2,
          "a surrogate stands without its other half" },
        AT(1, "\"\\uDA00\""),
        AT(1, "\"\\udbff\\u00ff\""),
        AT(1, "\"\\udc00\\udc00\""),
        AT(1, "\"\\u0000"),
        AT(1, "\"\\ud800x\""),
        AT(1, "\"\\ud800\\n\""),
        AT(1, "\"\\ud800\\u0041\""),
        AT(1, "\"\\ud800\\ud800\\udc00\""),
        AT(1, "\"\\udbff\\ue000\""),
        AT(1, "\"\\udc00\\ud800\""),
        AT(13, "\"\\ud800\\udc00\\udc00\""),
        AT(13, "\"\\ud83d\\ude00\\ud83d\""),
        AT(1, "\"\\uD800\\udbff\""),
        AT(1, "\"\\ud800\\\""),
        AT(2, "{\"\\ud800\":1}"),
        { inv_str("\"\\u0000\""), 1, "U+0000 is not allowed in a string" },
        AT(2, "\"a\\u0000b\""),
        AT(2, "{\"\\u0000\":1}"),
        AT(7, "{\"ab\": \0}"),
        AT(3, "\"\\\\\\u0000\""),
        AT(8, "[1,\"\\n\\/\\u0000\"]"),
    };

    TEST_BAD(cases);
}


static void
test_bad_utf8(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str("\"\x80\""), 1, "the text is not valid UTF-8" },
        AT(1, "\"\xbf\""),
        AT(1, "\"\xc0\x80\""),         /* overlong */
        AT(1, "\"\xc1\xbf\""),         /* overlong */
        AT(1, "\"\xe0\x9f\xbf\""),     /* overlong */
        AT(1, "\"\xf0\x8f\xbf\xbf\""), /* overlong */
        AT(1, "\"\xed\xa0\x80\""),     /* surrogate */
        AT(1, "\"\xed\xbf\xbf\""),     /* surrogate */
        AT(1, "\"\xed\xa0\x80\xed\xb0\x80\""),
        AT(1, "\"\xf4\x90\x80\x80\""), /* past U+10FFFF */
        AT(1, "\"\xf5\x80\x80\x80\""),
        AT(1, "\"\xf8\x88\x80\x80\x80\""),
        AT(1, "\"\xfc\x84\x80\x80\x80\x80\""),
        AT(1, "\"\xfe\""),
        AT(1, "\"\xff\""),
        AT(3, "\"ab\xc3\""), /* cut short */
        AT(3, "\"ab\xe2\x82\""),
        AT(3, "\"ab\xf0\x9f\x98\""),
        AT(3, "\"ab\xc3"),
        AT(3, "\"ab\xe2"),
        AT(3, "\"ab\xe2\x82"),
        AT(3, "\"ab\xf0\x9f\x98"),
        AT(3, "\"ab\xe2(\xa1\""),
        AT(3, "\"ab\xf0(\x8c\xbc\""),
        AT(3, "\"ab\xf0\x90(\xbc\""),
        AT(3, "\"ab\xf0\x90\x8c(\""),
        AT(5, "\"\xc3\xa9\xc3\xa9\xa9\""),
        AT(2, "{\"\xff\":1}"),
        AT(17, "\"0123456789abcdef\xff\""),
        AT(2, "\"\\\xc3\xa9\""), /* an escape of a letter that is none */
        AT(1, "[\xff]"),
        AT(1, "1\xff"),
        AT(4, "null\x80"),
    };

    TEST_BAD(cases);
}


/* What is wrong first is told, whichever pass found it. */
static void
test_first_error_is_told(void **state)
{
    static const test_bad_t cases[] = {
        AT(3, "[1,]\xff"),
        AT(1, "[}\f"),
        AT(3, "[1 2\xff"),
        AT(7, "{\"a\":1,\"a\":\xff}"),
        AT(7, "{\"a\":1,\"a\":]}"),
        AT(7, "{\"a\":1,\"a\":{\"b\":1,\"b\":2}}"),
        AT(12, "{\"a\":{\"b\":1,\"b\":2},\"a\":1}"),
        AT(5, "[1,2,\xff,]"),
        AT(3, "[\"a\f\"\xff]"),
        AT(4, "[\"a\"\"\\ud800\"]"),
        AT(4, "[\"a\"\"\\x\"]"),
    };

    TEST_BAD(cases);
}


static void
test_duplicate_names(void **state)
{
    static const test_bad_t cases[] = {
        { inv_str("{\"a\":1,\"a\":2}"), 7, "this member name occurs twice" },
        AT(7, "{\"a\":1,\"a\":1}"),
        AT(9, "{\"a\":1 , \"a\" :2}"),
        AT(13, "{\"a\":1,\"b\":2,\"a\":3}"),
        AT(6, "{\"\":1,\"\":2}"),
        AT(7, "{\"a\":1,\"\\u0061\":2}"),
        AT(12, "{\"\\u0061\":1,\"a\":2}"),
        AT(8, "{\"\xc3\xa9\":1,\"\\u00E9\":2}"),
        AT(18, "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"),
        AT(7, "{\"/\":1,\"\\/\":2}"),
        AT(8, "[{\"a\":1,\"a\":2}]"),
        AT(19, "{\"a\":{\"a\":1},\"b\":2,\"a\":3}"),
    };

    TEST_BAD(cases);
}


static void
test_tree(void **state)
{
    inv_json_t       *root;
    inv_arena_t      *arena;
    inv_json_error_t  error;
    const inv_json_t *tags;

    arena = inv_arena_create();
    assert_int_equal(
        test_json_read(arena,
                       inv_str("{\"n\":-1.50,\"s\":\"\\u00e9\",\"t\":true,"
                               "\"f\":false,\"z\":null,"
                               "\"a\":[1,\"\",[]],\"\":{}}"),
                       &root, &error),
        INV_JSON_OK);

    assert_int_equal(root->type, INV_JSON_OBJECT);
    assert_int_equal(root->count, 7);
    assert_null(root->name.data);
    assert_null(root->next);

    assert_int_equal(root->first->type, INV_JSON_NUMBER);
    assert_true(inv_str_eq(root->first->name, inv_str("n")));
    assert_true(inv_str_eq(root->first->text, inv_str("-1.50")));

    assert_ptr_equal(root->first->next, inv_json_member(root, inv_str("s")));
    assert_int_equal(root->first->next->type, INV_JSON_STRING);
    assert_true(inv_str_eq(root->first->next->text, inv_str("\xc3\xa9")));

    assert_int_equal(inv_json_member(root, inv_str("t"))->type, INV_JSON_BOOL);
    assert_true(inv_json_member(root, inv_str("t"))->truth);
    assert_false(inv_json_member(root, inv_str("f"))->truth);
    assert_int_equal(inv_json_member(root, inv_str("z"))->type, INV_JSON_NULL);

    tags = inv_json_member(root, inv_str("a"));
    assert_int_equal(tags->type, INV_JSON_ARRAY);
    assert_int_equal(tags->count, 3);
    assert_null(tags->first->name.data);
    assert_int_equal(tags->first->next->type, INV_JSON_STRING);
    assert_int_equal(tags->first->next->text.len, 0);
    assert_non_null(tags->first->next->text.data);
    assert_int_equal(tags->first->next->next->count, 0);
    assert_null(tags->first->next->next->first);
    assert_null(tags->first->next->next->next);

    assert_int_equal(inv_json_member(root, inv_str(""))->type, INV_JSON_OBJECT);
    assert_null(inv_json_member(root, inv_str("N")));
    assert_null(inv_json_member(root, inv_str("nn")));
    assert_null(inv_json_member(tags, inv_str("")));

    inv_arena_destroy(arena);
}


/* error is for malformed texts; root for good ones. */
static void
test_results_stay_untouched(void **state)
{
    inv_json_t      *root, mark;
    inv_arena_t     *arena;
    inv_json_error_t error;

    arena = inv_arena_create();

    error = (inv_json_error_t){ 77, NULL };
    assert_int_equal(inv_json_read(arena, inv_str("[]"), &root, &error),
                     INV_JSON_OK);
    assert_int_equal(error.offset, 77);
    assert_null(error.reason);

    root = &mark;
    assert_int_equal(inv_json_read(arena, inv_str("[}"), &root, &error),
                     INV_JSON_MALFORMED);
    assert_ptr_equal(root, &mark);

    assert_int_equal(inv_json_read(arena, INV_STR_ABSENT, &root, &error),
                     INV_JSON_MALFORMED);
    assert_int_equal(error.offset, 0);

    inv_arena_destroy(arena);
}


/* Each byte alone, in a string, and escaped. */
static void
test_every_byte(void **state)
{
    int              c;
    bool             good;
    inv_json_t      *root;
    inv_arena_t     *arena;
    inv_json_error_t error;
    char             text[4];

    arena = inv_arena_create();

    for (c = 0; c < 256; c++) {
        text[0] = (char) c;
        good = c >= '0' && c <= '9';
        assert_int_equal(
            test_json_read(arena, (inv_str_t){ 1, text }, &root, &error),
            good ? INV_JSON_OK : INV_JSON_MALFORMED);

        text[0] = '"';
        text[1] = (char) c;
        text[2] = '"';
        good = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
        assert_int_equal(
            test_json_read(arena, (inv_str_t){ 3, text }, &root, &error),
            good ? INV_JSON_OK : INV_JSON_MALFORMED);

        text[1] = '\\';
        text[2] = (char) c;
        text[3] = '"';
        good = c != 0 && strchr("\"\\/bfnrt", c) != NULL;
        assert_int_equal(
            test_json_read(arena, (inv_str_t){ 4, text }, &root, &error),
            good ? INV_JSON_OK : INV_JSON_MALFORMED);
    }

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_syntax_errors),
        cmocka_unit_test(test_trailing_bytes),
        cmocka_unit_test(test_broken_tokens),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_all_prefixes),
        cmocka_unit_test(test_foreign_blanks),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_surrogates_and_nul),
        cmocka_unit_test(test_bad_utf8),
        cmocka_unit_test(test_first_error_is_told),
        cmocka_unit_test(test_duplicate_names),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_results_stay_untouched),
        cmocka_unit_test(test_every_byte),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
