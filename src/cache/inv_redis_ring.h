
/*
 * cache: which of several Redis servers has a product.
 *
 * Any thread, no I/O, no nginx.  Rendezvous hashing (Thaler and Ravishankar,
 * 1996): each server draws a number for each product, from its own name and
 * the product's id, and the highest has it.  So a server more or less moves
 * only its own share, about one n-th; and the numbers depend on nothing else,
 * not on the order of the list, the node or the release.
 *
 * A server's name is what inv_redis_url_describe says: nodes that share their
 * copies must call their servers by the same hosts.  A server that is away
 * keeps its share: were it lent to others, copies that it had kept meanwhile
 * would be found again when it comes back.
 */


#ifndef INV_REDIS_RING_H
#define INV_REDIS_RING_H


#include "inv_redis_url.h"


typedef struct {
    uint64_t servers[INV_REDIS_SERVERS_MAX]; /* hashes of their names */
    size_t   count;
} inv_redis_ring_t;

/* n from 1 to INV_REDIS_SERVERS_MAX, all different. */
void inv_redis_ring_init(inv_redis_ring_t *ring, const inv_redis_url_t *servers,
                         size_t n);

/* The place, from 0, in the list that the ring was made of. */
size_t inv_redis_ring_of(const inv_redis_ring_t *ring, inv_oid_t id);


#endif /* INV_REDIS_RING_H */
