
/*
 * Unit test of checking a ledger against its product, and of the report.
 */


#include "test_model.h"
#include "../../src/model/inv_movement_keys.h"
#include "../../src/model/inv_movement_reconcile.h"


typedef struct {
    unsigned char batch;
    int64_t       from, to, after, delta;
    bool          broken; /* not whole */
    bool          balance;
} test_entry_t;

typedef struct {
    const char  *what;
    int64_t      seq, stock;
    test_entry_t entries[6];
    int64_t      sum;
    int64_t      ahead;
    const char  *ranges; /* gaps/overlaps/breaks */
} test_case_t;


static void
test_ranges(char *text, size_t size, const inv_seq_ranges_t *ranges)
{
    size_t i, len = strlen(text);

    for (i = 0; i < ranges->n; i++) {
        len += (size_t) snprintf(text + len, size - len, " %lld-%lld",
                                 (long long) ranges->ranges[i].from,
                                 (long long) ranges->ranges[i].to);
    }

    snprintf(text + len, size - len, "/");
}


#define ENTRY(batch, from, to, after, delta, broken, balance) \
    {                                                         \
        batch, from, to, after, delta, broken, balance        \
    }
#define WHOLE(batch, from, to, after, delta) \
    ENTRY(batch, from, to, after, delta, false, false)

static const test_case_t cases[] = {
    { "nothing at all", 0, 0, { { 0 } }, 0, 0, "///" },
    { "one", 1, 5, { WHOLE(1, 1, 1, 5, 5) }, 5, 0, "///" },
    { "three",
      9,
      6,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -2), WHOLE(3, 5, 9, 6, 3) },
      6,
      0,
      "///" },
    { "at both places",
      4,
      3,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -2), WHOLE(2, 2, 4, 3, -2) },
      3,
      0,
      "///" },
    { "newer ones",
      1,
      5,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -2), WHOLE(3, 5, 7, 3, 0) },
      5,
      7,
      "///" },
    { "a gap at the start", 4, 3, { WHOLE(2, 2, 4, 3, -2) }, -2, 0, " 1-1///" },
    { "a gap",
      9,
      6,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(3, 5, 9, 6, 3) },
      8,
      0,
      " 2-4///" },
    { "a gap at the end", 4, 5, { WHOLE(1, 1, 1, 5, 5) }, 5, 0, " 2-4///" },
    { "all is gone", 4, 5, { { 0 } }, 0, 0, " 1-4///" },
    { "twice",
      4,
      3,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -2), WHOLE(3, 2, 4, 3, -2) },
      1,
      0,
      "/ 2-4//" },
    { "half twice",
      4,
      3,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(3, 1, 3, 4, -1), WHOLE(2, 4, 4, 3, -1) },
      3,
      0,
      "/ 1-1//" },
    { "another delta",
      4,
      3,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -1) },
      4,
      0,
      "// 2-4/" },
    { "another stock",
      4,
      9,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -2) },
      3,
      0,
      "// 4-4/" },
    { "not an entry",
      4,
      3,
      { WHOLE(1, 1, 1, 5, 5), ENTRY(2, 2, 4, 3, -2, true, false) },
      3,
      0,
      "// 2-4/" },
    { "repaired",
      5,
      3,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -1),
        ENTRY(3, 5, 5, 3, -1, false, true) },
      3,
      0,
      "///" },
    { "broken after a repair",
      6,
      3,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -1),
        ENTRY(3, 5, 5, 3, -1, false, true), WHOLE(4, 6, 6, 3, 1) },
      4,
      0,
      "// 6-6/" },
    { "an adjust that only says so",
      5,
      4,
      { WHOLE(1, 1, 1, 5, 5), WHOLE(2, 2, 4, 3, -1),
        ENTRY(3, 5, 5, 4, 1, false, true) },
      5,
      0,
      "// 2-4/" },
    { "a stock that overflows",
      2,
      0,
      { WHOLE(1, 1, 1, INT64_MAX, 1), WHOLE(2, 2, 2, 0, 1) },
      2,
      0,
      "// 1-1 2-2/" },
};


