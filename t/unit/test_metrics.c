
/*
 * What is counted: by many workers at once, over reloads, for servers that come
 * and go; and whose memory it is.
 */

/* made of: src/shared/inv_metrics*.c */
/* link with: -Wl,--wrap=inv_time_now,--wrap=inv_time_monotonic */


#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>

#include "../../src/shared/inv_metrics_private.h"

#include "test_metrics.h"


/* Some of them share a slot. */
#define WORKERS (INV_METRICS_SLOTS + 4)
#define TIMES   2000

/* How often two begin at the same moment: else each is alone mostly. */
#define ROUNDS 2000


/* Of all processes: how often one of two was ready to begin. */
static uint64_t *ready;

/* Counts of all: it is a lot for a stack. */
static inv_metrics_slot_t sum;


/* As if another cycle had these servers: the memory stays. */
static void
reload(fixture_t *f, const char *const *names, size_t n)
{
    void  *old = f->metrics.memory;
    size_t i;

    memset(&f->metrics, 0, sizeof(inv_metrics_t));
    f->metrics.nnames = n;

    for (i = 0; i < n; i++) {
        f->metrics.names[i] = names[i];
    }

    assert_int_equal(inv_metrics_zone_init(&f->shm_zone, old), NGX_OK);
}


static void
test_nothing_before_the_start(void **state)
{
    fixture_t            f;
    unsigned             up[INV_METRICS_SERVERS];
    inv_metrics_gauges_t gauges = { .redis_up = 1 };

    open_metrics(&f);

    inv_metrics_count(INV_COUNT_SWEPT, 1);
    inv_metrics_read(INV_METRICS_MISS, true);
    inv_metrics_request(1, 1, 1);
    inv_metrics_refused(INV_METRICS_READ, INV_METRICS_OVERLOADED);
    inv_metrics_job(INV_METRICS_READ, 1, 1);
    inv_metrics_batch(1);
    inv_metrics_step(1, 1);
    inv_metrics_action(1, 1);
    inv_metrics_redis(0, INV_METRICS_REDIS_COMMANDS, 1);

    assert_int_equal(inv_metrics_made(), 0);
    assert_int_equal(inv_metrics_server(0), INV_METRICS_SERVERS);
    assert_false(inv_metrics_publish(&gauges));
    assert_int_equal(inv_metrics_gather(&gauges, up), 0);
    assert_int_equal(gauges.redis_up, 0);
    inv_metrics_end();

    memset(&sum, 0xff, sizeof(sum));
    inv_metrics_sum(&sum);
    assert_int_equal(sum.counts[INV_COUNT_SWEPT], 0);

    inv_metrics_start(&f.metrics, 0);
    inv_metrics_sum(&sum);
    assert_int_equal(sum.counts[INV_COUNT_WORKER_STARTS], 1);
    sum.counts[INV_COUNT_WORKER_STARTS] = 0;
    assert_memory_equal(&sum, &(inv_metrics_slot_t){ 0 }, sizeof(sum));
    close_metrics(&f);
}


