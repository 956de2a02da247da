
/*
 * Unit test of stock batches: what each line asks for, which is wrong by itself
 * and what is wrong with the whole, fingerprints and the answer.
 */


#include "test_model.h"
#include "../../src/model/inv_stock_batch.h"


#define ID "0123456789abcdef01234567"

/* The body of one operation. */
#define LINE(members)     "{\"operations\":[{" members "}]}"
#define PRODUCT           "\"productId\":\"" ID "\""
#define PURCHASE(members) LINE(PRODUCT ",\"type\":\"purchase\"," members)
#define UNKNOWN           " is not a known member"
#define AT                "/operations/0"
#define BAD_KEY           "/key must be a token or a quoted string of 1 to 255 characters"


/* Reads a body that is right as a whole. */
static void
test_batch(inv_arena_t *arena, const char *body, inv_stock_batch_t *batch)
{
    inv_faults_t faults;

    inv_faults_init(&faults, arena);
    inv_stock_batch_read(test_tree(arena, body), batch, &faults);
    test_faults(&faults, "", body);
}


static void
test_wholes(void **state)
{
    char             *body;
    size_t            i, n;
    inv_arena_t      *arena;
    inv_faults_t      faults;
    inv_stock_batch_t batch;

    static const struct {
        const char *body, *faults;
    } cases[] = {
        { "[]", " must be an object" },
        { "{}", "/operations is required" },
        { "{\"operations\":{}}", "/operations must be an array" },
        { "{\"operations\":null}", "/operations must be an array" },
        { "{\"operations\":\"x\"}", "/operations must be an array" },
        { "{\"operations\":[]}", "/operations must have 1 to 1000 elements" },
        { "{\"operations\":[1],\"x\":1}", "/x" UNKNOWN },
        { "{\"operations\":[],\"key\":\"k\"}",
          "/operations must have 1 to 1000 elements; /key" UNKNOWN },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);
        inv_stock_batch_read(test_tree(arena, cases[i].body), &batch, &faults);
        test_faults(&faults, cases[i].faults, cases[i].body);
        assert_int_equal(batch.n, 0);
        inv_arena_destroy(arena);
    }

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    inv_stock_batch_read(NULL, &batch, &faults);
    test_faults(&faults, " must be an object", "no body");
    inv_arena_destroy(arena);

    for (n = INV_STOCK_BATCH_MAX; n <= INV_STOCK_BATCH_MAX + 1; n++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);
        body = test_repeated("{\"operations\":[0", ",0", n - 1, "]}");
        inv_stock_batch_read(test_tree(arena, body), &batch, &faults);
        test_faults(&faults,
                    (n > INV_STOCK_BATCH_MAX)
                        ? "/operations must have 1 to 1000 elements"
                        : "",
                    body);
        assert_int_equal(batch.n, (n > INV_STOCK_BATCH_MAX) ? 0 : n);
        free(body);
        inv_arena_destroy(arena);
    }
}


