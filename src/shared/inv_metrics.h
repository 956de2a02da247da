
/*
 * shared: what is counted: numbers of all workers in one shared memory of their
 * own, which outlives reloads.
 *
 * Event loop only.  There is no lock.  A worker counts in its slot, adding
 * atomically: at most workers of two cycles, and those that are as many as there
 * are slots apart, add to the same one.  Who wants the numbers sums the slots up.
 * What is not a count (how many wait, what is up) each worker says about once a
 * second in a place of its own; what was said by one that is gone does not
 * count any more after INV_METRICS_SILENT_MS.
 *
 * In a process that has not called inv_metrics_start (the master, unit tests)
 * counting does nothing.
 */


#ifndef INV_METRICS_H
#define INV_METRICS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../base/inv_base.h"
#include "../base/inv_limits.h"


/*
 * Workers are seldom more than the processors of a machine, and sixteen of them
 * share nothing; beyond that they share slots, which costs some speed only.
 */
#define INV_METRICS_SLOTS 16

/* Workers of two cycles on a large machine; those beyond are not shown. */
#define INV_METRICS_WORKERS 256

/* Three times as long as a worker that is well says nothing, and some more. */
#define INV_METRICS_SILENT_MS 5000

/*
 * Faces, routes and methods, one series each: a third more than there are, so
 * that a route can be added without a thought.
 */
#define INV_METRICS_SERIES 160

/* Statuses that are told apart; the last is of all others. */
#define INV_METRICS_STATUSES 24

/* Two configurations of Redis servers that have nothing in common. */
#define INV_METRICS_SERVERS 32

/* host:port/database, and room for a NUL. */
#define INV_METRICS_SERVER_NAME (INV_REDIS_HOST_MAX + 33)

/* Of the protocol's machine, whose names are another room's. */
#define INV_METRICS_STEPS    16
#define INV_METRICS_REPLIES  8
#define INV_METRICS_ACTIONS  4
#define INV_METRICS_VERDICTS 13


/* What jobs are of: the lanes, and the groups of the engine. */
typedef enum {
    INV_METRICS_READ,
    INV_METRICS_QUERY,
    INV_METRICS_CHECK,
    INV_METRICS_STOCK, /* from here on in the order of inv_step_group_t */
    INV_METRICS_CATALOG,
    INV_METRICS_CLAIM,
    INV_METRICS_LEDGER,
    INV_METRICS_LANES
} inv_metrics_lane_t;

/* Where operations wait: the lanes, and the engine with all of its groups. */
#define INV_METRICS_ENGINE INV_METRICS_STOCK
#define INV_METRICS_QUEUES (INV_METRICS_ENGINE + 1)

typedef enum {
    INV_METRICS_OVERLOADED,
    INV_METRICS_UNAVAILABLE,
    INV_METRICS_REFUSALS
} inv_metrics_refusal_t;

/* Where a product that was read came from, in the order of inv_read_from_t. */
typedef enum {
    INV_METRICS_LOCAL,
    INV_METRICS_REDIS,
    INV_METRICS_MISS,
    INV_METRICS_STALE,
    INV_METRICS_LEVELS
} inv_metrics_level_t;

/* What one of several Redis servers was asked. */
typedef enum {
    INV_METRICS_REDIS_COMMANDS, /* sent */
    INV_METRICS_REDIS_ERRORS,   /* answered by an error */
    INV_METRICS_REDIS_LOST,     /* not answered at all */
    INV_METRICS_REDIS_TIMEOUTS, /* connections given up for that */
    INV_METRICS_REDIS_CONNECTS, /* connections that came to be of use */
    INV_METRICS_REDIS_COUNTS
} inv_metrics_redis_t;

/* Counts that stand alone. */
typedef enum {
    INV_COUNT_WORKER_STARTS,
    INV_COUNT_READ_FAILED, /* products that could not be read */
    INV_COUNT_PAGE_LOCAL,  /* ids of a page: from the zone */
    INV_COUNT_PAGE_MISS,
    INV_COUNT_SKU_LOCAL,
    INV_COUNT_SKU_MISS,
    INV_COUNT_KEY_REPLAYED, /* the answer that was kept, again */
    INV_COUNT_KEY_JOINED,   /* waits for the same request, which is under way */
    INV_COUNT_KEY_CONFLICT, /* the key is of another request */
    INV_COUNT_KEY_LOST,     /* another worker or node has taken it over */
    INV_COUNT_GUARD_UNDONE,
    INV_COUNT_GUARD_CORRUPT, /* the three alarms, see inv_alarm_t */
    INV_COUNT_GUARD_KEPT,
    INV_COUNT_GUARD_LOST,
    INV_COUNT_SWEPT,        /* entries that somebody had left in an outbox */
    INV_COUNT_DAMAGED,      /* documents that were read and cannot be shown */
    INV_COUNT_COPY_LAYOUT,  /* in Redis: no copy at all, or another version's */
    INV_COUNT_COPY_TAG,     /* not made with this database's secret */
    INV_COUNT_COPY_PRODUCT, /* another product's */
    INV_COUNTS
} inv_count_t;

/* Bounds of a histogram; one more bucket is for what is above. */
#define INV_METRICS_BOUNDS 13

extern const uint32_t inv_metrics_times[INV_METRICS_BOUNDS]; /* ms */
extern const uint32_t inv_metrics_sizes[INV_METRICS_BOUNDS];

typedef struct {
    uint64_t buckets[INV_METRICS_BOUNDS + 1]; /* each without those below */
    uint64_t sum;
} inv_metrics_histogram_t;

