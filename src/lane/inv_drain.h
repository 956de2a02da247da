
/*
 * lane: entries on their way from the outboxes into the ledger.
 *
 * Whoever has put an entry into an outbox hands it over here once; it is moved
 * with whatever else waits then.  An entry that cannot be moved stays in the
 * outbox, from where the sweep takes it (inv_sweep.h).  Event loop.
 */


#ifndef INV_DRAIN_H
#define INV_DRAIN_H


#include "inv_lane.h"


/*
 * Queues a copy of entry for the ledger, through this lane.  Never fails
 * loudly: what cannot be queued stays in the outbox.
 */
void inv_drain_entry(inv_lane_t *lane, const inv_entry_t *entry);


#endif /* INV_DRAIN_H */
