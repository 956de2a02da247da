
/*
 * Replies that a server would not give: real ones with errors and labels that
 * do not fit, and the damage of store_mutate.h.
 */


#ifndef STORE_MUTANT_H
#define STORE_MUTANT_H


#include "store_mutate.h"


/* A changed copy; to be destroyed.  Its bytes may make no sense as BSON. */
bson_t *mutant_of(mutate_random_t *random, const bson_t *reply);


#endif /* STORE_MUTANT_H */
