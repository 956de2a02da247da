
/*
 * The zone: which copies it keeps and gives out, and what becomes of them when
 * floors are lost.
 */

/* made of: src/shared/inv_zone*.c */
/* link with: -Wl,--wrap=inv_time_now */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/shared/inv_breaker.h"
#include "../../src/shared/inv_floor_table.h"
#include "../../src/shared/inv_link.h"
#include "../../src/shared/inv_shelf.h"
#include "../../src/shared/inv_shelf_chunks.h"
#include "../../src/shared/inv_siphash.h"
#include "../../src/shared/inv_zone_private.h"


#define LONGEST 60000
#define STALE   30000
#define FLOOR   (2 * (LONGEST + STALE))
#define SIZE    ((size_t) 1024 * 1024)

static const inv_oid_t id = { "one product" };
static inv_time_t      now;
static ngx_log_t       log_of_all;
static ngx_cycle_t     cycle = { &log_of_all, 1 };

ngx_cycle_t *ngx_cycle = &cycle;
ngx_uint_t   ngx_inherited, ngx_test_config, ngx_process;

inv_time_t __wrap_inv_time_now(void);


inv_time_t
__wrap_inv_time_now(void)
{
    return now;
}


void *
ngx_slab_alloc(ngx_slab_pool_t *pool, size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}


void *
ngx_slab_calloc(ngx_slab_pool_t *pool, size_t size)
{
    return calloc(1, size);
}


void
ngx_shmtx_lock(ngx_shmtx_t *mutex)
{
    assert_int_equal(mutex->locked++, 0);
}


void
ngx_shmtx_unlock(ngx_shmtx_t *mutex)
{
    assert_int_equal(mutex->locked--, 1);
}


typedef struct {
    inv_zone_t      zone;
    ngx_slab_pool_t pool;
    ngx_shm_zone_t  shm_zone;
} fixture_t;


static void
open_zone(fixture_t *f)
{
    memset(f, 0, sizeof(fixture_t));

    f->zone.longest_ms = LONGEST;
    f->zone.stale_ms = STALE;
    f->shm_zone.data = &f->zone;
    f->shm_zone.shm.addr = (u_char *) &f->pool;
    f->shm_zone.shm.size = SIZE;
    f->shm_zone.shm.log = &log_of_all;

    assert_int_equal(inv_zone_init(&f->shm_zone, NULL), NGX_OK);
}


static void
close_zone(fixture_t *f)
{
    size_t i;

    for (i = 0; i < INV_SHELVES; i++) {
        free(f->zone.memory->shelves[i]);
    }

    free(f->zone.memory->floors.buckets);
    free(f->zone.memory);
}


static inv_shelf_meta_t
meta_of(fixture_t *f, int64_t version)
{
    inv_shelf_meta_t meta;

    memset(&meta, 0, sizeof(meta));
    meta.version = version;
    meta.deadline = now + 1000;
    meta.origin = inv_zone_moment(&f->zone).origin;
    meta.cost_ms = 1;

    return meta;
}


static void
keep(fixture_t *f, int64_t version)
{
    inv_shelf_meta_t meta;

    meta = meta_of(f, version);
    inv_zone_keep_product(&f->zone, id, &meta, inv_str("bytes"));
}


static void
keep_absent(fixture_t *f, int64_t version)
{
    inv_shelf_meta_t meta;

    meta = meta_of(f, version);
    inv_zone_keep_product(&f->zone, id, &meta, INV_STR_ABSENT);
}


#define NOTHING (-1)
#define ABSENT  1000

/* The version of the copy; + ABSENT: that there is none. */
static int64_t
kept(fixture_t *f)
{
    inv_zone_copy_t  copy;
    inv_zone_view_t  view;
    inv_zone_shelf_t shelf;

    if (!inv_zone_product(&f->zone, id, &view, &shelf, &copy)) {
        return NOTHING;
    }

    if (shelf == INV_SHELF_PRODUCTS) {
        assert_true(inv_str_eq(copy.bytes, inv_str("bytes")));
        return copy.meta.version;
    }

    assert_int_equal(copy.bytes.len, 0);

    return copy.meta.version + ABSENT;
}


