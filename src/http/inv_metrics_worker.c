
/*
 * http: metrics: what a worker says of itself, once a second.  Event loop.
 */


#include "inv_metrics_http.h"


#define INV_METRICS_PUBLISH_MS 1000


static ngx_event_t inv_metrics_timer;


static void inv_metrics_tick(ngx_event_t *ev);


/* The lanes, and beside them the groups of the engine. */
static const uint8_t inv_metrics_lane_of[INV_LANES] = {
    [INV_LANE_READ] = INV_METRICS_READ,
    [INV_LANE_QUERY] = INV_METRICS_QUERY,
    [INV_LANE_CHECK] = INV_METRICS_CHECK,
};


void
inv_metrics_worker_start(inv_worker_t *worker)
{
    inv_metrics_start(worker->conf->metrics->data, ngx_worker);

    inv_metrics_timer.handler = inv_metrics_tick;
    inv_metrics_timer.data = worker;
    inv_metrics_timer.log = worker->log;
    inv_metrics_timer.cancelable = 1;

    ngx_add_timer(&inv_metrics_timer, 0);
}


void
inv_metrics_worker_end(void)
{
    if (inv_metrics_timer.timer_set) {
        ngx_del_timer(&inv_metrics_timer);
    }

    inv_metrics_end();
}


/* A worker that is to quit says so until it ends: it may take long. */
static void
inv_metrics_tick(ngx_event_t *ev)
{
    inv_metrics_worker_publish();
    ngx_add_timer(ev, INV_METRICS_PUBLISH_MS);
}


void
inv_metrics_worker_publish(void)
{
    size_t               i;
    unsigned             server;
    inv_worker_t        *worker = inv_worker;
    inv_metrics_gauges_t gauges;
    inv_engine_counts_t  engine;

    ngx_memzero(&gauges, sizeof(inv_metrics_gauges_t));

    for (i = 0; i < INV_LANES; i++) {
        gauges.waiting[inv_metrics_lane_of[i]] = worker->lanes[i].npending;
        gauges.jobs[inv_metrics_lane_of[i]] = worker->lanes[i].njobs;
    }

    inv_engine_count(worker->engine, &engine);

    gauges.waiting[INV_METRICS_ENGINE] = engine.actions;
    gauges.outbox[0] = engine.entries.waiting;
    gauges.outbox[1] = engine.entries.stored;
    gauges.oldest = engine.entries.oldest;

    for (i = 0; i < INV_GROUPS; i++) {
        gauges.jobs[INV_METRICS_STOCK + i] = engine.jobs[i];
    }

    for (i = 0; i < worker->conf->nredis; i++) {
        server = inv_metrics_server(i);

        if (server < INV_METRICS_SERVERS
            && inv_cache_server_is_ready(worker->cache, i)) {
            gauges.redis_up |= UINT64_C(1) << server;
        }
    }

    (void) inv_metrics_publish(&gauges);
}
