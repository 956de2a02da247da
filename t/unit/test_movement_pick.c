
/*
 * Unit test of putting a page together out of outlines of entries: against a
 * simple model that unfolds everything and sorts it.
 */


#include "test_model.h"
#include "../../src/model/inv_movement_pick.h"


#define PICK_ENTRIES 24
#define PICK_OPS     8

static uint32_t pick_state;


static unsigned
pick_random(unsigned n)
{
    pick_state = pick_state * 1664525 + 1013904223;

    return (pick_state >> 8) % n;
}


/* All ops that pass, as places, newest first. */
static size_t
pick_unfold(const inv_movement_entry_t *entries, size_t n,
            inv_movement_place_t *places)
{
    int                  order;
    size_t               i, j, k, count;
    inv_movement_place_t swap;

    count = 0;

    for (i = 0; i < n; i++) {
        if (entries[i].outbox) {
            /* it stands in the ledger, too, or is nowhere else */
            for (j = 0; j < n; j++) {
                if (!entries[j].outbox
                    && inv_oid_eq(entries[i].batch, entries[j].batch)) {
                    break;
                }
            }

            if (j != n) {
                continue;
            }
        }

        for (j = 0; j <= (size_t) (entries[i].to - entries[i].from); j++) {
            if (entries[i].hits == NULL || entries[i].hits[j]) {
                places[count++] =
                    (inv_movement_place_t){ entries[i].at, entries[i].product,
                                            entries[i].from + (int64_t) j };
            }
        }
    }

    for (i = 0; i < count; i++) {
        for (k = i + 1; k < count; k++) {
            order = memcmp(places[i].product.bytes, places[k].product.bytes,
                           sizeof(inv_oid_t));

            if (places[i].at < places[k].at
                || (places[i].at == places[k].at
                    && (order < 0
                        || (order == 0 && places[i].seq < places[k].seq))))
            {
                swap = places[i];
                places[i] = places[k];
                places[k] = swap;
            }
        }
    }

    return count;
}


/* Entries of three products, some at the same time, some at two places. */
static size_t
pick_make(inv_movement_entry_t *entries, bool (*hits)[PICK_OPS])
{
    size_t  i, j, n, made;
    int64_t seqs[3] = { 0, 0, 0 };

    n = 1 + pick_random(PICK_ENTRIES / 2);
    made = 0;

    for (i = 0; i < n; i++) {
        inv_movement_entry_t *e = &entries[made++];

        memset(e, 0, sizeof(*e));
        j = pick_random(3);
        e->product.bytes[0] = (unsigned char) (j * 100);
        e->batch.bytes[3] = (unsigned char) (i + 1);
        e->at = pick_random(4);
        e->from = seqs[j] + 1;
        e->to = seqs[j] += 1 + pick_random(PICK_OPS);
        e->outbox = pick_random(2);
        e->hits = pick_random(2) ? hits[i] : NULL;

        for (j = 0; j < PICK_OPS; j++) {
            hits[i][j] = pick_random(2);
        }

        if (pick_random(3) == 0) {
            entries[made] = *e;
            entries[made++].outbox = !e->outbox;
        }
    }

    return made;
}


static void
test_pages_are_the_whole_list(void **state)
{
    bool                  hits[PICK_ENTRIES][PICK_OPS];
    size_t                i, n, made, count, at, limit, picked;
    unsigned              round;
    inv_movement_pick_t   picks[PICK_ENTRIES * PICK_OPS];
    inv_movement_place_t  places[PICK_ENTRIES * PICK_OPS];
    inv_movement_entry_t  all[PICK_ENTRIES], entries[PICK_ENTRIES];
    inv_movements_query_t query;

    for (round = 0; round < 3000; round++) {
        pick_state = round;
        made = pick_make(all, hits);
        count = pick_unfold(all, made, places);
        limit = 1 + pick_random(9);

        memset(&query, 0, sizeof(query));

        for (at = 0; /* void */; at += picked) {
            memcpy(entries, all, sizeof(all));
            n = made;
            picked = inv_movements_pick(&query, entries, &n, picks, limit);

            assert_int_equal(picked, count - at < limit ? count - at : limit);

            for (i = 0; i < picked; i++) {
                const inv_movement_entry_t *e = &entries[picks[i].entry];

                assert_true(e->at == places[at + i].at);
                assert_true(inv_oid_eq(e->product, places[at + i].product));
                assert_true(e->from + (int64_t) picks[i].op
                            == places[at + i].seq);
            }

            if (picked == 0) {
                break;
            }

            query.has_after = true;
            query.after = places[at + picked - 1];
        }

        assert_int_equal(at, count);
    }
}


static void
test_the_ledger_is_preferred(void **state)
{
    size_t                n;
    inv_movement_pick_t   pick;
    inv_movement_entry_t  entries[2];
    inv_movements_query_t query;

    memset(&query, 0, sizeof(query));
    memset(entries, 0, sizeof(entries));
    entries[0].from = entries[1].from = 1;
    entries[0].to = entries[1].to = 1;
    entries[0].outbox = true;

    n = 2;
    assert_int_equal(inv_movements_pick(&query, entries, &n, &pick, 1), 1);
    assert_int_equal(n, 1);
    assert_false(entries[0].outbox);

    n = 0;
    assert_int_equal(inv_movements_pick(&query, entries, &n, &pick, 1), 0);
}


static void
test_hits_are_counted_from_the_oldest(void **state)
{
    size_t                n;
    inv_movement_pick_t   picks[4];
    inv_movement_entry_t  entry;
    inv_movements_query_t query;

    static const bool hits[] = { true, false, false, true, true };

    memset(&query, 0, sizeof(query));
    memset(&entry, 0, sizeof(entry));
    entry.from = 11;
    entry.to = 15;
    entry.hits = hits;

    n = 1;
    assert_int_equal(inv_movements_pick(&query, &entry, &n, picks, 4), 3);
    assert_int_equal(picks[0].op, 4);
    assert_int_equal(picks[0].hit, 2);
    assert_int_equal(picks[1].op, 3);
    assert_int_equal(picks[1].hit, 1);
    assert_int_equal(picks[2].op, 0);
    assert_int_equal(picks[2].hit, 0);

    query.has_after = true;
    query.after.seq = 14;
    assert_int_equal(inv_movements_pick(&query, &entry, &n, picks, 4), 1);
    assert_int_equal(picks[0].op, 0);
    assert_int_equal(picks[0].hit, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_the_whole_list),
        cmocka_unit_test(test_the_ledger_is_preferred),
        cmocka_unit_test(test_hits_are_counted_from_the_oldest),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
