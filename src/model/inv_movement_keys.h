
/*
 * model: which keys may have been seen before, in a fixed amount of memory.
 *
 * A Bloom filter: it never misses a key that was there before.  Of the first
 * million distinct ones it takes some 33 for such: at the millionth key it
 * suspects 160 in a million, and at the 20 millionth key of one chunk 68 %.  What
 * it suspects is to be counted.
 *
 * Any thread, no I/O.
 */


#ifndef INV_MOVEMENT_KEYS_H
#define INV_MOVEMENT_KEYS_H


#include "inv_movement.h"


/* 4 MiB; a power of two. */
#define INV_KEYS_BITS (UINT32_C(1) << 25)

/* Zero it: its memory is the arena's, from the first key on. */
typedef struct {
    unsigned char *bits;
} inv_keys_t;

/*
 * Adds a product's key.  *suspect: it may have been there before.  False: no
 * memory.
 */
bool inv_keys_add(inv_keys_t *keys, inv_arena_t *arena, inv_oid_t product,
                  inv_oid_t key, bool *suspect);


#endif /* INV_MOVEMENT_KEYS_H */
