
/*
 * shared: what is counted: the memory, and the counts, see inv_metrics.h.
 *
 * Event loop; inv_metrics_zone_init in the master process.
 */


#include "inv_metrics_private.h"


#define INV_METRICS_MAGIC  UINT32_C(0x696e766d)
#define INV_METRICS_LAYOUT 2 /* raise it with every change of what is in it */

/* The slab pool's own pages, for which it asks more than one. */
#define INV_METRICS_OVERHEAD ((size_t) 64 * 1024)


const uint32_t inv_metrics_times[INV_METRICS_BOUNDS] = {
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000
};

const uint32_t inv_metrics_sizes[INV_METRICS_BOUNDS] = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096
};

inv_metrics_slot_t *inv_metrics_own;

/* Of this process; NULL: it counts nothing. */
static inv_metrics_t *inv_metrics;


size_t
inv_metrics_zone_size(void)
{
    return ngx_align(sizeof(inv_metrics_memory_t) + INV_METRICS_OVERHEAD,
                     ngx_pagesize);
}


/*
 * The place of a server's name, so that its counts stay its own over reloads.
 * The first that is free, else none: names of before are not forgotten, since
 * workers of before still count there.
 */
static uint8_t
inv_metrics_place(inv_metrics_memory_t *memory, const char *name)
{
    uint8_t i;

    for (i = 0; i < INV_METRICS_SERVERS; i++) {

        if (memory->servers[i][0] == '\0') {
            ngx_cpystrn((u_char *) memory->servers[i], (u_char *) name,
                        INV_METRICS_SERVER_NAME);
            break;
        }

        if (ngx_strcmp(memory->servers[i], name) == 0) {
            break;
        }
    }

    return i;
}


ngx_int_t
inv_metrics_zone_init(ngx_shm_zone_t *shm_zone, void *old)
{
    size_t                i;
    inv_metrics_t        *metrics = shm_zone->data;
    ngx_slab_pool_t      *pool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    inv_metrics_memory_t *memory;

    if (old != NULL || shm_zone->shm.exists) {
        memory = pool->data;

    } else {
        memory = ngx_slab_calloc(pool, sizeof(inv_metrics_memory_t));

        if (memory != NULL) {
            memory->magic = INV_METRICS_MAGIC;
            memory->layout = INV_METRICS_LAYOUT;
            memory->size = sizeof(inv_metrics_memory_t);
            memory->made = inv_time_now();
        }

        pool->data = memory;
    }

    /* Another version of the module has another tag, and so a zone of its own. */

    if (memory == NULL || memory->magic != INV_METRICS_MAGIC
        || memory->layout != INV_METRICS_LAYOUT
        || memory->size != sizeof(inv_metrics_memory_t))
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "the memory of inventory_metrics was laid out by another "
                      "version of the module: restart nginx instead of "
                      "reloading it");
        return NGX_ERROR;
    }

    metrics->memory = memory;

    for (i = 0; i < metrics->nnames; i++) {
        metrics->servers[i] = inv_metrics_place(memory, metrics->names[i]);

        if (metrics->servers[i] == INV_METRICS_SERVERS) {
            ngx_log_error(NGX_LOG_WARN, shm_zone->shm.log, 0,
                          "inventory_metrics has no place for Redis server %s "
                          "until nginx is restarted",
                          metrics->names[i]);
        }
    }

    return NGX_OK;
}


void
inv_metrics_start(inv_metrics_t *metrics, ngx_uint_t number)
{
    inv_metrics = metrics;
    inv_metrics_own = &metrics->memory->slots[number % INV_METRICS_SLOTS];

    inv_metrics_count(INV_COUNT_WORKER_STARTS, 1);
}


void
inv_metrics_end(void)
{
    if (inv_metrics != NULL) {
        inv_metrics_withdraw();
        inv_metrics = NULL;
        inv_metrics_own = NULL;
    }
}


inv_metrics_memory_t *
inv_metrics_shared(void)
{
    return inv_metrics != NULL ? inv_metrics->memory : NULL;
}


unsigned
inv_metrics_server(size_t n)
{
    return inv_metrics != NULL && n < inv_metrics->nnames
               ? inv_metrics->servers[n]
               : INV_METRICS_SERVERS;
}


inv_time_t
inv_metrics_made(void)
{
    return inv_metrics != NULL ? inv_metrics->memory->made : 0;
}


void
inv_metrics_sum(inv_metrics_slot_t *sum)
{
    size_t                i, j;
    uint64_t             *to = (uint64_t *) sum;
    const uint64_t       *from;
    inv_metrics_memory_t *memory = inv_metrics_shared();

    ngx_memzero(sum, sizeof(inv_metrics_slot_t));

    if (memory == NULL) {
        return;
    }

    for (i = 0; i < INV_METRICS_SLOTS; i++) {

        /* every worker has counted its start: pages never used stay so */
        if (memory->slots[i].counts[INV_COUNT_WORKER_STARTS] == 0) {
            continue;
        }

        from = (const uint64_t *) &memory->slots[i];

        for (j = 0; j < sizeof(inv_metrics_slot_t) / sizeof(uint64_t); j++) {
            to[j] += __atomic_load_n(&from[j], __ATOMIC_RELAXED);
        }
    }
}


void
inv_metrics_refused(inv_metrics_lane_t queue, inv_metrics_refusal_t why)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_add(&inv_metrics_own->refused[queue][why], 1);
    }
}


void
inv_metrics_job(inv_metrics_lane_t lane, uint64_t size, int64_t ms)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_observe(&inv_metrics_own->job_size[lane], inv_metrics_sizes,
                            size);
        inv_metrics_observe(&inv_metrics_own->job_ms[lane], inv_metrics_times,
                            (uint64_t) ngx_max(ms, 0));
    }
}


void
inv_metrics_batch(uint64_t size)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_observe(&inv_metrics_own->batch_size, inv_metrics_sizes,
                            size);
    }
}


void
inv_metrics_step(unsigned step, unsigned reply)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_add(&inv_metrics_own->steps[step][reply], 1);
    }
}


void
inv_metrics_action(unsigned action, unsigned verdict)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_add(&inv_metrics_own->actions[action][verdict], 1);
    }
}


void
inv_metrics_redis(unsigned server, inv_metrics_redis_t which, uint64_t n)
{
    if (inv_metrics_own != NULL && server < INV_METRICS_SERVERS) {
        inv_metrics_add(&inv_metrics_own->redis[server][which], n);
    }
}
