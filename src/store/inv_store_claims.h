
/*
 * store, inside: claims, shared by the two files that write them.
 */


#ifndef INV_STORE_CLAIMS_H
#define INV_STORE_CLAIMS_H


#include "inv_store_step.h"


/* The claim at that gen (where the step guards it) and without an answer. */
void inv_store_claim_query(const inv_step_t *step, int64_t gen, bson_t *query);

/*
 * One find of the steps' claims.  OK: documents iterates over reply, which is
 * to be destroyed in any case.
 */
inv_store_result_t
inv_store_claim_find(inv_store_link_t *link, inv_step_t **steps, size_t n,
                     inv_store_reply_t *reply, bson_iter_t *documents);


#endif /* INV_STORE_CLAIMS_H */
