
/*
 * What workers say of themselves: summed up, and of those only that still live;
 * the places of the others are taken.
 */

/* made of: src/shared/inv_metrics*.c */
/* link with: -Wl,--wrap=inv_time_now,--wrap=inv_time_monotonic */


#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/shared/inv_metrics_private.h"

#include "test_metrics.h"


/* What a worker says: its number tells it from the others. */
static inv_metrics_gauges_t
words_of(ngx_uint_t number)
{
    unsigned             i;
    inv_metrics_gauges_t gauges = { 0 };

    for (i = 0; i < INV_METRICS_QUEUES; i++) {
        gauges.waiting[i] = number * 100 + i;
    }

    for (i = 0; i < INV_METRICS_LANES; i++) {
        gauges.jobs[i] = number * 10 + i;
    }

    gauges.outbox[0] = number;
    gauges.outbox[1] = number * 2;
    gauges.oldest = (inv_time_t) (5000 - number);
    gauges.redis_up = 1 | UINT64_C(1) << number;

    return gauges;
}


static bool
say(ngx_uint_t number)
{
    inv_metrics_gauges_t gauges = words_of(number);

    return inv_metrics_publish(&gauges);
}


/* Says it and is killed. */
static void
say_once(fixture_t *f, ngx_uint_t number)
{
    REQUIRE(say(number));
}


/* Says it and ends as a worker does. */
static void
say_goodbye(fixture_t *f, ngx_uint_t number)
{
    REQUIRE(say(number));
    inv_metrics_end();
}


static void
run_worker(fixture_t *f, ngx_uint_t number,
           void (*work)(fixture_t *f, ngx_uint_t number))
{
    worker_is_gone(start_worker(f, number, work));
}


static unsigned
living(void)
{
    unsigned             up[INV_METRICS_SERVERS];
    inv_metrics_gauges_t all;

    return inv_metrics_gather(&all, up);
}


static void
test_all_together(void **state)
{
    unsigned             i, up[INV_METRICS_SERVERS];
    fixture_t            f;
    inv_metrics_gauges_t all, gauges;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 3);
    assert_int_equal(inv_metrics_gather(&all, up), 0);

    run_worker(&f, 1, say_once);
    run_worker(&f, 2, say_once);
    assert_true(say(3));

    memset(&all, 0xff, sizeof(all));
    memset(up, 0xff, sizeof(up));
    assert_int_equal(inv_metrics_gather(&all, up), 3);

    for (i = 0; i < INV_METRICS_QUEUES; i++) {
        assert_int_equal(all.waiting[i], 600 + 3 * i);
    }

    for (i = 0; i < INV_METRICS_LANES; i++) {
        assert_int_equal(all.jobs[i], 60 + 3 * i);
    }

    for (i = 0; i < INV_METRICS_SERVERS; i++) {
        assert_int_equal(up[i], i == 0 ? 3 : i <= 3);
    }

    assert_int_equal(all.outbox[0], 6);
    assert_int_equal(all.outbox[1], 12);
    assert_int_equal(all.oldest, 4997);

    /* one that has nothing waiting has no oldest */
    gauges = words_of(3);
    gauges.oldest = 0;
    assert_true(inv_metrics_publish(&gauges));
    assert_int_equal(inv_metrics_gather(&all, up), 3);
    assert_int_equal(all.oldest, 4998);
    close_metrics(&f);
}


static void
test_the_last_word_counts(void **state)
{
    unsigned             i, up[INV_METRICS_SERVERS];
    fixture_t            f;
    inv_metrics_gauges_t all;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);

    for (i = 1; i < 10; i++) {
        assert_true(say(i));
        assert_int_equal(inv_metrics_gather(&all, up), 1);
        assert_int_equal(all.outbox[0], i);
    }

    close_metrics(&f);
}


static void
test_goodbye_at_once(void **state)
{
    fixture_t f;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);
    assert_true(say(1));
    run_worker(&f, 2, say_goodbye);
    assert_int_equal(living(), 1);

    /* who has its place, and has said nothing yet, is not taken for it */
    f.metrics.memory->workers[1].pid = 1;
    assert_int_equal(living(), 1);
    f.metrics.memory->workers[1].pid = 0;

    /* its place is free: the next one is in it */
    run_worker(&f, 3, say_once);
    assert_true(f.metrics.memory->workers[1].pid != 0);
    assert_true(f.metrics.memory->workers[2].pid == 0);
    assert_int_equal(living(), 2);
    close_metrics(&f);
}


