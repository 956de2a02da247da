
/*
 * Unit test of problems: their table, which of them a status of nginx's is,
 * and the body that clients see.
 */


#include "test_model.h"


#define TRACE "0af7651916cd43dd8448eb211c80319c"


static void
test_kinds(void **state)
{
    size_t    i;
    inv_str_t slug;

    static const struct {
        inv_problem_kind_t kind;
        const char        *slug;
        unsigned           status;
    } kinds[] = {
        { INV_BAD_REQUEST, "bad-request", 400 },
        { INV_MALFORMED_JSON, "malformed-json", 400 },
        { INV_INVALID_REQUEST, "invalid-request", 422 },
        { INV_NOT_FOUND, "not-found", 404 },
        { INV_METHOD_NOT_ALLOWED, "method-not-allowed", 405 },
        { INV_UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", 415 },
        { INV_PAYLOAD_TOO_LARGE, "payload-too-large", 413 },
        { INV_OUT_OF_STOCK, "out-of-stock", 409 },
        { INV_SKU_TAKEN, "sku-taken", 409 },
        { INV_PRECONDITION_FAILED, "precondition-failed", 412 },
        { INV_IDEMPOTENCY_CONFLICT, "idempotency-conflict", 422 },
        { INV_IDEMPOTENCY_IN_FLIGHT, "idempotency-in-flight", 409 },
        { INV_INVALID_STATE, "invalid-state", 409 },
        { INV_IN_USE, "in-use", 409 },
        { INV_UNAUTHORIZED, "unauthorized", 401 },
        { INV_FORBIDDEN, "forbidden", 403 },
        { INV_RATE_LIMITED, "rate-limited", 429 },
        { INV_OVERLOADED, "overloaded", 503 },
        { INV_UNAVAILABLE, "unavailable", 503 },
        { INV_TIMEOUT, "timeout", 504 },
        { INV_DAMAGED, "damaged", 500 },
        { INV_INTERNAL, "internal", 500 },

        /* none is an error of ours */
        { INV_OK, "internal", 500 },
        { INV_PROBLEM_KINDS, "internal", 500 },
    };

    assert_int_equal(TEST_COUNT(kinds), INV_PROBLEM_KINDS + 1);

    for (i = 0; i < TEST_COUNT(kinds); i++) {
        slug = inv_problem_slug(kinds[i].kind);

        if (!inv_str_eq(slug, test_str(kinds[i].slug))) {
            fail_msg("%s is %.*s", kinds[i].slug, (int) slug.len, slug.data);
        }

        assert_int_equal(inv_problem_status(kinds[i].kind), kinds[i].status);
    }
}


static void
test_statuses(void **state)
{
    size_t             i;
    unsigned           status;
    inv_problem_kind_t kind;

    /* All others are INV_BAD_REQUEST below 500, and INV_INTERNAL above. */

    static const struct {
        unsigned           status;
        inv_problem_kind_t kind;
    } known[] = {
        { 401, INV_UNAUTHORIZED },
        { 403, INV_FORBIDDEN },
        { 404, INV_NOT_FOUND },
        { 405, INV_METHOD_NOT_ALLOWED },
        { 412, INV_PRECONDITION_FAILED },
        { 413, INV_PAYLOAD_TOO_LARGE },
        { 415, INV_UNSUPPORTED_MEDIA_TYPE },
        { 422, INV_INVALID_REQUEST },
        { 429, INV_RATE_LIMITED },
        { 502, INV_UNAVAILABLE },
        { 503, INV_UNAVAILABLE },
        { 504, INV_TIMEOUT },
    };

    for (status = 400; status < 600; status++) {
        kind = (status < 500) ? INV_BAD_REQUEST : INV_INTERNAL;

        for (i = 0; i < TEST_COUNT(known); i++) {
            if (known[i].status == status) {
                kind = known[i].kind;
            }
        }

        assert_int_equal(inv_problem_of_status(status), kind);
    }
}


static void
test_render(inv_arena_t *arena, const inv_problem_t *problem,
            inv_str_t instance, inv_str_t trace, const char *expected)
{
    inv_str_t body;

    assert_true(inv_problem_render(arena, problem, instance, trace, &body));

    if (!inv_str_eq(body, test_str(expected))) {
        fail_msg("%.*s\n  want: %s", (int) body.len, body.data, expected);
    }
}


/* What an answer that was kept is about. */
static void
test_kept_bodies(void **state)
{
    size_t        i;
    inv_str_t     body;
    inv_arena_t  *arena;
    inv_problem_t problem = { .detail = inv_str("urn:ngx-inventory:in-use") };

    static const char *const others[] = {
        "",
        "{}",
        "{\"type\":\"urn:ngx-inventory:in-use",
        "{\"type\":\"urn:ngx-inventory:in-user\"}",
        "{\"type\": \"urn:ngx-inventory:in-use\"}",
        "{\"id\":\"urn:ngx-inventory:in-use\"}",
    };

    arena = inv_arena_create();

    for (i = INV_OK + 1; i < INV_PROBLEM_KINDS; i++) {
        problem.kind = (inv_problem_kind_t) i;

        assert_true(inv_problem_render(arena, &problem, INV_STR_ABSENT,
                                       INV_STR_ABSENT, &body));
        assert_int_equal(inv_problem_of_body(body), i);
    }

    for (i = 0; i < TEST_COUNT(others); i++) {
        assert_int_equal(inv_problem_of_body(test_str(others[i])),
                         INV_INTERNAL);
    }

    assert_int_equal(inv_problem_of_body(INV_STR_ABSENT), INV_INTERNAL);

    inv_arena_destroy(arena);
}


/* Members in the order of RFC 9457, extensions behind them. */
static void
test_bodies(void **state)
{
    size_t       i;
    inv_arena_t *arena;

    static const struct {
        inv_problem_t problem;
        inv_str_t     instance, trace;
        const char   *body;
    } cases[] = {
        { { .kind = INV_NOT_FOUND },
          INV_STR_ABSENT,
          INV_STR_ABSENT,
          "{\"type\":\"urn:ngx-inventory:not-found\",\"title\":\"Not found\","
          "\"status\":404}" },
        { { .kind = INV_NOT_FOUND, .detail = inv_str("no such \"id\"") },
          inv_str("/api/x"),
          inv_str(TRACE),
          "{\"type\":\"urn:ngx-inventory:not-found\",\"title\":\"Not found\","
          "\"status\":404,\"detail\":\"no such \\\"id\\\"\","
          "\"instance\":\"/api/x\",\"traceId\":\"" TRACE "\"}" },
        { { .kind = INV_MALFORMED_JSON, .has_offset = true, .offset = 0 },
          inv_str("/"),
          INV_STR_ABSENT,
          "{\"type\":\"urn:ngx-inventory:malformed-json\","
          "\"title\":\"Malformed JSON\",\"status\":400,"
          "\"detail\":\"the body is not valid JSON\",\"instance\":\"/\","
          "\"offset\":0}" },
        { { .kind = INV_OUT_OF_STOCK,
            .has_stock = true,
            .requested = 3,
            .available = 0 },
          INV_STR_ABSENT,
          inv_str(TRACE),
          "{\"type\":\"urn:ngx-inventory:out-of-stock\","
          "\"title\":\"Out of stock\",\"status\":409,\"traceId\":\"" TRACE
          "\",\"requested\":3,\"available\":0}" },
        { { .kind = INV_BAD_REQUEST, .status = 414 },
          INV_STR_ABSENT,
          INV_STR_ABSENT,
          "{\"type\":\"urn:ngx-inventory:bad-request\","
          "\"title\":\"Bad request\",\"status\":414,"
          "\"detail\":\"the request target is too long\"}" },
        { { .kind = INV_OK },
          INV_STR_ABSENT,
          INV_STR_ABSENT,
          "{\"type\":\"urn:ngx-inventory:internal\","
          "\"title\":\"Internal error\",\"status\":500}" },
    };

    arena = inv_arena_create();

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_render(arena, &cases[i].problem, cases[i].instance, cases[i].trace,
                    cases[i].body);
    }

    inv_arena_destroy(arena);
}


