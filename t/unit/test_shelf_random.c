
/*
 * A shelf against a model: a list in the order of use that is simply searched.
 * Random operations from a seed; after each, both say the same, and the shelf's
 * chunks are all accounted for.
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


#define KEYS  200
#define STEPS 20000

typedef struct {
    bool       there;
    int64_t    version;
    inv_time_t deadline;
    size_t     len;
    uint32_t   holder;
    int64_t    held_until_ms;
    unsigned   used; /* when, counted in uses */
} model_entry_t;

typedef struct {
    unsigned      uses;
    uint64_t      evicted;
    uint64_t      random;
    model_entry_t entries[KEYS];
} model_t;


/* Xorshift (Marsaglia, 2003): the same everywhere for one seed. */
static unsigned
draw(model_t *model, unsigned below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;

    return (unsigned) (model->random >> 20) % below;
}


static void
model_make_room(model_t *model, const inv_shelf_t *shelf, uint32_t chunks)
{
    unsigned n, oldest;
    uint32_t used;

    for (;;) {
        used = 0;
        oldest = KEYS;

        for (n = 0; n < KEYS; n++) {
            if (!model->entries[n].there) {
                continue;
            }

            used += inv_shelf_chunks_of(model->entries[n].len);

            if (oldest == KEYS
                || model->entries[n].used < model->entries[oldest].used) {
                oldest = n;
            }
        }

        if (shelf->chunks - used >= chunks || oldest == KEYS) {
            return;
        }

        model->entries[oldest].there = false;
        model->evicted++;
    }
}


static void
step_put(shelf_test_t *t, model_t *model, unsigned n)
{
    bool           kept;
    size_t         len;
    int64_t        version;
    inv_time_t     deadline;
    model_entry_t *entry;

    entry = &model->entries[n];
    version = draw(model, 10);
    deadline = NOW - 5 + draw(model, 20);
    len = draw(model, 10) == 0 ? draw(model, 20000) : draw(model, 700);

    kept = !(entry->there && entry->version > version && entry->deadline > NOW);

    if (kept) {
        entry->there = false;
        kept = len <= t->shelf->chunks * (size_t) INV_SHELF_CHUNK / 4;
    }

    if (kept) {
        model_make_room(model, t->shelf, inv_shelf_chunks_of(len));
        *entry = (model_entry_t){ true, version, deadline,     len,
                                  0,    0,       ++model->uses };
    }

    assert_int_equal(shelf_put(t, n, version, deadline, len), kept);
}


static void
step_drop(shelf_test_t *t, model_t *model, unsigned n)
{
    int64_t         version;
    model_entry_t  *entry;
    inv_shelf_key_t key;

    key = shelf_key(n);
    entry = &model->entries[n];
    version = draw(model, 10);

    if (entry->there && entry->version < version) {
        entry->there = entry->holder != 0;
        entry->version = 0;
        entry->deadline = 0;
        entry->len = 0;
    }

    inv_shelf_drop(t->shelf, &key, version);
}


static void
step_hold(shelf_test_t *t, model_t *model, unsigned n)
{
    bool            held;
    int64_t         now_ms, until_ms;
    uint32_t        holder;
    model_entry_t  *entry;
    inv_shelf_key_t key;

    key = shelf_key(n);
    entry = &model->entries[n];
    now_ms = draw(model, 100);
    until_ms = now_ms + draw(model, 50);
    holder = 1 + draw(model, 3);

    if (!entry->there) {
        model_make_room(model, t->shelf, 1);
        *entry = (model_entry_t){ true, 0, 0, 0, 0, 0, ++model->uses };
    }

    held = entry->holder == 0 || entry->holder == holder
           || entry->held_until_ms <= now_ms;

    if (held) {
        entry->holder = holder;
        entry->held_until_ms = until_ms;
    }

    assert_int_equal(inv_shelf_hold(t->shelf, &key, holder, now_ms, until_ms),
                     held);
}


static void
step_release(shelf_test_t *t, model_t *model, unsigned n)
{
    uint32_t        holder;
    model_entry_t  *entry;
    inv_shelf_key_t key;

    key = shelf_key(n);
    entry = &model->entries[n];
    holder = 1 + draw(model, 3);

    if (entry->there && entry->holder == holder) {
        entry->holder = 0;
        entry->held_until_ms = 0;
        entry->there = entry->deadline != 0;
    }

    inv_shelf_release(t->shelf, &key, holder);
}


static void
step_touch(shelf_test_t *t, model_t *model, unsigned n)
{
    inv_shelf_key_t   key;
    inv_shelf_entry_t entry;

    key = shelf_key(n);
    entry = inv_shelf_find(t->shelf, &key);
    assert_int_equal(entry != 0, model->entries[n].there);

    if (entry != 0) {
        inv_shelf_touch(t->shelf, entry, NOW);
        model->entries[n].used = ++model->uses;
    }
}


static void
step(shelf_test_t *t, model_t *model)
{
    unsigned        n, which;
    inv_shelf_key_t key;

    n = draw(model, KEYS);
    which = draw(model, 1000);

    if (which < 450) {
        step_put(t, model, n);

    } else if (which < 550) {
        step_drop(t, model, n);

    } else if (which < 700) {
        step_hold(t, model, n);

    } else if (which < 800) {
        step_release(t, model, n);

    } else if (which < 990) {
        step_touch(t, model, n);

    } else if (which < 999) {
        key = shelf_key(n);
        inv_shelf_remove(t->shelf, &key);
        model->entries[n].there = false;

    } else {
        inv_shelf_clear(t->shelf);
        memset(model->entries, 0, sizeof(model->entries));
    }
}


static void
compare(const shelf_test_t *t, const model_t *model, unsigned n)
{
    int                  len;
    inv_shelf_meta_t     meta;
    const model_entry_t *entry;

    entry = &model->entries[n];
    len = shelf_meta(t, n, &meta);

    if (!entry->there) {
        assert_int_equal(len, -1);
        return;
    }

    assert_int_equal(len, entry->len);
    assert_int_equal(meta.version, entry->version);
    assert_int_equal(meta.deadline, entry->deadline);
    assert_int_equal(meta.holder, entry->holder);
    assert_int_equal(meta.held_until_ms, entry->held_until_ms);
}


/* size: the shelf's, in bytes. */
static void
run(unsigned seed, size_t size)
{
    unsigned     i, n;
    model_t      model;
    shelf_test_t t;

    memset(&model, 0, sizeof(model));
    model.random = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1);
    shelf_open(&t, size);

    for (i = 0; i < STEPS; i++) {
        step(&t, &model);
        compare(&t, &model, draw(&model, KEYS));

        if (i % 16 == 0) {
            shelf_check(&t);
            assert_int_equal(t.shelf->evicted, model.evicted);

            for (n = 0; n < KEYS; n++) {
                compare(&t, &model, n);
            }
        }
    }

    assert_true(model.evicted > 0);
    shelf_close(&t);
}


static void
test_small(void **state)
{
    unsigned seed;

    for (seed = 0; seed < 8; seed++) {
        run(seed, INV_SHELF_LEAST);
    }
}


static void
test_middling(void **state)
{
    unsigned seed;

    for (seed = 0; seed < 8; seed++) {
        run(seed, 70000);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_middling),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
