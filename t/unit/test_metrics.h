
/*
 * What the tests of the counts stand on: memory that the workers, which are
 * processes here too, share; a clock that they share as well.
 */


#ifndef TEST_METRICS_H
#define TEST_METRICS_H


#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>


static ngx_log_t log_of_all;

/* For all processes. */
static struct {
    inv_time_t now;
    int64_t    monotonic;
} * clocks;

inv_time_t __wrap_inv_time_now(void);
int64_t    __wrap_inv_time_monotonic(void);


inv_time_t
__wrap_inv_time_now(void)
{
    return clocks->now;
}


int64_t
__wrap_inv_time_monotonic(void)
{
    return clocks->monotonic;
}


/* All zero, and the same for every process that is forked from now on. */
static inline void *
shared(size_t size)
{
    void *memory;

    memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);

    return memory;
}


void *
ngx_slab_calloc(ngx_slab_pool_t *pool, size_t size)
{
    return pool->mutex.locked ? NULL : shared(size);
}


/* A cycle: its configuration, and the shared memory. */
typedef struct {
    inv_metrics_t   metrics;
    ngx_slab_pool_t pool;
    ngx_shm_zone_t  shm_zone;
} fixture_t;


static inline void
prepare(fixture_t *f)
{
    memset(f, 0, sizeof(fixture_t));

    if (clocks == NULL) {
        clocks = shared(sizeof(*clocks));
    }

    clocks->now = INT64_C(1800000000000);
    clocks->monotonic = 1000000;

    f->shm_zone.data = &f->metrics;
    f->shm_zone.shm.addr = (u_char *) &f->pool;
    f->shm_zone.shm.size = inv_metrics_zone_size();
    f->shm_zone.shm.log = &log_of_all;
}


static inline void
open_metrics(fixture_t *f)
{
    prepare(f);
    assert_int_equal(inv_metrics_zone_init(&f->shm_zone, NULL), NGX_OK);
}


static inline void
close_metrics(fixture_t *f)
{
    inv_metrics_end();
    assert_int_equal(munmap(f->metrics.memory, sizeof(inv_metrics_memory_t)),
                     0);
}


/* In a child: cmocka is not there to catch it. */
static inline void
require(bool condition, int line)
{
    if (!condition) {
        printf("# line %d\n", line);
        fflush(stdout);
        _exit(1);
    }
}

#define REQUIRE(condition) require(condition, __LINE__)


/* A worker, which ends as it likes: by _exit, it is killed. */
static inline pid_t
start_worker(fixture_t *f, ngx_uint_t number,
             void (*work)(fixture_t *f, ngx_uint_t number))
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        inv_metrics_start(&f->metrics, number);
        work(f, number);
        _exit(0);
    }

    return pid;
}


static inline void
worker_is_gone(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}


#endif /* TEST_METRICS_H */