static void
test_the_dead_are_forgotten(void **state)
{
    uint64_t  dead;
    fixture_t f;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);
    run_worker(&f, 1, say_once);
    dead = f.metrics.memory->workers[0].pid;

    clocks->monotonic += INV_METRICS_SILENT_MS;
    assert_true(say(2));
    assert_int_equal(living(), 2);
    assert_int_equal(f.metrics.memory->workers[0].pid, dead);

    clocks->monotonic += 1;
    assert_int_equal(living(), 1);

    run_worker(&f, 3, say_once);
    assert_true(f.metrics.memory->workers[0].pid != dead);
    assert_true(f.metrics.memory->workers[2].pid == 0);
    assert_int_equal(living(), 2);
    close_metrics(&f);
}


/* Its ends, as seen from the worker: it waits for a byte, and answers one. */
typedef struct {
    int in[2], out[2];
} pipes_t;

static pipes_t pipes;


static void
say_later(fixture_t *f, ngx_uint_t number)
{
    char byte;

    REQUIRE(say(number));
    REQUIRE(write(pipes.out[1], "1", 1) == 1);
    REQUIRE(read(pipes.in[0], &byte, 1) == 1);
    REQUIRE(say(number));
    REQUIRE(write(pipes.out[1], "2", 1) == 1);
    REQUIRE(read(pipes.in[0], &byte, 1) == 1);
    inv_metrics_end();
}


static void
wait_for_worker(char wanted)
{
    char byte;

    assert_int_equal(read(pipes.out[0], &byte, 1), 1);
    assert_int_equal(byte, wanted);
}


static void
go_on(void)
{
    assert_int_equal(write(pipes.in[1], "x", 1), 1);
}


/* One that was stopped, and goes on: another has its place by then. */
static void
test_silent_and_back(void **state)
{
    pid_t     pid;
    fixture_t f;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);
    assert_int_equal(pipe(pipes.in), 0);
    assert_int_equal(pipe(pipes.out), 0);

    pid = start_worker(&f, 1, say_later);
    wait_for_worker('1');
    assert_int_equal(f.metrics.memory->workers[0].pid, pid);

    clocks->monotonic += INV_METRICS_SILENT_MS + 1;
    assert_int_equal(living(), 0);
    assert_true(say(2));
    assert_int_equal(f.metrics.memory->workers[0].pid, getpid());

    go_on();
    wait_for_worker('2');
    assert_int_equal(f.metrics.memory->workers[0].pid, getpid());
    assert_int_equal(f.metrics.memory->workers[1].pid, pid);
    assert_int_equal(living(), 2);

    go_on();
    worker_is_gone(pid);
    assert_int_equal(living(), 1);
    assert_int_equal(f.metrics.memory->workers[0].pid, getpid());
    close_metrics(&f);
}


/* It was silent, and nobody has wanted its place. */
static void
test_silent_and_still_there(void **state)
{
    fixture_t f;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);
    assert_true(say(1));
    clocks->monotonic += INV_METRICS_SILENT_MS * 10;
    assert_int_equal(living(), 0);
    assert_true(say(1));
    assert_int_equal(living(), 1);
    assert_int_equal(f.metrics.memory->workers[0].pid, getpid());
    assert_int_equal(f.metrics.memory->workers[1].pid, 0);
    close_metrics(&f);
}


/* Whose place was taken and given back does not take it for its own. */
static void
test_the_taken_place_is_not_withdrawn(void **state)
{
    fixture_t f;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);
    assert_true(say(1));
    f.metrics.memory->workers[0].pid = 1; /* another worker's */
    inv_metrics_end();
    assert_int_equal(f.metrics.memory->workers[0].pid, 1);

    inv_metrics_start(&f.metrics, 0);
    assert_int_equal(living(), 1);
    close_metrics(&f);
}


static void
test_all_places_are_taken(void **state)
{
    unsigned  i;
    fixture_t f;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);

    for (i = 0; i < INV_METRICS_WORKERS; i++) {
        f.metrics.memory->workers[i].pid = 1;
        f.metrics.memory->workers[i].at_ms = clocks->monotonic;
    }

    assert_false(say(1));
    assert_int_equal(living(), INV_METRICS_WORKERS);

    /* the last one falls silent */
    f.metrics.memory->workers[i - 1].at_ms -= INV_METRICS_SILENT_MS + 1;
    assert_int_equal(living(), INV_METRICS_WORKERS - 1);
    assert_true(say(1));
    assert_int_equal(f.metrics.memory->workers[i - 1].pid, getpid());
    assert_int_equal(living(), INV_METRICS_WORKERS);
    close_metrics(&f);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_together),
        cmocka_unit_test(test_the_last_word_counts),
        cmocka_unit_test(test_goodbye_at_once),
        cmocka_unit_test(test_the_dead_are_forgotten),
        cmocka_unit_test(test_silent_and_back),
        cmocka_unit_test(test_silent_and_still_there),
        cmocka_unit_test(test_the_taken_place_is_not_withdrawn),
        cmocka_unit_test(test_all_places_are_taken),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
