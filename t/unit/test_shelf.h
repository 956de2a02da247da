
/*
 * What the tests of the shelf stand on: a shelf in memory of its own, entries
 * whose bytes follow from key, version and length, and its invariants.  The
 * test includes the shelf's headers itself: the build links by them.
 */


#ifndef TEST_SHELF_H
#define TEST_SHELF_H


#include <stdlib.h>


#define NOW   INT64_C(1000000)
#define LATER (NOW + 120000)

typedef struct {
    size_t         size;
    unsigned char *memory;
    inv_shelf_t   *shelf;
} shelf_test_t;

static const unsigned char shelf_hash_key[16] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};


/* With not one byte more than it was told, for ASan. */
static inline void
shelf_open(shelf_test_t *t, size_t size)
{
    t->size = size;
    assert_int_equal(posix_memalign((void **) &t->memory, 64, size), 0);
    memset(t->memory, 0xa5, size);
    t->shelf = inv_shelf_init(t->memory, size, shelf_hash_key);
    assert_non_null(t->shelf);
}


static inline void
shelf_close(shelf_test_t *t)
{
    free(t->memory);
}


static inline inv_shelf_key_t
shelf_key(unsigned n)
{
    inv_shelf_key_t key;

    memset(&key, 0, sizeof(key));
    key.bytes[0] = 'p';
    memcpy(key.bytes + 4, &n, sizeof(n));

    return key;
}


static inline unsigned char
shelf_byte(unsigned n, int64_t version, size_t i)
{
    return (unsigned char) (n * 31 + (uint64_t) version * 17 + i * 7 + i / 256);
}


static inline bool
shelf_put(shelf_test_t *t, unsigned n, int64_t version, inv_time_t deadline,
          size_t len)
{
    bool             kept;
    size_t           i;
    unsigned char   *bytes;
    inv_shelf_key_t  key;
    inv_shelf_meta_t meta;

    key = shelf_key(n);
    memset(&meta, 0, sizeof(meta));
    meta.version = version;
    meta.deadline = deadline;
    meta.cost_ms = 1;

    bytes = malloc(len + 1);
    assert_non_null(bytes);

    for (i = 0; i < len; i++) {
        bytes[i] = shelf_byte(n, version, i);
    }

    kept = inv_shelf_put(t->shelf, &key, &meta, bytes, len, NOW);
    free(bytes);

    return kept;
}


/* The length of an entry, whose bytes are as they were put; -1: none. */
static inline int
shelf_meta(const shelf_test_t *t, unsigned n, inv_shelf_meta_t *meta)
{
    size_t            i, len;
    unsigned char    *bytes;
    inv_shelf_key_t   key;
    inv_shelf_entry_t entry;

    key = shelf_key(n);
    entry = inv_shelf_find(t->shelf, &key);
    if (entry == 0) {
        return -1;
    }

    len = t->size;
    bytes = malloc(len);
    assert_non_null(bytes);
    assert_true(inv_shelf_get(t->shelf, entry, meta, bytes, &len));

    for (i = 0; i < len; i++) {
        assert_int_equal(bytes[i], shelf_byte(n, meta->version, i));
    }

    free(bytes);

    return (int) len;
}


static inline int
shelf_len(const shelf_test_t *t, unsigned n)
{
    inv_shelf_meta_t meta;

    return shelf_meta(t, n, &meta);
}


static inline void
shelf_fill_up(shelf_test_t *t)
{
    unsigned n;

    for (n = 0; n < 2 * t->shelf->chunks; n++) {
        assert_true(shelf_put(t, n, 1, LATER, n * 7919 % 600));
    }
}


/* Each chunk is seen once. */
static inline void
shelf_mark(const inv_shelf_t *shelf, unsigned char *seen, uint32_t index)
{
    assert_in_range(index, 1, shelf->chunks);
    assert_true(index < shelf->next);
    assert_int_equal(seen[index], 0);
    seen[index] = 1;
}


/* In the order of use, both ways; returns the chunks of all entries. */
static inline uint32_t
shelf_check_entries(const inv_shelf_t *shelf, unsigned char *seen)
{
    size_t            n;
    uint32_t          index, newer, used, entries, chunk, chunks;
    inv_shelf_head_t *head;

    newer = used = entries = 0;

    for (index = shelf->newest; index != 0; index = head->older) {
        head = inv_shelf_head(shelf, index);
        assert_int_equal(head->newer, newer);
        assert_int_equal(inv_shelf_find(shelf, &head->key), index);
        newer = index;
        entries++;

        chunks = inv_shelf_chunks_of(head->len);
        used += chunks;

        for (n = 0, chunk = index; n < chunks; n++) {
            shelf_mark(shelf, seen, chunk);
            chunk = inv_shelf_chunk(shelf, chunk)->rest.next;
        }

        assert_int_equal(chunk, 0);
    }

    assert_int_equal(shelf->oldest, newer);
    assert_int_equal(shelf->entries, entries);

    return used;
}


/* All chunks are in an entry, or given back, or were never used; once. */
static inline void
shelf_check(const shelf_test_t *t)
{
    uint32_t           i, index, chained, given_back;
    unsigned char     *seen;
    const inv_shelf_t *shelf;

    shelf = t->shelf;
    seen = calloc(shelf->chunks + 1, 1);
    assert_non_null(seen);

    assert_int_equal(shelf_check_entries(shelf, seen), shelf->used);

    given_back = 0;

    for (index = shelf->free; index != 0;
         index = inv_shelf_chunk(shelf, index)->rest.next)
    {
        shelf_mark(shelf, seen, index);
        given_back++;
    }

    assert_int_equal(shelf->used + given_back + 1, shelf->next);
    assert_true(shelf->next <= shelf->chunks + 1);

    for (i = 0, chained = 0; i <= shelf->mask; i++) {
        for (index = inv_shelf_buckets(shelf)[i]; index != 0;
             index = inv_shelf_head(shelf, index)->chain)
        {
            assert_int_equal(inv_shelf_head(shelf, index)->bucket, i);
            chained++;
        }
    }

    assert_int_equal(chained, shelf->entries);
    free(seen);
}


#endif /* TEST_SHELF_H */
