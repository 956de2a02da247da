
/*
 * Unit test of entity tags: what is a list of them, and which versions it
 * names.
 */


#include "test_model.h"
#include "../../src/model/inv_header.h"


/* The header in memory that ends where it does; NULL: absent. */
static inv_match_t
test_read(const char *text, size_t len, char **exact)
{
    *exact = NULL;

    if (text == NULL) {
        return inv_match_read(INV_STR_ABSENT);
    }

    *exact = malloc(len + 1);
    assert_non_null(*exact);
    memcpy(*exact + 1, text, len);

    return inv_match_read((inv_str_t){ len, *exact + 1 });
}


static void
test_tags(void **state)
{
    size_t i, n;
    char   out[INV_ETAG_TEXT];

    static const struct {
        int64_t     version;
        const char *tag;
    } cases[] = {
        { 1, "\"1\"" },
        { 0, "\"0\"" },
        { INT64_MAX, "\"9223372036854775807\"" },
        { INT64_MIN, "\"-9223372036854775808\"" },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        n = inv_etag_write(cases[i].version, out);
        assert_true(inv_str_eq((inv_str_t){ n, out }, test_str(cases[i].tag)));
    }
}


static void
test_kinds(void **state)
{
    char       *exact;
    size_t      i;
    inv_match_t match;

    static const struct {
        const char      *text;
        inv_match_kind_t kind;
    } cases[] = {
        { NULL, INV_MATCH_ABSENT },
        { "*", INV_MATCH_ANY },
        { " *\t", INV_MATCH_ANY },
        { "\"1\"", INV_MATCH_LIST },
        { "W/\"1\"", INV_MATCH_LIST },
        { "\"\"", INV_MATCH_LIST },
        { "W/\"\"", INV_MATCH_LIST },
        { "\"*\"", INV_MATCH_LIST },
        { "\"a,b\"", INV_MATCH_LIST },
        { "\"1\",\"2\"", INV_MATCH_LIST },
        { "\"1\" , W/\"2\"\t,\"3\" ", INV_MATCH_LIST },

        /* elements may be empty (RFC 9110, 5.6.1.2) */
        { "", INV_MATCH_LIST },
        { ",", INV_MATCH_LIST },
        { " , , ", INV_MATCH_LIST },
        { ",\"1\"", INV_MATCH_LIST },
        { "\"1\",", INV_MATCH_LIST },
        { "\"1\",,\"2\"", INV_MATCH_LIST },

        { "1", INV_MATCH_MALFORMED },
        { "\"", INV_MATCH_MALFORMED },
        { "\"1", INV_MATCH_MALFORMED },
        { "1\"", INV_MATCH_MALFORMED },
        { "'1'", INV_MATCH_MALFORMED },
        { "w/\"1\"", INV_MATCH_MALFORMED },
        { "W/ \"1\"", INV_MATCH_MALFORMED },
        { "W\"1\"", INV_MATCH_MALFORMED },
        { "W/", INV_MATCH_MALFORMED },
        { "W/1", INV_MATCH_MALFORMED },
        { "W", INV_MATCH_MALFORMED },
        { "W/W/\"1\"", INV_MATCH_MALFORMED },
        { "\"1\"\"2\"", INV_MATCH_MALFORMED },
        { "\"1\" \"2\"", INV_MATCH_MALFORMED },
        { "\"1\";\"2\"", INV_MATCH_MALFORMED },
        { "\"1\",2", INV_MATCH_MALFORMED },
        { "\"1\",*", INV_MATCH_MALFORMED },
        { "*,\"1\"", INV_MATCH_MALFORMED },
        { "*,*", INV_MATCH_MALFORMED },
        { "**", INV_MATCH_MALFORMED },
        { "W/*", INV_MATCH_MALFORMED },
        { "\"a b\"", INV_MATCH_MALFORMED },
        { "\"a , \"b\"", INV_MATCH_MALFORMED },
        { "\"a\x7f,\"b\"", INV_MATCH_MALFORMED },
        { "\"!#~\x80\"", INV_MATCH_LIST },
        { "\"a\tb\"", INV_MATCH_MALFORMED },
        { "\"\x7f\"", INV_MATCH_MALFORMED },
        { "\"1\\\"", INV_MATCH_LIST },
        { "\"\\\"1\"", INV_MATCH_MALFORMED },
        { "\"\xc3\xa9\xff\"", INV_MATCH_LIST },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        match = test_read(cases[i].text,
                          cases[i].text != NULL ? strlen(cases[i].text) : 0,
                          &exact);

        if (match.kind != cases[i].kind) {
            fail_msg("%s is %d", cases[i].text, (int) match.kind);
        }

        free(exact);
    }

    match = test_read("\"1\0\"", 4, &exact);
    assert_int_equal(match.kind, INV_MATCH_MALFORMED);
    free(exact);
}


