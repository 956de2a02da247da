
/*
 * A shelf: what was put is got, what was used least recently makes room, newer
 * copies stay, holds hold.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../src/shared/inv_shelf.h"
#include "../../src/shared/inv_shelf_chunks.h"
#include "../../src/shared/inv_siphash.h"
#include "test_shelf.h"


static void
test_too_small_is_none(void **state)
{
    unsigned char *memory;

    memory = aligned_alloc(64, INV_SHELF_LEAST);

    assert_null(inv_shelf_init(memory, 0, shelf_hash_key));
    assert_null(inv_shelf_init(memory, INV_SHELF_LEAST - 1, shelf_hash_key));
    assert_non_null(inv_shelf_init(memory, INV_SHELF_LEAST, shelf_hash_key));

    free(memory);
}


/* Of any size: all chunks are within it, and few bytes are wasted. */
static void
test_uses_its_memory(void **state)
{
    size_t       size;
    shelf_test_t t;

    for (size = INV_SHELF_LEAST; size < 3000000; size = size * 9 / 8 + 1) {
        shelf_open(&t, size);

        assert_true(
            (unsigned char *) (inv_shelf_chunk(t.shelf, t.shelf->chunks) + 1)
            <= t.memory + size);
        assert_true((uintptr_t) inv_shelf_chunk(t.shelf, 1) % 64 == 0);
        assert_true(t.shelf->chunks * (size_t) INV_SHELF_CHUNK
                    > size - size / 10 - 2 * INV_SHELF_CHUNK);
        assert_true(t.shelf->mask + 1 >= t.shelf->chunks);

        /* ASan sees to it that nothing behind it is touched. */
        shelf_fill_up(&t);
        shelf_close(&t);
    }
}


static void
test_what_is_put_is_got(void **state)
{
    size_t       len;
    shelf_test_t t;

    shelf_open(&t, 65536);

    for (len = 0; len < 2000; len++) {
        assert_true(shelf_put(&t, 1, 5, LATER, len));
        assert_int_equal(shelf_len(&t, 1), len);
        assert_int_equal(shelf_len(&t, 2), -1);
        shelf_check(&t);
    }

    shelf_close(&t);
}


