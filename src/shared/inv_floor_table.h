
/*
 * shared: the floor table: below which version a copy of a product is stale.
 *
 * Pure arithmetic on memory that the caller owns and locks: no nginx, no
 * clock, no allocation.  Any thread, one at a time.
 *
 * Each id has two buckets of four entries, chosen by a keyed hash, so that no
 * choice of ids makes them collide; a new entry goes into the emptier one.
 * With that the table fills to more than half before an entry is lost.
 */


#ifndef INV_FLOOR_TABLE_H
#define INV_FLOOR_TABLE_H


#include "../base/inv_base.h"


#define INV_FLOOR_BUCKET 4

typedef struct {
    inv_oid_t  id;
    uint32_t   doubt;   /* no copy is good until then: seconds since 1970 */
    int64_t    version; /* copies below it are stale */
    inv_time_t expires; /* the floor holds while now < expires; 0: empty */
} inv_floor_t;

typedef struct {
    inv_floor_t entries[INV_FLOOR_BUCKET]; /* 128 bytes: two cache lines */
} inv_floor_bucket_t;

typedef struct {
    uint64_t            key[2];
    uint64_t            mask; /* buckets - 1, buckets a power of two */
    inv_floor_bucket_t *buckets;
} inv_floor_table_t;

/*
 * The bytes of the largest table that fits into size bytes: a power of two; 0
 * where not one bucket fits.
 */
size_t inv_floor_table_size(size_t size);

/*
 * Lays an empty table over memory, whose size is one that
 * inv_floor_table_size gave.  key: 16 random bytes.
 */
void inv_floor_table_init(inv_floor_table_t *table, void *memory, size_t size,
                          const unsigned char *key);

/* Forgets all floors. */
void inv_floor_table_clear(inv_floor_table_t *table);

/*
 * Raises the floor of id to version (from 1), until expires; neither is ever
 * lowered while the floor holds.  Where no entry is free, the one of both
 * buckets that expires first makes room, and its expiry is returned: until
 * then a copy below the lost floor could be taken for a good one.  Else 0.
 */
inv_time_t
inv_floor_table_raise(inv_floor_table_t *table, inv_oid_t id, int64_t version,
                      inv_time_t expires, inv_time_t now);

/*
 * A write of id may have been applied or not: no copy of it is good until
 * expires.  The floor stays what it is.  Returns as inv_floor_table_raise.
 */
inv_time_t inv_floor_table_doubt(inv_floor_table_t *table, inv_oid_t id,
                                 inv_time_t expires, inv_time_t now);

/* The floor of id, 0: none; and whether its copies are in doubt. */
int64_t inv_floor_table_get(const inv_floor_table_t *table, inv_oid_t id,
                            inv_time_t now, bool *doubted);


#endif /* INV_FLOOR_TABLE_H */
