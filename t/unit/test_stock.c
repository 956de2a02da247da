
/*
 * Unit test of stock operations: what a purchase asks for, within which stock
 * a movement stays, and the answer.
 */


#include "test_model.h"
#include "../../src/model/inv_stock.h"


static void
test_purchases(void **state)
{
    size_t       i;
    int64_t      quantity;
    inv_arena_t *arena;
    inv_faults_t faults;

    static const struct {
        const char *body; /* NULL: none */
        int64_t     quantity;
        const char *faults;
    } cases[] = {
        { NULL, 1, "" },
        { "{\"quantity\":1}", 1, "" },
        { "{\"quantity\":2.0}", 2, "" },
        { "{\"quantity\":1e6}", 1000000, "" },
        { "{\"quantity\":1000000}", 1000000, "" },
        { "{\"quantity\":1000001}", 0, "/quantity must be at most 1000000" },
        { "{\"quantity\":99999999999999999999}", 0,
          "/quantity must be at most 1000000" },
        { "{\"quantity\":0}", 0, "/quantity must be at least 1" },
        { "{\"quantity\":-0}", 0, "/quantity must be at least 1" },
        { "{\"quantity\":-1}", 0, "/quantity must be at least 1" },
        { "{\"quantity\":-99999999999999999999}", 0,
          "/quantity must be at least 1" },
        { "{\"quantity\":1.5}", 0, "/quantity must be an integer" },
        { "{\"quantity\":\"1\"}", 0, "/quantity must be an integer" },
        { "{\"quantity\":null}", 0, "/quantity must be an integer" },
        { "{\"quantity\":true}", 0, "/quantity must be an integer" },
        { "{}", 0, "/quantity is required" },
        { "{\"Quantity\":1}", 0,
          "/Quantity is not a known member; /quantity is required" },
        { "{\"quantity\":1,\"reference\":\"x\"}", 0,
          "/reference is not a known member" },
        { "null", 0, " must be an object" },
        { "1", 0, " must be an object" },
        { "[]", 0, " must be an object" },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);

        inv_purchase_read(
            (cases[i].body != NULL) ? test_tree(arena, cases[i].body) : NULL,
            &quantity, &faults);

        test_faults(&faults, cases[i].faults, cases[i].body);

        if (cases[i].faults[0] == '\0') {
            assert_true(quantity == cases[i].quantity);
        }

        inv_arena_destroy(arena);
    }
}


static void
test_ranges(void **state)
{
    size_t            i;
    inv_stock_range_t range;

    static const struct {
        int64_t delta, need, room;
    } cases[] = {
        { 0, 0, INV_STOCK_MAX },
        { 1, 0, INV_STOCK_MAX - 1 },
        { -1, 1, INV_STOCK_MAX },
        { INV_STOCK_MAX, 0, 0 },
        { -INV_STOCK_MAX, INV_STOCK_MAX, INV_STOCK_MAX },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        range = inv_stock_range(cases[i].delta);
        assert_true(range.need == cases[i].need);
        assert_true(range.room == cases[i].room);
    }
}


static void
test_answers(void **state)
{
    size_t       i;
    inv_oid_t    id;
    inv_str_t    text;
    inv_arena_t *arena;

#define ID "0123456789abcdef01234567"

    static const struct {
        int64_t     seq;
        inv_move_t  type;
        int64_t     quantity, remaining;
        const char *text;
    } cases[] = {
        { 1, INV_MOVE_PURCHASE, 2, 0,
          "{\"movementId\":\"" ID "-1\",\"productId\":\"" ID
          "\",\"type\":\"purchase\",\"quantity\":2,\"remaining\":0}" },
        { INT64_MAX, INV_MOVE_SET, INV_STOCK_MAX, INV_STOCK_MAX,
          "{\"movementId\":\"" ID "-9223372036854775807\",\"productId\":\"" ID
          "\",\"type\":\"set\",\"quantity\":9007199254740991,"
          "\"remaining\":9007199254740991}" },
        { INT64_MIN, INV_MOVE_EDIT, INT64_MIN, INT64_MAX,
          "{\"movementId\":\"" ID "--9223372036854775808\",\"productId\":\"" ID
          "\",\"type\":\"edit\",\"quantity\":-9223372036854775808,"
          "\"remaining\":9223372036854775807}" },
    };

    assert_true(inv_oid_read(inv_str(ID), &id));
    arena = inv_arena_create();

    for (i = 0; i < TEST_COUNT(cases); i++) {
        assert_true(inv_stock_answer(arena, id, cases[i].seq, cases[i].type,
                                     cases[i].quantity, cases[i].remaining,
                                     &text));

        if (!inv_str_eq(text, test_str(cases[i].text))) {
            fail_msg("%.*s", (int) text.len, text.data);
        }
    }

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_purchases),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_answers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
