
/*
 * http: metrics: what the files of inventory_metrics share.  Event loop, but
 * for what is said to be the master's.
 *
 *   inv_metrics_series.c    requests, numbered by face, route and method
 *   inv_metrics_worker.c    what a worker says of itself, once a second
 *   inv_metrics_face.c      the location: gathers, writes, replies
 *   inv_metrics_families.c  the table of all metrics; counts and histograms
 *   inv_metrics_state.c     those that tell how things are
 *   inv_metrics_zone.c      those of the zone and of Redis
 *   inv_metrics_text.c      the format
 */


#ifndef INV_METRICS_HTTP_H
#define INV_METRICS_HTTP_H


#include "inv_worker.h"
#include "inv_metrics_text.h"
#include "../shared/inv_metrics.h"


/* Everything there is to tell, at one moment. */
typedef struct {
    inv_metrics_text_t   text;
    inv_metrics_slot_t   sum;
    inv_metrics_gauges_t gauges;
    unsigned             nworkers;
    unsigned             redis_up[INV_METRICS_SERVERS];
    inv_zone_counters_t  zone;
    inv_shelf_counters_t shelves[INV_SHELVES];
} inv_metrics_page_t;


/* The values of a label, by number; NULL: none, left out. */
typedef struct {
    const char        *label;
    const char *const *values;
    size_t             n;
} inv_metrics_axis_t;

typedef struct inv_metrics_family_s inv_metrics_family_t;

/* Writes the samples of a family; its head is there. */
typedef void inv_metrics_write_t(inv_metrics_page_t         *page,
                                 const inv_metrics_family_t *family);

struct inv_metrics_family_s {
    const char *name;
    const char *type;
    const char *help; /* no line ends, no backslash */

    inv_metrics_write_t *write;

    /* For counts and histograms: where the first stands in the slot. */
    size_t                    offset;
    const inv_metrics_axis_t *rows;    /* NULL: one */
    const inv_metrics_axis_t *columns; /* NULL: one */
    size_t                    stride;  /* of a row, bytes */
    unsigned sparse : 1;               /* what was never counted is left out */
    unsigned is_time : 1;
};

extern const inv_metrics_family_t inv_metrics_families[];
extern const size_t               inv_metrics_nfamilies;


/* inv_metrics_series.c */

/* The labels of a request's series: face, route, method. */
#define INV_METRICS_REQUEST_LABELS 3

/*
 * While the configuration is read, in the master.  False: there are more routes
 * than INV_METRICS_SERIES has room for.
 */
bool inv_metrics_number(void);

inv_metrics_write_t inv_metrics_write_requests;
inv_metrics_write_t inv_metrics_write_durations;


/* inv_metrics_families.c */

/* One histogram with the labels given; in seconds where the family is of time. */
void
inv_metrics_write_histogram(inv_metrics_page_t         *page,
                            const inv_metrics_family_t *family,
                            const inv_metrics_label_t *labels, size_t nlabels,
                            const inv_metrics_histogram_t *histogram);


/* inv_metrics_state.c: writers of single families. */
inv_metrics_write_t inv_metrics_write_build;
inv_metrics_write_t inv_metrics_write_start;
inv_metrics_write_t inv_metrics_write_workers;
inv_metrics_write_t inv_metrics_write_waiting;
inv_metrics_write_t inv_metrics_write_jobs;
inv_metrics_write_t inv_metrics_write_guard;
inv_metrics_write_t inv_metrics_write_outbox;
inv_metrics_write_t inv_metrics_write_oldest;
inv_metrics_write_t inv_metrics_write_breaker;
inv_metrics_write_t inv_metrics_write_opened;
inv_metrics_write_t inv_metrics_write_mongo;


/* inv_metrics_zone.c: likewise, of the zone and of Redis. */
inv_metrics_write_t inv_metrics_write_redis_up;
inv_metrics_write_t inv_metrics_write_redis;
inv_metrics_write_t inv_metrics_write_shelf;
inv_metrics_write_t inv_metrics_write_floors;
inv_metrics_write_t inv_metrics_write_losses;


/* inv_metrics_worker.c */

/* In init_process and exit_process of a worker. */
void inv_metrics_worker_start(inv_worker_t *worker);
void inv_metrics_worker_end(void);

/* What this worker is about, said now. */
void inv_metrics_worker_publish(void);


#endif /* INV_METRICS_HTTP_H */