static void
test_check(const test_case_t *c, inv_movement_check_t *check)
{
    size_t            i;
    inv_check_entry_t entry;

    memset(check, 0, sizeof(*check));
    check->seq = c->seq;
    check->stock = c->stock;

    for (i = 0; i < TEST_COUNT(c->entries) && c->entries[i].to != 0; i++) {
        memset(&entry, 0, sizeof(entry));
        entry.batch.bytes[0] = c->entries[i].batch;
        entry.from = c->entries[i].from;
        entry.to = c->entries[i].to;
        entry.after = c->entries[i].after;
        entry.delta = c->entries[i].delta;
        entry.whole = !c->entries[i].broken;
        entry.balance = c->entries[i].balance;
        inv_check_entry(check, &entry);
    }

    inv_check_end(check);
}


static void
test_ledgers(void **state)
{
    char                 text[256];
    size_t               i;
    inv_movement_check_t check;

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_check(&cases[i], &check);

        text[0] = '\0';
        test_ranges(text, sizeof(text), &check.gaps);
        test_ranges(text, sizeof(text), &check.overlaps);
        test_ranges(text, sizeof(text), &check.breaks);

        if (strcmp(text, cases[i].ranges) != 0 || check.sum != cases[i].sum
            || check.ahead != cases[i].ahead)
        {
            fail_msg("%s: sum %lld, ahead %lld, %s", cases[i].what,
                     (long long) check.sum, (long long) check.ahead, text);
        }

        assert_int_equal(inv_check_is_balanced(&check),
                         cases[i].sum == cases[i].stock);
        assert_int_equal(inv_check_is_clean(&check),
                         cases[i].sum == cases[i].stock
                             && strcmp(text, "///") == 0);
    }

    check.damaged = true;
    assert_false(inv_check_is_clean(&check));
}


/* No sum is told that is wrong. */
static void
test_sums_that_overflow(void **state)
{
    int64_t              delta, reserved;
    inv_check_entry_t    entry = { .from = 1, .to = 1, .whole = true };
    inv_movement_check_t check = { .seq = 2 };

    entry.delta = INT64_MAX;
    inv_check_entry(&check, &entry);
    assert_false(check.damaged);
    assert_false(inv_check_balance(&check, &delta, &reserved));

    entry.from = entry.to = 2;
    inv_check_entry(&check, &entry);
    assert_true(check.damaged);

    memset(&check, 0, sizeof(check));
    check.seq = 2;
    entry.delta = 0;
    entry.reserved = INT64_MIN;
    inv_check_entry(&check, &entry);
    assert_false(inv_check_balance(&check, &delta, &reserved));
    entry.batch.bytes[0] = 1;
    inv_check_entry(&check, &entry);
    assert_true(check.damaged);
}


static void
test_balance(void **state)
{
    int64_t              delta, reserved;
    inv_movement_check_t check = { .stock = 5, .sum = 7, .reserved_sum = 2 };

    assert_true(inv_check_balance(&check, &delta, &reserved));
    assert_int_equal(delta, -2);
    assert_int_equal(reserved, -2);

    check.stock = -1;
    assert_false(inv_check_balance(&check, &delta, &reserved));

    check.stock = INV_STOCK_MAX;
    check.sum = -1;
    assert_false(inv_check_balance(&check, &delta, &reserved));
}


/* An entry without numbers is told, wherever it comes. */
static void
test_no_seqs(void **state)
{
    inv_check_entry_t    entry = { .from = 0, .to = 0 };
    inv_movement_check_t check = { .seq = 0 };

    assert_true(inv_check_entry(&check, &entry));
    inv_check_end(&check);
    assert_int_equal(check.breaks.n, 1);
    assert_int_equal(check.breaks.ranges[0].to, 0);
    assert_int_equal(check.gaps.n + check.overlaps.n, 0);
    assert_false(inv_check_is_clean(&check));
}


static void
test_duplicates(void **state)
{
    int64_t              i;
    inv_movement_check_t check = { .seq = 0 };

    inv_check_duplicate(&check, 3, 7);
    inv_check_duplicate(&check, 3, 7);
    assert_int_equal(check.duplicates.n, 1);
    assert_int_equal(check.duplicates.ranges[0].from, 3);
    assert_int_equal(check.duplicates.ranges[0].to, 7);
    assert_true(inv_check_is_balanced(&check));
    assert_false(inv_check_is_clean(&check));

    for (i = 0; i < 50; i++) {
        inv_check_duplicate(&check, 3, 8 + i);
    }

    assert_int_equal(check.duplicates.n, INV_CHECK_RANGES_MAX);
    assert_true(check.duplicates.more);
}


