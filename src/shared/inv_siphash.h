
/*
 * shared: SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash, so that
 * nobody who may choose ids can choose collisions.
 *
 * Any thread, no state.
 */


#ifndef INV_SIPHASH_H
#define INV_SIPHASH_H


#include "../base/inv_base.h"


/* Of any bytes, the key being two little-endian words of 16 random bytes. */
uint64_t
inv_siphash_bytes(const uint64_t key[2], const unsigned char *bytes, size_t n);

/* A little-endian word of 8 bytes, as a key is made of. */
uint64_t inv_siphash_word(const unsigned char *p);

/* Of a product id. */
static inline uint64_t
inv_siphash(const uint64_t key[2], inv_oid_t id)
{
    return inv_siphash_bytes(key, id.bytes, sizeof(id.bytes));
}


#endif /* INV_SIPHASH_H */