static inv_zone_view_t
look(fixture_t *f)
{
    inv_zone_view_t view;

    inv_zone_look(&f->zone, id, &view);

    return view;
}


static int
start(void **state)
{
    now = INT64_C(1800000000000);
    cycle.first = 1;

    return 0;
}


static void
test_keeps_one_or_the_other(void **state)
{
    fixture_t f;

    open_zone(&f);
    assert_int_equal(kept(&f), NOTHING);
    keep(&f, 5);
    assert_int_equal(kept(&f), 5);
    keep_absent(&f, 4); /* older, and what is there is fresh */
    assert_int_equal(kept(&f), 5);
    keep_absent(&f, 6);
    assert_int_equal(kept(&f), 6 + ABSENT);
    keep(&f, 5);
    assert_int_equal(kept(&f), 6 + ABSENT);
    keep(&f, 7);
    assert_int_equal(kept(&f), 7);
    close_zone(&f);
}


static void
test_nothing_below_the_floor(void **state)
{
    fixture_t f;

    open_zone(&f);
    keep(&f, 5);
    inv_zone_raise(&f.zone, id, 6);
    assert_int_equal(kept(&f), NOTHING);
    keep(&f, 5);
    keep_absent(&f, 0);
    assert_int_equal(kept(&f), NOTHING);
    keep(&f, 6);
    assert_int_equal(kept(&f), 6);
    inv_zone_drop_product(&f.zone, id, 6);
    assert_int_equal(kept(&f), 6);
    inv_zone_drop_product(&f.zone, id, 7);
    assert_int_equal(kept(&f), NOTHING);

    now += FLOOR - 1;
    assert_int_equal(look(&f).floor, 6);
    now += 1;
    assert_int_equal(look(&f).floor, 0);
    close_zone(&f);
}


static void
test_nothing_in_doubt(void **state)
{
    fixture_t f;

    open_zone(&f);
    keep(&f, 5);
    inv_zone_doubt(&f.zone, id);
    assert_int_equal(kept(&f), NOTHING);
    keep(&f, 9);
    assert_int_equal(kept(&f), NOTHING);
    assert_false(look(&f).trusts_own);
    now += FLOOR;
    keep(&f, 9);
    assert_int_equal(kept(&f), 9);
    close_zone(&f);
}


static void
test_only_what_could_be_served(void **state)
{
    fixture_t        f;
    inv_shelf_meta_t meta;

    open_zone(&f);
    meta = meta_of(&f, 5);

    meta.origin++; /* another node's, and this zone is fresh */
    inv_zone_keep_product(&f.zone, id, &meta, inv_str("bytes"));
    assert_int_equal(kept(&f), NOTHING);

    meta.origin--;
    meta.deadline = now + LONGEST + 1;
    inv_zone_keep_product(&f.zone, id, &meta, inv_str("bytes"));
    assert_int_equal(kept(&f), NOTHING);

    meta.deadline = now - STALE;
    inv_zone_keep_product(&f.zone, id, &meta, inv_str("bytes"));
    assert_int_equal(kept(&f), NOTHING);

    meta.deadline = now - STALE + 1;
    inv_zone_keep_product(&f.zone, id, &meta, inv_str("bytes"));
    assert_int_equal(kept(&f), 5);

    now += FLOOR;
    meta.origin++;
    meta.version = 6;
    meta.deadline = now + LONGEST;
    inv_zone_keep_product(&f.zone, id, &meta, inv_str("bytes"));
    assert_int_equal(kept(&f), 6);
    close_zone(&f);
}


/* Another worker's hold, as its token is another. */
static void
set_holder(fixture_t *f, uint32_t holder)
{
    inv_shelf_t *shelf;

    shelf = f->zone.memory->shelves[INV_SHELF_SHORT];
    assert_true(shelf->newest != 0);
    inv_shelf_head(shelf, shelf->newest)->meta.holder = holder;
}