/*
 * The counts of a worker, or of all: nothing but uint64_t, which inv_metrics_sum
 * relies on.
 */
typedef struct {
    uint64_t                requests[INV_METRICS_SERIES][INV_METRICS_STATUSES];
    inv_metrics_histogram_t request_ms[INV_METRICS_SERIES];

    uint64_t counts[INV_COUNTS];
    uint64_t reads[INV_METRICS_LEVELS][2]; /* found, absent */
    uint64_t refused[INV_METRICS_QUEUES][INV_METRICS_REFUSALS];

    inv_metrics_histogram_t job_ms[INV_METRICS_LANES];
    inv_metrics_histogram_t job_size[INV_METRICS_LANES];
    inv_metrics_histogram_t batch_size; /* operations in one statement */

    uint64_t steps[INV_METRICS_STEPS][INV_METRICS_REPLIES];
    uint64_t actions[INV_METRICS_ACTIONS][INV_METRICS_VERDICTS];
    uint64_t redis[INV_METRICS_SERVERS][INV_METRICS_REDIS_COUNTS];
} inv_metrics_slot_t;

/* What a worker says of itself. */
typedef struct {
    uint64_t   waiting[INV_METRICS_QUEUES]; /* operations */
    uint64_t   jobs[INV_METRICS_LANES];     /* in flight */
    uint64_t   outbox[2]; /* its entries: not in the ledger yet, and there but
                              still in the outbox */
    inv_time_t oldest;    /* of those that are not in the ledger; 0: none */
    uint64_t   redis_up;  /* bits, by inv_metrics_server */
} inv_metrics_gauges_t;

typedef struct inv_metrics_memory_s inv_metrics_memory_t;

/* One for each cycle, in memory of the configuration: shm_zone->data. */
typedef struct {
    const char           *names[INV_REDIS_SERVERS_MAX]; /* of Redis servers */
    size_t                nnames;
    uint8_t               servers[INV_REDIS_SERVERS_MAX]; /* where they count */
    inv_metrics_memory_t *memory;
} inv_metrics_t;

/* The size of the shared memory. */
size_t inv_metrics_zone_size(void);

/* For shm_zone->init; names and nnames are set. */
ngx_int_t inv_metrics_zone_init(ngx_shm_zone_t *shm_zone, void *old);


/* This process's slot; NULL: nothing is counted. */
extern inv_metrics_slot_t *inv_metrics_own;

/* In init_process and exit_process of a worker; number: among its siblings. */
void inv_metrics_start(inv_metrics_t *metrics, ngx_uint_t number);
void inv_metrics_end(void);

/*
 * Where the nth Redis server of the configuration counts; INV_METRICS_SERVERS:
 * nowhere.
 */
unsigned inv_metrics_server(size_t n);

/* From inv_metrics_start on.  Counts of all workers, living and dead. */
void inv_metrics_sum(inv_metrics_slot_t *sum);

/* When the counts began. */
inv_time_t inv_metrics_made(void);

/* What this worker says from now on.  False: there is no place left. */
bool inv_metrics_publish(const inv_metrics_gauges_t *gauges);

/*
 * What all living workers say together; redis_up: how many of them use each
 * server.  Returns how many they are.
 */
unsigned inv_metrics_gather(inv_metrics_gauges_t *all,
                            unsigned redis_up[INV_METRICS_SERVERS]);


static inline void
inv_metrics_add(uint64_t *counter, uint64_t n)
{
    (void) __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}


static inline void
inv_metrics_count(inv_count_t which, uint64_t n)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_add(&inv_metrics_own->counts[which], n);
    }
}


/* A product was read, or there is none. */
static inline void
inv_metrics_read(inv_metrics_level_t level, bool absent)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_add(&inv_metrics_own->reads[level][absent], 1);
    }
}


/* bounds: inv_metrics_times or inv_metrics_sizes. */
static inline void
inv_metrics_observe(inv_metrics_histogram_t *histogram, const uint32_t *bounds,
                    uint64_t value)
{
    unsigned i;

    for (i = 0; i < INV_METRICS_BOUNDS && value > bounds[i]; i++) {
        /* the next one */
    }

    inv_metrics_add(&histogram->buckets[i], 1);

    /* nearly all requests take no millisecond: one addition less */
    if (value != 0) {
        inv_metrics_add(&histogram->sum, value);
    }
}


/* A request has ended; series and status: numbers of the one who asks. */
static inline void
inv_metrics_request(unsigned series, unsigned status, uint64_t ms)
{
    if (inv_metrics_own != NULL) {
        inv_metrics_add(&inv_metrics_own->requests[series][status], 1);
        inv_metrics_observe(&inv_metrics_own->request_ms[series],
                            inv_metrics_times, ms);
    }
}


/* An operation was refused where it wanted to wait. */
void inv_metrics_refused(inv_metrics_lane_t queue, inv_metrics_refusal_t why);

/* A job of that many operations or steps has come back after ms. */
void inv_metrics_job(inv_metrics_lane_t lane, uint64_t size, int64_t ms);

/* A statement of that many operations was sent. */
void inv_metrics_batch(uint64_t size);

/* A step of the machine's, an end of an action; numbers of enums of its own. */
void inv_metrics_step(unsigned step, unsigned reply);
void inv_metrics_action(unsigned action, unsigned verdict);

/* server: of inv_metrics_server. */
void inv_metrics_redis(unsigned server, inv_metrics_redis_t which, uint64_t n);


#endif /* INV_METRICS_H */
