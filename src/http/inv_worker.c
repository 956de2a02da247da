
/*
 * http: the start and the end of a worker process, see inv_worker.h.
 *
 * Event loop; inv_prepare_run is on a thread.
 */


#include "inv_worker.h"
#include "inv_metrics_http.h"


/* How often a missing index is tried again while MongoDB is away. */
#define INV_PREPARE_PAUSE_MS 1000

/*
 * How often one that is being built is looked at, which takes from seconds to
 * hours.  After no reply to a command that makes indexes, one may be as well.
 */
#define INV_PREPARE_BUILD_MS 60000

/*
 * How long one try may take: this for listing the indexes and for making those
 * of small collections; and where a large one takes longer to build, the
 * timeout of each of the two commands, at most, that get no reply before it.
 */
#define INV_PREPARE_TIMEOUT_MS 10000
#define INV_PREPARE_REPLIES    2

/*
 * Operations that may wait in a lane: at 4 KiB each 16 MiB a lane, and more
 * than a lane can serve within the default deadline.
 */
#define INV_LANE_PENDING_MAX 4096


inv_worker_t *inv_worker;


/*
 * The jobs of all lanes together stay well below the 32 threads of the pool
 * "default", which serves aio too.
 */
static const inv_lane_limits_t inv_lane_limits[INV_LANES] = {
    [INV_LANE_READ] = { "read", 2, INV_LANE_PENDING_MAX, 0, INV_METRICS_READ },
    [INV_LANE_QUERY] = { "query", 2, INV_LANE_PENDING_MAX, 0,
                         INV_METRICS_QUERY },
    [INV_LANE_CHECK] = { "check", 1, INV_LANE_PENDING_MAX, 1,
                         INV_METRICS_CHECK },
};


static ngx_int_t inv_worker_connect(inv_worker_t *worker);
static ngx_int_t inv_worker_engine(inv_worker_t *worker);
static ngx_int_t inv_worker_reads(inv_worker_t *worker);
static void inv_worker_changed(inv_oid_t product, int64_t version, bool catalog,
                               const inv_engine_seen_t *seen);
static int64_t  inv_worker_floor(inv_oid_t product);
static void     inv_worker_changed_all(void);
static unsigned inv_worker_threads(void);
static void     inv_worker_prepare(ngx_event_t *ev);
static inv_store_result_t
inv_prepare_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                size_t n);
static void inv_prepare_settle(inv_op_t *op, inv_store_result_t result);

typedef struct {
    inv_op_t           op;
    inv_store_builds_t builds; /* the worker's, on their way */
} inv_prepare_op_t;


static const inv_op_kind_t inv_prepare_kind = {
    .name = "prepare",
    .batch_max = 1,
    .run = inv_prepare_run,
    .settle = inv_prepare_settle,
    .unhurried = true,
};


ngx_int_t
inv_worker_start(ngx_cycle_t *cycle, const inv_main_conf_t *conf)
{
    ngx_uint_t    i;
    inv_worker_t *worker;

    worker = ngx_pcalloc(cycle->pool, sizeof(inv_worker_t));
    if (worker == NULL) {
        return NGX_ERROR;
    }

    worker->conf = conf;
    worker->log = cycle->log;
    worker->zone = conf->zone->data;

    inv_zone_worker_start(worker->zone);
    inv_metrics_worker_start(worker);
    inv_jobs_init(&worker->jobs, conf->pool, cycle->log);

    if (inv_worker_connect(worker) != NGX_OK) {
        return NGX_ERROR;
    }

    worker->lane_worker.jobs = &worker->jobs;
    worker->lane_worker.store = worker->store;
    worker->lane_worker.zone = worker->zone;
    worker->lane_worker.log = cycle->log;

    for (i = 0; i < INV_LANES; i++) {
        inv_lane_init(&worker->lanes[i], &inv_lane_limits[i],
                      &worker->lane_worker);
    }

    if (inv_worker_engine(worker) != NGX_OK
        || inv_worker_reads(worker) != NGX_OK) {
        return NGX_ERROR;
    }

    worker->prepare.handler = inv_worker_prepare;
    worker->prepare.data = worker;
    worker->prepare.log = cycle->log;
    worker->prepare.cancelable = 1;
    ngx_post_event(&worker->prepare, &ngx_posted_events);

    inv_secret_start(worker);

    inv_worker = worker;

    return NGX_OK;
}


