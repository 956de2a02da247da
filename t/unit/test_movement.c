
/*
 * Unit test of lists of movements: parameters, the form in which a list goes
 * on, cursors, and what is shown.
 */


#include "test_model.h"
#include "../../src/model/inv_movement.h"


static const inv_oid_t test_id = { { 0x67, 0x4a, 0x5f, 0x0c, 0x2f, 0x6e, 0x4b,
                                     0x7d, 0x9c, 0x1e, 0x8a, 0x35 } };


static void
test_parameters(void **state)
{
    size_t                i;
    inv_arena_t          *arena;
    inv_faults_t          faults;
    inv_movements_query_t query;

    /* list: of no faults; the list of all, unless of_product */
    static const struct {
        const char *query;
        const char *faults;
        const char *list;
        unsigned    limit;
        bool        of_product;
    } cases[] = {
        { "", "", "/movements?", 20, false },
        { "", "", "/products/674a5f0c2f6e4b7d9c1e8a35/movements?", 20, true },
        { "limit=7", "", "/movements?", 7, false },
        { "limit=1000", "", "/movements?", 100, false },
        { "type=restock&limit=1", "", "/movements?type=restock&", 1, false },
        { "reference=PO-7%20%26+x%2F%c3%a9", "",
          "/movements?reference=PO-7%20%26%20x%2F%C3%A9&", 20, false },
        { "reference=a&type=set&to=2026-11-21T06:47:42%2B02:00&"
          "from=2026-11-20T04:47:42.2019Z",
          "",
          "/movements?from=2026-11-20T04:47:42.201Z&"
          "to=2026-11-21T04:47:42.000Z&type=set&reference=a&",
          20, false },
        { "type=", "?type is not a type of movement", NULL, 20, false },
        { "type=Set", "?type is not a type of movement", NULL, 20, false },
        { "reference=", "?reference must not be empty", NULL, 20, false },
        { "reference=%00", "?reference must be valid UTF-8 without U+0000",
          NULL, 20, false },
        { "from=x",
          "?from must be a time as in RFC 3339, e.g. 2026-11-21T04:47:42Z",
          NULL, 20, false },
        { "to=2026-11-21T04:47:42+02:00",
          "?to must be a time as in RFC 3339, e.g. 2026-11-21T04:47:42Z", NULL,
          20, false },
        { "from=2026-11-21T04:47:42Z&to=2026-11-21T04:47:42.000Z",
          "?to must be later than from", NULL, 20, false },
        { "cursor=abc", "?cursor is not a cursor of this query", NULL, 20,
          false },
        { "cursor=", "?cursor is not a cursor of this query", NULL, 20, true },
        { "cursor=abc&limit=0", "?limit must be an integer of at least 1", NULL,
          20, false },
        { "type=set&type=set", "?type must not be given twice", NULL, 20,
          false },
        { "type=set", "?type is not a known parameter", NULL, 20, true },
        { "from=x&page=2&to=y&limit=x",
          "?from must be a time as in RFC 3339, e.g. 2026-11-21T04:47:42Z; "
          "?page is not a known parameter; "
          "?to must be a time as in RFC 3339, e.g. 2026-11-21T04:47:42Z; "
          "?limit must be an integer of at least 1",
          NULL, 20, false },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);
        inv_movements_read(arena, cases[i].of_product ? &test_id : NULL,
                           test_str(cases[i].query), &query, &faults);
        test_faults(&faults, cases[i].faults, cases[i].query);

        if (cases[i].list != NULL) {
            assert_int_equal(query.limit, cases[i].limit);
            assert_int_equal(query.has_product, cases[i].of_product);

            if (!inv_str_eq(query.list, test_str(cases[i].list))) {
                fail_msg("%.*s\n  want: %s", (int) query.list.len,
                         query.list.data, cases[i].list);
            }
        }

        inv_arena_destroy(arena);
    }
}


/* Reads "<before>cursor=<cursor>"; the number of faults. */
static size_t
test_cursor(inv_arena_t *arena, const inv_oid_t *product, const char *before,
            inv_str_t cursor, inv_movements_query_t *query)
{
    int          n;
    char        *text;
    inv_faults_t faults;

    text = inv_arena_alloc(arena, 512);
    n = snprintf(text, 512, "%scursor=%.*s", before, (int) cursor.len,
                 cursor.data);

    inv_faults_init(&faults, arena);
    inv_movements_read(arena, product, (inv_str_t){ (size_t) n, text }, query,
                       &faults);

    return faults.count;
}


