
/*
 * read: products as readers see them: the zone's copy, else Redis's, else
 * MongoDB through the read lane.
 *
 * Event loop only, but for the run functions of inv_read_store.c.
 *
 * What is read is shared: those of one worker who ask for the same product at
 * the same time wait for one fetch, and one worker fetches for all of them.  A
 * result below the floor (src/shared/inv_zone.h) is read again; while a write of
 * a product is in doubt, everybody reads for themselves.
 */


#ifndef INV_READ_H
#define INV_READ_H


#include "../cache/inv_cache.h"
#include "../lane/inv_lane.h"


typedef struct inv_reads_s  inv_reads_t;
typedef struct inv_reader_s inv_reader_t;
typedef struct inv_fetch_s  inv_fetch_t;

typedef struct {
    inv_cache_t *cache;
    inv_zone_t  *zone;
    inv_lane_t  *lane;       /* of reads by id */
    inv_lane_t  *query_lane; /* of pages */
    ngx_msec_t   timeout;    /* of what is shared: the longest of any request */
    ngx_log_t   *log;
} inv_read_options_t;

/* In init_process.  NULL: no memory. */
inv_reads_t *inv_reads_create(const inv_read_options_t *options);

/* In exit_process, after inv_jobs_end and before the cache ends. */
void inv_reads_destroy(inv_reads_t *reads);


/* Where an answer came from; what is less wanted is greater. */
typedef enum {
    INV_READ_LOCAL,
    INV_READ_REDIS,
    INV_READ_STORE,
    INV_READ_STALE /* past its lifetime: MongoDB cannot be asked */
} inv_read_from_t;

/* Valid during the call that it is handed over in, or until the next. */
typedef struct {
    inv_store_result_t result; /* OK, NOT_FOUND, or why there is none */
    inv_read_from_t    from;
    int64_t            version; /* OK */
    inv_str_t          text;    /* OK: the product's JSON */
    const char        *error;   /* a failure: for the log; NULL: nothing new */
    bool               damaged; /* FAILED: this product cannot be read */
} inv_read_answer_t;

/* One who waits for a product; in place until done or left.  Zeroed at first. */
struct inv_reader_s {
    ngx_queue_t  link;
    inv_fetch_t *fetch;  /* NULL: does not wait */
    inv_spent_t  before; /* what others had waited when this one came */
    inv_spent_t  spent;  /* once told or left: what this one has waited */

    /* Once, and never after inv_reader_leave. */
    void (*done)(inv_reader_t *reader, const inv_read_answer_t *answer);
    void *data;
};

/*
 * True: answer is there at once, and done is not called.  Else done is called
 * later, at most once, never from inside this call.  There is no time limit:
 * that is the caller's.
 */
bool inv_read_product(inv_reads_t *reads, inv_oid_t id, inv_reader_t *reader,
                      inv_read_answer_t *answer);

/* Does nothing where it does not wait. */
void inv_reader_leave(inv_reader_t *reader);


#endif /* INV_READ_H */
