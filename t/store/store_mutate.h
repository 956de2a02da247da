
/*
 * Damage: documents as nobody would write them, the same ones from the same
 * seed.
 */


#ifndef STORE_MUTATE_H
#define STORE_MUTATE_H


#include "store_fixture.h"


/* A generator of numbers, of its own so that a seed is the same everywhere. */
typedef struct {
    uint64_t state;
} mutate_random_t;

/* 0 to n - 1. */
uint32_t mutate_draw(mutate_random_t *random, uint32_t n);

/*
 * A copy in which one element, at any depth, is another: of another type, an
 * extreme, missing, twice, under another name; to be destroyed.
 */
bson_t *mutate_element(mutate_random_t *random, const bson_t *document);

/* A copy in which one byte is another: it may be no BSON any more. */
bson_t *mutate_byte(mutate_random_t *random, const bson_t *document);


#endif /* STORE_MUTATE_H */
