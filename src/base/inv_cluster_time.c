
/*
 * base: MongoDB's logical time, see inv_cluster_time.h.
 */


#include "inv_cluster_time.h"


void
inv_cluster_time_raise(inv_cluster_time_t *time, const inv_cluster_time_t *seen)
{
    if (seen->operation > time->operation) {
        time->operation = seen->operation;
    }

    if (seen->clock > time->clock) {
        time->clock = seen->clock;
        time->len = seen->len;
        memcpy(time->document, seen->document, seen->len);
    }
}


bool
inv_cluster_time_is_ahead(const inv_cluster_time_t *seen,
                          const inv_cluster_time_t *time)
{
    return seen->operation > time->operation || seen->clock > time->clock;
}


void
inv_cluster_time_forget(inv_cluster_time_t       *time,
                        const inv_cluster_time_t *refused)
{
    if (time->operation == refused->operation) {
        time->operation = 0;
    }

    if (time->clock == refused->clock) {
        time->clock = 0;
        time->len = 0;
    }
}
