
/*
 * shared: a shelf: byte strings by key in a fixed piece of memory; what was
 * used least recently makes room.
 *
 * Pure arithmetic on memory that the caller owns and locks: no nginx, no
 * clock, no allocation.  Any thread, one at a time.  Positions are indexes, so
 * the memory may stand at another address in each process.
 *
 * The memory is cut into chunks of one size, and an entry is a chain of them:
 * nothing is ever moved, and any chunks that are free will do for any entry.
 */


#ifndef INV_SHELF_H
#define INV_SHELF_H


#include "../base/inv_base.h"


#define INV_SHELF_KEY 16

/* What the key names is the caller's: an id, or a digest, and its kind. */
typedef struct {
    unsigned char bytes[INV_SHELF_KEY];
} inv_shelf_key_t;

/* What is kept of an entry beside its bytes. */
typedef struct {
    int64_t    version;       /* of what it is a copy of */
    inv_time_t deadline;      /* fresh until then */
    uint64_t   origin;        /* of the zone when the read began that made it */
    int64_t    held_until_ms; /* somebody is making a newer one; monotonic, so
                                 that no change of the clock prolongs it */
    uint32_t   cost_ms;       /* what it took to make it; at least 1 */
    uint32_t   holder; /* a token of who is making a newer one; 0: nobody */
} inv_shelf_meta_t;

/* Lies in the shared memory, as does what it describes. */
typedef struct inv_shelf_s inv_shelf_t;

/*
 * Lays an empty shelf over size bytes at memory, aligned to 64.  key: 16
 * random bytes, for the hash.  NULL: fewer bytes than INV_SHELF_LEAST.
 */
#define INV_SHELF_LEAST ((size_t) 4096)
inv_shelf_t *
inv_shelf_init(void *memory, size_t size, const unsigned char *key);

/* Forgets everything; also where the memory was left torn. */
void inv_shelf_clear(inv_shelf_t *shelf);

/*
 * The entry with that key, good until the shelf is changed (a touch is no
 * change); 0: there is none.
 */
typedef uint32_t inv_shelf_entry_t;

inv_shelf_entry_t
inv_shelf_find(const inv_shelf_t *shelf, const inv_shelf_key_t *key);

/*
 * Copies an entry out.  bytes: room for *len bytes; *len becomes the entry's
 * length.  False: it does not fit.  Changes nothing.
 */
bool inv_shelf_get(const inv_shelf_t *shelf, inv_shelf_entry_t entry,
                   inv_shelf_meta_t *meta, void *bytes, size_t *len);

/*
 * Whether the entry's use should be noted, by inv_shelf_touch: it was not for a
 * while.  So most reads change nothing.
 */
#define INV_SHELF_DUE_MS 100
bool inv_shelf_is_due(const inv_shelf_t *shelf, inv_shelf_entry_t entry,
                      inv_time_t now);
void
inv_shelf_touch(inv_shelf_t *shelf, inv_shelf_entry_t entry, inv_time_t now);

/*
 * Keeps an entry, in place of the one with its key; it is held by nobody then.
 * An entry of a greater version that is still fresh stays.  False: it stays, or
 * len bytes are more than a quarter of the shelf (an older entry goes even so).
 */
bool inv_shelf_put(inv_shelf_t *shelf, const inv_shelf_key_t *key,
                   const inv_shelf_meta_t *meta, const void *bytes, size_t len,
                   inv_time_t now);

/* Whether the entry with that key is fresh and of a greater version. */
bool inv_shelf_has_newer(const inv_shelf_t *shelf, const inv_shelf_key_t *key,
                         int64_t version, inv_time_t now);

/*
 * Drops the entry if its version is less than this one.  Who holds it goes on
 * holding it, with nothing in it.
 */
void
inv_shelf_drop(inv_shelf_t *shelf, const inv_shelf_key_t *key, int64_t version);

/* Removes the entry with that key, whatever it is, and its hold. */
void inv_shelf_remove(inv_shelf_t *shelf, const inv_shelf_key_t *key);

/*
 * Says that holder (not 0) is making a newer one, until then; where there is no
 * entry, makes one with no bytes, version 0 and deadline 0.  False: another is
 * at it.
 */
bool inv_shelf_hold(inv_shelf_t *shelf, const inv_shelf_key_t *key,
                    uint32_t holder, int64_t now_ms, int64_t until_ms);

/* The holder gives it up; does nothing where it is not. */
void inv_shelf_release(inv_shelf_t *shelf, const inv_shelf_key_t *key,
                       uint32_t holder);

/* For metrics. */
typedef struct {
    uint64_t entries;
    uint64_t chunks; /* in use */
    uint64_t chunks_total;
    uint64_t evicted; /* since it was made */
} inv_shelf_counters_t;

void inv_shelf_count(const inv_shelf_t *shelf, inv_shelf_counters_t *counters);


#endif /* INV_SHELF_H */
