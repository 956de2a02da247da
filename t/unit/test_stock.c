
/*
 * Unit test of stock operations: their names, what their bodies ask for, within
 * which stock a movement stays, the answers and the refusals.
 */


#include "test_model.h"
#include "../../src/model/inv_stock.h"


static void
test_names(void **state)
{
    size_t     i;
    inv_move_t type;

    static const char *const names[] = { "purchase", "restock", "adjust",
                                         "set",      "edit",    "reserve",
                                         "release",  "confirm", "return",
                                         "undo" };

    assert_int_equal(TEST_COUNT(names), INV_MOVES);

    for (i = 0; i < INV_MOVES; i++) {
        assert_string_equal(inv_move_name((inv_move_t) i), names[i]);
        assert_true(inv_move_read(test_str(names[i]), &type));
        assert_int_equal(type, i);
    }

    assert_false(inv_move_read(inv_str(""), &type));
    assert_false(inv_move_read(INV_STR_ABSENT, &type));
    assert_false(inv_move_read(inv_str("Set"), &type));
    assert_false(inv_move_read(inv_str("sets"), &type));
    assert_false(inv_move_read(inv_str("se"), &type));
}


typedef struct {
    const char *body; /* NULL: none */
    int64_t     delta;
    const char *faults;
} test_body_t;

static void
test_bodies(inv_move_t type, const test_body_t *cases, size_t n)
{
    size_t                i;
    inv_arena_t          *arena;
    inv_faults_t          faults;
    inv_stock_operation_t operation;

    for (i = 0; i < n; i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);

        inv_stock_read((cases[i].body != NULL) ? test_tree(arena, cases[i].body)
                                               : NULL,
                       type, &operation, &faults);

        test_faults(&faults, cases[i].faults, cases[i].body);

        if (cases[i].faults[0] == '\0') {
            assert_int_equal(operation.type, type);
            assert_true(operation.delta == cases[i].delta);
        }

        inv_arena_destroy(arena);
    }
}


static void
test_purchases(void **state)
{
    static const test_body_t cases[] = {
        { NULL, -1, "" },
        { "{\"quantity\":1}", -1, "" },
        { "{\"quantity\":2.0}", -2, "" },
        { "{\"quantity\":1e6}", -1000000, "" },
        { "{\"quantity\":1000000}", -1000000, "" },
        { "{\"reference\":\"x\",\"quantity\":3}", -3, "" },
        { "{\"quantity\":1000001}", 0, "/quantity must be at most 1000000" },
        { "{\"quantity\":99999999999999999999}", 0,
          "/quantity must be at most 1000000" },
        { "{\"quantity\":0}", 0, "/quantity must be at least 1" },
        { "{\"quantity\":-0}", 0, "/quantity must be at least 1" },
        { "{\"quantity\":-1}", 0, "/quantity must be at least 1" },
        { "{\"quantity\":-9223372036854775808}", 0,
          "/quantity must be at least 1" },
        { "{\"quantity\":-99999999999999999999}", 0,
          "/quantity must be at least 1" },
        { "{\"quantity\":1.5}", 0, "/quantity must be an integer" },
        { "{\"quantity\":\"1\"}", 0, "/quantity must be an integer" },
        { "{\"quantity\":null}", 0, "/quantity must be an integer" },
        { "{\"quantity\":true}", 0, "/quantity must be an integer" },
        { "{}", 0, "/quantity is required" },
        { "{\"Quantity\":1}", 0,
          "/Quantity is not a known member; /quantity is required" },
        { "{\"quantity\":1,\"delta\":1,\"reason\":\"x\",\"key\":\"k\"}", 0,
          "/delta is not a known member; /reason is not a known member; "
          "/key is not a known member" },
        { "null", 0, " must be an object" },
        { "1", 0, " must be an object" },
        { "[]", 0, " must be an object" },
    };

    test_bodies(INV_MOVE_PURCHASE, cases, TEST_COUNT(cases));
}


