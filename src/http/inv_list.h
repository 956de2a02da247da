
/*
 * http: what waits in the query lane for one text: lists and reports.
 *
 * Event loop, but for the run functions of the kinds.
 */


#ifndef INV_LIST_H
#define INV_LIST_H


#include "inv_http.h"


typedef struct {
    inv_op_t op;

    /* In; of a list that has pages. */
    inv_str_t path; /* below the prefix up to "?" or "&", e.g. "/products?" */
    unsigned  limit;

    /* Out; memory of the job's arena. */
    inv_str_t text;    /* the answer */
    inv_str_t next;    /* the cursor; absent: this is the last page */
    unsigned  damaged; /* left out, since they cannot be read: call->error */
} inv_list_op_t;

/*
 * An operation of size bytes that begins with inv_list_op_t; faults is made
 * empty, in the request's arena.  NULL: the reply was sent.
 */
void *inv_list_create(inv_request_t *rq, const inv_op_kind_t *kind, size_t size,
                      inv_faults_t *faults);

/* The same of somebody whom the ledger names: what an administrator asks. */
typedef struct {
    inv_list_op_t list;  /* first */
    inv_actor_t   actor; /* memory of the operation's arena */
} inv_admin_op_t;

/* As inv_list_create, of an operation that begins with inv_admin_op_t. */
void *inv_admin_create(inv_request_t *rq, const inv_op_kind_t *kind,
                       size_t size, inv_faults_t *faults);

/* The end of its run: what cannot be told may have been done all the same. */
inv_store_result_t inv_admin_ran(bool rendered);

/* What stands behind "?"; absent: nothing. */
inv_str_t inv_list_args(inv_request_t *rq);

/* Replies with the faults; where there are none, with what the run sets. */
void inv_list_submit(inv_request_t *rq, inv_list_op_t *list,
                     const inv_faults_t *faults);

/*
 * The end of a list's run, on the thread: rendered tells whether text and next
 * could be set.
 */
inv_store_result_t
inv_list_ran(const inv_store_call_t *call, inv_list_op_t *list, bool rendered);

/*
 * The Link header of the next page; next absent: there is none.  path: below
 * the prefix, up to "?" or "&".
 */
ngx_int_t inv_list_headers(inv_request_t *rq, inv_str_t path, unsigned limit,
                           inv_str_t next);

/* Such a path, in the request's pool: "/list?" and what follows it.  False: no
   memory. */
bool inv_list_path(inv_request_t *rq, inv_str_t before, inv_str_t rest,
                   inv_str_t *path);

/* A copy in the request's pool.  False: no memory. */
bool inv_list_copy(inv_request_t *rq, inv_str_t text, inv_str_t *copy);


#endif /* INV_LIST_H */