/* Each thing in its place, and the last ones of each table. */
static void
test_each_in_its_place(void **state)
{
    fixture_t          f;
    inv_metrics_slot_t wanted = { 0 };

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 4); /* the slot behind is summed up, too */
    inv_metrics_start(&f.metrics, 3);

    inv_metrics_count(INV_COUNT_SWEPT, 4);
    inv_metrics_read(INV_METRICS_STALE, false);
    inv_metrics_read(INV_METRICS_MISS, true);
    inv_metrics_request(INV_METRICS_SERIES - 1, INV_METRICS_STATUSES - 1, 7);
    inv_metrics_refused(INV_METRICS_ENGINE, INV_METRICS_UNAVAILABLE);
    inv_metrics_job(INV_METRICS_LEDGER, 3, 20000);
    inv_metrics_job(INV_METRICS_LEDGER, 5000, -1); /* a clock set back */
    inv_metrics_batch(1);
    inv_metrics_step(INV_METRICS_STEPS - 1, INV_METRICS_REPLIES - 1);
    inv_metrics_action(INV_METRICS_ACTIONS - 1, INV_METRICS_VERDICTS - 1);
    inv_metrics_redis(INV_METRICS_SERVERS - 1, INV_METRICS_REDIS_CONNECTS, 2);
    inv_metrics_redis(INV_METRICS_SERVERS, INV_METRICS_REDIS_COMMANDS, 9);

    wanted.counts[INV_COUNT_WORKER_STARTS] = 2;
    wanted.counts[INV_COUNT_SWEPT] = 4;
    wanted.reads[INV_METRICS_STALE][0] = 1;
    wanted.reads[INV_METRICS_MISS][1] = 1;
    wanted.requests[INV_METRICS_SERIES - 1][INV_METRICS_STATUSES - 1] = 1;
    wanted.request_ms[INV_METRICS_SERIES - 1].buckets[3] = 1; /* 5 to 10 */
    wanted.request_ms[INV_METRICS_SERIES - 1].sum = 7;
    wanted.refused[INV_METRICS_ENGINE][INV_METRICS_UNAVAILABLE] = 1;
    wanted.job_size[INV_METRICS_LEDGER].buckets[2] = 1; /* 2 to 4 */
    wanted.job_size[INV_METRICS_LEDGER].buckets[INV_METRICS_BOUNDS] = 1;
    wanted.job_size[INV_METRICS_LEDGER].sum = 5003;
    wanted.job_ms[INV_METRICS_LEDGER].buckets[INV_METRICS_BOUNDS] = 1;
    wanted.job_ms[INV_METRICS_LEDGER].buckets[0] = 1;
    wanted.job_ms[INV_METRICS_LEDGER].sum = 20000;
    wanted.batch_size.buckets[0] = 1;
    wanted.batch_size.sum = 1;
    wanted.steps[INV_METRICS_STEPS - 1][INV_METRICS_REPLIES - 1] = 1;
    wanted.actions[INV_METRICS_ACTIONS - 1][INV_METRICS_VERDICTS - 1] = 1;
    wanted.redis[INV_METRICS_SERVERS - 1][INV_METRICS_REDIS_CONNECTS] = 2;

    inv_metrics_sum(&sum);
    assert_memory_equal(&sum, &wanted, sizeof(sum));
    close_metrics(&f);
}


static void
test_bounds_belong_below(void **state)
{
    unsigned                i;
    inv_metrics_histogram_t histogram = { 0 };

    for (i = 0; i < INV_METRICS_BOUNDS; i++) {
        assert_true(i == 0 || inv_metrics_times[i] > inv_metrics_times[i - 1]);
        inv_metrics_observe(&histogram, inv_metrics_times,
                            inv_metrics_times[i]);
        assert_int_equal(histogram.buckets[i], i == 0 ? 1 : 2);
        inv_metrics_observe(&histogram, inv_metrics_times,
                            (uint64_t) inv_metrics_times[i] + 1);
        assert_int_equal(histogram.buckets[i + 1], 1);
    }

    inv_metrics_observe(&histogram, inv_metrics_times, UINT32_MAX);
    assert_int_equal(histogram.buckets[INV_METRICS_BOUNDS], 2);
    inv_metrics_observe(&histogram, inv_metrics_times, 0);
    assert_int_equal(histogram.buckets[0], 2);
}


static void
count_much(fixture_t *f, ngx_uint_t number)
{
    unsigned i;

    for (i = 0; i < TIMES; i++) {
        inv_metrics_count(INV_COUNT_READ_FAILED, 1);
        inv_metrics_request(1, 2, i);
    }
}


