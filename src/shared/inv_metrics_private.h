
/*
 * shared: how the memory of what is counted is laid out; for its files only.
 */


#ifndef INV_METRICS_PRIVATE_H
#define INV_METRICS_PRIVATE_H


#include "inv_metrics.h"


/* The place of a worker that says something of itself. */
typedef struct {
    uint64_t             pid;   /* 0: free */
    int64_t              at_ms; /* inv_time_monotonic: when it said it */
    inv_metrics_gauges_t gauges;
} inv_metrics_worker_t;

/* Slots begin at lines of the processor's cache. */
struct inv_metrics_memory_s {
    uint32_t             magic;
    uint32_t             layout;
    uint64_t             size;
    inv_time_t           made;
    char                 servers[INV_METRICS_SERVERS][INV_METRICS_SERVER_NAME];
    inv_metrics_worker_t workers[INV_METRICS_WORKERS];
    inv_metrics_slot_t   slots[INV_METRICS_SLOTS] __attribute__((aligned(64)));
};

/* NULL: this process counts nothing. */
inv_metrics_memory_t *inv_metrics_shared(void);

/* This worker says nothing any more. */
void inv_metrics_withdraw(void);


#endif /* INV_METRICS_PRIVATE_H */
