
/*
 * The circuit breaker: when it opens, for how long, and who may try.
 */

/* link: src/shared/inv_breaker.c */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/shared/inv_breaker.h"


#define FAILURES 5    /* in a row, that open it */
#define SHORTEST 250  /* ms that it stays open */
#define FIRST    1000 /* at most, the first time */
#define LONGEST  5000
#define PROBE    5000 /* after which a probe is given up */
#define NOW      INT64_C(50000)
#define LARGEST  UINT32_C(0xffffffff)


static void
fail_calls(inv_breaker_t *breaker, unsigned times, int64_t now_ms)
{
    while (times-- > 0) {
        inv_breaker_failed(breaker, now_ms, 0);
    }
}


static void
test_zero_is_closed(void **state)
{
    inv_breaker_t breaker = { 0 };

    assert_true(inv_breaker_allow(&breaker, 0));
    assert_int_equal(inv_breaker_wait_ms(&breaker, 0), 0);
}


static void
test_opens_after_failures_in_a_row(void **state)
{
    inv_breaker_t breaker = { 0 };

    fail_calls(&breaker, FAILURES - 1, NOW);
    assert_true(inv_breaker_allow(&breaker, NOW));

    inv_breaker_succeeded(&breaker);
    fail_calls(&breaker, FAILURES - 1, NOW);
    assert_true(inv_breaker_allow(&breaker, NOW));

    fail_calls(&breaker, 1, NOW);
    assert_false(inv_breaker_allow(&breaker, NOW));
    assert_true(inv_breaker_wait_ms(&breaker, NOW) > 0);
}


static void
test_one_probe_at_a_time(void **state)
{
    inv_breaker_t breaker = { 0 };

    fail_calls(&breaker, FAILURES, NOW);

    assert_false(inv_breaker_allow(&breaker, NOW + SHORTEST - 1));
    assert_true(inv_breaker_allow(&breaker, NOW + SHORTEST));
    assert_int_equal(breaker.state, INV_BREAKER_HALF_OPEN);
    assert_false(inv_breaker_allow(&breaker, NOW + SHORTEST));
    assert_false(inv_breaker_allow(&breaker, NOW + SHORTEST + PROBE - 1));

    /* The one who probed never came back. */
    assert_true(inv_breaker_allow(&breaker, NOW + SHORTEST + PROBE));
    assert_false(inv_breaker_allow(&breaker, NOW + SHORTEST + PROBE));
}


static void
test_success_closes(void **state)
{
    inv_breaker_t breaker = { 0 };

    fail_calls(&breaker, FAILURES, NOW);
    assert_true(inv_breaker_allow(&breaker, NOW + SHORTEST));

    inv_breaker_succeeded(&breaker);
    assert_true(inv_breaker_allow(&breaker, NOW + SHORTEST));
    assert_true(inv_breaker_allow(&breaker, NOW + SHORTEST));

    /* And the count begins anew. */
    fail_calls(&breaker, FAILURES - 1, NOW);
    assert_true(inv_breaker_allow(&breaker, NOW));
}


static void
test_failed_probe_opens_again(void **state)
{
    inv_breaker_t breaker = { 0 };

    fail_calls(&breaker, FAILURES, NOW);
    assert_true(inv_breaker_allow(&breaker, NOW + SHORTEST));

    inv_breaker_failed(&breaker, NOW + SHORTEST, 0);
    assert_int_equal(inv_breaker_wait_ms(&breaker, NOW + SHORTEST), SHORTEST);
    assert_false(inv_breaker_allow(&breaker, NOW + SHORTEST));
}


static void
test_late_failures_do_not_prolong(void **state)
{
    inv_breaker_t breaker = { 0 };

    fail_calls(&breaker, FAILURES, NOW);
    fail_calls(&breaker, 1000, NOW + SHORTEST - 1);

    assert_int_equal(inv_breaker_wait_ms(&breaker, NOW), SHORTEST);
    assert_true(inv_breaker_allow(&breaker, NOW + SHORTEST));
}


/* Whatever the draw: within the bounds, which grow to the longest and stay. */
static void
test_open_times(void **state)
{
    unsigned      round, i;
    int64_t       now_ms, wait_ms, ceiling_ms, largest_ms;
    uint32_t      draw;
    inv_breaker_t breaker, again;

    memset(&breaker, 0, sizeof(breaker));
    fail_calls(&breaker, FAILURES - 1, NOW);

    now_ms = NOW;
    ceiling_ms = FIRST;
    draw = 1;

    for (round = 0; round < 100; round++) {
        largest_ms = 0;

        for (i = 0; i < 2000; i++) {
            draw = draw * 1664525 + 1013904223;
            again = breaker;

            inv_breaker_failed(&again, now_ms, i == 0 ? LARGEST : draw);
            wait_ms = inv_breaker_wait_ms(&again, now_ms);

            assert_in_range(wait_ms, SHORTEST, ceiling_ms);
            largest_ms = wait_ms > largest_ms ? wait_ms : largest_ms;
        }

        assert_true(largest_ms > ceiling_ms * 9 / 10);

        breaker = again;
        now_ms += wait_ms;
        assert_true(inv_breaker_allow(&breaker, now_ms));

        ceiling_ms = ceiling_ms * 2 > LONGEST ? LONGEST : ceiling_ms * 2;
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_is_closed),
        cmocka_unit_test(test_opens_after_failures_in_a_row),
        cmocka_unit_test(test_one_probe_at_a_time),
        cmocka_unit_test(test_success_closes),
        cmocka_unit_test(test_failed_probe_opens_again),
        cmocka_unit_test(test_late_failures_do_not_prolong),
        cmocka_unit_test(test_open_times),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