/* More than there are slots: nothing is lost. */
static void
test_more_workers_than_slots(void **state)
{
    pid_t      pids[WORKERS];
    uint64_t   requests = 0;
    unsigned   i;
    fixture_t  f;
    ngx_uint_t n;

    open_metrics(&f);

    for (n = 0; n < WORKERS; n++) {
        pids[n] = start_worker(&f, n, count_much);
    }

    for (n = 0; n < WORKERS; n++) {
        worker_is_gone(pids[n]);
    }

    /* one that started later sees what the dead have counted */
    inv_metrics_start(&f.metrics, 0);
    inv_metrics_sum(&sum);
    assert_int_equal(sum.counts[INV_COUNT_WORKER_STARTS], WORKERS + 1);
    assert_int_equal(sum.counts[INV_COUNT_READ_FAILED], WORKERS * TIMES);
    assert_int_equal(sum.requests[1][2], WORKERS * TIMES);

    for (i = 0; i <= INV_METRICS_BOUNDS; i++) {
        requests += sum.request_ms[1].buckets[i];
    }

    assert_int_equal(requests, WORKERS * TIMES);
    assert_int_equal(sum.request_ms[1].sum,
                     (uint64_t) WORKERS * TIMES * (TIMES - 1) / 2);

    /* they did not all use the same one */
    for (i = 0; i < INV_METRICS_SLOTS; i++) {
        n = i < WORKERS - INV_METRICS_SLOTS ? 2 : 1;
        assert_int_equal(
            f.metrics.memory->slots[i].counts[INV_COUNT_READ_FAILED],
            n * TIMES);
    }

    close_metrics(&f);
}


/* Until the other one is here as well. */
static void
meet(unsigned round)
{
    unsigned spins = 0;

    (void) __atomic_fetch_add(ready, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(ready, __ATOMIC_RELAXED) < 2 * round) {
        if (++spins % 1000 == 0) {
            (void) sched_yield();
        }
    }
}


static void
count_together(fixture_t *f, ngx_uint_t number)
{
    unsigned i, round;

    for (round = 1; round <= ROUNDS; round++) {
        meet(round);

        for (i = 0; i < TIMES; i++) {
            inv_metrics_count(INV_COUNT_SWEPT, 1);
        }
    }
}


static void
test_two_in_one_slot(void **state)
{
    pid_t     one, other;
    fixture_t f;

    open_metrics(&f);
    ready = shared(sizeof(*ready));
    one = start_worker(&f, 1, count_together);
    other = start_worker(&f, 1 + INV_METRICS_SLOTS, count_together);
    worker_is_gone(one);
    worker_is_gone(other);

    inv_metrics_start(&f.metrics, 0);
    inv_metrics_sum(&sum);
    assert_int_equal(sum.counts[INV_COUNT_SWEPT], 2 * ROUNDS * TIMES);
    close_metrics(&f);
}


static void
test_counts_outlive_reloads(void **state)
{
    fixture_t  f;
    inv_time_t made;

    open_metrics(&f);
    inv_metrics_start(&f.metrics, 0);
    inv_metrics_count(INV_COUNT_SWEPT, 2);
    made = inv_metrics_made();
    assert_int_equal(made, clocks->now);
    inv_metrics_end();

    clocks->now += 60000;
    reload(&f, NULL, 0);
    inv_metrics_start(&f.metrics, 1);
    inv_metrics_count(INV_COUNT_SWEPT, 3);
    assert_int_equal(inv_metrics_made(), made);
    inv_metrics_sum(&sum);
    assert_int_equal(sum.counts[INV_COUNT_SWEPT], 5);
    assert_int_equal(sum.counts[INV_COUNT_WORKER_STARTS], 2);
    close_metrics(&f);
}


static void
test_servers_by_name(void **state)
{
    fixture_t         f;
    static const char first[] = "a:6379/0", second[] = "b:6379/0",
                      third[] = "b:6379/1";

    open_metrics(&f);
    reload(&f, (const char *[]){ first, second }, 2);
    inv_metrics_start(&f.metrics, 0);
    assert_int_equal(inv_metrics_server(0), 0);
    assert_int_equal(inv_metrics_server(1), 1);
    assert_int_equal(inv_metrics_server(2), INV_METRICS_SERVERS);
    inv_metrics_redis(inv_metrics_server(1), INV_METRICS_REDIS_COMMANDS, 5);
    inv_metrics_end();

    /* what has gone keeps its place: workers of before count there */
    reload(&f, (const char *[]){ third, second }, 2);
    inv_metrics_start(&f.metrics, 0);
    assert_int_equal(inv_metrics_server(0), 2);
    assert_int_equal(inv_metrics_server(1), 1);
    inv_metrics_redis(inv_metrics_server(1), INV_METRICS_REDIS_COMMANDS, 1);
    inv_metrics_end();

    reload(&f, (const char *[]){ first }, 1);
    inv_metrics_start(&f.metrics, 0);
    assert_int_equal(inv_metrics_server(0), 0);
    inv_metrics_sum(&sum);
    assert_int_equal(sum.redis[1][INV_METRICS_REDIS_COMMANDS], 6);
    assert_string_equal(f.metrics.memory->servers[2], third);
    close_metrics(&f);
}


