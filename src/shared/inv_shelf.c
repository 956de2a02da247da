
/*
 * shared: a shelf: laid out, asked, and the order of use.  Any thread, one at a
 * time.
 */


#include "inv_shelf_private.h"
#include "inv_siphash.h"


_Static_assert(sizeof(inv_shelf_chunk_t) == INV_SHELF_CHUNK, "a chunk's size");
_Static_assert(sizeof(inv_shelf_t) == INV_SHELF_LINE, "chunks are aligned");


/* The bytes of a shelf of that many chunks, with one bucket each at least. */
static size_t
inv_shelf_size(uint64_t chunks, uint64_t *buckets)
{
    *buckets = INV_SHELF_LINE / sizeof(uint32_t); /* keeps chunks aligned */

    while (*buckets < chunks) {
        *buckets *= 2;
    }

    return (size_t) (sizeof(inv_shelf_t) + *buckets * sizeof(uint32_t)
                     + chunks * INV_SHELF_CHUNK);
}


inv_shelf_t *
inv_shelf_init(void *memory, size_t size, const unsigned char *key)
{
    uint64_t     chunks, buckets;
    inv_shelf_t *shelf;

    if (size < INV_SHELF_LEAST) {
        return NULL;
    }

    chunks = (size - sizeof(inv_shelf_t)) / INV_SHELF_CHUNK;
    chunks = chunks < INT32_MAX ? chunks : INT32_MAX; /* 512 GiB */

    while (inv_shelf_size(chunks, &buckets) > size) {
        chunks -= chunks / 64 + 1; /* their buckets take a thirty-second */
    }

    shelf = memory;
    memset(shelf, 0, sizeof(inv_shelf_t));
    memcpy(shelf->hash_key, key, sizeof(shelf->hash_key));
    shelf->mask = (uint32_t) (buckets - 1);
    shelf->chunks = (uint32_t) chunks;

    inv_shelf_clear(shelf);

    return shelf;
}


/* Chunks are left as they are: those from next on count as never used. */
void
inv_shelf_clear(inv_shelf_t *shelf)
{
    memset(inv_shelf_buckets(shelf), 0,
           ((size_t) shelf->mask + 1) * sizeof(uint32_t));

    shelf->used = 0;
    shelf->free = 0;
    shelf->next = 1;
    shelf->newest = 0;
    shelf->oldest = 0;
    shelf->entries = 0;
}


uint32_t
inv_shelf_bucket(const inv_shelf_t *shelf, const inv_shelf_key_t *key)
{
    return (uint32_t) inv_siphash_bytes(shelf->hash_key, key->bytes,
                                        INV_SHELF_KEY)
           & shelf->mask;
}


inv_shelf_entry_t
inv_shelf_find(const inv_shelf_t *shelf, const inv_shelf_key_t *key)
{
    uint32_t          n, index;
    inv_shelf_head_t *head;

    index = inv_shelf_buckets(shelf)[inv_shelf_bucket(shelf, key)];

    for (n = 0; index != 0 && n < shelf->chunks; n++) {
        head = inv_shelf_head(shelf, index);

        if (memcmp(&head->key, key, sizeof(head->key)) == 0) {
            return index;
        }

        index = head->chain;
    }

    return 0;
}


bool
inv_shelf_get(const inv_shelf_t *shelf, inv_shelf_entry_t entry,
              inv_shelf_meta_t *meta, void *bytes, size_t *len)
{
    size_t             left, n;
    unsigned char     *out;
    inv_shelf_chunk_t *chunk;

    chunk = inv_shelf_chunk(shelf, entry);
    left = chunk->first.head.len;

    if (left > *len) {
        return false;
    }

    *meta = chunk->first.head.meta;
    *len = left;

    n = left < INV_SHELF_FIRST ? left : INV_SHELF_FIRST;
    memcpy(bytes, chunk->first.bytes, n);
    out = (unsigned char *) bytes + n;

    for (left -= n; left > 0; left -= n) {
        chunk = inv_shelf_chunk(shelf, chunk->rest.next);
        n = left < INV_SHELF_REST ? left : INV_SHELF_REST;
        memcpy(out, chunk->rest.bytes, n);
        out += n;
    }

    return true;
}


bool
inv_shelf_has_newer(const inv_shelf_t *shelf, const inv_shelf_key_t *key,
                    int64_t version, inv_time_t now)
{
    inv_shelf_entry_t entry;
    inv_shelf_meta_t *meta;

    entry = inv_shelf_find(shelf, key);
    if (entry == 0) {
        return false;
    }

    meta = &inv_shelf_head(shelf, entry)->meta;

    return meta->version > version && meta->deadline > now;
}


/* A clock that was set back makes it due as well. */
bool
inv_shelf_is_due(const inv_shelf_t *shelf, inv_shelf_entry_t entry,
                 inv_time_t now)
{
    inv_time_t touched;

    touched = inv_shelf_head(shelf, entry)->touched;

    return now - touched >= INV_SHELF_DUE_MS || now < touched;
}


void
inv_shelf_touch(inv_shelf_t *shelf, inv_shelf_entry_t entry, inv_time_t now)
{
    inv_shelf_head(shelf, entry)->touched = now;

    if (shelf->newest != entry) {
        inv_shelf_unlink_use(shelf, entry);
        inv_shelf_link_newest(shelf, entry);
    }
}


void
inv_shelf_unlink_use(inv_shelf_t *shelf, uint32_t index)
{
    inv_shelf_head_t *head;

    head = inv_shelf_head(shelf, index);

    if (head->newer != 0) {
        inv_shelf_head(shelf, head->newer)->older = head->older;
    } else {
        shelf->newest = head->older;
    }

    if (head->older != 0) {
        inv_shelf_head(shelf, head->older)->newer = head->newer;
    } else {
        shelf->oldest = head->newer;
    }
}


void
inv_shelf_link_newest(inv_shelf_t *shelf, uint32_t index)
{
    inv_shelf_head_t *head;

    head = inv_shelf_head(shelf, index);
    head->newer = 0;
    head->older = shelf->newest;

    if (shelf->newest != 0) {
        inv_shelf_head(shelf, shelf->newest)->newer = index;
    } else {
        shelf->oldest = index;
    }

    shelf->newest = index;
}


void
inv_shelf_count(const inv_shelf_t *shelf, inv_shelf_counters_t *counters)
{
    counters->entries = shelf->entries;
    counters->chunks = shelf->used;
    counters->chunks_total = shelf->chunks;
    counters->evicted = shelf->evicted;
}