static inv_oid_t
test_key(uint32_t n)
{
    inv_oid_t key = { { 0 } };

    /* as a nonce, of which the last two bytes are the line */
    n *= 2654435761u;
    memcpy(key.bytes, &n, sizeof(n));
    n = n * 40503u + 1;
    memcpy(key.bytes + 4, &n, sizeof(n));

    return key;
}


/* None is missed; of a million that are there once, some hundred are suspects */
static void
test_keys(void **state)
{
    bool         suspect;
    uint32_t     i, suspects;
    inv_oid_t    product = { { 1 } };
    inv_keys_t   keys = { NULL };
    inv_arena_t *arena = inv_arena_create();

    suspects = 0;

    for (i = 0; i < 1000000; i++) {
        assert_true(inv_keys_add(&keys, arena, product, test_key(i), &suspect));
        suspects += suspect;
    }

    assert_in_range(suspects, 0, 500);

    for (i = 0; i < 1000000; i += 37) {
        assert_true(inv_keys_add(&keys, arena, product, test_key(i), &suspect));
        assert_true(suspect);
    }

    /* another product's are others */
    product.bytes[0] = 2;

    for (i = 0, suspects = 0; i < 1000; i++) {
        assert_true(inv_keys_add(&keys, arena, product, test_key(i), &suspect));
        suspects += suspect;
    }

    assert_in_range(suspects, 0, 20);
    inv_arena_destroy(arena);
}


static void
test_reserved(void **state)
{
    inv_check_entry_t    entry = { .from = 1, .to = 1, .whole = true };
    inv_movement_check_t check = { .seq = 1, .reserved = 3 };

    entry.reserved = 3;
    inv_check_entry(&check, &entry);
    inv_check_end(&check);
    assert_true(inv_check_is_clean(&check));

    check.reserved = 4;
    assert_false(inv_check_is_balanced(&check));
    assert_false(inv_check_is_clean(&check));
}


/* However much is damaged, it is told in little space. */
static void
test_bounds(void **state)
{
    int64_t              i;
    inv_check_entry_t    entry = { .whole = true };
    inv_movement_check_t check = { .seq = 1000 };

    for (i = 1; i <= 500; i++) {
        entry.from = entry.to = 2 * i;
        entry.batch.bytes[0] = (unsigned char) i;
        entry.batch.bytes[1] = (unsigned char) (i >> 8);
        inv_check_entry(&check, &entry);
    }

    assert_int_equal(check.gaps.n, INV_CHECK_RANGES_MAX);
    assert_true(check.gaps.more);
}


static void
test_bodies(void **state)
{
    size_t                i;
    inv_arena_t          *arena;
    inv_faults_t          faults;
    inv_reconcile_query_t query;

#define NO_ID " must be an id: 24 lower-case hex digits"
#define ID    "674a5f0c2f6e4b7d9c1e8a35"

    static const struct {
        const char *body; /* NULL: none */
        const char *faults;
        bool        product, after, repair;
    } bodies[] = {
        { NULL, "", false, false, false },
        { "{}", "", false, false, false },
        { "{\"repair\":false}", "", false, false, false },
        { "{\"repair\":true}", "", false, false, true },
        { "{\"productId\":\"" ID "\"}", "", true, false, false },
        { "{\"after\":\"" ID "\",\"repair\":true}", "", false, true, true },
        { "[]", " must be an object", false, false, false },
        { "{\"repair\":1}", "/repair must be true or false", false, false,
          false },
        { "{\"repair\":null}", "/repair must be true or false", false, false,
          false },
        { "{\"productId\":\"\"}", "/productId" NO_ID, false, false, false },
        { "{\"productId\":7}", "/productId must be a string", false, false,
          false },
        { "{\"after\":\"674A5F0C2F6E4B7D9C1E8A35\"}", "/after" NO_ID, false,
          false, false },
        { "{\"after\":\"" ID "\",\"productId\":\"" ID "\"}",
          "/after must not be given together with productId", true, true,
          false },
        { "{\"x\":1}", "/x is not a known member", false, false, false },
    };

    for (i = 0; i < TEST_COUNT(bodies); i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);
        inv_reconcile_read(
            bodies[i].body != NULL ? test_tree(arena, bodies[i].body) : NULL,
            &query, &faults);
        test_faults(&faults, bodies[i].faults,
                    bodies[i].body != NULL ? bodies[i].body : "no body");
        assert_int_equal(query.has_product, bodies[i].product);
        assert_int_equal(query.has_after, bodies[i].after);
        assert_int_equal(query.repair, bodies[i].repair);
        inv_arena_destroy(arena);
    }
}