/* Of each line on its own. */
static void
test_lines(void **state)
{
    size_t            i;
    inv_arena_t      *arena;
    inv_stock_batch_t batch;

    static const struct {
        const char *body, *faults;
    } cases[] = {
        { PURCHASE("\"quantity\":1"), "" },
        { "{\"operations\":[7]}", AT " must be an object" },
        { "{\"operations\":[[]]}", AT " must be an object" },
        { LINE(""), AT "/type is required; " AT " must have productId or sku" },
        { LINE(PRODUCT), AT "/type is required" },
        { LINE(PRODUCT ",\"type\":null"), AT "/type must be a string" },
        { LINE(PRODUCT ",\"type\":7"), AT "/type must be a string" },
        { LINE(PRODUCT ",\"type\":\"set\",\"quantity\":1"),
          AT "/type must be purchase, restock or adjust" },
        { LINE(PRODUCT ",\"type\":\"\""),
          AT "/type must be purchase, restock or adjust" },

        /* where the type is unknown, so is what belongs to it */

        { LINE(PRODUCT ",\"type\":\"x\",\"delta\":0,\"quantity\":0,\"y\":1"),
          AT "/delta must not be 0; " AT "/quantity must be at least 1; " AT
             "/y" UNKNOWN "; " AT "/type must be purchase, restock or adjust" },

        { LINE(PRODUCT ",\"type\":\"purchase\""), AT "/quantity is required" },
        { LINE(PRODUCT ",\"type\":\"restock\",\"delta\":1"),
          AT "/delta" UNKNOWN "; " AT "/quantity is required" },
        { LINE(PRODUCT ",\"type\":\"adjust\",\"quantity\":1"),
          AT "/quantity" UNKNOWN "; " AT "/delta is required" },
        { PURCHASE("\"quantity\":1000001"),
          AT "/quantity must be at most 1000000" },
        { PURCHASE("\"quantity\":1,\"reason\":\"x\""), AT "/reason" UNKNOWN },
        { PURCHASE("\"quantity\":1,\"reference\":\"\""),
          AT "/reference must have 1 to 200 characters" },
        { PURCHASE("\"quantity\":-1,\"a/b\":1"),
          AT "/quantity must be at least 1; " AT "/a~1b" UNKNOWN },

        { LINE("\"type\":\"purchase\",\"quantity\":1"),
          AT " must have productId or sku" },
        { PURCHASE("\"quantity\":1,\"sku\":\"S\""),
          AT " must have productId or sku, not both" },
        { LINE("\"sku\":\"a b\",\"type\":\"restock\",\"quantity\":1"),
          AT "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only" },
        { LINE("\"productId\":7,\"type\":\"restock\",\"quantity\":1"),
          AT "/productId must be a string" },

        { PURCHASE("\"quantity\":1,\"key\":\"\""), AT BAD_KEY },
        { PURCHASE("\"quantity\":1,\"key\":\"a b\""), AT BAD_KEY },
        { PURCHASE("\"quantity\":1,\"key\":\"\\\"a\""), AT BAD_KEY },
        { PURCHASE("\"quantity\":1,\"key\":7"), AT "/key must be a string" },
        { PURCHASE("\"quantity\":0,\"key\":\"\\u00e9\""),
          AT "/quantity must be at least 1; " AT BAD_KEY },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        test_batch(arena, cases[i].body, &batch);
        assert_int_equal(batch.n, 1);
        test_faults(&batch.lines[0].faults, cases[i].faults, cases[i].body);
        assert_int_equal(batch.lines[0].problem, (cases[i].faults[0] != '\0')
                                                     ? INV_INVALID_REQUEST
                                                     : INV_OK);
        inv_arena_destroy(arena);
    }
}


/* An id that cannot exist is no fault, but there is no such product. */
static void
test_impossible(void **state)
{
    size_t            i;
    inv_str_t         text;
    inv_arena_t      *arena;
    inv_stock_batch_t batch;

    static const char *const bodies[] = {
        LINE("\"productId\":\"\",\"type\":\"restock\",\"quantity\":1"),
        LINE("\"productId\":\"7\",\"type\":\"purchase\",\"quantity\":1"),
        LINE("\"productId\":\"0123456789ABCDEF01234567\",\"type\":\"adjust\","
             "\"delta\":1"),
    };

    for (i = 0; i < TEST_COUNT(bodies); i++) {
        arena = inv_arena_create();
        test_batch(arena, bodies[i], &batch);
        assert_int_equal(batch.lines[0].problem, INV_NOT_FOUND);
        test_faults(&batch.lines[0].faults, "", bodies[i]);

        assert_true(inv_stock_line_problem(arena, &batch.lines[0], &text));
        test_text(text, "{\"type\":\"urn:ngx-inventory:not-found\","
                        "\"title\":\"Not found\",\"status\":404}");
        inv_arena_destroy(arena);
    }
}


