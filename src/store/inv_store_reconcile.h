
/*
 * store: does what the ledger says fit the products?
 *
 * Runs on threads.
 */


#ifndef INV_STORE_RECONCILE_H
#define INV_STORE_RECONCILE_H


#include "inv_store.h"
#include "../model/inv_movement_reconcile.h"


/*
 * Checks one product, or as many as there is time for of the first
 * INV_RECONCILE_MAX behind query->after: at least some, or it is BUSY; none
 * behind the INV_RECONCILE_DIFFERENCES_MAX-th difference.  What goes on
 * meanwhile is no difference.  With repair, a product whose sums are
 * not the ledger's gets a movement that makes them so, made by actor.
 * OK, NOT_FOUND (query->product) or a failure; UNKNOWN: a repair may have been
 * made, or may yet be, which is not made twice.
 */
inv_store_result_t
inv_store_reconcile(inv_store_t *store, inv_store_call_t *call,
                    const inv_reconcile_query_t *query,
                    const inv_actor_t *actor, inv_reconcile_t *report);


#endif /* INV_STORE_RECONCILE_H */
