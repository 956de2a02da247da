
/*
 * Unit test of times as RFC 3339 has them: what is read, what is refused, and
 * that every time that is written is read back.
 */


#include "test_model.h"


static void
test_read(void **state)
{
    size_t     i;
    inv_time_t t;

    static const struct {
        const char *text;
        inv_time_t  t;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01t00:00:00z", 0 },
        { "1970-01-01T00:00:00.001Z", 1 },
        { "1970-01-01T00:00:00.0019999999999999999999Z", 1 },
        { "1970-01-01T00:00:00.5Z", 500 },
        { "1970-01-01T00:00:00.5+00:00", 500 },
        { "1970-01-01T02:00:00+02:00", 0 },
        { "1969-12-31T18:30:00-05:30", 0 },
        { "1970-01-01T00:00:00-00:00", 0 },
        { "1969-12-31T23:59:59.999Z", -1 },
        { "2026-11-21T04:47:42.201Z", INT64_C(1795236462201) },
        { "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
        { "2024-02-29T12:00:00Z", INT64_C(1709208000000) },
        { "2000-02-29T00:00:00Z", INT64_C(951782400000) },
        { "0000-01-01T00:00:00Z", INT64_C(-62167219200000) },
        { "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        if (!inv_time_read(test_str(cases[i].text), &t)) {
            fail_msg("%s is not read", cases[i].text);
        }

        assert_true(t == cases[i].t);
    }
}


static void
test_refused(void **state)
{
    size_t     i, len;
    inv_time_t t;

    static const char *const cases[] = {
        "",
        "2026-11-21",
        "2026-11-21T04:47Z",
        "2026-11-21T04:47:42",
        "2026-11-21T04:47:42.Z",
        "2026-11-21T04:47:42,5Z",
        "2026-11-21 04:47:42Z",
        "2026-11-21T04:47:42Z ",
        " 2026-11-21T04:47:42Z",
        "2026-11-21T04:47:42ZZ",
        "2026-11-21T04:47:42+2:00",
        "2026-11-21T04:47:42+0200",
        "2026-11-21T04:47:42+24:00",
        "2026-11-21T04:47:42+02:60",
        "2026-11-21T04:47:42 02:00",
        "2026-11-21T24:00:00Z",
        "2026-11-21T04:60:00Z",
        "2026-11-21T04:47:61Z",
        "2026-00-21T04:47:42Z",
        "2026-13-21T04:47:42Z",
        "2026-11-00T04:47:42Z",
        "2026-11-31T04:47:42Z",
        "2026-02-29T04:47:42Z",
        "1900-02-29T04:47:42Z",
        "26-11-21T04:47:42Z",
        "-2026-11-21T04:47:42Z",
        "+2026-11-21T04:47:42Z",
        "12026-11-21T04:47:42Z",
        "2026-1a-21T04:47:42Z",
        "2026-11-21T04:47:4\xd9\xa2Z",
        "1795236462201",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
    };

    static const char good[] = "2026-11-21T04:47:42.201+02:00";

    for (i = 0; i < TEST_COUNT(cases); i++) {
        if (inv_time_read(test_str(cases[i]), &t)) {
            fail_msg("%s is read", cases[i]);
        }
    }

    /* all that is shorter */
    for (len = 0; len < sizeof(good) - 1; len++) {
        assert_false(inv_time_read((inv_str_t){ len, good }, &t));
    }

    /* a NUL is no character of any part */
    assert_false(inv_time_read((inv_str_t){ 20, "2026-11-21T04:47:42\0" }, &t));
}


/* Every day of 10,000 years, and a time of it. */
static void
test_round_trips(void **state)
{
    char       text[INV_TIME_TEXT];
    inv_time_t t, read;

    for (t = INT64_C(-62167219200000); t <= INT64_C(253402300799999);
         t += 86400000 - 12345)
    {
        inv_time_write(t, text);
        assert_true(inv_time_read((inv_str_t){ sizeof(text), text }, &read));
        assert_true(read == t);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trips),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
