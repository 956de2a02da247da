
/*
 * lane, inside the room: the parts of the engine.  Event loop.
 */


#ifndef INV_ENGINE_PRIVATE_H
#define INV_ENGINE_PRIVATE_H


#include "inv_engine.h"
#include "../store/inv_store_steps.h"


/* Products in one statement and one find. */
#define INV_ENGINE_PRODUCTS_MAX 64

typedef struct {
    ngx_uint_t jobs_max;  /* in flight: threads that it may occupy */
    size_t     steps_max; /* in one job */
} inv_engine_group_t;

struct inv_engine_s {
    inv_engine_options_t options;
    inv_protocol_t      *protocol;
    ngx_log_t           *log;
    ngx_uint_t           njobs[INV_GROUPS];
    size_t               nactions; /* that the machine has */
    ngx_queue_t          ops;
    ngx_queue_t          turns; /* those to be finished at the next kick */
    void                *keys;  /* tsearch: those that can be joined */

    /* While a step is accepted: what it has shown; text absent: nothing. */
    inv_engine_seen_t seen;

    ngx_event_t kick;  /* one turn of the loop is one batch */
    ngx_event_t tick;  /* what waits for time */
    ngx_event_t sweep; /* of others' outboxes */
    ngx_event_t quit;  /* looks whether the worker is to end */

    char     error[512]; /* of the last job that had one */
    int64_t  said;       /* when the log was last told of a failure */
    int64_t  due;        /* of tick; 0: none */
    int64_t  quit_since; /* 0: not asked to; -1: gave up */
    unsigned held : 1;   /* the worker may not exit */
    unsigned ending : 1;
    unsigned away : 1;    /* MongoDB is, and the log says so */
    unsigned applies : 1; /* an APPLY is accepted: only stock changes */
};

int64_t inv_engine_now(void);

/* Soon, and once: takes and starts what may be started. */
void inv_engine_kick(inv_engine_t *engine);

/* Starts jobs of every group as far as its limit lets. */
void inv_engine_start_jobs(inv_engine_t *engine);

/* For metrics: a job that has come back, how actions end, what keys are. */
void inv_engine_count_job(inv_step_group_t group, inv_step_t *const *steps,
                          size_t n, int64_t ms);
void inv_engine_count_action(const inv_action_t *action);
void inv_engine_count_claim(inv_claim_news_t news);

/* After anything happened: timers, and the hold on the worker. */
void inv_engine_settle_down(inv_engine_t *engine);

/* The machine's host, of inv_engine_op.c. */
void inv_engine_settled(void *ctx, inv_action_t *action);
void inv_engine_claimed(void *ctx, inv_claim_t *claim, inv_claim_news_t news);

/* Finishes what has had nothing to wait for. */
void inv_engine_ops_turn(inv_engine_t *engine);

/* From now on a request with its key begins anew. */
void inv_engine_unkey(inv_engine_op_t *op);

/* Tells all who wait; what is not settled then is nobody's. */
void inv_engine_op_tell(inv_engine_op_t *op, inv_end_t end,
                        inv_store_result_t result);

/* For those who are told that there is no answer: UNKNOWN or UNAVAILABLE. */
inv_store_result_t inv_engine_op_unanswered(const inv_engine_op_t *op);

/* Nobody waits any more: withdraws, or undoes, what is on its way. */
void inv_engine_op_abandon(inv_engine_op_t *op);

/* Nobody waits and nothing is out: frees it, after its claim's last step. */
void inv_engine_op_close(inv_engine_op_t *op);

/* Its claim is closed, too: frees it. */
void inv_engine_op_gone(inv_engine_op_t *op);

void
inv_waiter_add(inv_engine_op_t *op, inv_waiter_t *waiter, ngx_msec_t timeout);

/* Everybody who waits is told that the worker ends. */
void inv_engine_ops_tell(inv_engine_t *engine);

/* From now on it waits. */
void inv_engine_op_starts(inv_engine_op_t *op);

/* All that it waits for from now on is the database's doing. */
void inv_engine_op_tries(inv_engine_op_t *op);

/* A job with these steps has gone to a thread; it is back. */
void inv_engine_steps_out(inv_engine_t *engine, inv_step_t **steps, size_t n);
void inv_engine_steps_back(inv_step_t **steps, size_t n);

/* What the operation has waited for, as of now. */
void inv_engine_op_spent(const inv_engine_op_t *op, inv_spent_t *spent);

/* The machine is gone. */
void inv_engine_ops_free(inv_engine_t *engine);


#endif /* INV_ENGINE_PRIVATE_H */