static void
test_cursors(void **state)
{
    char                 *text;
    size_t                i;
    inv_str_t             cursor;
    inv_oid_t             other;
    inv_arena_t          *arena;
    inv_faults_t          faults;
    inv_movement_place_t  last;
    inv_movements_query_t query, again;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);

    memset(&last, 0, sizeof(last));
    last.at = INT64_C(1795236462201);
    last.product = test_id;
    last.seq = INV_STOCK_MAX;

    /* of all: back to the very place; the order of parameters is no matter */
    inv_movements_read(arena, NULL, inv_str("type=set&reference=a%2f"), &query,
                       &faults);
    assert_true(inv_movements_cursor(arena, &query, &last, &cursor));
    assert_int_equal(cursor.len, 50);
    assert_int_equal(test_cursor(arena, NULL,
                                 "reference=a/&type=s%65t&limit=9&", cursor,
                                 &again),
                     0);
    assert_true(again.has_after);
    assert_true(again.after.at == last.at);
    assert_true(inv_oid_eq(again.after.product, test_id));
    assert_true(again.after.seq == last.seq);

    /* but other filters are another list */
    assert_int_equal(test_cursor(arena, NULL, "", cursor, &again), 1);
    assert_int_equal(test_cursor(arena, NULL, "type=set&", cursor, &again), 1);
    assert_int_equal(
        test_cursor(arena, NULL, "type=edit&reference=a%2f&", cursor, &again),
        1);
    assert_int_equal(test_cursor(arena, &test_id, "", cursor, &again), 1);

    /* of one product */
    inv_movements_read(arena, &test_id, inv_str(""), &query, &faults);
    assert_true(inv_movements_cursor(arena, &query, &last, &cursor));
    assert_int_equal(test_cursor(arena, &test_id, "", cursor, &again), 0);
    assert_true(again.after.seq == last.seq);

    other = test_id;
    other.bytes[11] ^= 1;
    assert_int_equal(test_cursor(arena, &other, "", cursor, &again), 1);
    assert_int_equal(test_cursor(arena, NULL, "", cursor, &again), 1);

    /* nothing of it may be changed */
    text = inv_arena_alloc(arena, cursor.len);

    for (i = 0; i < cursor.len; i++) {
        memcpy(text, cursor.data, cursor.len);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        assert_int_equal(test_cursor(arena, &test_id, "",
                                     (inv_str_t){ cursor.len, text }, &again),
                         1);
    }

    /* a place that cannot be */
    last.seq = 0;
    assert_true(inv_movements_cursor(arena, &query, &last, &cursor));
    assert_int_equal(test_cursor(arena, &test_id, "", cursor, &again), 1);
    last.seq = INT64_MIN;
    assert_true(inv_movements_cursor(arena, &query, &last, &cursor));
    assert_int_equal(test_cursor(arena, &test_id, "", cursor, &again), 1);

    inv_arena_destroy(arena);
}


/* Clients keep cursors while the server is replaced by a newer one. */
static void
test_lasting(void **state)
{
    inv_str_t             cursor;
    inv_arena_t          *arena;
    inv_faults_t          faults;
    inv_movement_place_t  last;
    inv_movements_query_t query;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    memset(&last, 0, sizeof(last));
    last.at = INT64_C(1795236462201);
    last.product = test_id;
    last.seq = 77;

    inv_movements_read(arena, NULL, inv_str("type=set"), &query, &faults);
    assert_true(inv_movements_cursor(arena, &query, &last, &cursor));
    assert_true(inv_str_eq(
        cursor, inv_str("AQAAAaH8bn55Z0pfDC9uS32cHoo1AAAAAAAAAE0IJ3QyDFE4zw")));

    inv_arena_destroy(arena);
}


static void
test_shown(void **state)
{
    inv_str_t             text, next, cursor;
    inv_arena_t          *arena;
    char                  expected[2048];
    inv_faults_t          faults;
    inv_movement_t        items[2];
    inv_movements_t       page;
    inv_movements_query_t query;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    inv_movements_read(arena, NULL, inv_str("limit=2"), &query, &faults);

    memset(items, 0, sizeof(items));
    items[0].product = test_id;
    items[0].seq = 2;
    items[0].at = INT64_C(1795236462201);
    items[0].type = inv_str("edit");
    items[0].stock_after = 7;
    items[0].reference = inv_str("PO \"7\"");
    items[0].reason = inv_str("r");
    items[0].actor = inv_str("a");
    items[0].trace = inv_str("t");
    items[0].changes = inv_str("{\"name\":[\"a\",\"b\"]}");
    items[1].product = test_id;
    items[1].seq = 1;
    items[1].type = inv_str("set");
    items[1].delta = -7;

    page.items = items;
    page.nitems = 2;
    page.more = true;
    page.end = (inv_movement_place_t){ 0, test_id, 1 };

    assert_true(inv_movements_cursor(arena, &query, &page.end, &cursor));
    assert_true(inv_movements_render(arena, &query, &page, &text, &next));
    assert_true(inv_str_eq(next, cursor));

    snprintf(expected, sizeof(expected),
             "{\"items\":["
             "{\"id\":\"674a5f0c2f6e4b7d9c1e8a35-2\","
             "\"productId\":\"674a5f0c2f6e4b7d9c1e8a35\",\"seq\":2,"
             "\"type\":\"edit\",\"delta\":0,\"stockAfter\":7,"
             "\"reference\":\"PO \\\"7\\\"\",\"reason\":\"r\","
             "\"actor\":\"a\",\"traceId\":\"t\","
             "\"changes\":{\"name\":[\"a\",\"b\"]},"
             "\"at\":\"2026-11-21T04:47:42.201Z\"},"
             "{\"id\":\"674a5f0c2f6e4b7d9c1e8a35-1\","
             "\"productId\":\"674a5f0c2f6e4b7d9c1e8a35\",\"seq\":1,"
             "\"type\":\"set\",\"delta\":-7,\"stockAfter\":0,"
             "\"at\":\"1970-01-01T00:00:00.000Z\"}],"
             "\"page\":{\"limit\":2,\"next\":\"%.*s\"}}",
             (int) cursor.len, cursor.data);

    if (!inv_str_eq(text, test_str(expected))) {
        fail_msg("%.*s\n  want: %s", (int) text.len, text.data, expected);
    }

    /* nothing on it can be read, but it goes on */
    page.nitems = 0;
    assert_true(inv_movements_render(arena, &query, &page, &text, &next));
    assert_true(inv_str_eq(next, cursor));

    page.more = false;
    assert_true(inv_movements_render(arena, &query, &page, &text, &next));
    assert_null(next.data);
    assert_true(inv_str_eq(
        text, inv_str("{\"items\":[],\"page\":{\"limit\":2,\"next\":null}}")));

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_cursors),
        cmocka_unit_test(test_lasting),
        cmocka_unit_test(test_shown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
