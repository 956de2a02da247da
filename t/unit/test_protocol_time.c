
/*
 * The stock protocol's machine: what waits for time, against a table that is
 * searched: whatever begins, moves and ends, the earliest is due first, and
 * each ends once.
 */


#include "test_protocol.h"
#include "../../src/model/inv_protocol_private.h"


#define WAITS 200
#define TURNS 50000


typedef struct {
    rig_t      rig;
    inv_wait_t waits[WAITS];
    int64_t    due[WAITS]; /* as the table has it; 0: does not wait */
    unsigned   over, turns;
    int64_t    last;  /* due of the one that was over last */
    bool       again; /* now and then one begins anew when it is over */
} waits_t;


static waits_t waits;


static unsigned
draw(unsigned n)
{
    uint32_t random;

    rig_random(NULL, &random, sizeof(random));

    return random % n;
}


static void
wait_set(unsigned i, int64_t due)
{
    waits.due[i] = due;
    inv_wait_set(waits.rig.machine, &waits.waits[i], due);
}


static void
wait_clear(unsigned i)
{
    waits.due[i] = 0;
    inv_wait_clear(waits.rig.machine, &waits.waits[i]);
}


/* The earliest of the table. */
static int64_t
table_due(void)
{
    unsigned i;
    int64_t  due;

    for (i = 0, due = INT64_MAX; i < WAITS; i++) {
        if (waits.due[i] != 0 && waits.due[i] < due) {
            due = waits.due[i];
        }
    }

    return due;
}


static unsigned
table_count(void)
{
    unsigned i, n;

    for (i = 0, n = 0; i < WAITS; i++) {
        n += waits.due[i] != 0;
    }

    return n;
}


static void
check(void)
{
    unsigned i;

    assert_int_equal(inv_protocol_due(waits.rig.machine), table_due());

    for (i = 0; i < WAITS; i++) {
        assert_int_equal(waits.waits[i].due, waits.due[i]);
    }
}


static void
over(inv_protocol_t *protocol, void *owner, int64_t now)
{
    unsigned i;

    i = (unsigned) ((inv_wait_t *) owner - waits.waits);

    assert_in_range(i, 0, WAITS - 1);
    assert_true(waits.due[i] != 0);
    assert_true(waits.due[i] >= waits.last);
    assert_int_equal(waits.due[i], table_due());
    assert_true(waits.due[i] <= now);

    waits.last = waits.due[i];
    waits.due[i] = 0;
    waits.over++;

    if (waits.again && draw(3) == 0) {
        wait_set(draw(WAITS), now + 1 + (int64_t) draw(100));
    }
}


/* Another kind of wait: which ones end together. */
static void
over_together(inv_protocol_t *protocol, void *owner, int64_t now)
{
    unsigned i;

    i = (unsigned) ((inv_wait_t *) owner - waits.waits);

    assert_true(waits.due[i] != 0);
    waits.due[i] = 0;
    waits.over++;
}


static int
setup(void **state)
{
    unsigned i;

    memset(&waits, 0, sizeof(waits));
    rig_create(&waits.rig);

    for (i = 0; i < WAITS; i++) {
        waits.waits[i].over = over;
        waits.waits[i].owner = &waits.waits[i];
    }

    return 0;
}


static int
teardown(void **state)
{
    inv_protocol_destroy(waits.rig.machine);

    return 0;
}


static void
test_nothing_waits(void **state)
{
    assert_int_equal(inv_protocol_due(waits.rig.machine), INT64_MAX);

    wait_clear(0);
    inv_protocol_tick(waits.rig.machine, INT64_MAX - 1);
    inv_wait_all(waits.rig.machine, over, 1);

    assert_int_equal(waits.over, 0);
    check();
}


/* In any order, and many at the same time. */
static void
test_in_order(void **state)
{
    unsigned i;

    for (i = 0; i < WAITS; i++) {
        wait_set(i, 1 + (int64_t) draw(WAITS / 2));
        check();
    }

    inv_protocol_tick(waits.rig.machine, WAITS / 4);
    assert_int_equal(waits.over, WAITS - table_count());
    assert_true(table_due() > WAITS / 4);
    check();

    inv_protocol_tick(waits.rig.machine, WAITS);
    assert_int_equal(waits.over, WAITS);
    check();
}


/* What begins and ends in order is the worst that a heap can be given. */
static void
test_in_rows(void **state)
{
    unsigned i;

    for (i = 0; i < WAITS; i++) {
        wait_set(i, 1 + i);
    }

    for (i = 0; i < WAITS; i += 2) {
        wait_clear(WAITS - 1 - i);
        check();
    }

    for (i = 0; i < WAITS; i++) {
        wait_set(i, (int64_t) (2 * WAITS - i));
        check();
    }

    inv_protocol_tick(waits.rig.machine, 2 * WAITS);
    assert_int_equal(waits.over, WAITS);
}


/* Set, moved, cleared and over, as it comes. */
static void
test_at_random(void **state)
{
    unsigned turn, which;
    int64_t  now;

    waits.again = true;

    for (turn = 0, now = 1; turn < TURNS; turn++) {
        which = draw(10);

        if (which < 6) {
            wait_set(draw(WAITS), now + 1 + (int64_t) draw(1000));

        } else if (which < 9) {
            wait_clear(draw(WAITS));

        } else {
            now += (int64_t) draw(40);
            inv_protocol_tick(waits.rig.machine, now);
            assert_true(table_due() > now);
        }

        assert_int_equal(inv_protocol_due(waits.rig.machine), table_due());
    }

    check();
    assert_in_range(waits.over, TURNS / 100, TURNS);

    waits.again = false;
    which = waits.over + table_count();
    inv_protocol_tick(waits.rig.machine, now + 2000);
    assert_int_equal(waits.over, which);
    check();
}


/* Those of one kind end, whenever they are due; the others stay. */
static void
test_all_of_a_kind(void **state)
{
    unsigned i;

    for (i = 0; i < WAITS; i++) {
        waits.waits[i].over = i % 3 == 0 ? over_together : over;

        if (i % 5 != 0) {
            wait_set(i, 1 + (int64_t) draw(1000));
        }
    }

    inv_wait_all(waits.rig.machine, over_together, 1);
    assert_int_equal(waits.over, WAITS / 3 - WAITS / 15);
    check();

    inv_protocol_tick(waits.rig.machine, 1000);
    assert_int_equal(waits.over, WAITS - WAITS / 5);
    check();
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_at_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_of_a_kind, setup, teardown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
