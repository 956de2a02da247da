
/*
 * store, inside: which reads are to be as new as what is known of the cluster.
 *
 * Runs on threads.  Every command of the kind INV_COMMAND_READ carries
 * afterClusterTime once a reply has told operationTime (see inv_store_concern.h
 * for servers that refuse it):
 *
 *   READ, LOOK, OUTBOX, SWEEP,     what is absent decides: applied or not,
 *   RECALL, the read after APPLY   refused or not, claimed or not
 *   products by id and by sku      a 404, and what a GET shows
 *   the reads that verify claims,  a duplicate may be what this nginx has just
 *   answers and ledger entries     written
 *   lists                          no read shows an older version than a write
 *                                  that was acknowledged before; a page that
 *                                  misses a new product would be kept as new
 *   movements, reconcile           an entry goes from outbox to ledger between
 *                                  two reads: an older ledger has it nowhere
 *
 * Writes do not: they meet the documents as they are.  INV_COMMAND_PROOF ones
 * are as new as can be and carry it only where linearizable is refused (MongoDB
 * refuses both together), INV_COMMAND_PLAIN ones
 * take no read concern of majority.  It costs a wait only where the majority has
 * not reached that time yet.
 */


#ifndef INV_STORE_TIME_H
#define INV_STORE_TIME_H


#include "inv_store_internal.h"


/*
 * What a READ or a PROOF may carry: the greatest of what the call was given and
 * what it has seen.  False: nothing.
 */
bool inv_store_time_carried(const inv_store_call_t *call,
                            inv_command_kind_t kind, inv_cluster_time_t *time);

/* Appends readConcern; time NULL: without afterClusterTime. */
void inv_store_time_concern(bson_t *command, const inv_cluster_time_t *time);

/*
 * Raises what the call has seen to what a reply says, of a failure too.  Only of
 * what waits for a majority: the times of others (w: 1, local, ping) may lie
 * ahead of it, so that each read would wait for the members to come so far, or
 * be lost with a primary.
 */
void inv_store_time_hear(inv_store_link_t *link, inv_command_kind_t kind,
                         const bson_t *reply);

/* Forgets it, in the call and for those who take its result. */
void
inv_store_time_forget(inv_store_call_t *call, const inv_cluster_time_t *time);

/*
 * A session that tells the server the $clusterTime that belongs to time, and
 * nothing else.  NULL: none was told, or the server knows no sessions.
 */
mongoc_client_session_t *
inv_store_time_session(mongoc_client_t *client, const inv_cluster_time_t *time);


#endif /* INV_STORE_TIME_H */
