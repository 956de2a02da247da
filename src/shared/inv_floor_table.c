
/*
 * shared: the floor table.  Any thread, one at a time.
 */


#include "inv_floor_table.h"
#include "inv_siphash.h"


/* Where an id may be: two buckets, the second always another one. */
typedef struct {
    inv_floor_bucket_t *buckets[2];
} inv_floor_place_t;


size_t
inv_floor_table_size(size_t size)
{
    size_t fits;

    if (size < sizeof(inv_floor_bucket_t)) {
        return 0;
    }

    fits = sizeof(inv_floor_bucket_t);

    while (fits <= size / 2) {
        fits *= 2;
    }

    return fits;
}


void
inv_floor_table_init(inv_floor_table_t *table, void *memory, size_t size,
                     const unsigned char *key)
{
    memcpy(table->key, key, sizeof(table->key));

    table->mask = size / sizeof(inv_floor_bucket_t) - 1;
    table->buckets = memory;

    inv_floor_table_clear(table);
}


void
inv_floor_table_clear(inv_floor_table_t *table)
{
    memset(table->buckets, 0, (table->mask + 1) * sizeof(inv_floor_bucket_t));
}


static inv_floor_place_t
inv_floor_place(const inv_floor_table_t *table, inv_oid_t id)
{
    uint64_t          hash, first, second;
    inv_floor_place_t place;

    hash = inv_siphash(table->key, id);
    first = (hash & UINT32_MAX) & table->mask;
    second = (hash >> 32) & table->mask;

    if (second == first) {
        second ^= 1 & table->mask;
    }

    place.buckets[0] = &table->buckets[first];
    place.buckets[1] = &table->buckets[second];

    return place;
}


static inv_floor_t *
inv_floor_find(const inv_floor_place_t *place, inv_oid_t id, inv_time_t now)
{
    size_t       b, i;
    inv_floor_t *floor;

    for (b = 0; b < 2; b++) {
        for (i = 0; i < INV_FLOOR_BUCKET; i++) {
            floor = &place->buckets[b]->entries[i];

            if (floor->expires > now && inv_oid_eq(floor->id, id)) {
                return floor;
            }
        }
    }

    return NULL;
}


/* The entry of a bucket that expires first, and how many have expired. */
static inv_floor_t *
inv_floor_oldest(inv_floor_bucket_t *bucket, inv_time_t now, size_t *free)
{
    size_t       i;
    inv_floor_t *floor, *oldest;

    oldest = &bucket->entries[0];
    *free = 0;

    for (i = 0; i < INV_FLOOR_BUCKET; i++) {
        floor = &bucket->entries[i];
        *free += floor->expires <= now;

        if (floor->expires < oldest->expires) {
            oldest = floor;
        }
    }

    return oldest;
}


static inv_floor_t *
inv_floor_make_room(const inv_floor_place_t *place, inv_time_t now)
{
    size_t       free[2];
    inv_floor_t *oldest[2];

    oldest[0] = inv_floor_oldest(place->buckets[0], now, &free[0]);
    oldest[1] = inv_floor_oldest(place->buckets[1], now, &free[1]);

    if (free[0] == 0 && free[1] == 0) {
        return oldest[1]->expires < oldest[0]->expires ? oldest[1] : oldest[0];
    }

    return free[1] > free[0] ? oldest[1] : oldest[0];
}


/*
 * The entry of id, an empty one made if there is none.  lost: as
 * inv_floor_table_raise returns it.
 */
static inv_floor_t *
inv_floor_take(inv_floor_table_t *table, inv_oid_t id, inv_time_t now,
               inv_time_t *lost)
{
    inv_floor_t      *floor;
    inv_floor_place_t place;

    *lost = 0;

    place = inv_floor_place(table, id);
    floor = inv_floor_find(&place, id, now);

    if (floor == NULL) {
        floor = inv_floor_make_room(&place, now);
        *lost = floor->expires > now ? floor->expires : 0;
        *floor = (inv_floor_t){ .id = id };
    }

    return floor;
}


static void
inv_floor_keep(inv_floor_t *floor, inv_time_t expires)
{
    floor->expires = expires > floor->expires ? expires : floor->expires;
}


inv_time_t
inv_floor_table_raise(inv_floor_table_t *table, inv_oid_t id, int64_t version,
                      inv_time_t expires, inv_time_t now)
{
    inv_time_t   lost;
    inv_floor_t *floor;

    floor = inv_floor_take(table, id, now, &lost);

    /*
     * A lower one is covered by what is there, and does not keep it: a database
     * that was restored from a backup never comes up to it.
     */
    if (version >= floor->version) {
        floor->version = version;
        inv_floor_keep(floor, expires);
    }

    return lost;
}


inv_time_t
inv_floor_table_doubt(inv_floor_table_t *table, inv_oid_t id,
                      inv_time_t expires, inv_time_t now)
{
    inv_time_t   lost;
    inv_floor_t *floor;

    floor = inv_floor_take(table, id, now, &lost);
    inv_floor_keep(floor, expires);

    /* Writes of later raise the floor for longer; the doubt has its own end. */
    floor->doubt = (uint32_t) ((expires + 999) / 1000); /* not too early */

    return lost;
}


int64_t
inv_floor_table_get(const inv_floor_table_t *table, inv_oid_t id,
                    inv_time_t now, bool *doubted)
{
    inv_floor_t      *floor;
    inv_floor_place_t place;

    place = inv_floor_place(table, id);
    floor = inv_floor_find(&place, id, now);

    *doubted = floor != NULL && floor->doubt > (uint32_t) (now / 1000);

    return floor == NULL ? 0 : floor->version;
}
