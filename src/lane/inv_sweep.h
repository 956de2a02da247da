
/*
 * lane: the sweep: what a worker that is gone has left in the outboxes, and
 * what a busy one could not move, goes to the ledger too.  Event loop.
 */


#ifndef INV_SWEEP_H
#define INV_SWEEP_H


#include "inv_lane.h"


typedef struct {
    inv_lane_t *lane;
    ngx_event_t timer;
    unsigned    failed : 1; /* the last one: one line in the log is enough */
} inv_sweep_t;

/* Sweeps through lane from now on, every few seconds, until the worker ends. */
void inv_sweep_start(inv_sweep_t *sweep, inv_lane_t *lane);


#endif /* INV_SWEEP_H */
