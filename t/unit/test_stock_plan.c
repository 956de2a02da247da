
/*
 * Unit test of the plan of a batch: which stocks let all of its moves stay in
 * range one after another, and what still fits behind them.
 */


#include "test_model.h"
#include "../../src/model/inv_stock_plan.h"


#define MAX INV_STOCK_MAX


typedef struct {
    const char *name;
    int64_t     deltas[4]; /* up to the first 0 */
    int64_t     sum, need, room;
} plan_case_t;


static void
test_ranges(void **state)
{
    size_t           i, n;
    inv_stock_plan_t plan;

    static const plan_case_t cases[] = {
        { "nothing", { 0 }, 0, 0, MAX },
        { "a purchase", { -3 }, -3, 3, MAX },
        { "a restock", { 5 }, 5, 0, MAX - 5 },
        { "purchases add up", { -3, -4 }, -7, 7, MAX },
        { "restocks add up", { 5, 6 }, 11, 0, MAX - 11 },

        /* the order counts: what comes in later does not help what is before */
        { "out and in", { -3, 5 }, 2, 3, MAX - 2 },
        { "in and out", { 5, -3 }, 2, 0, MAX - 5 },
        { "in and out of more", { 5, -8 }, -3, 3, MAX - 5 },
        { "up and down", { -2, 7, -9, 1 }, -3, 4, MAX - 5 },

        /* all that there can be */
        { "everything out", { -MAX }, -MAX, MAX, MAX },
        { "everything in", { MAX }, MAX, 0, 0 },
        { "everything in and out", { MAX, -MAX }, 0, 0, 0 },
        { "everything out and in", { -MAX, MAX }, 0, MAX, MAX },
        { "twice", { -MAX, MAX, -MAX, MAX }, 0, MAX, MAX },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        inv_stock_plan_start(&plan);

        for (n = 0; n < 4 && cases[i].deltas[n] != 0; n++) {
            assert_true(inv_stock_plan_add(&plan, cases[i].deltas[n]));
        }

        if (plan.n != n || plan.sum != cases[i].sum
            || plan.need != cases[i].need || plan.room != cases[i].room)
        {
            fail_msg("%s: %d moves, sum %lld, %lld to %lld", cases[i].name,
                     (int) plan.n, (long long) plan.sum, (long long) plan.need,
                     (long long) plan.room);
        }
    }
}


/* What no stock at all would bear is left out, and changes nothing. */
static void
test_impossible(void **state)
{
    size_t           i;
    inv_stock_plan_t plan, before;

    static const struct {
        int64_t first, second;
        bool    possible;
    } cases[] = {
        { -MAX, -1, false },       { MAX, 1, false },
        { -1, -MAX, false },       { 1, MAX, false },
        { -MAX, -MAX, false },     { MAX, MAX, false },
        { -MAX, 1, true },         { MAX, -1, true },
        { -1, MAX, true },         { 1, -MAX, true },
        { -(MAX - 1), -1, true },  { MAX - 1, 1, true },
        { -(MAX - 1), -2, false }, { MAX - 1, 2, false },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        inv_stock_plan_start(&plan);
        assert_true(inv_stock_plan_add(&plan, cases[i].first));
        before = plan;

        if (inv_stock_plan_add(&plan, cases[i].second) != cases[i].possible) {
            fail_msg("case %d", (int) i);
        }

        if (!cases[i].possible) {
            assert_int_equal(plan.n, before.n);
            assert_int_equal(plan.sum, before.sum);
            assert_int_equal(plan.need, before.need);
            assert_int_equal(plan.room, before.room);
        }
    }
}


static void
test_fits(void **state)
{
    size_t           i;
    inv_stock_plan_t plan;

    static const struct {
        int64_t planned, stock, delta;
        bool    fits;
    } cases[] = {
        { 0, 0, -1, false },
        { 0, 1, -1, true },
        { 0, MAX, 1, false },
        { 0, MAX - 1, 1, true },
        { 0, MAX, -MAX, true },
        { 0, 0, MAX, true },
        { -3, 5, -2, true },
        { -3, 5, -3, false },
        { -3, MAX, 3, true },
        { -3, MAX, 4, false },
        { 4, 0, -4, true },
        { 4, 0, -5, false },
        { 4, MAX - 4, 1, false },
        { 4, MAX - 5, 1, true },
        { -MAX, MAX, -1, false },
        { MAX, 0, -MAX, true },

        /* a product past the maximum by hand may only go down */
        { 0, MAX + 5, -4, false },
        { 0, MAX + 5, -5, true },

        /* what only a damaged document says */
        { 1, INT64_MAX, 1, false },
        { -1, INT64_MIN, -1, false },
        { 1, INT64_MAX - 1, 1, false },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        inv_stock_plan_start(&plan);

        if (cases[i].planned != 0) {
            assert_true(inv_stock_plan_add(&plan, cases[i].planned));
        }

        if (inv_stock_plan_fits(&plan, cases[i].stock, cases[i].delta)
            != cases[i].fits) {
            fail_msg("case %d", (int) i);
        }
    }
}


/* Does every stock on the way stay in range? */
static bool
bears(int64_t stock, const int64_t *deltas, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        stock += deltas[i];

        if (stock < 0 || stock > MAX) {
            return false;
        }
    }

    return true;
}


/*
 * Against moves that are made one after another: the stocks of the range bear
 * all of them, those just outside do not, and fits tells what the next does.
 */
static void
test_against_moving(void **state)
{
    size_t           n, round;
    int64_t          deltas[INV_BATCH_MAX], sizes[3] = { 7, 1000000, MAX / 2 };
    uint64_t         random;
    inv_stock_plan_t plan;

    random = 1;

    for (round = 0; round < 3000; round++) {
        inv_stock_plan_start(&plan);

        for (n = 0; n < round % INV_BATCH_MAX; /* void */) {
            random = random * UINT64_C(6364136223846793005)
                     + UINT64_C(1442695040888963407);
            deltas[n] = (int64_t) ((random >> 11) % (uint64_t) sizes[round % 3])
                        - sizes[round % 3] / 2;

            if (!inv_stock_plan_add(&plan, deltas[n])) {
                break;
            }

            n++;
            assert_int_equal(plan.n, n);
            assert_true(inv_stock_plan_fits(&plan, plan.need, 0));
            assert_true(inv_stock_plan_fits(&plan, plan.room, 0));
        }

        assert_true(plan.need >= 0);
        assert_true(plan.need <= plan.room);
        assert_true(plan.room <= MAX);
        assert_true(bears(plan.need, deltas, n));
        assert_true(bears(plan.room, deltas, n));
        assert_true(plan.need == 0 || !bears(plan.need - 1, deltas, n));
        assert_true(plan.room == MAX || !bears(plan.room + 1, deltas, n));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_against_moving),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("stock plan", tests, NULL, NULL);
}
