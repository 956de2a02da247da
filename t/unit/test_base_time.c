
/*
 * Unit test of times as text, against the C library's calendar.
 */


#include "../../src/base/inv_base.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>


#define TEST_DAY_MS    INT64_C(86400000)
#define TEST_FIRST_DAY INT64_C(-719528) /* 0000-01-01 */
#define TEST_LAST_DAY  INT64_C(2932896) /* 9999-12-31 */


static void
test_known(void **state)
{
    size_t i;
    char   text[INV_TIME_TEXT + 1];
    static const struct {
        inv_time_t  t;
        const char *text;
    } known[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
        { 1, "1970-01-01T00:00:00.001Z" },
        { INT64_C(1795236462201), "2026-11-21T04:47:42.201Z" },
        { INT64_C(951782400000), "2000-02-29T00:00:00.000Z" },
        { INT64_C(951868800000), "2000-03-01T00:00:00.000Z" },
        { INT64_C(-2203977600000), "1900-02-28T00:00:00.000Z" },
        { INT64_C(-2203891200000), "1900-03-01T00:00:00.000Z" },
        { INT64_C(1709164800000), "2024-02-29T00:00:00.000Z" },
        { INT64_C(1740700800000), "2025-02-28T00:00:00.000Z" },
        { INT64_C(1740787200000), "2025-03-01T00:00:00.000Z" },
        { INT64_C(4107456000000), "2100-02-28T00:00:00.000Z" },
        { INT64_C(4107542400000), "2100-03-01T00:00:00.000Z" },
        { INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z" },
        { INT64_C(-62162121600000), "0000-02-29T00:00:00.000Z" },
        { INT64_C(-62162035200000), "0000-03-01T00:00:00.000Z" },
        { INT64_C(253402300799999), "9999-12-31T23:59:59.999Z" },
        /* outside: the nearest that can be written */
        { INT64_C(-62167219200001), "0000-01-01T00:00:00.000Z" },
        { INT64_C(253402300800000), "9999-12-31T23:59:59.999Z" },
        { INT64_MIN, "0000-01-01T00:00:00.000Z" },
        { INT64_MAX, "9999-12-31T23:59:59.999Z" },
    };

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        text[INV_TIME_TEXT] = '\0';
        inv_time_write(known[i].t, text);
        assert_string_equal(text, known[i].text);
    }
}


/* The number that n digits at p stand for; -1: they are none. */
static int
test_digits(const char *p, size_t n)
{
    int value;

    for (value = 0; n > 0; n--, p++) {
        if (*p < '0' || *p > '9') {
            return -1;
        }

        value = value * 10 + (*p - '0');
    }

    return value;
}


static bool
test_same_time(const char *text, const struct tm *tm, int ms)
{
    static const char shape[] = "____-__-__T__:__:__.___Z";
    size_t            i;

    for (i = 0; i < INV_TIME_TEXT; i++) {
        if (shape[i] != '_' && text[i] != shape[i]) {
            return false;
        }
    }

    return test_digits(text, 4) == tm->tm_year + 1900
           && test_digits(text + 5, 2) == tm->tm_mon + 1
           && test_digits(text + 8, 2) == tm->tm_mday
           && test_digits(text + 11, 2) == tm->tm_hour
           && test_digits(text + 14, 2) == tm->tm_min
           && test_digits(text + 17, 2) == tm->tm_sec
           && test_digits(text + 20, 3) == ms;
}


/* Every day of ten thousand years, each at another time of day. */
static void
test_every_day(void **state)
{
    char      text[INV_TIME_TEXT];
    time_t    seconds;
    int64_t   day, ms;
    struct tm tm;

    for (day = TEST_FIRST_DAY; day <= TEST_LAST_DAY; day++) {
        ms = (day - TEST_FIRST_DAY) * 7919 % TEST_DAY_MS;
        seconds = (time_t) (day * 86400 + ms / 1000);

        inv_time_write(day * TEST_DAY_MS + ms, text);

        if (gmtime_r(&seconds, &tm) == NULL
            || !test_same_time(text, &tm, (int) (ms % 1000)))
        {
            fail_msg("day %" PRId64 " is %.*s", day, INV_TIME_TEXT, text);
        }
    }
}


static void
test_writes_nothing_behind(void **state)
{
    char text[INV_TIME_TEXT + 1];

    text[INV_TIME_TEXT] = '#';
    inv_time_write(0, text);

    assert_int_equal(text[INV_TIME_TEXT], '#');
}


static void
test_now_is_wall_clock(void **state)
{
    inv_time_t now;
    time_t     before, after;

    before = time(NULL);
    now = inv_time_now();
    after = time(NULL);

    /* time() may run a tick behind the clock that is read here */
    assert_true(now / 1000 >= before);
    assert_true(now / 1000 <= after + 1);
}


static void
test_monotonic_advances(void **state)
{
    int64_t         start, before, now;
    struct timespec pause = { 0, 1000000 };

    start = inv_time_monotonic();
    now = start;

    while (now < start + 20) {
        before = now;
        now = inv_time_monotonic();
        assert_true(now >= before);
        (void) nanosleep(&pause, NULL);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_writes_nothing_behind),
        cmocka_unit_test(test_now_is_wall_clock),
        cmocka_unit_test(test_monotonic_advances),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