/* A path may be any bytes; the body is JSON all the same. */
static void
test_instances(void **state)
{
    size_t        i;
    char          expected[256];
    inv_arena_t  *arena;
    inv_problem_t problem = { .kind = INV_NOT_FOUND };

    static const struct {
        inv_str_t   instance;
        const char *shown;
    } cases[] = {
        { inv_str(""), "" },
        { inv_str("/a%20b?c=\"d\"\\"), "/a%20b?c=\\\"d\\\"\\\\" },
        { inv_str("/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
          "/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
        { inv_str("/\xff\xfe"), "/%FF%FE" },
        { inv_str("/\xc3"), "/%C3" },
        { inv_str("/\xe2\x82"), "/%E2%82" },
        { inv_str("/\xe2\x82/"), "/%E2%82/" },
        { inv_str("\xc0\x80"), "%C0%80" },
        { inv_str("\xed\xa0\x80"), "%ED%A0%80" },
        { inv_str("\xf4\x90\x80\x80"), "%F4%90%80%80" },
        { inv_str("\xa9\xc3\xa9"), "%A9\xc3\xa9" },
        { inv_str("/a\0b\x01\x1f\x7f\n"), "/a%00b%01%1F%7F%0A" },
    };

    arena = inv_arena_create();

    for (i = 0; i < TEST_COUNT(cases); i++) {
        snprintf(expected, sizeof(expected),
                 "{\"type\":\"urn:ngx-inventory:not-found\","
                 "\"title\":\"Not found\",\"status\":404,\"instance\":\"%s\"}",
                 cases[i].shown);
        test_render(arena, &problem, cases[i].instance, INV_STR_ABSENT,
                    expected);
    }

    inv_arena_destroy(arena);
}


#define INVALID                                        \
    "{\"type\":\"urn:ngx-inventory:invalid-request\"," \
    "\"title\":\"Invalid request\",\"status\":422,\"detail\":\""

static void
test_faulty(void **state)
{
    inv_str_t     at;
    inv_arena_t  *arena;
    inv_faults_t  faults;
    inv_problem_t problem = { .kind = INV_INVALID_REQUEST, .faults = &faults };

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);

    test_render(arena, &problem, INV_STR_ABSENT, INV_STR_ABSENT,
                INVALID "the request is well-formed, but not acceptable\"}");

    at = inv_pointer_member(&faults, inv_str(""), inv_str("a~/b"));
    inv_fault_add(&faults, inv_pointer_index(&faults, at, 7), inv_str("\"x\""));

    test_render(arena, &problem, INV_STR_ABSENT, INV_STR_ABSENT,
                INVALID "one place of the request is wrong, see errors\","
                        "\"errors\":[{\"pointer\":\"/a~0~1b/7\","
                        "\"detail\":\"\\\"x\\\"\"}]}");

    inv_fault_format(&faults, inv_str(""), "must be %d", 5);
    problem.detail = inv_str("no");

    test_render(arena, &problem, INV_STR_ABSENT, inv_str(TRACE),
                INVALID "no\",\"traceId\":\"" TRACE "\","
                        "\"errors\":[{\"pointer\":\"/a~0~1b/7\","
                        "\"detail\":\"\\\"x\\\"\"},{\"pointer\":\"\","
                        "\"detail\":\"must be 5\"}]}");

    inv_arena_destroy(arena);
}


/* Only the first ones are listed, and the detail says so. */
static void
test_too_many_faults(void **state)
{
    size_t            i;
    inv_str_t         body;
    inv_json_t       *root;
    inv_arena_t      *arena;
    inv_faults_t      faults;
    inv_problem_t     problem = { .kind = INV_INVALID_REQUEST };
    const inv_json_t *detail, *errors;
    inv_json_error_t  error;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    problem.faults = &faults;

    for (i = 0; i < INV_ERRORS_MAX + 1; i++) {
        inv_fault_add(&faults, inv_str("/x"), inv_str("y"));
    }

    assert_int_equal(faults.count, INV_ERRORS_MAX + 1);

    for (i = 0; i < 2; i++) {
        assert_true(inv_problem_render(arena, &problem, INV_STR_ABSENT,
                                       INV_STR_ABSENT, &body));
        assert_int_equal(inv_json_read(arena, body, &root, &error),
                         INV_JSON_OK);

        errors = inv_json_member(root, inv_str("errors"));
        assert_int_equal(errors->count, INV_ERRORS_MAX);
        detail = inv_json_member(root, inv_str("detail"));
        assert_true(inv_str_eq(
            detail->text,
            (i == 0) ? inv_str("101 places of the request are wrong, errors "
                               "lists the first 100")
                     : inv_str("no (errors lists the first 100 of 101)")));

        problem.detail = inv_str("no");
    }

    inv_arena_destroy(arena);
}


/* A long sentence is cut, never run over. */
static void
test_long_detail(void **state)
{
    char        *text;
    inv_arena_t *arena;
    inv_faults_t faults;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);

    text = test_repeated("", "x", INV_FAULT_DETAIL_MAX + 1, "");
    inv_fault_format(&faults, inv_str("/a"), "%s", text);
    inv_fault_format(&faults, inv_str("/b"), "%s", text + 1);
    free(text);

    assert_int_equal(faults.first->detail.len, INV_FAULT_DETAIL_MAX);
    assert_int_equal(faults.first->next->detail.len, INV_FAULT_DETAIL_MAX);
    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_kept_bodies),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_instances),
        cmocka_unit_test(test_faulty),
        cmocka_unit_test(test_too_many_faults),
        cmocka_unit_test(test_long_detail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