static void
test_table_of_servers_is_full(void **state)
{
    char        name[INV_METRICS_SERVER_NAME];
    unsigned    i, lines;
    fixture_t   f;
    const char *names[] = { name, "one too many", "s0" };

    open_metrics(&f);

    for (i = 0; i < INV_METRICS_SERVERS; i++) {
        (void) snprintf(name, sizeof(name), "s%u", i);
        reload(&f, names, 1);
        assert_int_equal(f.metrics.servers[0], i);
    }

    lines = log_of_all.lines;
    reload(&f, names, 3);
    assert_int_equal(log_of_all.lines, lines + 1); /* the one too many */
    inv_metrics_start(&f.metrics, 0);
    assert_int_equal(inv_metrics_server(0), INV_METRICS_SERVERS - 1);
    assert_int_equal(inv_metrics_server(1), INV_METRICS_SERVERS);
    assert_int_equal(inv_metrics_server(2), 0);

    /* it is used, and counted nowhere */
    inv_metrics_redis(inv_metrics_server(1), INV_METRICS_REDIS_COMMANDS, 1);
    inv_metrics_sum(&sum);
    sum.counts[INV_COUNT_WORKER_STARTS] = 0;
    assert_memory_equal(&sum, &(inv_metrics_slot_t){ 0 }, sizeof(sum));
    close_metrics(&f);
}


static void
is_refused(fixture_t *f, void *old)
{
    unsigned lines = log_of_all.lines;

    assert_int_equal(inv_metrics_zone_init(&f->shm_zone, old), NGX_ERROR);
    assert_int_equal(log_of_all.lines, lines + 1);
}


/* A binary upgrade, or a reload with another module: it is not believed. */
static void
test_memory_of_another_version(void **state)
{
    fixture_t             f;
    inv_metrics_memory_t *memory;

    open_metrics(&f);
    memory = f.metrics.memory;
    f.shm_zone.shm.exists = 1;
    assert_int_equal(inv_metrics_zone_init(&f.shm_zone, NULL), NGX_OK);
    assert_ptr_equal(f.metrics.memory, memory);

    memory->layout++;
    is_refused(&f, NULL);
    is_refused(&f, &f.metrics);
    memory->layout--;

    memory->size -= sizeof(uint64_t);
    is_refused(&f, NULL);
    memory->size += sizeof(uint64_t);

    memory->magic++;
    is_refused(&f, NULL);
    memory->magic--;

    assert_int_equal(inv_metrics_zone_init(&f.shm_zone, NULL), NGX_OK);
    f.pool.data = NULL;
    is_refused(&f, NULL);
    close_metrics(&f);
}


static void
test_no_memory(void **state)
{
    fixture_t f;

    prepare(&f);
    f.pool.mutex.locked = 1; /* ngx_slab_calloc of here: there is none */
    is_refused(&f, NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_before_the_start),
        cmocka_unit_test(test_each_in_its_place),
        cmocka_unit_test(test_bounds_belong_below),
        cmocka_unit_test(test_more_workers_than_slots),
        cmocka_unit_test(test_two_in_one_slot),
        cmocka_unit_test(test_counts_outlive_reloads),
        cmocka_unit_test(test_servers_by_name),
        cmocka_unit_test(test_table_of_servers_is_full),
        cmocka_unit_test(test_memory_of_another_version),
        cmocka_unit_test(test_no_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
