
/*
 * shared: a shelf: what changes its entries.  Any thread, one at a time.
 *
 * The chunks that the arithmetic says are free are there: so nothing here can
 * fail half-way.
 */


#include "inv_shelf_private.h"


/* One entry must not push out most others. */
#define INV_SHELF_PART 4


static uint32_t
inv_shelf_chunks_of(size_t len)
{
    if (len <= INV_SHELF_FIRST) {
        return 1;
    }

    len -= INV_SHELF_FIRST;

    return (uint32_t) (1 + (len + INV_SHELF_REST - 1) / INV_SHELF_REST);
}


/* There is one that is free. */
static uint32_t
inv_shelf_take_chunk(inv_shelf_t *shelf)
{
    uint32_t index;

    index = shelf->free;

    if (index != 0) {
        shelf->free = inv_shelf_chunk(shelf, index)->rest.next;
    } else {
        index = shelf->next++;
    }

    shelf->used++;

    return index;
}


static void
inv_shelf_unlink_bucket(inv_shelf_t *shelf, uint32_t index)
{
    uint32_t          n, *link;
    inv_shelf_head_t *head;

    head = inv_shelf_head(shelf, index);
    link = &inv_shelf_buckets(shelf)[head->bucket];

    for (n = 0; *link != index && *link != 0 && n < shelf->chunks; n++) {
        link = &inv_shelf_head(shelf, *link)->chain;
    }

    if (*link == index) {
        *link = head->chain;
    }
}


/* Gives back the chunks behind the first one. */
static void
inv_shelf_empty(inv_shelf_t *shelf, uint32_t index)
{
    uint32_t           n, last;
    inv_shelf_head_t  *head;
    inv_shelf_chunk_t *chunk;

    head = inv_shelf_head(shelf, index);
    n = inv_shelf_chunks_of(head->len) - 1;
    head->len = 0;

    if (n == 0) {
        return;
    }

    shelf->used -= n;
    last = head->next;

    for (chunk = inv_shelf_chunk(shelf, last); --n > 0;
         chunk = inv_shelf_chunk(shelf, last))
    {
        last = chunk->rest.next;
    }

    chunk->rest.next = shelf->free;
    shelf->free = head->next;
    head->next = 0;
}


static void
inv_shelf_remove_entry(inv_shelf_t *shelf, uint32_t index)
{
    inv_shelf_empty(shelf, index);
    inv_shelf_unlink_bucket(shelf, index);
    inv_shelf_unlink_use(shelf, index);

    inv_shelf_chunk(shelf, index)->rest.next = shelf->free;
    shelf->free = index;
    shelf->used--;
    shelf->entries--;
}


static void
inv_shelf_make_room(inv_shelf_t *shelf, uint32_t chunks)
{
    while (shelf->chunks - shelf->used < chunks && shelf->oldest != 0) {
        inv_shelf_remove_entry(shelf, shelf->oldest);
        shelf->evicted++;
    }
}


/* An entry with no bytes, the newest; there is a chunk for it. */
static inv_shelf_head_t *
inv_shelf_add(inv_shelf_t *shelf, const inv_shelf_key_t *key, inv_time_t now)
{
    uint32_t          index, *bucket;
    inv_shelf_head_t *head;

    index = inv_shelf_take_chunk(shelf);
    head = inv_shelf_head(shelf, index);

    memset(head, 0, sizeof(inv_shelf_head_t));
    head->key = *key;
    head->touched = now;
    head->bucket = inv_shelf_bucket(shelf, key);

    bucket = &inv_shelf_buckets(shelf)[head->bucket];
    head->chain = *bucket;
    *bucket = index;

    inv_shelf_link_newest(shelf, index);
    shelf->entries++;

    return head;
}


/* Writes the bytes of an entry that has none; there are chunks for them. */
static void
inv_shelf_fill(inv_shelf_t *shelf, inv_shelf_head_t *head, const void *bytes,
               size_t len)
{
    size_t               n, left;
    uint32_t             index;
    inv_shelf_chunk_t   *chunk;
    const unsigned char *in;

    head->len = (uint32_t) len;

    if (len == 0) {
        return;
    }

    chunk = (inv_shelf_chunk_t *) head;
    n = len < INV_SHELF_FIRST ? len : INV_SHELF_FIRST;
    memcpy(chunk->first.bytes, bytes, n);
    in = (const unsigned char *) bytes + n;

    for (left = len - n; left > 0; left -= n) {
        index = inv_shelf_take_chunk(shelf);
        chunk->rest.next = index; /* of the first chunk it is its head's */

        chunk = inv_shelf_chunk(shelf, index);
        n = left < INV_SHELF_REST ? left : INV_SHELF_REST;
        memcpy(chunk->rest.bytes, in, n);
        in += n;
    }

    chunk->rest.next = 0;
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
