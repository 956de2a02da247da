
/*
 * cache: which of several Redis servers has a product, see inv_redis_ring.h.
 * Any thread.
 */


#include "inv_redis_ring.h"
#include "../shared/inv_siphash.h"


/* The other half of the key: the same on every node, for ever. */
#define INV_REDIS_RING_KEY UINT64_C(0x696e762d72696e67)

/* FNV-1a (Fowler, Noll and Vo), 64 bits. */
#define INV_FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define INV_FNV_PRIME UINT64_C(0x00000100000001b3)


static uint64_t
inv_redis_ring_server(const inv_redis_url_t *url)
{
    char        name[INV_REDIS_NAME_MAX];
    uint64_t    hash;
    const char *c;

    inv_redis_url_describe(url, name, sizeof(name));

    hash = INV_FNV_BASIS;

    for (c = name; *c != '\0'; c++) {
        hash ^= (unsigned char) *c;
        hash *= INV_FNV_PRIME;
    }

    return hash;
}


void
inv_redis_ring_init(inv_redis_ring_t *ring, const inv_redis_url_t *servers,
                    size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        ring->servers[i] = inv_redis_ring_server(&servers[i]);
    }

    ring->count = n;
}


size_t
inv_redis_ring_of(const inv_redis_ring_t *ring, inv_oid_t id)
{
    size_t   i, best;
    uint64_t key[2], number, highest;

    best = 0;
    highest = 0;
    key[1] = INV_REDIS_RING_KEY;

    for (i = 0; i < ring->count && ring->count > 1; i++) {
        key[0] = ring->servers[i];
        number = inv_siphash(key, id);

        if (number > highest) {
            highest = number;
            best = i;
        }
    }

    return best;
}