static void
test_restocks(void **state)
{
    static const test_body_t cases[] = {
        { "{\"quantity\":1}", 1, "" },
        { "{\"quantity\":1000000,\"reference\":\"PO-7\"}", 1000000, "" },
        { "{\"quantity\":1000001}", 0, "/quantity must be at most 1000000" },
        { "{\"quantity\":0}", 0, "/quantity must be at least 1" },
        { "{\"quantity\":1,\"reference\":\"\"}", 0,
          "/reference must have 1 to 200 characters" },
        { "{\"quantity\":1,\"reference\":null}", 0,
          "/reference must be a string" },
        { "{\"reference\":7}", 0,
          "/reference must be a string; /quantity is required" },
        { "{\"quantity\":1,\"reason\":\"x\"}", 0,
          "/reason is not a known member" },
        { "{\"quantity\":1,\"productId\":\"x\",\"sku\":\"y\",\"type\":\"z\"}",
          0,
          "/productId is not a known member; /sku is not a known member; "
          "/type is not a known member" },
        { NULL, 0, " must be an object" },
    };

    test_bodies(INV_MOVE_RESTOCK, cases, TEST_COUNT(cases));
}


static void
test_adjusts(void **state)
{
    static const test_body_t cases[] = {
        { "{\"delta\":-3,\"reason\":\"damaged\"}", -3, "" },
        { "{\"delta\":3,\"reason\":\"found\",\"reference\":\"R\"}", 3, "" },
        { "{\"delta\":1000000}", 1000000, "" },
        { "{\"delta\":-1e6}", -1000000, "" },
        { "{\"delta\":1000001}", 0, "/delta must be at most 1000000" },
        { "{\"delta\":-1000001}", 0, "/delta must be at least -1000000" },
        { "{\"delta\":0}", 0, "/delta must not be 0" },
        { "{\"delta\":-0.0}", 0, "/delta must not be 0" },
        { "{\"delta\":0.5}", 0, "/delta must be an integer" },
        { "{\"delta\":\"0\"}", 0, "/delta must be an integer" },
        { "{}", 0, "/delta is required" },
        { "{\"quantity\":1}", 0,
          "/quantity is not a known member; /delta is required" },
        { "{\"delta\":1,\"reason\":\"\"}", 0,
          "/reason must have 1 to 200 characters" },
        { NULL, 0, " must be an object" },
    };

    test_bodies(INV_MOVE_ADJUST, cases, TEST_COUNT(cases));
}


