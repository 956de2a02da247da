
/*
 * store, inside: the statement of a batch.
 */


#ifndef INV_STORE_APPLY_H
#define INV_STORE_APPLY_H


#include "inv_store_step.h"


/*
 * The ops of the step's actions, as they stand in an entry; to be destroyed.
 * Sets the step's payload to a copy; false: no memory.
 */
bool inv_store_apply_ops(inv_step_t *step, bson_t *ops);

/* Which product it applies to, and in which state of it. */
void inv_store_apply_filter(const inv_step_t *step, bson_t *filter);

/* What it sets. */
void
inv_store_apply_set(const inv_step_t *step, bson_t *set, const bson_t *ops);


#endif /* INV_STORE_APPLY_H */
