
/*
 * store: movements: the ledger as clients see it.
 *
 * Runs on threads.
 */


#ifndef INV_STORE_MOVEMENTS_H
#define INV_STORE_MOVEMENTS_H


#include "inv_store.h"
#include "../model/inv_movement.h"


/*
 * One page of the movements of query->product, what was acknowledged before
 * included.  OK, NOT_FOUND (neither product nor ledger knows the id) or a
 * failure.
 */
inv_store_result_t
inv_store_movements_of_product(inv_store_t *store, inv_store_call_t *call,
                               const inv_movements_query_t *query,
                               inv_movements_t             *page);

/*
 * One page of the movements of all products, what was acknowledged before
 * included.  OK, BUSY (too much has not been drained) or a failure.
 */
inv_store_result_t
inv_store_movements(inv_store_t *store, inv_store_call_t *call,
                    const inv_movements_query_t *query, inv_movements_t *page);


#endif /* INV_STORE_MOVEMENTS_H */
