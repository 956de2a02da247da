
/*
 * shared: SipHash-2-4 (Aumasson and Bernstein, 2012) of a product id: a keyed
 * hash, so that nobody who may choose ids can choose collisions.
 *
 * Any thread, no state.
 */


#ifndef INV_SIPHASH_H
#define INV_SIPHASH_H


#include "../base/inv_base.h"


uint64_t inv_siphash(const uint64_t key[2], inv_oid_t id);


#endif /* INV_SIPHASH_H */
