
/*
 * shared: what workers say of themselves, see inv_metrics.h.  Event loop only.
 *
 * A place belongs to the worker whose process id stands in it.  It is taken by
 * compare-and-set, also from one that has said nothing for too long: should
 * that one wake up at the same moment, what stands there is wrong for a second.
 */


#include "inv_metrics_private.h"


static inv_metrics_worker_t *inv_metrics_worker;


static bool
inv_metrics_is_silent(const inv_metrics_worker_t *worker, int64_t now_ms)
{
    return now_ms - __atomic_load_n(&worker->at_ms, __ATOMIC_RELAXED)
           > INV_METRICS_SILENT_MS;
}


static inv_metrics_worker_t *
inv_metrics_take(inv_metrics_memory_t *memory, int64_t now_ms)
{
    size_t                i;
    uint64_t              pid;
    inv_metrics_worker_t *worker;

    for (i = 0; i < INV_METRICS_WORKERS; i++) {
        worker = &memory->workers[i];
        pid = __atomic_load_n(&worker->pid, __ATOMIC_RELAXED);

        if (pid != 0 && !inv_metrics_is_silent(worker, now_ms)) {
            continue;
        }

        if (__atomic_compare_exchange_n(&worker->pid, &pid, (uint64_t) ngx_pid,
                                        false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        {
            return worker;
        }
    }

    return NULL;
}


static void
inv_metrics_copy(void *to, const void *from)
{
    size_t i;

    for (i = 0; i < sizeof(inv_metrics_gauges_t) / sizeof(uint64_t); i++) {
        __atomic_store_n(
            (uint64_t *) to + i,
            __atomic_load_n((const uint64_t *) from + i, __ATOMIC_RELAXED),
            __ATOMIC_RELAXED);
    }
}


bool
inv_metrics_publish(const inv_metrics_gauges_t *gauges)
{
    int64_t               now_ms = inv_time_monotonic();
    inv_metrics_memory_t *memory = inv_metrics_shared();
    inv_metrics_worker_t *worker = inv_metrics_worker;

    if (memory == NULL) {
        return false;
    }

    if (worker == NULL
        || __atomic_load_n(&worker->pid, __ATOMIC_RELAXED)
               != (uint64_t) ngx_pid)
    {
        worker = inv_metrics_take(memory, now_ms);
        inv_metrics_worker = worker;
    }

    if (worker == NULL) {
        return false;
    }

    inv_metrics_copy(&worker->gauges, gauges);
    __atomic_store_n(&worker->at_ms, now_ms, __ATOMIC_RELAXED);

    return true;
}


void
inv_metrics_withdraw(void)
{
    uint64_t pid = (uint64_t) ngx_pid;

    if (inv_metrics_worker == NULL) {
        return;
    }

    /* else another worker has it, since this one was silent for too long */
    if (__atomic_load_n(&inv_metrics_worker->pid, __ATOMIC_RELAXED) == pid) {

        /* who takes the place next has not said anything yet */
        __atomic_store_n(&inv_metrics_worker->at_ms, 0, __ATOMIC_RELAXED);

        (void) __atomic_compare_exchange_n(&inv_metrics_worker->pid, &pid, 0,
                                           false, __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED);
    }

    inv_metrics_worker = NULL;
}


static void
inv_metrics_gather_one(inv_metrics_gauges_t       *all,
                       const inv_metrics_gauges_t *one,
                       unsigned redis_up[INV_METRICS_SERVERS])
{
    size_t i;

    for (i = 0; i < INV_METRICS_QUEUES; i++) {
        all->waiting[i] += one->waiting[i];
    }

    for (i = 0; i < INV_METRICS_LANES; i++) {
        all->jobs[i] += one->jobs[i];
    }

    all->outbox[0] += one->outbox[0];
    all->outbox[1] += one->outbox[1];

    if (one->oldest != 0 && (all->oldest == 0 || one->oldest < all->oldest)) {
        all->oldest = one->oldest;
    }

    for (i = 0; i < INV_METRICS_SERVERS; i++) {
        redis_up[i] += (unsigned) ((one->redis_up >> i) & 1);
    }
}


unsigned
inv_metrics_gather(inv_metrics_gauges_t *all,
                   unsigned              redis_up[INV_METRICS_SERVERS])
{
    size_t                      i;
    int64_t                     now_ms = inv_time_monotonic();
    unsigned                    n;
    inv_metrics_gauges_t        one;
    inv_metrics_memory_t       *memory = inv_metrics_shared();
    const inv_metrics_worker_t *worker;

    ngx_memzero(all, sizeof(inv_metrics_gauges_t));
    ngx_memzero(redis_up, INV_METRICS_SERVERS * sizeof(unsigned));
    n = 0;

    for (i = 0; memory != NULL && i < INV_METRICS_WORKERS; i++) {
        worker = &memory->workers[i];

        if (__atomic_load_n(&worker->pid, __ATOMIC_RELAXED) == 0
            || inv_metrics_is_silent(worker, now_ms))
        {
            continue;
        }

        inv_metrics_copy(&one, &worker->gauges);
        inv_metrics_gather_one(all, &one, redis_up);
        n++;
    }

    return n;
}
