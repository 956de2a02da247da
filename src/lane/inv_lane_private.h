
/*
 * lane, inside the room: what a lane does with its operations.  Event loop.
 */


#ifndef INV_LANE_PRIVATE_H
#define INV_LANE_PRIVATE_H


#include "inv_lane.h"


/* A job has ended with this result: settles, tells, frees. */
void inv_op_end(inv_op_t *op, inv_store_result_t result, const char *error);

/* Takes a pending operation out of its lane: nothing was sent. */
void inv_op_drop(inv_op_t *op, const char *why);

/* The timer of the deadline. */
void inv_op_timeout(ngx_event_t *ev);


#endif /* INV_LANE_PRIVATE_H */