static ngx_int_t
inv_worker_engine(inv_worker_t *worker)
{
    inv_engine_options_t options;

    options.worker = &worker->lane_worker;
    options.timeout = worker->conf->longest_timeout;
    options.batch_max = worker->conf->batch_max;
    options.changed = inv_worker_changed;
    options.floor = inv_worker_floor;
    options.changed_all = inv_worker_changed_all;
    options.carried_out = inv_product_carried_out;

    worker->engine = inv_engine_create(&options);

    return worker->engine != NULL ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
inv_worker_reads(inv_worker_t *worker)
{
    inv_read_options_t options;

    options.cache = worker->cache;
    options.zone = worker->zone;
    options.lane = &worker->lanes[INV_LANE_READ];
    options.query_lane = &worker->lanes[INV_LANE_QUERY];
    options.timeout = worker->conf->longest_timeout;
    options.log = worker->log;

    worker->reads = inv_reads_create(&options);

    return worker->reads != NULL ? NGX_OK : NGX_ERROR;
}


/* Before anybody is told of it, no older copy can be served any more. */
static void
inv_worker_changed(inv_oid_t product, int64_t version, bool catalog,
                   const inv_engine_seen_t *seen)
{
    inv_cache_seen_t now;

    if (version == 0) {
        inv_cache_doubted(inv_worker->cache, product, catalog);
        return;
    }

    if (seen != NULL) {
        now.version = seen->version;
        now.body = seen->text;
        now.moment = seen->moment;
    }

    inv_cache_changed(inv_worker->cache, product, version, catalog,
                      seen != NULL ? &now : NULL);
}


static int64_t
inv_worker_floor(inv_oid_t product)
{
    return inv_cache_floor(inv_worker->cache, product);
}


static void
inv_worker_changed_all(void)
{
    inv_cache_flush(inv_worker->cache);
}


/* Makes the clients of both servers; neither does I/O yet. */
static ngx_int_t
inv_worker_connect(inv_worker_t *worker)
{
    inv_cache_options_t    cache;
    inv_store_options_t    store;
    const inv_main_conf_t *conf = worker->conf;

    store.uri = (const char *) conf->mongo.data;
    store.clients = inv_worker_threads();
    store.timeout_ms = (int64_t) conf->longest_timeout;

    worker->store = inv_store_create(&store);
    if (worker->store == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&cache, sizeof(inv_cache_options_t));

    cache.redis = conf->redis;
    cache.nredis = conf->nredis;
    cache.ssl = conf->redis_ssl;
    cache.prefix = conf->key_prefix;
    cache.local_ms = (int64_t) conf->local_lifetime;
    cache.redis_ms = (int64_t) conf->redis_lifetime;
    cache.stale_ms = (int64_t) conf->stale;
    cache.listens = ngx_worker == 0;
    cache.zone = worker->zone;
    cache.threads = conf->pool;
    cache.log = worker->log;

    worker->cache = inv_cache_create(&cache);

    return worker->cache != NULL ? NGX_OK : NGX_ERROR;
}


static unsigned
inv_worker_threads(void)
{
    unsigned   threads;
    ngx_uint_t i;

    threads = INV_ENGINE_THREADS;

    for (i = 0; i < INV_LANES; i++) {
        threads += (unsigned) inv_lane_limits[i].jobs_max;
    }

    return threads;
}


void
inv_worker_end(void)
{
    ngx_uint_t    i;
    inv_worker_t *worker = inv_worker;

    if (worker == NULL) {
        return;
    }

    inv_jobs_end(&worker->jobs);

    inv_engine_destroy(worker->engine);

    for (i = 0; i < INV_LANES; i++) {
        inv_lane_end(&worker->lanes[i]);
    }

    inv_reads_destroy(worker->reads);
    inv_cache_destroy(worker->cache);
    inv_store_destroy(worker->store);

    inv_metrics_worker_end();

    inv_worker = NULL;
}


/* Makes the indexes: at the start, and again until they are there. */
static void
inv_worker_prepare(ngx_event_t *ev)
{
    inv_op_t     *op;
    inv_worker_t *worker = ev->data;

    op =
        inv_op_start(&worker->lanes[INV_LANE_QUERY], &inv_prepare_kind,
                     sizeof(inv_prepare_op_t),
                     INV_PREPARE_TIMEOUT_MS
                         + INV_PREPARE_REPLIES * worker->conf->longest_timeout);
    if (op == NULL) {
        ngx_add_timer(ev, INV_PREPARE_PAUSE_MS);
        return;
    }

    ((inv_prepare_op_t *) op)->builds = worker->builds;
}


static inv_store_result_t
inv_prepare_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
                size_t n)
{
    return inv_store_prepare(store, call,
                             &((inv_prepare_op_t *) ops[0])->builds);
}


/*
 * Whether this worker logs what happens to the indexes.  One worker of all does:
 * the first that has something to log.
 */
static bool
inv_prepare_tells(inv_worker_t *worker)
{
    if (!worker->builds_told) {
        worker->builds_told = 1;
        worker->builds_ours = inv_zone_tells_first(worker->zone);
    }

    return worker->builds_ours;
}


/* before: what was being built at the last look. */
static void
inv_prepare_tell(inv_worker_t *worker, uint32_t before,
                 inv_store_result_t result, const char *error)
{
    uint32_t building = worker->builds.building;

    if (building == before && result == INV_STORE_OK) {
        return;
    }

    if (!inv_prepare_tells(worker)) {
        return; /* another worker says it */
    }

    if (result == INV_STORE_FAILED) {
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                      "inventory: an index could not be made, lists may be "
                      "slow and a sku may be taken twice until somebody with "
                      "the right makes it: %s",
                      error);

    } else if (building == 0) {
        ngx_log_error(NGX_LOG_NOTICE, worker->log, 0,
                      "inventory: the indexes are built");
    }

    if (building & ~before) {
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                      "inventory: an index is being built, until it is there "
                      "lists may be slow and a sku may be taken twice: %s",
                      worker->builds.named);
    }
}


static void
inv_prepare_settle(inv_op_t *op, inv_store_result_t result)
{
    uint32_t      before;
    ngx_msec_t    pause;
    inv_worker_t *worker = inv_worker;

    before = worker->builds.building;
    worker->builds = ((inv_prepare_op_t *) op)->builds;

    if (result == INV_STORE_OK || result == INV_STORE_FAILED) {
        inv_prepare_tell(worker, before, result, op->error);
        pause = worker->builds.building != 0 ? INV_PREPARE_BUILD_MS : 0;

    } else {
        if (!worker->prepare_told) {
            worker->prepare_told = 1;
            ngx_log_error(
                NGX_LOG_ERR, worker->log, 0,
                "inventory: the indexes are not made yet, trying on: %s",
                op->error);
        }

        pause = result == INV_STORE_UNKNOWN ? INV_PREPARE_BUILD_MS
                                            : INV_PREPARE_PAUSE_MS;
    }

    if (pause != 0 && !ngx_exiting && !worker->jobs.ending) {
        ngx_add_timer(&worker->prepare, pause);
    }
}
