
/*
 * store: documents that something else has put among the products become
 * products.
 *
 * Runs on threads.
 */


#ifndef INV_STORE_ADOPT_H
#define INV_STORE_ADOPT_H


#include "inv_store.h"
#include "../model/inv_adopt.h"


/*
 * Looks at as many documents behind query->after as there is time for, at most
 * query->limit, none behind the INV_ADOPT_FAILED_MAX-th that it cannot take up;
 * at least some, or it is BUSY.  Each is taken up by one statement, which
 * applies only while it is as it was read.  Its first stock is a movement made
 * by actor.  OK or a failure; UNKNOWN: some may have been taken up, or may yet
 * be, which a repeated call finds out.
 */
inv_store_result_t
inv_store_adopt(inv_store_t *store, inv_store_call_t *call,
                const inv_adopt_query_t *query, const inv_actor_t *actor,
                inv_adopt_t *report);


#endif /* INV_STORE_ADOPT_H */
