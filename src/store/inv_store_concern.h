
/*
 * store, inside: what a read asks of the server, and what it asks instead where
 * the server refuses that.
 *
 * Runs on threads.  What is absent from a read's reply decides what is applied
 * again, so a read that may not have its time has the primary confirm that it is
 * one, and is a mere majority read only where there is no such confirmation:
 *
 *   READ   afterClusterTime, else linearizable, else majority
 *   PROOF  linearizable, else afterClusterTime, else majority
 *
 * Only a code that is known to refuse what was asked leads on to the next: any
 * other says nothing of it, and the read fails with it or is tried again.
 */


#ifndef INV_STORE_CONCERN_H
#define INV_STORE_CONCERN_H


#include "inv_store_internal.h"


/* What a read of that kind asks for in the ith place, 0 to 2. */
inv_concern_t inv_store_concern(inv_command_kind_t kind, unsigned i);

/*
 * Was it refused so lately that it is not asked for?  AFTER: an earlier time is,
 * since another cluster has its own; an operation time of 0 is not.
 */
bool inv_store_concern_is_away(inv_store_t *store, inv_concern_t concern,
                               const inv_cluster_time_t *time);

/* Does the code, of the nth try (from 0) of a read, refuse it? */
bool
inv_store_concern_is_refused(inv_concern_t concern, int32_t code, unsigned nth);

/*
 * The reply came after those, a bit each, were refused: they are not asked for
 * from now on for a while, and a time that was refused is forgotten.
 */
void
inv_store_concern_settle(inv_store_link_t *link, unsigned refused,
                         const inv_cluster_time_t *time, const bson_t *reply);


#endif /* INV_STORE_CONCERN_H */
