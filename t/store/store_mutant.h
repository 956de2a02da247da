
/*
 * Replies that a server would not give: real ones, changed at random from a
 * fixed seed in their types, values, members and bytes.
 */


#ifndef STORE_MUTANT_H
#define STORE_MUTANT_H


#include "store_fixture.h"


/* What is drawn from now on. */
void mutant_seed(uint64_t seed);

/* From 0 to n - 1. */
uint32_t mutant_draw(uint32_t n);

/* A changed copy; to be destroyed.  Its bytes may make no sense as BSON. */
bson_t *mutant_of(const bson_t *reply);


#endif /* STORE_MUTANT_H */
