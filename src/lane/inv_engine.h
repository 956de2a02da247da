
/*
 * lane: the engine: the stock protocol's machine, driven with a real database.
 *
 * Whoever changes stock makes an operation (one action, or those of a batch)
 * and waits for it.  The machine says what is to be asked; jobs ask it, a few
 * of each group at once; there is no linger: one turn of the event loop is one
 * batch.  Event loop only, but for what is said to run on a thread.
 */


#ifndef INV_ENGINE_H
#define INV_ENGINE_H


#include "inv_lane.h"
#include "../store/inv_store_steps.h"


/* Threads that its jobs occupy at once: the sum of its groups' limits. */
#define INV_ENGINE_THREADS 7


typedef struct inv_engine_s    inv_engine_t;
typedef struct inv_engine_op_s inv_engine_op_t;
typedef struct inv_waiter_s    inv_waiter_t;


/* A product as it was seen with a change of it, or right after. */
typedef struct {
    inv_oid_t         id;
    int64_t           version;
    inv_str_t         text;   /* its JSON */
    inv_zone_moment_t moment; /* before what showed it was sent */
} inv_engine_seen_t;

typedef struct {
    const inv_lane_worker_t *worker;
    ngx_msec_t               timeout;   /* of a job: the longest deadline */
    ngx_uint_t               batch_max; /* 1: no batching at all */

    /*
     * The cache's part: before anybody is told; version 0: not known.
     * catalog: other members than stock may have changed, or the product is
     * new or gone.  seen: of this version or a later one, during the call;
     * NULL: not known.
     */
    void (*changed)(inv_oid_t product, int64_t version, bool catalog,
                    const inv_engine_seen_t *seen);

    /* The version that a product has at least, as far as is known; 0: none. */
    int64_t (*floor)(inv_oid_t product);

    /* All that a job has changed was told so; nobody is told of it yet. */
    void (*changed_all)(void);

    /*
     * On a thread: a CATALOG step is carried out.  text: the product as it
     * shows it, until all are told; absent: it does not.
     */
    void (*carried_out)(inv_step_t *step, inv_str_t text);
} inv_engine_options_t;

/* In init_process.  NULL: no memory. */
inv_engine_t *inv_engine_create(const inv_engine_options_t *options);

/* In exit_process, after inv_jobs_end: tells those who still wait. */
void inv_engine_destroy(inv_engine_t *engine);


/* For metrics: what it is about just now. */
typedef struct {
    size_t                 actions; /* not settled */
    ngx_uint_t             jobs[INV_GROUPS];
    inv_protocol_entries_t entries;
} inv_engine_counts_t;

void inv_engine_count(const inv_engine_t *engine, inv_engine_counts_t *counts);


/* How it ended for one who waited. */
typedef enum {
    INV_END_ANSWERED, /* status and text are the answer */
    INV_END_RESULT,   /* no answer but result, see inv_store.h */
    INV_END_MISMATCH  /* the key was used for another request */
} inv_end_t;

/* One who waits for an operation; in place until done or left. */
struct inv_waiter_s {
    ngx_queue_t      link;
    inv_engine_op_t *op; /* NULL: does not wait */
    ngx_event_t      timer;
    unsigned         joined : 1; /* somebody else's operation */

    /*
     * Once, and never after inv_waiter_leave; op is there during the call.
     * False: the one who waited could not be told.
     */
    bool (*done)(inv_waiter_t *waiter, inv_engine_op_t *op, inv_end_t end);
    void              *data;
    inv_spent_t        before; /* what others had waited when this one came */
    inv_spent_t        spent;  /* once told or left: what this one has waited */
    inv_store_result_t result; /* with INV_END_RESULT */
    const char        *why;    /* the same, for the log; while done runs */
};

/* What an operation is to its maker. */
typedef struct {
    const char *name;

    /*
     * All actions are settled: sets status and text (of the operation's arena,
     * or that of what is told just now), or result where there is no answer;
     * or waits, and calls inv_engine_op_resume later.  It may be called again.
     */
    void (*finish)(inv_engine_op_t *op);

    /*
     * Nobody waits any more, or all are being told: what finish waits for is
     * needed no more.  Maybe more than once.  NULL: nothing.
     */
    void (*leave)(inv_engine_op_t *op);

    /*
     * Whether anything that finish has begun was sent, or carried out.  NULL:
     * it begins nothing.
     */
    bool (*sent)(const inv_engine_op_t *op);
} inv_engine_kind_t;

/* The head of every operation; it lives in its own arena, with its inputs. */
struct inv_engine_op_s {
    const inv_engine_kind_t *kind;
    inv_arena_t             *arena;
    inv_action_t           **actions;  /* un-keyed, or each with its line */
    size_t                   nactions; /* keyed: 1 at least */

    bool        keyed;
    bool        slow;  /* its work may take half of its time */
    inv_claim_t claim; /* keyed: record's inputs are set */

    /* Out. */
    int                status; /* of the answer; 0: see result */
    inv_str_t          text;
    int64_t            version; /* for an ETag; 0: none */
    bool               keeps;   /* the answer cannot be found by its key */
    bool               replayed;
    inv_store_result_t result;
    bool               waits;  /* finish: not yet */
    bool               stands; /* told un-keyed in parts: what is settled is not
                                  undone though the rest is */

    /* The engine's. */
    inv_engine_t *engine;
    ngx_queue_t   waiters;
    ngx_queue_t   link;  /* of all operations */
    ngx_queue_t   turn;  /* where it has nothing to wait for */
    size_t        left;  /* actions that the machine has */
    inv_spent_t   spent; /* until since */
    ngx_msec_t    since; /* ngx_current_msec */
    size_t        nout;  /* its actions in steps that are out, and its claim */
    unsigned      turns : 1;
    unsigned      again : 1; /* once all of it is back: its key was lost */
    unsigned      keys : 1;  /* it can be joined */
    unsigned      told : 1;
    unsigned      telling : 1; /* a waiter is in done: not to be freed */
    unsigned      closing : 1;
    unsigned      tried : 1; /* what it waits for now is the database */
};

/*
 * Queued: the engine owns the operation from here on, and done is called
 * within timeout ms.  With a key that is being worked on the operation is freed
 * and that one joined.  Refused: the operation is still the caller's.
 */
inv_lane_answer_t inv_engine_submit(inv_engine_t *engine, inv_engine_op_t *op,
                                    inv_waiter_t *waiter, ngx_msec_t timeout);

/*
 * Whether any of its actions was sent, or of what it has begun: what is asked
 * for "503 or 504".
 */
bool inv_engine_op_is_sent(const inv_engine_op_t *op);

/* What finish has waited for is there; does nothing where nobody waits. */
void inv_engine_op_resume(inv_engine_op_t *op);

/* Submission was refused, or never tried. */
void inv_engine_op_free(inv_engine_op_t *op);

/* The one who waits leaves; does nothing where they do not wait. */
void inv_waiter_leave(inv_waiter_t *waiter);


#endif /* INV_ENGINE_H */