static void
test_versions(void **state)
{
    bool        found;
    char       *exact;
    size_t      i;
    inv_match_t match;

    static const struct {
        const char *text;
        int64_t     version;
        bool        found;
    } cases[] = {
        { "*", 1, true },
        { "\"7\"", 7, true },
        { "W/\"7\"", 7, true },
        { "\"7\"", 8, false },
        { "\"7\"", 77, false },
        { "\"77\"", 7, false },
        { "\"1\",\"7\"", 7, true },
        { "\"7\",\"1\"", 7, true },
        { "\"1\" ,\tW/\"7\" ,", 7, true },
        { ",,\"7\"", 7, true },
        { "\"1\",\"2\",\"3\"", 7, false },
        { "", 7, false },
        { ",", 7, false },
        { "\"\"", 7, false },

        /* opaque: not numbers, and nothing inside of one counts */
        { "\"007\"", 7, false },
        { "\"+7\"", 7, false },
        { "\"7.0\"", 7, false },
        { "\"*\"", 7, false },
        { "\"7,\"", 7, false },
        { "\"1,7\"", 7, false },
        { "\"W/7\"", 7, false },
        { "\"7-gzip\"", 7, false },

        { "\"9223372036854775807\"", INT64_MAX, true },
        { "\"9223372036854775808\"", INT64_MIN, false },
        { "7", 7, false },
        { "\"7\" \"7\"", 7, false },
        { "\"7\",7", 7, false },

        { "\"18446744073709551623\"", 7, false },
        { "\"4294967303\"", 7, false },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        match = test_read(cases[i].text, strlen(cases[i].text), &exact);
        found = inv_match_version(&match, cases[i].version);

        if (found != cases[i].found) {
            fail_msg("%s: %d", cases[i].text, found);
        }

        free(exact);
    }
}


/* As many tags as fit a header; the one that counts stands last. */
static void
test_long_list(void **state)
{
    char       *text;
    inv_match_t match;

    text = test_repeated("\"1\"", ", W/\"99\"", 20000, ",\"7\"");
    match = inv_match_read(test_str(text));
    assert_int_equal(match.kind, INV_MATCH_LIST);
    assert_true(inv_match_version(&match, 7));
    assert_false(inv_match_version(&match, 8));
    free(text);

    text = test_repeated("", ", ", 20000, "\"7\"");
    match = inv_match_read(test_str(text));
    assert_int_equal(match.kind, INV_MATCH_LIST);
    assert_true(inv_match_version(&match, 7));
    free(text);
}


/* If-Match and If-None-Match of a change: both must hold. */
static void
test_except(void **state)
{
    size_t      i;
    inv_match_t match, none;

    static const struct {
        const char      *match, *none;
        inv_match_kind_t kind;
        bool             found; /* version 7 */
    } cases[] = {
        { NULL, NULL, INV_MATCH_ABSENT, false },
        { "*", NULL, INV_MATCH_ANY, true },
        { "\"7\"", NULL, INV_MATCH_LIST, true },
        { NULL, "*", INV_MATCH_LIST, false },
        { NULL, "\"7\"", INV_MATCH_LIST, false },
        { NULL, "\"8\", W/\"7\"", INV_MATCH_LIST, false },
        { NULL, "\"8\"", INV_MATCH_LIST, true },
        { NULL, "\"07\"", INV_MATCH_LIST, true },
        { NULL, "", INV_MATCH_LIST, true },
        { "*", "*", INV_MATCH_LIST, false },
        { "*", "\"7\"", INV_MATCH_LIST, false },
        { "*", "\"8\"", INV_MATCH_LIST, true },
        { "\"7\"", "*", INV_MATCH_LIST, false },
        { "\"7\"", "\"7\"", INV_MATCH_LIST, false },
        { "\"7\"", "\"8\"", INV_MATCH_LIST, true },
        { "\"8\"", "\"9\"", INV_MATCH_LIST, false },
        { "", "\"8\"", INV_MATCH_LIST, false },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        match = inv_match_read(cases[i].match != NULL ? test_str(cases[i].match)
                                                      : INV_STR_ABSENT);
        none = inv_match_read(cases[i].none != NULL ? test_str(cases[i].none)
                                                    : INV_STR_ABSENT);
        inv_match_except(&match, &none);

        if (match.kind != cases[i].kind
            || inv_match_version(&match, 7) != cases[i].found)
        {
            fail_msg("%s, not %s", cases[i].match, cases[i].none);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),     cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_versions), cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_except),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
