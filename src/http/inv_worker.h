
/*
 * http: what one worker process has: jobs, lanes, the store, the caches.
 *
 * Event loop only.
 */


#ifndef INV_WORKER_H
#define INV_WORKER_H


#include "inv_http.h"


enum {
    INV_LANE_READ,  /* products by id */
    INV_LANE_QUERY, /* lists */
    INV_LANE_CHECK, /* health: goes on while the breaker is open */
    INV_LANES
};

struct inv_worker_s {
    const inv_main_conf_t *conf;
    ngx_log_t             *log;
    inv_jobs_t             jobs;
    inv_store_t           *store;
    inv_zone_t            *zone;
    inv_cache_t           *cache;
    inv_lane_worker_t      lane_worker;
    inv_lane_t             lanes[INV_LANES];
    inv_engine_t          *engine;
    inv_reads_t           *reads;
    ngx_event_t            prepare; /* until the indexes are made */
    ngx_event_t            secret;  /* until there is one */
    inv_store_builds_t     builds;
    unsigned               prepare_told : 1; /* that MongoDB is away: once */
    unsigned               builds_told : 1;  /* or left to another worker */
    unsigned               builds_ours : 1;  /* this worker tells of them */
    unsigned               secret_told : 1;  /* that there is none: once */
};

/* This process's; NULL where no requests are served. */
extern inv_worker_t *inv_worker;

/* inv_secret.c: asks for the secret of the copies in Redis, in the background. */
void inv_secret_start(inv_worker_t *worker);

/* init_process and exit_process of the module. */
ngx_int_t inv_worker_start(ngx_cycle_t *cycle, const inv_main_conf_t *conf);
void      inv_worker_end(void);


#endif /* INV_WORKER_H */
