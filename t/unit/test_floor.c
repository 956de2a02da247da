
/*
 * The floor table: what was raised is found, nothing is lowered, and what is
 * lost is said.
 */

/* link: src/shared/inv_floor_table.c src/shared/inv_siphash.c */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/shared/inv_floor_table.h"
#include "../../src/shared/inv_siphash.h"


#define BUCKETS 64
#define ENTRIES (BUCKETS * INV_FLOOR_BUCKET)
#define NOW     INT64_C(1000000)
#define LATER   (NOW + 120000)


typedef struct {
    inv_floor_table_t  table;
    inv_floor_bucket_t memory[BUCKETS];
} fixture_t;


/* The floor alone. */
static int64_t
floor_of(const inv_floor_table_t *table, inv_oid_t id, inv_time_t now)
{
    bool doubted;

    return inv_floor_table_get(table, id, now, &doubted);
}


static bool
doubted(const inv_floor_table_t *table, inv_oid_t id, inv_time_t now)
{
    bool yes;

    (void) inv_floor_table_get(table, id, now, &yes);

    return yes;
}


static const unsigned char key[16] = { 0, 1, 2,  3,  4,  5,  6,  7,
                                       8, 9, 10, 11, 12, 13, 14, 15 };


static void
fill(fixture_t *f)
{
    memset(f->memory, 0xff, sizeof(f->memory));
    inv_floor_table_init(&f->table, f->memory, sizeof(f->memory), key);
}


static inv_oid_t
product(unsigned n)
{
    inv_oid_t id;

    memset(&id, 0, sizeof(id));
    memcpy(id.bytes + 8, &n, sizeof(n));

    return id;
}


static void
test_siphash_is_siphash(void **state)
{
    unsigned char i;
    inv_oid_t     id;
    uint64_t      words[2];

    for (i = 0; i < sizeof(id.bytes); i++) {
        id.bytes[i] = i;
    }

    memcpy(words, key, sizeof(words));

    /* `openssl mac -macopt size:8 SIPHASH` of these 12 bytes says so. */
    assert_true(inv_siphash(words, id) == UINT64_C(0x751e8fbc860ee5fb));
}


/* Vectors of the authors' own program; that of 15 bytes is in the paper. */
static void
test_siphash_of_any_length(void **state)
{
    unsigned char i, bytes[17];
    uint64_t      words[2];

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = i;
    }

    memcpy(words, key, sizeof(words));

    assert_true(inv_siphash_bytes(words, bytes, 0)
                == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(inv_siphash_bytes(words, bytes, 8)
                == UINT64_C(0x93f5f5799a932462));
    assert_true(inv_siphash_bytes(words, bytes, 15)
                == UINT64_C(0xa129ca6149be45e5));
    assert_true(inv_siphash_bytes(words, bytes, 16)
                == UINT64_C(0x3f2acc7f57c29bdb));
}


static void
test_size(void **state)
{
    assert_int_equal(inv_floor_table_size(0), 0);
    assert_int_equal(inv_floor_table_size(127), 0);
    assert_int_equal(inv_floor_table_size(128), 128);
    assert_int_equal(inv_floor_table_size(255), 128);
    assert_int_equal(inv_floor_table_size(256), 256);
    assert_int_equal(inv_floor_table_size(16 << 20), 16 << 20);
    assert_int_equal(inv_floor_table_size((16 << 20) - 1), 8 << 20);
    assert_int_equal(inv_floor_table_size(SIZE_MAX), SIZE_MAX / 2 + 1);
}


static void
test_starts_empty(void **state)
{
    unsigned  n;
    fixture_t f;

    fill(&f);

    for (n = 0; n < 1000; n++) {
        assert_int_equal(floor_of(&f.table, product(n), NOW), 0);
        assert_int_equal(floor_of(&f.table, product(n), 0), 0);
    }
}


static void
test_raised_is_found_until_it_expires(void **state)
{
    fixture_t f;

    fill(&f);

    assert_int_equal(inv_floor_table_raise(&f.table, product(1), 7, LATER, NOW),
                     0);
    assert_int_equal(floor_of(&f.table, product(1), NOW), 7);
    assert_int_equal(floor_of(&f.table, product(1), LATER - 1), 7);
    assert_int_equal(floor_of(&f.table, product(1), LATER), 0);
    assert_int_equal(floor_of(&f.table, product(2), NOW), 0);
}


static void
test_is_never_lowered(void **state)
{
    fixture_t f;

    fill(&f);

    inv_floor_table_raise(&f.table, product(1), 7, LATER, NOW);
    inv_floor_table_raise(&f.table, product(1), 6, LATER - 5000, NOW);
    assert_int_equal(floor_of(&f.table, product(1), LATER - 1), 7);

    inv_floor_table_raise(&f.table, product(1), 9, LATER - 5000, NOW);
    assert_int_equal(floor_of(&f.table, product(1), LATER - 1), 9);

    /* nor kept for longer: a restored database may never come up to it */
    inv_floor_table_raise(&f.table, product(1), 8, LATER + 1, NOW);
    assert_int_equal(floor_of(&f.table, product(1), LATER - 1), 9);
    assert_int_equal(floor_of(&f.table, product(1), LATER), 0);
}


