
/*
 * Unit test of Content-Type: which values are a media type of ours.
 */


#include "test_model.h"
#include "../../src/model/inv_header.h"


static bool
test_is(const char *value, const char *type)
{
    bool   is;
    char  *exact;
    size_t len;

    len = strlen(value);
    exact = malloc(len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, value, len);
    is = inv_media_type_is((inv_str_t){ len, exact + 1 }, test_str(type));
    free(exact);

    return is;
}


static void
test_values(void **state)
{
    size_t i;

#define JSON "application/json"

    static const struct {
        const char *value;
        bool        is;
    } cases[] = {
        { JSON, true },
        { " " JSON "\t", true },
        { "APPLICATION/Json", true },
        { JSON ";charset=utf-8", true },
        { JSON "; charset=utf-8", true },
        { JSON " \t;\t charset=UTF-8 ", true },
        { JSON "; Charset=Utf-8", true },
        { JSON ";charset=\"utf-8\"", true },
        { JSON ";charset=\"UTF-8\" ", true },
        { JSON ";charset=\"\\u\\t\\f\\-\\8\"", true },
        { JSON ";", true },
        { JSON " ; ; ", true },
        { JSON ";charset=utf-8;", true },

        { "", false },
        { " ", false },
        { "application", false },
        { "application/jso", false },
        { "application/jsonx", false },
        { "application/jsom", false },
        { "bpplication/json", false },
        { "audio/something_", false },
        { "application/json-patch+json", false },
        { "application/jsonl", false },
        { "application\x0fjson", false },
        { JSON "\x1b", false },
        { JSON ";charset\x1dutf-8", false },
        { JSON ";charset=utf\x0d"
               "8",
          false },
        { JSON "\n", false },
        { "application /json", false },
        { "application/ json", false },
        { "text/json", false },
        { "text/plain", false },
        { "application/x-www-form-urlencoded", false },
        { JSON ", " JSON, false },
        { JSON " charset=utf-8", false },
        { JSON "; charset=latin1", false },
        { JSON "; charset=utf-16", false },
        { JSON "; charset=utf8", false },
        { JSON "; charset=utf-8x", false },
        { JSON "; charset=utf-", false },
        { JSON "; charset=", false },
        { JSON "; charset", false },
        { JSON "; charset =utf-8", false },
        { JSON "; charset= utf-8", false },
        { JSON "; charset='utf-8'", false },
        { JSON "; charset=\"utf-8", false },
        { JSON "; charset=\"utf-8\"x", false },
        { JSON "; charset=\"utf-8 \"", false },
        { JSON "; charset=\"", false },
        { JSON "; charset=\"utf-8\\", false },
        { JSON "; charset=utf-8; charset=latin1", false },
        { JSON "; version=1", false },
        { JSON "; charset=utf-8; version=1", false },
        { JSON "; q", false },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        if (test_is(cases[i].value, JSON) != cases[i].is) {
            fail_msg("%s", cases[i].value);
        }
    }
}


static void
test_other_types(void **state)
{
    static const char patch[] = "application/merge-patch+json";

    assert_true(test_is(patch, patch));
    assert_true(test_is("Application/Merge-Patch+JSON; charset=utf-8", patch));
    assert_false(test_is(JSON, patch));
    assert_false(test_is(patch, JSON));
    assert_false(test_is("application/merge-patch", patch));
    assert_false(inv_media_type_is(INV_STR_ABSENT, inv_str(JSON)));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_other_types),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
