
/*
 * base: MongoDB's logical time: how far a cluster is known to have come.
 *
 * Any thread; plain values, no state, no BSON.  A replica set and a sharded
 * cluster tell operationTime with each reply, a standalone server does not.  A
 * majority read that is to show at least what that reply knew of says
 * afterClusterTime: without it the read may be older, after a failover, on
 * another shard or through another mongos.
 */


#ifndef INV_CLUSTER_TIME_H
#define INV_CLUSTER_TIME_H


#include "inv_base.h"


/* A signed $clusterTime takes 88 bytes; a longer one is not kept. */
#define INV_CLUSTER_CLOCK_MAX 96

typedef struct {
    /*
     * The greatest operationTime, as one number: seconds << 32 | ordinal.
     * 0: none was told.
     */
    uint64_t operation;

    /*
     * The greatest $clusterTime, as the server wrote and signed it.  It goes
     * along with afterClusterTime: a member of the cluster that has not heard
     * of that time from others would refuse it.
     */
    uint64_t      clock; /* its time; 0: none was told */
    uint32_t      len;
    unsigned char document[INV_CLUSTER_CLOCK_MAX]; /* BSON */
} inv_cluster_time_t;

static inline uint64_t
inv_cluster_timestamp(uint32_t seconds, uint32_t ordinal)
{
    return (uint64_t) seconds << 32 | ordinal;
}

/* Raises time to what seen is ahead of it, the two parts by themselves. */
void inv_cluster_time_raise(inv_cluster_time_t       *time,
                            const inv_cluster_time_t *seen);

/* Is seen ahead of time in either part? */
bool inv_cluster_time_is_ahead(const inv_cluster_time_t *seen,
                               const inv_cluster_time_t *time);

/*
 * Clears each part of time that is the same as in refused: what has been raised
 * since then has not been refused.
 */
void inv_cluster_time_forget(inv_cluster_time_t       *time,
                             const inv_cluster_time_t *refused);


#endif /* INV_CLUSTER_TIME_H */