static void
test_one_reads_for_all(void **state)
{
    fixture_t f;

    open_zone(&f);
    assert_true(inv_zone_hold(&f.zone, id, 60000));
    set_holder(&f, 1);
    assert_false(inv_zone_hold(&f.zone, id, 60000));

    inv_zone_raise(&f.zone, id, 6); /* a write ends no hold */
    inv_zone_doubt(&f.zone, id);
    inv_zone_release(&f.zone, id); /* nor does who has it not */
    assert_false(inv_zone_hold(&f.zone, id, 60000));
    assert_int_equal(kept(&f), 0 + ABSENT);

    now += FLOOR;
    keep(&f, 7); /* a copy does */
    assert_int_equal(kept(&f), 7);
    assert_true(inv_zone_hold(&f.zone, id, 60000));
    assert_int_equal(kept(&f), 7);

    inv_zone_raise(&f.zone, id, 9);
    keep(&f, 8); /* refused: the own hold ends */
    assert_int_equal(kept(&f), NOTHING);
    close_zone(&f);
}


static void
test_lists_are_of_now(void **state)
{
    fixture_t        f;
    inv_zone_copy_t  copy;
    inv_shelf_key_t  key;
    inv_shelf_meta_t meta;

    open_zone(&f);
    memset(&key, 7, sizeof(key));
    meta = meta_of(&f, (int64_t) inv_zone_moment(&f.zone).catalog);

    assert_false(inv_zone_list(&f.zone, &key, &copy));
    inv_zone_keep_list(&f.zone, &key, &meta, inv_str("ids"));
    assert_true(inv_zone_list(&f.zone, &key, &copy));
    assert_true(inv_str_eq(copy.bytes, inv_str("ids")));

    inv_zone_catalog_changed(&f.zone);
    assert_false(inv_zone_list(&f.zone, &key, &copy));
    inv_zone_keep_list(&f.zone, &key, &meta, inv_str("late"));
    assert_false(inv_zone_list(&f.zone, &key, &copy));

    meta.version++;
    inv_zone_keep_list(&f.zone, &key, &meta, inv_str("ids"));
    assert_true(inv_zone_list(&f.zone, &key, &copy));
    now += 1000;
    assert_false(inv_zone_list(&f.zone, &key, &copy));
    close_zone(&f);
}


static void
test_torn_is_emptied(void **state)
{
    fixture_t          f;
    inv_zone_view_t    before;
    inv_cluster_time_t time = { 7, 8, 2, "x" }, none = { 0 };

    open_zone(&f);
    inv_zone_cluster_heard(&f.zone, &time, &none);
    now += FLOOR;
    keep(&f, 5);
    before = look(&f);
    assert_true(before.trusts_other);

    f.zone.memory->dirty = 1;
    memset(f.zone.memory->shelves[INV_SHELF_PRODUCTS] + 1, 0xff, 4096);

    assert_int_equal(kept(&f), NOTHING);
    assert_true(look(&f).origin != before.origin);
    assert_true(look(&f).trusts_own);

    /* a number is whole; what is signed may not be */
    inv_zone_cluster_time(&f.zone, &time);
    assert_int_equal(time.operation, 7);
    assert_int_equal(time.clock, 0);

    assert_false(look(&f).trusts_other);
    now += FLOOR - 1;
    assert_false(look(&f).trusts_other);
    now += 1;
    assert_true(look(&f).trusts_other);
    close_zone(&f);
}


/* A read leaves no trace but the note of its use. */
static void
test_reads_change_nothing(void **state)
{
    unsigned  i;
    fixture_t f;
    char      before[sizeof(inv_zone_memory_t)];

    open_zone(&f);
    keep(&f, 5);
    memcpy(before, f.zone.memory, sizeof(before));

    for (i = 0; i < 10; i++) {
        assert_int_equal(kept(&f), 5);
        assert_memory_equal(before, f.zone.memory, sizeof(before));
    }

    close_zone(&f);
}


static void
test_clock_set_back(void **state)
{
    fixture_t       f;
    inv_zone_view_t before;

    open_zone(&f);
    now += FLOOR;
    keep(&f, 5);
    before = look(&f);

    now -= LONGEST + STALE;
    assert_int_equal(kept(&f), 5);
    assert_true(look(&f).origin == before.origin);

    now -= 1;
    assert_int_equal(kept(&f), NOTHING);
    assert_true(look(&f).origin != before.origin);
    assert_false(look(&f).trusts_other);
    close_zone(&f);
}