static void
test_starts_anew_when_expired(void **state)
{
    fixture_t f;

    fill(&f);

    inv_floor_table_raise(&f.table, product(1), 9, LATER, NOW);
    inv_floor_table_raise(&f.table, product(1), 3, LATER + 100, LATER);
    assert_int_equal(floor_of(&f.table, product(1), LATER), 3);
}


static void
test_doubt_has_its_own_end(void **state)
{
    fixture_t f;

    fill(&f);

    assert_false(doubted(&f.table, product(1), NOW));
    assert_int_equal(inv_floor_table_doubt(&f.table, product(1), LATER, NOW),
                     0);
    assert_true(doubted(&f.table, product(1), NOW));
    assert_true(doubted(&f.table, product(1), LATER - 1000));
    assert_false(doubted(&f.table, product(1), LATER));
    assert_false(doubted(&f.table, product(2), NOW));

    /* Whether it was applied is not known: no version is below a floor. */
    assert_int_equal(floor_of(&f.table, product(1), NOW), 0);

    inv_floor_table_raise(&f.table, product(1), 7, LATER + 60000, NOW);
    assert_int_equal(floor_of(&f.table, product(1), LATER), 7);
    assert_true(doubted(&f.table, product(1), LATER - 1000));
    assert_false(doubted(&f.table, product(1), LATER));
}


static void
test_doubt_keeps_the_floor(void **state)
{
    fixture_t f;

    fill(&f);

    inv_floor_table_raise(&f.table, product(1), 7, LATER, NOW);
    inv_floor_table_doubt(&f.table, product(1), LATER + 60000, NOW);

    assert_int_equal(floor_of(&f.table, product(1), LATER), 7);
    assert_true(doubted(&f.table, product(1), LATER));
}


static void
test_clear(void **state)
{
    fixture_t f;

    fill(&f);

    inv_floor_table_raise(&f.table, product(1), 9, LATER, NOW);
    inv_floor_table_clear(&f.table);
    assert_int_equal(floor_of(&f.table, product(1), NOW), 0);
}


static void
test_expired_make_room(void **state)
{
    unsigned  n;
    fixture_t f;

    fill(&f);

    for (n = 0; n < 100 * ENTRIES; n++) {
        assert_int_equal(inv_floor_table_raise(&f.table, product(n), 1,
                                               NOW + n + ENTRIES / 4, NOW + n),
                         0);
    }
}


/* Far over the half, as one hash function alone would not give it. */
static void
test_fills_well_before_anything_is_lost(void **state)
{
    unsigned  n;
    fixture_t f;

    fill(&f);

    for (n = 0; inv_floor_table_raise(&f.table, product(n), 1, LATER, NOW) == 0;
         n++)
    {
        assert_true(n < ENTRIES);
    }

    assert_true(n > ENTRIES / 2);
}


/*
 * The promise that quarantine rests on: at any time, each floor that was
 * raised and has not expired is either found, or some raise has returned an
 * expiry that is at least its own.
 */
static void
test_lost_floors_are_told(void **state)
{
    unsigned   n, i;
    fixture_t  f;
    inv_time_t lost, expires, quarantined_until;

    fill(&f);
    quarantined_until = 0;

    for (n = 0; n < 4 * ENTRIES; n++) {
        expires = LATER + (n * 7919) % 1000;
        lost = inv_floor_table_raise(&f.table, product(n), n + 1, expires, NOW);

        if (lost > quarantined_until) {
            quarantined_until = lost;
        }

        assert_int_equal(floor_of(&f.table, product(n), NOW), n + 1);

        for (i = 0; i <= n; i++) {
            if (floor_of(&f.table, product(i), NOW) != (int64_t) i + 1) {
                assert_true(quarantined_until >= LATER + (i * 7919) % 1000);
            }
        }
    }

    assert_true(quarantined_until > 0);
}


static void
test_the_first_to_expire_makes_room(void **state)
{
    unsigned           n;
    inv_time_t         lost;
    inv_floor_table_t  table;
    inv_floor_bucket_t bucket;

    inv_floor_table_init(&table, &bucket, sizeof(bucket), key);

    for (n = 0; n < INV_FLOOR_BUCKET; n++) {
        lost = inv_floor_table_raise(&table, product(n), 1,
                                     LATER + (n == 2 ? 0 : 10), NOW);
        assert_int_equal(lost, 0);
    }

    lost = inv_floor_table_raise(&table, product(9), 1, LATER + 20, NOW);

    assert_int_equal(lost, LATER);
    assert_int_equal(floor_of(&table, product(2), NOW), 0);
    assert_int_equal(floor_of(&table, product(3), NOW), 1);
    assert_int_equal(floor_of(&table, product(9), NOW), 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siphash_is_siphash),
        cmocka_unit_test(test_siphash_of_any_length),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_starts_empty),
        cmocka_unit_test(test_raised_is_found_until_it_expires),
        cmocka_unit_test(test_is_never_lowered),
        cmocka_unit_test(test_starts_anew_when_expired),
        cmocka_unit_test(test_doubt_has_its_own_end),
        cmocka_unit_test(test_doubt_keeps_the_floor),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_expired_make_room),
        cmocka_unit_test(test_fills_well_before_anything_is_lost),
        cmocka_unit_test(test_lost_floors_are_told),
        cmocka_unit_test(test_the_first_to_expire_makes_room),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
