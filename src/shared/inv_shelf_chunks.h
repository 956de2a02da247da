
/*
 * shared: how a shelf is laid out, and its chunks; for the shelf and its tests
 * only.  Any thread, one at a time.
 */


#ifndef INV_SHELF_CHUNKS_H
#define INV_SHELF_CHUNKS_H


#include "inv_shelf.h"


/*
 * A small product fits into two, a large one into 300; and an entry without
 * bytes wastes little.
 */
#define INV_SHELF_CHUNK 256

/* A line of the processor's cache: a chunk is four of them. */
#define INV_SHELF_LINE 64

/* What the first chunk of an entry begins with. */
typedef struct {
    uint32_t         next;   /* chunk of the entry; 0: it was the last */
    uint32_t         chain;  /* the next entry of the same bucket */
    uint32_t         newer;  /* used after this one */
    uint32_t         older;  /* used before it */
    uint32_t         bucket; /* that it is in */
    uint32_t         len;    /* of its bytes */
    inv_time_t       touched;
    inv_shelf_key_t  key;
    inv_shelf_meta_t meta;
} inv_shelf_head_t;

#define INV_SHELF_FIRST (INV_SHELF_CHUNK - sizeof(inv_shelf_head_t))
#define INV_SHELF_REST  (INV_SHELF_CHUNK - sizeof(uint32_t))

typedef union {
    struct {
        inv_shelf_head_t head;
        unsigned char    bytes[INV_SHELF_FIRST];
    } first;
    struct {
        uint32_t      next; /* chunk of the entry, or that is free */
        unsigned char bytes[INV_SHELF_REST];
    } rest;
} inv_shelf_chunk_t;

/* Chunks are counted from 1: 0 is none of them. */
struct inv_shelf_s {
    uint64_t hash_key[2];
    uint32_t mask;   /* buckets - 1, buckets a power of two */
    uint32_t chunks; /* how many there are */

    uint32_t used; /* chunks */
    uint32_t free; /* the first of those that were given back */
    uint32_t next; /* the first that was never used since the last clear */
    uint32_t newest;
    uint32_t oldest;
    uint32_t entries;
    uint64_t evicted;
    uint64_t unused;
};


static inline uint32_t *
inv_shelf_buckets(const inv_shelf_t *shelf)
{
    return (uint32_t *) (uintptr_t) (shelf + 1);
}


static inline inv_shelf_chunk_t *
inv_shelf_chunk(const inv_shelf_t *shelf, uint32_t index)
{
    return (inv_shelf_chunk_t *) (inv_shelf_buckets(shelf) + shelf->mask + 1)
           + (index - 1);
}


static inline inv_shelf_head_t *
inv_shelf_head(const inv_shelf_t *shelf, uint32_t index)
{
    return &inv_shelf_chunk(shelf, index)->first.head;
}


/* The bucket of a key: where it is looked for and put. */
uint32_t inv_shelf_bucket(const inv_shelf_t *shelf, const inv_shelf_key_t *key);

/* Out of the order of use, and in again as the newest. */
void inv_shelf_unlink_use(inv_shelf_t *shelf, uint32_t index);
void inv_shelf_link_newest(inv_shelf_t *shelf, uint32_t index);

/* How many an entry of len bytes takes. */
uint32_t inv_shelf_chunks_of(size_t len);

/* Entries that were used least recently go until so many are free. */
void inv_shelf_make_room(inv_shelf_t *shelf, uint32_t chunks);

/* An entry with no bytes, the newest; there is a chunk for it. */
inv_shelf_head_t *
inv_shelf_add(inv_shelf_t *shelf, const inv_shelf_key_t *key, inv_time_t now);

/* Writes the bytes of an entry that has none; there are chunks for them. */
void inv_shelf_fill(inv_shelf_t *shelf, inv_shelf_head_t *head,
                    const void *bytes, size_t len);

/* The bytes of an entry go, and the chunks behind its first. */
void inv_shelf_empty(inv_shelf_t *shelf, uint32_t index);

void inv_shelf_remove_entry(inv_shelf_t *shelf, uint32_t index);


#endif /* INV_SHELF_CHUNKS_H */
