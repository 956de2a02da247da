
/*
 * lane: operations wait in a lane and share jobs.
 *
 * A lane starts a job as soon as it may and gives it everything that waits and
 * fits, with no linger; what arrives meanwhile is the next batch.  Each lane
 * has its own bounds, so that none starves another.  Event loop only, but for
 * the run function of a kind.
 */


#ifndef INV_LANE_H
#define INV_LANE_H


#include "inv_job.h"
#include "inv_spent.h"
#include "../shared/inv_metrics.h"
#include "../shared/inv_zone.h"
#include "../store/inv_store.h"


typedef struct inv_lane_s inv_lane_t;
typedef struct inv_op_s   inv_op_t;

/* What an operation does; operations of one kind may share a job. */
typedef struct {
    const char *name;      /* for the log */
    ngx_uint_t  batch_max; /* operations in one job */

    /*
     * On a thread.  Sets what each operation brings back, in call->arena (it
     * lives until the operations are done), and returns the result of all.
     */
    inv_store_result_t (*run)(inv_store_t *store, inv_store_call_t *call,
                              inv_op_t **ops, size_t n);

    /*
     * On the loop, before the one who waits is told, and also when nobody
     * waits any more: what must follow from the result.  NULL: nothing.
     */
    void (*settle)(inv_op_t *op, inv_store_result_t result);

    /*
     * It may take longer than it has: that one was not answered in time says
     * nothing of the server, which the breaker of all would take for away.
     */
    bool unhurried;
} inv_op_kind_t;

/* Called at most once, never after inv_op_detach. */
typedef void (*inv_op_done_pt)(void *waiter, inv_op_t *op,
                               inv_store_result_t result);

/* The head of every operation; it lives in its own arena. */
struct inv_op_s {
    const inv_op_kind_t *kind;
    inv_lane_t          *lane;
    inv_arena_t         *arena;    /* of the operation and its inputs */
    ngx_queue_t          link;     /* while pending */
    ngx_event_t          timer;    /* the deadline, while somebody waits */
    int64_t              deadline; /* inv_time_monotonic, for the thread */
    inv_op_done_pt       done;     /* NULL: nobody waits */
    void                *waiter;
    inv_store_call_t    *call;   /* while sent and alone in its job */
    const char          *error;  /* while done runs: for the log; never NULL */
    ngx_msec_t           queued; /* ngx_current_msec: when it came */
    ngx_msec_t           posted; /* sent: likewise, when its job went */
    ngx_uint_t           batch;  /* sent: operations of its job */
    unsigned             sent : 1; /* a job has it */
};

typedef struct {
    const char        *name;
    ngx_uint_t         jobs_max;    /* in flight: threads that it may occupy */
    ngx_uint_t         pending_max; /* operations that may wait */
    unsigned           probes : 1;  /* goes on while the breaker is open */
    inv_metrics_lane_t counted;     /* as which one */
} inv_lane_limits_t;

/* All lanes of a worker share these. */
typedef struct {
    inv_jobs_t  *jobs;
    inv_store_t *store;
    inv_zone_t  *zone;
    ngx_log_t   *log;
} inv_lane_worker_t;

struct inv_lane_s {
    const inv_lane_limits_t *limits;
    const inv_lane_worker_t *worker;
    ngx_queue_t              pending;
    ngx_uint_t               npending;
    ngx_uint_t               njobs;
    ngx_event_t              kick; /* one turn of the loop is one batch */
};

void inv_lane_init(inv_lane_t *lane, const inv_lane_limits_t *limits,
                   const inv_lane_worker_t *worker);

/*
 * In exit_process, after inv_jobs_end: what still waits was not sent, and is
 * told so.
 */
void inv_lane_end(inv_lane_t *lane);


typedef enum {
    INV_LANE_QUEUED,
    INV_LANE_OVERLOADED, /* too many wait, or no memory */
    INV_LANE_UNAVAILABLE /* MongoDB is known to be away */
} inv_lane_answer_t;

/*
 * An operation of size bytes (a struct that begins with inv_op_t), zeroed, in
 * the arena that holds its inputs: the arena becomes the operation's.  NULL:
 * no memory, and the arena stays the caller's.
 */
inv_op_t *
inv_op_create(const inv_op_kind_t *kind, size_t size, inv_arena_t *arena);

/* Only before it was submitted, or when submission was refused. */
void inv_op_free(inv_op_t *op);

/*
 * Queued: the lane owns the operation from here on, and done (may be NULL) is
 * called within timeout ms, give or take a turn of the loop: with its result,
 * with INV_STORE_UNAVAILABLE where it was not sent in time, with
 * INV_STORE_UNKNOWN where no reply came in time.  Refused: the caller owns it.
 */
inv_lane_answer_t
inv_lane_submit(inv_lane_t *lane, inv_op_t *op, ngx_msec_t timeout,
                inv_op_done_pt done, void *waiter);

/*
 * Creates and submits an operation that nobody waits for, in an arena of its
 * own; its inputs may be filled in until the loop turns.  NULL: not queued.
 */
inv_op_t *inv_op_start(inv_lane_t *lane, const inv_op_kind_t *kind, size_t size,
                       ngx_msec_t timeout);

/*
 * The one who waits leaves: an operation that was not sent is dropped, one
 * that was sent is still settled, for nobody.
 */
void inv_op_detach(inv_op_t *op);

/* What the operation has waited for since it was submitted, as of now. */
void inv_op_spent(const inv_op_t *op, inv_spent_t *spent);


#endif /* INV_LANE_H */
