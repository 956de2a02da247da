
/*
 * http: operations that change a product, and what follows from each.
 *
 * Event loop, but for the run functions of the kinds.
 */


#ifndef INV_WRITE_H
#define INV_WRITE_H


#include "inv_http.h"


typedef struct {
    inv_op_t op;

    /* In; memory of the operation's arena. */
    inv_oid_t           id;
    inv_actor_t         actor;
    inv_match_t         if_match;
    inv_time_t          at;
    inv_cache_moment_t  moment; /* before it is sent */
    inv_product_input_t input;
    inv_write_mode_t    mode;
    int64_t             quantity;

    /* Out; memory of the job's arena, there while settle and done run. */
    inv_product_t *product; /* after it; NULL: not known whole */
    inv_str_t      text;    /* the product as clients see it */
    int64_t        version; /* after it; 0: nothing was written */
    int64_t        seq, remaining, available;
    inv_entry_t    entry; /* to be drained; bson absent: none */
} inv_write_op_t;

/*
 * An operation in the request's arena with id, actor, If-Match and time filled
 * in.  NULL: the reply was sent.
 */
inv_write_op_t *inv_write_create(inv_request_t *rq, const inv_op_kind_t *kind);

/*
 * The settle of every kind: before anybody is told of it, no older copy can be
 * served any more; and the movement goes on to the ledger.
 */
void inv_write_settle(inv_op_t *op, inv_store_result_t result);

/*
 * In a run, after the store has set the product: renders it into text and sets
 * version.  OK; UNKNOWN: it is written, but cannot be shown for want of memory.
 */
inv_store_result_t
inv_write_render(inv_store_call_t *call, inv_write_op_t *write);

/*
 * inv_reply_failure for writes: one that may or may not be carried out leaves
 * its product's copies in doubt from now on.
 */
void inv_write_reply_failure(inv_request_t *rq, const inv_op_t *op,
                             inv_store_result_t result);

/* The whole product as the reply, with its ETag. */
void inv_write_reply_product(inv_request_t *rq, const inv_write_op_t *write,
                             ngx_uint_t status);


#endif /* INV_WRITE_H */
