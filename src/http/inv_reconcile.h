
/*
 * http: POST of admin/reconcile: what its two ways share: without a key it is
 * waited for in the query lane, with one the operation of the key waits for it.
 *
 * Event loop; the kind's run function is on a thread.
 */


#ifndef INV_RECONCILE_H
#define INV_RECONCILE_H


#include "inv_list.h"
#include "../model/inv_movement_reconcile.h"


/* What the query lane is asked. */
typedef struct {
    inv_admin_op_t        admin; /* first; its list.text is the report */
    inv_reconcile_query_t query;
} inv_reconcile_op_t;

extern const inv_op_kind_t inv_reconcile_kind;

/* A request with an Idempotency-Key; ends as every handler does. */
void inv_reconcile_keyed(inv_request_t *rq, const inv_json_t *body);


#endif /* INV_RECONCILE_H */