static void
test_meta_is_kept(void **state)
{
    size_t           len;
    unsigned char    bytes[8];
    shelf_test_t     t;
    inv_shelf_key_t  key;
    inv_shelf_meta_t meta, got;

    shelf_open(&t, 65536);

    key = shelf_key(1);
    memset(&meta, 0, sizeof(meta));
    meta.version = 77;
    meta.deadline = LATER;
    meta.origin = UINT64_MAX;
    meta.cost_ms = 12;
    meta.holder = 3; /* a put ends what was held */
    meta.held_until_ms = 9;

    assert_true(inv_shelf_put(t.shelf, &key, &meta, "abc", 3, NOW));

    len = sizeof(bytes);
    assert_true(inv_shelf_get(t.shelf, inv_shelf_find(t.shelf, &key), &got,
                              bytes, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(got.version, 77);
    assert_int_equal(got.deadline, LATER);
    assert_true(got.origin == UINT64_MAX);
    assert_int_equal(got.cost_ms, 12);
    assert_int_equal(got.holder, 0);
    assert_int_equal(got.held_until_ms, 0);

    shelf_close(&t);
}


static void
test_does_not_fit_the_room(void **state)
{
    size_t            len;
    unsigned char     bytes[500];
    shelf_test_t      t;
    inv_shelf_key_t   key;
    inv_shelf_meta_t  meta;
    inv_shelf_entry_t entry;

    shelf_open(&t, 65536);

    key = shelf_key(1);
    assert_true(shelf_put(&t, 1, 1, LATER, 500));
    entry = inv_shelf_find(t.shelf, &key);

    len = 499;
    assert_false(inv_shelf_get(t.shelf, entry, &meta, bytes, &len));
    len = 500;
    assert_true(inv_shelf_get(t.shelf, entry, &meta, bytes, &len));

    shelf_close(&t);
}


static void
test_replaced_shrinks_and_grows(void **state)
{
    unsigned     i;
    shelf_test_t t;

    static const size_t lengths[] = {
        0, 3000, 10, 168, 169, 420, 421, 0, 9000
    };

    shelf_open(&t, 65536);

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        assert_true(shelf_put(&t, 1, 1, LATER, lengths[i]));
        assert_int_equal(shelf_len(&t, 1), lengths[i]);
        assert_int_equal(t.shelf->entries, 1);
        assert_int_equal(t.shelf->used, inv_shelf_chunks_of(lengths[i]));
        shelf_check(&t);
    }

    shelf_close(&t);
}


static void
test_too_large_is_not_kept(void **state)
{
    size_t       quarter;
    shelf_test_t t;

    shelf_open(&t, 65536);
    quarter = t.shelf->chunks * (size_t) INV_SHELF_CHUNK / 4;

    assert_true(shelf_put(&t, 1, 1, LATER, quarter));
    assert_false(shelf_put(&t, 2, 1, LATER, quarter + 1));
    assert_int_equal(shelf_len(&t, 1), quarter);
    assert_int_equal(shelf_len(&t, 2), -1);

    /* What it was to replace is out of date all the same. */
    assert_false(shelf_put(&t, 1, 2, LATER, quarter + 1));
    assert_int_equal(shelf_len(&t, 1), -1);
    shelf_check(&t);

    shelf_close(&t);
}


static void
test_newer_and_fresh_stays(void **state)
{
    shelf_test_t t;

    shelf_open(&t, 65536);

    assert_true(shelf_put(&t, 1, 5, NOW + 10, 50));

    assert_false(shelf_put(&t, 1, 4, LATER, 40));
    assert_int_equal(shelf_len(&t, 1), 50);

    assert_true(shelf_put(&t, 1, 5, NOW + 20, 51));
    assert_int_equal(shelf_len(&t, 1), 51);

    assert_true(shelf_put(&t, 1, 6, NOW, 52)); /* its time is over */
    assert_true(shelf_put(&t, 1, 4, LATER, 40));
    assert_int_equal(shelf_len(&t, 1), 40);
    shelf_check(&t);

    shelf_close(&t);
}


static void
test_has_newer(void **state)
{
    shelf_test_t    t;
    inv_shelf_key_t key;

    shelf_open(&t, 65536);
    key = shelf_key(1);

    assert_false(inv_shelf_has_newer(t.shelf, &key, 0, NOW));
    shelf_put(&t, 1, 5, NOW + 10, 50);
    assert_true(inv_shelf_has_newer(t.shelf, &key, 4, NOW));
    assert_true(inv_shelf_has_newer(t.shelf, &key, 4, NOW + 9));
    assert_false(inv_shelf_has_newer(t.shelf, &key, 4, NOW + 10));
    assert_false(inv_shelf_has_newer(t.shelf, &key, 5, NOW));

    shelf_close(&t);
}


static void
test_least_recently_used_makes_room(void **state)
{
    unsigned        n, chunks;
    shelf_test_t    t;
    inv_shelf_key_t key;

    shelf_open(&t, 65536);
    chunks = t.shelf->chunks;

    for (n = 0; n < chunks; n++) {
        assert_true(shelf_put(&t, n, 1, LATER, 1));
    }

    assert_int_equal(t.shelf->entries, chunks);
    assert_int_equal(t.shelf->evicted, 0);

    key = shelf_key(0);
    inv_shelf_touch(t.shelf, inv_shelf_find(t.shelf, &key), NOW + 1);

    /* Three chunks: the three that were put first and not touched go. */
    assert_true(shelf_put(&t, chunks, 1, LATER, 500));
    assert_int_equal(t.shelf->evicted, 3);
    assert_int_equal(shelf_len(&t, 0), 1);
    assert_int_equal(shelf_len(&t, 1), -1);
    assert_int_equal(shelf_len(&t, 2), -1);
    assert_int_equal(shelf_len(&t, 3), -1);
    assert_int_equal(shelf_len(&t, 4), 1);
    assert_int_equal(shelf_len(&t, chunks), 500);
    shelf_check(&t);

    shelf_close(&t);
}


static void
test_use_is_noted_now_and_then(void **state)
{
    shelf_test_t      t;
    inv_shelf_key_t   key;
    inv_shelf_entry_t entry;

    shelf_open(&t, 65536);
    key = shelf_key(1);
    shelf_put(&t, 1, 1, LATER, 1);
    entry = inv_shelf_find(t.shelf, &key);

    assert_false(inv_shelf_is_due(t.shelf, entry, NOW));
    assert_false(inv_shelf_is_due(t.shelf, entry, NOW + INV_SHELF_DUE_MS - 1));
    assert_true(inv_shelf_is_due(t.shelf, entry, NOW + INV_SHELF_DUE_MS));
    assert_true(inv_shelf_is_due(t.shelf, entry, NOW - 1));

    inv_shelf_touch(t.shelf, entry, NOW + 500);
    assert_false(inv_shelf_is_due(t.shelf, entry, NOW + 500));

    shelf_close(&t);
}


static void
test_drop_is_of_older_ones(void **state)
{
    shelf_test_t    t;
    inv_shelf_key_t key;

    shelf_open(&t, 65536);
    key = shelf_key(1);

    inv_shelf_drop(t.shelf, &key, 9);
    shelf_put(&t, 1, 5, LATER, 700);
    inv_shelf_drop(t.shelf, &key, 5);
    assert_int_equal(shelf_len(&t, 1), 700);
    inv_shelf_drop(t.shelf, &key, 6);
    assert_int_equal(shelf_len(&t, 1), -1);
    assert_int_equal(t.shelf->used, 0);
    shelf_check(&t);

    shelf_close(&t);
}


static void
test_one_holds(void **state)
{
    shelf_test_t     t;
    inv_shelf_key_t  key;
    inv_shelf_meta_t meta;

    shelf_open(&t, 65536);
    key = shelf_key(1);

    assert_true(inv_shelf_hold(t.shelf, &key, 7, 1000, 1050));
    assert_int_equal(shelf_meta(&t, 1, &meta), 0);
    assert_int_equal(meta.version, 0);
    assert_int_equal(meta.deadline, 0);
    assert_int_equal(meta.holder, 7);
    assert_int_equal(meta.held_until_ms, 1050);

    assert_false(inv_shelf_hold(t.shelf, &key, 8, 1049, 1100));
    assert_true(inv_shelf_hold(t.shelf, &key, 7, 1049, 1060)); /* itself */
    assert_false(inv_shelf_hold(t.shelf, &key, 8, 1059, 1100));
    assert_true(inv_shelf_hold(t.shelf, &key, 8, 1060, 1100)); /* it is over */

    inv_shelf_release(t.shelf, &key, 7); /* not its own any more */
    assert_false(inv_shelf_hold(t.shelf, &key, 7, 1099, 1200));

    inv_shelf_release(t.shelf, &key, 8);
    assert_int_equal(shelf_len(&t, 1), -1);
    assert_true(inv_shelf_hold(t.shelf, &key, 7, 1099, 1200));
    shelf_check(&t);

    shelf_close(&t);
}


static void
test_an_entry_is_held(void **state)
{
    shelf_test_t     t;
    inv_shelf_key_t  key;
    inv_shelf_meta_t meta;

    shelf_open(&t, 65536);
    key = shelf_key(1);

    shelf_put(&t, 1, 5, LATER, 700);
    assert_true(inv_shelf_hold(t.shelf, &key, 7, 1000, 1050));
    assert_int_equal(shelf_meta(&t, 1, &meta), 700);
    assert_int_equal(meta.version, 5);

    inv_shelf_release(t.shelf, &key, 7); /* the entry stays */
    assert_int_equal(shelf_meta(&t, 1, &meta), 700);
    assert_int_equal(meta.holder, 0);

    /* What is dropped leaves the hold. */
    assert_true(inv_shelf_hold(t.shelf, &key, 7, 1000, 1050));
    inv_shelf_drop(t.shelf, &key, 6);
    assert_int_equal(shelf_meta(&t, 1, &meta), 0);
    assert_int_equal(meta.version, 0);
    assert_int_equal(meta.deadline, 0);
    assert_int_equal(meta.holder, 7);
    assert_int_equal(t.shelf->used, 1);
    shelf_check(&t);

    /* What is put ends it. */
    assert_true(shelf_put(&t, 1, 6, LATER, 300));
    assert_true(inv_shelf_hold(t.shelf, &key, 8, 1000, 1050));
    shelf_check(&t);

    inv_shelf_remove(t.shelf, &key);
    assert_int_equal(shelf_len(&t, 1), -1);
    inv_shelf_remove(t.shelf, &key);
    inv_shelf_release(t.shelf, &key, 8);
    shelf_check(&t);

    shelf_close(&t);
}


static void
test_holds_alone_do_not_overflow(void **state)
{
    unsigned        n;
    shelf_test_t    t;
    inv_shelf_key_t key;

    shelf_open(&t, INV_SHELF_LEAST);

    for (n = 0; n < 100; n++) {
        key = shelf_key(n);
        assert_true(inv_shelf_hold(t.shelf, &key, 7, 1000, 1050));
        shelf_check(&t);
    }

    shelf_close(&t);
}


/* Whatever stands there: a clear makes a shelf of it again. */
static void
test_clear_mends_what_is_torn(void **state)
{
    unsigned     seed, i;
    shelf_test_t t;

    shelf_open(&t, 65536);
    srandom(7);

    for (seed = 0; seed < 50; seed++) {
        shelf_fill_up(&t);

        for (i = 0; i < t.size - sizeof(inv_shelf_t); i++) {
            ((unsigned char *) (t.shelf + 1))[i] = (unsigned char) random();
        }

        t.shelf->used = (uint32_t) random();
        t.shelf->free = (uint32_t) random();
        t.shelf->next = (uint32_t) random();
        t.shelf->newest = (uint32_t) random();
        t.shelf->oldest = (uint32_t) random();
        t.shelf->entries = (uint32_t) random();

        inv_shelf_clear(t.shelf);
        shelf_check(&t);
        assert_int_equal(t.shelf->entries, 0);
        assert_int_equal(shelf_len(&t, 1), -1);
        assert_true(shelf_put(&t, 1, 1, LATER, 5000));
        assert_int_equal(shelf_len(&t, 1), 5000);
    }

    shelf_close(&t);
}


static void
test_counts(void **state)
{
    shelf_test_t         t;
    inv_shelf_counters_t counters;

    shelf_open(&t, 65536);
    shelf_put(&t, 1, 1, LATER, 500);
    shelf_put(&t, 2, 1, LATER, 0);

    inv_shelf_count(t.shelf, &counters);
    assert_int_equal(counters.entries, 2);
    assert_int_equal(counters.chunks, 4);
    assert_int_equal(counters.chunks_total, t.shelf->chunks);
    assert_int_equal(counters.evicted, 0);

    shelf_close(&t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_small_is_none),
        cmocka_unit_test(test_uses_its_memory),
        cmocka_unit_test(test_what_is_put_is_got),
        cmocka_unit_test(test_meta_is_kept),
        cmocka_unit_test(test_does_not_fit_the_room),
        cmocka_unit_test(test_replaced_shrinks_and_grows),
        cmocka_unit_test(test_too_large_is_not_kept),
        cmocka_unit_test(test_newer_and_fresh_stays),
        cmocka_unit_test(test_has_newer),
        cmocka_unit_test(test_least_recently_used_makes_room),
        cmocka_unit_test(test_use_is_noted_now_and_then),
        cmocka_unit_test(test_drop_is_of_older_ones),
        cmocka_unit_test(test_one_holds),
        cmocka_unit_test(test_an_entry_is_held),
        cmocka_unit_test(test_holds_alone_do_not_overflow),
        cmocka_unit_test(test_clear_mends_what_is_torn),
        cmocka_unit_test(test_counts),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
