
/*
 * The zone: MongoDB's time, which the workers raise at once and forget alone.
 * Threads stand in for them, each with a zone of its own on the same memory.
 */

/* made of: src/shared/inv_zone*.c */


#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../src/shared/inv_breaker.h"
#include "../../src/shared/inv_floor_table.h"
#include "../../src/shared/inv_link.h"
#include "../../src/shared/inv_shelf.h"
#include "../../src/shared/inv_shelf_chunks.h"
#include "../../src/shared/inv_siphash.h"
#include "../../src/shared/inv_zone_private.h"


#define WORKERS 4
#define ROUNDS  20000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

ngx_cycle_t *ngx_cycle;
ngx_uint_t   ngx_inherited, ngx_test_config, ngx_process;


/* The zone is not laid out here. */
void *
ngx_slab_alloc(ngx_slab_pool_t *pool, size_t size)
{
    return NULL;
}


void *
ngx_slab_calloc(ngx_slab_pool_t *pool, size_t size)
{
    return NULL;
}


void
ngx_shmtx_lock(ngx_shmtx_t *mutex)
{
    pthread_mutex_lock(&lock);
}


void
ngx_shmtx_unlock(ngx_shmtx_t *mutex)
{
    pthread_mutex_unlock(&lock);
}


typedef struct {
    ngx_slab_pool_t   pool;
    inv_zone_memory_t memory;
} shared_t;

typedef struct {
    inv_zone_t zone;
    uint64_t   first; /* it raises to this, and by WORKERS each time */
    bool       wrong;
} worker_t;


static void
begin(shared_t *shared, worker_t *workers, size_t n)
{
    size_t i;

    memset(shared, 0, sizeof(shared_t));
    memset(workers, 0, n * sizeof(worker_t));

    for (i = 0; i < n; i++) {
        workers[i].zone.pool = &shared->pool;
        workers[i].zone.memory = &shared->memory;
        workers[i].first = i + 1;
    }
}


/* The clock's document says which clock it is. */
static inv_cluster_time_t
time_of(uint64_t operation, uint64_t clock)
{
    inv_cluster_time_t time;

    memset(&time, 0, sizeof(time));

    time.operation = operation;
    time.clock = clock;
    time.len =
        (uint32_t) snprintf((char *) time.document, sizeof(time.document),
                            "clock of %llu", (unsigned long long) clock)
        + 1;

    return time;
}


static void
hear(worker_t *worker, uint64_t seen, uint64_t refused)
{
    inv_cluster_time_t told = time_of(seen, seen * 2);
    inv_cluster_time_t gone = time_of(refused, refused * 2);

    inv_zone_cluster_heard(&worker->zone, &told, &gone);
}


static uint64_t
known(worker_t *worker)
{
    inv_cluster_time_t time, whole;

    inv_zone_cluster_time(&worker->zone, &time);
    whole = time_of(time.operation, time.clock);

    /* never half of one and half of another */
    if (time.clock != 0
        && (time.len != whole.len
            || memcmp(time.document, whole.document, whole.len) != 0))
    {
        worker->wrong = true;
    }

    return time.operation;
}


static void *
raise_often(void *argument)
{
    int       i;
    uint64_t  seen, before, now;
    worker_t *worker = argument;

    seen = worker->first;
    before = 0;

    for (i = 0; i < ROUNDS; i++, seen += WORKERS) {
        hear(worker, seen, 0);
        now = known(worker);
        worker->wrong |= now < seen || now < before;
        before = now;
    }

    return NULL;
}


static void
run(worker_t *workers, void *(*body)(void *) )
{
    size_t    i;
    pthread_t threads[WORKERS];

    for (i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, body, &workers[i]),
                         0);
    }

    for (i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(workers[i].wrong);
    }
}


/* Who has raised it finds it at least there, whoever else does. */
static void
test_raised_by_all(void **state)
{
    shared_t shared;
    worker_t workers[WORKERS];

    begin(&shared, workers, WORKERS);
    assert_int_equal(known(&workers[0]), 0);

    run(workers, raise_often);
    assert_int_equal(known(&workers[0]), WORKERS * ROUNDS);
}


/* The two parts are raised by themselves; what is older changes nothing. */
static void
test_greatest(void **state)
{
    shared_t           shared;
    worker_t           worker;
    inv_cluster_time_t seen, none = time_of(0, 0);

    begin(&shared, &worker, 1);

    seen = time_of(10, 0);
    inv_zone_cluster_heard(&worker.zone, &seen, &none);
    seen = time_of(9, 12);
    inv_zone_cluster_heard(&worker.zone, &seen, &none);
    seen = time_of(10, 11);
    inv_zone_cluster_heard(&worker.zone, &seen, &none);

    inv_zone_cluster_time(&worker.zone, &seen);
    assert_int_equal(seen.operation, 10);
    assert_int_equal(seen.clock, 12);
    assert_string_equal((char *) seen.document, "clock of 12");
    assert_int_equal(shared.memory.dirty, 0);
}


/* A cluster that was replaced: the old time does not come back. */
static void
test_refused_is_forgotten_once(void **state)
{
    shared_t shared;
    worker_t workers[2];

    begin(&shared, workers, 2);
    hear(&workers[0], 1000, 0);

    /* both had read 1000; what the second brings is not to end the first's */
    hear(&workers[0], 50, 1000);
    assert_int_equal(known(&workers[1]), 50);
    hear(&workers[1], 40, 1000);
    assert_int_equal(known(&workers[0]), 50);

    /* one that was raised meanwhile has not been refused */
    hear(&workers[0], 60, 0);
    hear(&workers[1], 0, 50);
    assert_int_equal(known(&workers[0]), 60);
    assert_false(workers[0].wrong || workers[1].wrong);
}


static void *
forget_often(void *argument)
{
    int       i;
    uint64_t  now;
    worker_t *worker = argument;

    for (i = 0; i < ROUNDS; i++) {
        now = known(worker);
        hear(worker, worker->first + (uint64_t) i, now);
    }

    return NULL;
}


/* No time, however far ahead, stays when all refuse it. */
static void
test_far_ahead(void **state)
{
    shared_t shared;
    worker_t workers[WORKERS];

    begin(&shared, workers, WORKERS);
    hear(&workers[0], UINT64_MAX / 2, 0);

    run(workers, forget_often);
    assert_in_range(known(&workers[0]), 1, WORKERS + ROUNDS);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raised_by_all),
        cmocka_unit_test(test_greatest),
        cmocka_unit_test(test_refused_is_forgotten_once),
        cmocka_unit_test(test_far_ahead),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