/* The master, then a worker of the new configuration. */
static void
reload(fixture_t *f)
{
    f->pool.mutex.locked = 1; /* by a worker that has died: not to be taken */
    assert_int_equal(inv_zone_init(&f->shm_zone, &f->zone), NGX_OK);
    f->pool.mutex.locked = 0;

    inv_zone_worker_start(&f->zone);
}


/* Other nodes' copies among them: no floor was made for so long. */
static void
test_longer_lives_after_a_reload(void **state)
{
    fixture_t       f;
    inv_zone_view_t before;

    open_zone(&f);
    now += FLOOR;
    before = look(&f);

    f.zone.stale_ms = STALE - 1;
    f.zone.longest_ms = LONGEST - 1;
    reload(&f);
    assert_true(look(&f).origin == before.origin);
    assert_int_equal(look(&f).stale_ms, STALE);
    assert_int_equal(look(&f).longest_ms, LONGEST);

    f.zone.longest_ms = LONGEST + 1;
    reload(&f);
    assert_true(look(&f).origin != before.origin);
    assert_int_equal(look(&f).longest_ms, LONGEST + 1);
    before = look(&f);

    f.zone.stale_ms = STALE + 1;
    reload(&f);
    assert_true(look(&f).origin != before.origin);
    assert_false(look(&f).trusts_other);
    assert_int_equal(look(&f).stale_ms, STALE + 1);
    close_zone(&f);
}


/* Without a link: what is fresh beside elders is set aside. */
static void
test_elders_without_a_link(void **state)
{
    fixture_t f;

    cycle.first = 0;
    open_zone(&f);
    assert_false(look(&f).trusts_own);
    keep(&f, 5);
    assert_int_equal(kept(&f), NOTHING);
    now += FLOOR;
    assert_true(look(&f).trusts_own);
    close_zone(&f);
}


/* The last one: the link is opened, and stays so. */
static void
test_two_zones(void **state)
{
    fixture_t a, b;

    assert_true(inv_zone_link(&log_of_all).len > 0);
    open_zone(&a);
    cycle.first = 0;
    open_zone(&b);
    assert_true(look(&b).trusts_own);

    keep(&a, 5);
    keep(&b, 5);
    assert_int_equal(kept(&b), 5);

    inv_zone_raise(&a.zone, id, 6);
    assert_int_equal(kept(&b), 5);
    assert_true(meta_of(&b, 5).origin != a.zone.memory->origin);
    assert_int_equal(b.zone.memory->losses[INV_ZONE_BESIDE], 1);
    assert_false(look(&b).trusts_other);
    assert_true(look(&b).trusts_own); /* reads of after are good */
    keep(&b, 6);
    assert_int_equal(b.zone.memory->losses[INV_ZONE_BESIDE], 1);

    inv_zone_doubt(&b.zone, id);
    inv_zone_catalog_changed(&b.zone);
    (void) look(&a);
    assert_int_equal(a.zone.memory->losses[INV_ZONE_BESIDE], 1);
    assert_int_equal(b.zone.memory->losses[INV_ZONE_BESIDE], 1);
    close_zone(&a);
    close_zone(&b);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_keeps_one_or_the_other, start),
        cmocka_unit_test_setup(test_nothing_below_the_floor, start),
        cmocka_unit_test_setup(test_nothing_in_doubt, start),
        cmocka_unit_test_setup(test_only_what_could_be_served, start),
        cmocka_unit_test_setup(test_one_reads_for_all, start),
        cmocka_unit_test_setup(test_lists_are_of_now, start),
        cmocka_unit_test_setup(test_torn_is_emptied, start),
        cmocka_unit_test_setup(test_reads_change_nothing, start),
        cmocka_unit_test_setup(test_clock_set_back, start),
        cmocka_unit_test_setup(test_longer_lives_after_a_reload, start),
        cmocka_unit_test_setup(test_elders_without_a_link, start),
        cmocka_unit_test_setup(test_two_zones, start),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