static void
test_meaning(void **state)
{
    inv_oid_t               id;
    inv_str_t               text;
    inv_arena_t            *arena;
    inv_stock_batch_t       batch;
    const inv_stock_line_t *line;

    arena = inv_arena_create();
    test_batch(arena,
               "{\"operations\":["
               "{\"productId\":\"" ID "\",\"type\":\"purchase\",\"quantity\":2,"
               "\"reference\":\"R\",\"key\":\"\\\"k 1\\\"\"},"
               "{\"type\":\"wrong\"},"
               "{\"key\":\"k\",\"quantity\":3,\"type\":\"restock\","
               "\"sku\":\"S-1\"},"
               "{\"sku\":\"S-1\",\"type\":\"adjust\",\"delta\":-4,"
               "\"reason\":\"lost\",\"key\":\"k\"}]}",
               &batch);
    assert_int_equal(batch.n, 4);

    line = &batch.lines[0];
    assert_int_equal(line->problem, INV_OK);
    assert_int_equal(line->operation.type, INV_MOVE_PURCHASE);
    assert_int_equal(line->operation.delta, -2);
    assert_true(inv_oid_read(inv_str(ID), &id));
    assert_true(inv_oid_eq(line->product, id));
    test_text(line->sku, NULL);
    test_text(line->operation.reference, "R");
    test_text(line->operation.reason, NULL);
    test_text(line->key, "k 1");

    line = &batch.lines[1];
    assert_int_equal(line->problem, INV_INVALID_REQUEST);
    assert_true(inv_stock_line_problem(arena, line, &text));
    test_text(
        text,
        "{\"type\":\"urn:ngx-inventory:invalid-request\","
        "\"title\":\"Invalid request\",\"status\":422,\"detail\":\"2 places of "
        "the request are wrong, see errors\",\"errors\":[{\"pointer\":"
        "\"/operations/1/type\",\"detail\":\"must be purchase, restock or "
        "adjust\"},{\"pointer\":\"/operations/1\",\"detail\":\"must have "
        "productId or sku\"}]}");

    line = &batch.lines[2];
    assert_int_equal(line->problem, INV_OK);
    assert_int_equal(line->operation.type, INV_MOVE_RESTOCK);
    assert_int_equal(line->operation.delta, 3);
    test_text(line->sku, "S-1");
    test_text(line->key, "k");

    line = &batch.lines[3];
    assert_int_equal(line->problem, INV_OK);
    assert_int_equal(line->operation.type, INV_MOVE_ADJUST);
    assert_int_equal(line->operation.delta, -4);
    test_text(line->operation.reason, "lost");
    test_text(line->key, "k");

    inv_arena_destroy(arena);
}


/* The first two are one operation; each other one is another. */
static void
test_fingerprints(void **state)
{
    size_t            i, j;
    inv_arena_t      *arena;
    inv_stock_batch_t batch;
    unsigned char     prints[16][INV_DIGEST_SIZE];

    static const char body[] =
        "{\"operations\":["
        "{\"sku\":\"S\",\"type\":\"adjust\",\"delta\":1,\"key\":\"k\"},"
        "{\"key\":\"other\",\"delta\":1.0,\"type\":\"adjust\",\"sku\":\"S\"},"
        "{\"sku\":\"S\",\"type\":\"adjust\",\"delta\":-1},"
        "{\"sku\":\"S\",\"type\":\"restock\",\"quantity\":1},"
        "{\"sku\":\"S\",\"type\":\"purchase\",\"quantity\":1},"
        "{\"sku\":\"T\",\"type\":\"adjust\",\"delta\":1},"
        "{\"productId\":\"" ID "\",\"type\":\"adjust\",\"delta\":1},"
        "{\"sku\":\"" ID "\",\"type\":\"adjust\",\"delta\":1},"
        "{\"sku\":\"S\",\"type\":\"adjust\",\"delta\":1,\"reason\":\"x\"},"
        "{\"sku\":\"S\",\"type\":\"adjust\",\"delta\":1,\"reference\":\"x\"}]}";

    arena = inv_arena_create();
    test_batch(arena, body, &batch);
    assert_in_range(batch.n, 10, TEST_COUNT(prints));

    for (i = 0; i < batch.n; i++) {
        assert_int_equal(batch.lines[i].problem, INV_OK);
        assert_true(inv_stock_line_fingerprint(&batch.lines[i], prints[i]));

        for (j = 0; j < i; j++) {
            assert_int_equal(memcmp(prints[i], prints[j], INV_DIGEST_SIZE) == 0,
                             i == 1 && j == 0);
        }
    }

    inv_arena_destroy(arena);
}


static void
test_answer(void **state)
{
    inv_str_t    text;
    inv_arena_t *arena;

    static const inv_str_t results[] = { inv_str("{\"a\":1}"),
                                         inv_str("{\"b\":[]}") };

    arena = inv_arena_create();
    assert_true(inv_stock_batch_answer(arena, results, 2, &text));
    test_text(text, "{\"results\":[{\"a\":1},{\"b\":[]}]}");
    assert_true(inv_stock_batch_answer(arena, results, 1, &text));
    test_text(text, "{\"results\":[{\"a\":1}]}");
    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wholes),       cmocka_unit_test(test_lines),
        cmocka_unit_test(test_impossible),   cmocka_unit_test(test_meaning),
        cmocka_unit_test(test_fingerprints), cmocka_unit_test(test_answer),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
