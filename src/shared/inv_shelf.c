
/*
 * shared: a shelf: laid out, asked and changed.  Any thread, one at a time.
 */


#include "inv_shelf_chunks.h"


/* One entry must not push out most others. */
#define INV_SHELF_PART 4


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


bool
inv_shelf_put(inv_shelf_t *shelf, const inv_shelf_key_t *key,
              const inv_shelf_meta_t *meta, const void *bytes, size_t len,
              inv_time_t now)
{
    inv_shelf_head_t *head;

    if (inv_shelf_has_newer(shelf, key, meta->version, now)) {
        return false;
    }

    inv_shelf_remove(shelf, key);

    if (len > (size_t) shelf->chunks * INV_SHELF_CHUNK / INV_SHELF_PART) {
        return false;
    }

    inv_shelf_make_room(shelf, inv_shelf_chunks_of(len));

    head = inv_shelf_add(shelf, key, now);
    head->meta = *meta;
    head->meta.held_until_ms = 0;
    head->meta.holder = 0;
    inv_shelf_fill(shelf, head, bytes, len);

    return true;
}


void
inv_shelf_remove(inv_shelf_t *shelf, const inv_shelf_key_t *key)
{
    inv_shelf_entry_t entry;

    entry = inv_shelf_find(shelf, key);

    if (entry != 0) {
        inv_shelf_remove_entry(shelf, entry);
    }
}


void
inv_shelf_drop(inv_shelf_t *shelf, const inv_shelf_key_t *key, int64_t version)
{
    inv_shelf_entry_t entry;
    inv_shelf_meta_t *meta;

    entry = inv_shelf_find(shelf, key);
    if (entry == 0) {
        return;
    }

    meta = &inv_shelf_head(shelf, entry)->meta;

    if (meta->version >= version) {
        return;
    }

    if (meta->holder == 0) {
        inv_shelf_remove_entry(shelf, entry);
        return;
    }

    inv_shelf_empty(shelf, entry);
    meta->version = 0;
    meta->deadline = 0;
}


bool
inv_shelf_hold(inv_shelf_t *shelf, const inv_shelf_key_t *key, uint32_t holder,
               int64_t now_ms, int64_t until_ms)
{
    inv_shelf_entry_t entry;
    inv_shelf_head_t *head;

    entry = inv_shelf_find(shelf, key);

    if (entry == 0) {
        inv_shelf_make_room(shelf, 1);
        head = inv_shelf_add(shelf, key, 0);
        head->meta.cost_ms = 1;

    } else {
        head = inv_shelf_head(shelf, entry);
    }

    if (head->meta.holder != 0 && head->meta.holder != holder
        && head->meta.held_until_ms > now_ms)
    {
        return false;
    }

    head->meta.holder = holder;
    head->meta.held_until_ms = until_ms;

    return true;
}


/* An entry that was made for the hold alone goes with it. */
void
inv_shelf_release(inv_shelf_t *shelf, const inv_shelf_key_t *key,
                  uint32_t holder)
{
    inv_shelf_entry_t entry;
    inv_shelf_meta_t *meta;

    entry = inv_shelf_find(shelf, key);
    if (entry == 0) {
        return;
    }

    meta = &inv_shelf_head(shelf, entry)->meta;

    if (meta->holder != holder) {
        return;
    }

    meta->holder = 0;
    meta->held_until_ms = 0;

    if (meta->deadline == 0) {
        inv_shelf_remove_entry(shelf, entry);
    }
}


void
inv_shelf_count(const inv_shelf_t *shelf, inv_shelf_counters_t *counters)
{
    counters->entries = shelf->entries;
    counters->chunks = shelf->used;
    counters->chunks_total = shelf->chunks;
    counters->evicted = shelf->evicted;
}