/* Lengths are code points, and the texts are what was sent. */
static void
test_texts(void **state)
{
    char                 *body;
    size_t                i, n;
    inv_arena_t          *arena;
    inv_faults_t          faults;
    inv_stock_operation_t operation;

    static const struct {
        const char *before, *fault;
    } rows[] = {
        { "{\"delta\":1,\"reference\":\"",
          "/reference must have 1 to 200 characters" },
        { "{\"delta\":1,\"reason\":\"",
          "/reason must have 1 to 200 characters" },
    };

    for (i = 0; i < TEST_COUNT(rows); i++) {
        for (n = 200; n <= 201; n++) {
            arena = inv_arena_create();
            inv_faults_init(&faults, arena);
            body = test_repeated(rows[i].before, "\xc3\xa9", n, "\"}");
            inv_stock_read(test_tree(arena, body), INV_MOVE_ADJUST, &operation,
                           &faults);
            test_faults(&faults, (n > 200) ? rows[i].fault : "", body);
            free(body);
            inv_arena_destroy(arena);
        }
    }

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    inv_stock_read(test_tree(arena, "{\"delta\":1,\"reference\":\"PO \\u20ac\","
                                    "\"reason\":\"\\\"\"}"),
                   INV_MOVE_ADJUST, &operation, &faults);
    test_text(operation.reference, "PO \xe2\x82\xac");
    test_text(operation.reason, "\"");

    inv_stock_read(test_tree(arena, "{\"delta\":1}"), INV_MOVE_ADJUST,
                   &operation, &faults);
    test_text(operation.reference, NULL);
    test_text(operation.reason, NULL);
    test_faults(&faults, "", "texts");
    inv_arena_destroy(arena);
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
        int64_t     delta, remaining;
        const char *text;
    } cases[] = {
        { 1, INV_MOVE_PURCHASE, -2, 0,
          "{\"movementId\":\"" ID "-1\",\"productId\":\"" ID
          "\",\"type\":\"purchase\",\"quantity\":2,\"remaining\":0}" },
        { 2, INV_MOVE_RESTOCK, 1000000, 1000007,
          "{\"movementId\":\"" ID "-2\",\"productId\":\"" ID
          "\",\"type\":\"restock\",\"quantity\":1000000,"
          "\"remaining\":1000007}" },
        { 3, INV_MOVE_ADJUST, -3, 4,
          "{\"movementId\":\"" ID "-3\",\"productId\":\"" ID
          "\",\"type\":\"adjust\",\"delta\":-3,\"remaining\":4}" },
        { 4, INV_MOVE_ADJUST, 3, 7,
          "{\"movementId\":\"" ID "-4\",\"productId\":\"" ID
          "\",\"type\":\"adjust\",\"delta\":3,\"remaining\":7}" },
        { INT64_MAX, INV_MOVE_SET, INV_STOCK_MAX, INV_STOCK_MAX,
          "{\"movementId\":\"" ID "-9223372036854775807\",\"productId\":\"" ID
          "\",\"type\":\"set\",\"delta\":9007199254740991,"
          "\"remaining\":9007199254740991}" },
    };

    assert_true(inv_oid_read(inv_str(ID), &id));
    arena = inv_arena_create();

    for (i = 0; i < TEST_COUNT(cases); i++) {
        assert_true(inv_stock_answer(arena, id, cases[i].seq, cases[i].type,
                                     cases[i].delta, cases[i].remaining,
                                     &text));
        test_text(text, cases[i].text);
    }

    inv_arena_destroy(arena);
}


static void
test_refusals(void **state)
{
    inv_arena_t          *arena;
    inv_faults_t          faults;
    inv_problem_t         problem;
    inv_stock_operation_t operation;

    arena = inv_arena_create();
    memset(&operation, 0, sizeof(operation));

    inv_faults_init(&faults, arena);
    operation.type = INV_MOVE_ADJUST;
    operation.delta = -3;
    inv_stock_refuse(&operation, 2, inv_str(""), &faults, &problem);
    assert_int_equal(problem.kind, INV_OUT_OF_STOCK);
    assert_true(problem.has_stock);
    assert_int_equal(problem.requested, 3);
    assert_int_equal(problem.available, 2);
    assert_null(problem.faults);
    test_faults(&faults, "", "too little");

    operation.delta = 3;
    inv_stock_refuse(&operation, INV_STOCK_MAX - 2, inv_str(""), &faults,
                     &problem);
    assert_int_equal(problem.kind, INV_INVALID_REQUEST);
    assert_false(problem.has_stock);
    assert_ptr_equal(problem.faults, &faults);
    test_faults(&faults,
                "/delta must be at most 2: there are 9007199254740989 in stock",
                "too much");

    inv_faults_init(&faults, arena);
    operation.type = INV_MOVE_RESTOCK;
    inv_stock_refuse(&operation, INV_STOCK_MAX, inv_str("/operations/3"),
                     &faults, &problem);
    assert_int_equal(problem.kind, INV_INVALID_REQUEST);
    test_faults(&faults,
                "/operations/3/quantity must be at most 0: there are "
                "9007199254740991 in stock",
                "full");

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_purchases),
        cmocka_unit_test(test_restocks), cmocka_unit_test(test_adjusts),
        cmocka_unit_test(test_texts),    cmocka_unit_test(test_answers),
        cmocka_unit_test(test_refusals),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
