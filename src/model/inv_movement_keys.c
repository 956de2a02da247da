
/*
 * model: keys that may have been seen before, see inv_movement_keys.h.
 */


#include "inv_movement_keys.h"


/* Bits of a key: as many as are best for six million keys. */
#define KEYS_BITS_EACH 4


/* FNV-1a: keys are random, and what it confuses costs a query only. */
static uint64_t
keys_hash(uint64_t hash, inv_oid_t id)
{
    size_t i;

    for (i = 0; i < sizeof(id.bytes); i++) {
        hash = (hash ^ id.bytes[i]) * UINT64_C(0x100000001b3);
    }

    return hash;
}


bool
inv_keys_add(inv_keys_t *keys, inv_arena_t *arena, inv_oid_t product,
             inv_oid_t key, bool *suspect)
{
    unsigned      i;
    uint32_t      bit, step;
    uint64_t      hash;
    unsigned char mask;

    if (keys->bits == NULL) {
        keys->bits = inv_arena_alloc(arena, INV_KEYS_BITS / 8);
    }

    if (keys->bits == NULL) {
        return false;
    }

    hash = keys_hash(keys_hash(UINT64_C(0xcbf29ce484222325), product), key);
    bit = (uint32_t) hash;
    step = (uint32_t) (hash >> 32) | 1;
    *suspect = true;

    for (i = 0; i < KEYS_BITS_EACH; i++, bit += step) {
        mask = (unsigned char) (1 << (bit & 7));

        if (!(keys->bits[bit / 8 % (INV_KEYS_BITS / 8)] & mask)) {
            keys->bits[bit / 8 % (INV_KEYS_BITS / 8)] |= mask;
            *suspect = false;
        }
    }

    return true;
}
