
/*
 * shared: a shelf's chunks: taken, given back, and made into entries.  Any
 * thread, one at a time.
 *
 * The chunks that the arithmetic says are free are there: so nothing here can
 * fail half-way.
 */


#include "inv_shelf_chunks.h"
#include "inv_siphash.h"


_Static_assert(sizeof(inv_shelf_chunk_t) == INV_SHELF_CHUNK, "a chunk's size");
_Static_assert(sizeof(inv_shelf_t) == INV_SHELF_LINE, "chunks are aligned");


uint32_t
inv_shelf_bucket(const inv_shelf_t *shelf, const inv_shelf_key_t *key)
{
    return (uint32_t) inv_siphash_bytes(shelf->hash_key, key->bytes,
                                        INV_SHELF_KEY)
           & shelf->mask;
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


uint32_t
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


void
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


void
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


void
inv_shelf_make_room(inv_shelf_t *shelf, uint32_t chunks)
{
    while (shelf->chunks - shelf->used < chunks && shelf->oldest != 0) {
        inv_shelf_remove_entry(shelf, shelf->oldest);
        shelf->evicted++;
    }
}


inv_shelf_head_t *
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


void
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
