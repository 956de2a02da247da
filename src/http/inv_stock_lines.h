
/*
 * http: a stock batch on its way: its lines, and how each of them ended.
 *
 * Lines without a key of their own are the actions of one operation of the
 * engine, which is that of the request's key where it has one.  Each line with
 * a key of its own is an operation of its own; the batch waits for it.  These
 * begin only once the others are settled: only then is it certain that the
 * request's key is not another request's.  Event loop.
 */


#ifndef INV_STOCK_LINES_H
#define INV_STOCK_LINES_H


#include "inv_worker.h"
#include "../model/inv_stock_batch.h"


/*
 * Bytes that malformed lines may add to an answer: a thousand errors.  Past
 * that a line is told that it is wrong, but not where.
 */
#define INV_STOCK_FAULTS_TEXT_MAX ((size_t) 256 * 1024)


typedef struct inv_stock_lines_s inv_stock_lines_t;

/* One who waits for a line with a key of its own. */
typedef struct {
    inv_waiter_t       waiter; /* first */
    inv_stock_lines_t *lines;
    size_t             number;
} inv_stock_keyed_t;

struct inv_stock_lines_s {
    inv_engine_op_t   op; /* first */
    inv_stock_batch_t batch;
    inv_actor_t       actor;
    inv_time_t        at;
    ngx_msec_t        deadline; /* ngx_current_msec: the request's */
    inv_action_t     *actions;  /* op's: of lines without a key, or a probe */

    /* Of each line: the text that it is answered with, or why there is none. */
    inv_str_t          *texts;   /* absent: not settled, or failed */
    inv_store_result_t *results; /* OK: settled, or not yet */

    /* Of lines with keys. */
    inv_stock_keyed_t *keyed;
    size_t             nkeyed;
    size_t             left; /* that are not settled */
    bool               begun;

    bool changed; /* some line was carried out, not by an earlier attempt */
};


/*
 * Finds the products of lines that have skus, then calls found, at once where
 * there are none; or a problem was sent.
 */
void
inv_stock_skus_find(inv_request_t *rq, inv_stock_lines_t *lines,
                    void (*found)(inv_request_t *rq, inv_stock_lines_t *lines));

/*
 * Makes actions of lines whose products are known.  False: no memory.
 */
bool inv_stock_lines_prepare(inv_stock_lines_t *lines);

/* Submits what has keys of its own.  Once. */
void inv_stock_keyed_begin(inv_stock_lines_t *lines);

/* They are waited for no more. */
void inv_stock_keyed_leave(inv_stock_lines_t *lines);

/* Whether any of them was sent. */
bool inv_stock_keyed_is_sent(const inv_stock_lines_t *lines);

/* A line's action: what it asks of a product that was found. */
void inv_stock_line_action(const inv_stock_lines_t *lines, size_t number,
                           inv_action_t *action);

/* The answer or the problem of one action, as text or as result of settled. */
void
inv_stock_line_settled(inv_engine_op_t *settled, const inv_action_t *action,
                       const inv_stock_operation_t *operation, inv_str_t at);

/* A problem in a line's place.  False: no memory. */
bool inv_stock_line_refuse(inv_stock_lines_t *lines, size_t number,
                           inv_problem_kind_t kind, const char *detail);

/* What is not settled is told as failed, as certainly as is known. */
void inv_stock_lines_give_up(inv_stock_lines_t *lines);

/*
 * Reads what became of op's actions.  The worst that a line has ended with;
 * OK: all lines are answered.
 */
inv_store_result_t inv_stock_lines_look(inv_stock_lines_t *lines);

/* The whole answer, failed lines as problems.  False: no memory. */
bool inv_stock_lines_answer(inv_stock_lines_t *lines, inv_str_t *text);


#endif /* INV_STOCK_LINES_H */