static void
test_report(void **state)
{
    inv_str_t            text;
    inv_arena_t         *arena;
    inv_reconcile_t      report;
    inv_movement_check_t checks[3];

    arena = inv_arena_create();
    memset(&report, 0, sizeof(report));
    memset(checks, 0, sizeof(checks));
    report.differences = checks;

    assert_true(inv_reconcile_render(arena, &report, &text));
    assert_true(inv_str_eq(
        text, inv_str("{\"checked\":0,\"differences\":[],\"next\":null}")));

    test_check(&cases[6], &checks[0]);
    checks[0].repaired = 10;
    checks[0].gaps.more = true;
    test_check(&cases[11], &checks[1]);
    checks[1].ahead = 6;
    inv_check_duplicate(&checks[1], 1, 3);
    checks[2].damaged = true;
    report.n = 3;
    report.checked = 40;
    report.has_next = true;

    assert_true(inv_reconcile_render(arena, &report, &text));

#define ZEROS "000000000000000000000000"

    if (!inv_str_eq(
            text, inv_str("{\"checked\":40,\"differences\":["
                          "{\"productId\":\"" ZEROS "\",\"seq\":9,\"stock\":6,"
                          "\"ledgerSum\":8,\"reserved\":0,\"ledgerReserved\":0,"
                          "\"gaps\":[[2,4]],\"more\":true,"
                          "\"repairedBy\":\"" ZEROS "-10\"},"
                          "{\"productId\":\"" ZEROS "\",\"seq\":4,\"stock\":3,"
                          "\"ledgerSum\":4,\"reserved\":0,\"ledgerReserved\":0,"
                          "\"breaks\":[[2,4]],\"duplicates\":[[1,3]],"
                          "\"ahead\":[[5,6]]},"
                          "{\"productId\":\"" ZEROS "\",\"damaged\":true}],"
                          "\"next\":\"" ZEROS "\"}")))
    {
        fail_msg("%.*s", (int) text.len, text.data);
    }

    inv_arena_destroy(arena);
}


static void
test_worst_ranges(inv_seq_ranges_t *ranges)
{
    size_t i;

    ranges->n = INV_CHECK_RANGES_MAX;
    ranges->more = true;

    for (i = 0; i < ranges->n; i++) {
        ranges->ranges[i] = (inv_seq_range_t){ INT64_MIN, INT64_MIN };
    }
}


/* A key keeps a report in one document: the longest one fits. */
static void
test_longest_report(void **state)
{
    size_t          i;
    inv_str_t       text;
    inv_arena_t    *arena;
    inv_reconcile_t report = { .checked = INV_RECONCILE_MAX, .has_next = true };
    inv_movement_check_t worst = { .seq = INT64_MIN,
                                   .stock = INT64_MIN,
                                   .reserved = INT64_MIN,
                                   .sum = INT64_MIN,
                                   .reserved_sum = INT64_MIN,
                                   .ahead = INT64_MIN,
                                   .repaired = INT64_MAX };

    arena = inv_arena_create();
    assert_non_null(arena);

    test_worst_ranges(&worst.gaps);
    test_worst_ranges(&worst.overlaps);
    test_worst_ranges(&worst.breaks);
    test_worst_ranges(&worst.duplicates);

    report.n = INV_RECONCILE_DIFFERENCES_MAX;
    report.differences =
        inv_arena_array(arena, report.n, sizeof(inv_movement_check_t));
    assert_non_null(report.differences);

    for (i = 0; i < report.n; i++) {
        report.differences[i] = worst;
        report.differences[i].seq++; /* ahead begins behind it */
    }

    assert_true(inv_reconcile_render(arena, &report, &text));
    assert_in_range(text.len, 512 * 1024, 1024 * 1024);

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledgers),
        cmocka_unit_test(test_sums_that_overflow),
        cmocka_unit_test(test_balance),
        cmocka_unit_test(test_no_seqs),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_longest_report),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
