
/*
 * Unit test of want of memory in the model: every allocation fails in turn.
 * Nothing crashes, and whatever could not be made is said to be missing.
 */


/* All of the model's memory comes from an arena. */
/* link with: -Wl,--wrap=inv_arena_alloc,--wrap=inv_arena_copy */
/* link with: -Wl,--wrap=inv_arena_array */


#include "test_model.h"
#include "../../src/model/inv_page.h"
#include "../../src/model/inv_stock_batch.h"


void *__real_inv_arena_alloc(inv_arena_t *arena, size_t n);
void *__real_inv_arena_array(inv_arena_t *arena, size_t n, size_t size);
bool __real_inv_arena_copy(inv_arena_t *arena, inv_str_t text, inv_str_t *copy);
void *__wrap_inv_arena_alloc(inv_arena_t *arena, size_t n);
void *__wrap_inv_arena_array(inv_arena_t *arena, size_t n, size_t size);
bool __wrap_inv_arena_copy(inv_arena_t *arena, inv_str_t text, inv_str_t *copy);

/* Calls until one fails, and whether all after it do; negative: none does. */
static long test_countdown = -1;
static bool test_for_good;

static long test_calls;


static bool
test_fails(void)
{
    test_calls++;

    if (test_countdown < 0) {
        return false;
    }

    if (test_countdown == 0) {
        test_countdown = test_for_good ? 0 : -1;
        return true;
    }

    test_countdown--;

    return false;
}


void *
__wrap_inv_arena_alloc(inv_arena_t *arena, size_t n)
{
    return test_fails() ? NULL : __real_inv_arena_alloc(arena, n);
}


void *
__wrap_inv_arena_array(inv_arena_t *arena, size_t n, size_t size)
{
    return test_fails() ? NULL : __real_inv_arena_array(arena, n, size);
}


bool
__wrap_inv_arena_copy(inv_arena_t *arena, inv_str_t text, inv_str_t *copy)
{
    return test_fails() ? false : __real_inv_arena_copy(arena, text, copy);
}


/* Does something with the arena; false: it says that memory was missing. */
typedef bool (*test_act_t)(inv_arena_t *arena, const inv_json_t *root);

static void
test_act(test_act_t act, const char *body, long calls_min)
{
    long         calls, fail_at;
    inv_json_t  *root;
    inv_arena_t *arena;

    arena = inv_arena_create();
    root = test_tree(arena, body);
    test_calls = 0;
    assert_true(act(arena, root));
    calls = test_calls;
    assert_in_range(calls, calls_min, 1000);

    for (fail_at = 0; fail_at < 2 * calls; fail_at++) {
        test_for_good = fail_at >= calls;
        test_countdown = fail_at % calls;

        if (act(arena, root)) {
            fail_msg("%s: nothing said of call %ld", body, fail_at % calls);
        }

        test_countdown = -1;
    }

    assert_true(act(arena, root));
    inv_arena_destroy(arena);
}


static bool
test_read_product(inv_arena_t *arena, const inv_json_t *root)
{
    size_t              n;
    inv_faults_t        faults;
    const inv_fault_t  *fault;
    inv_product_input_t input;

    inv_faults_init(&faults, arena);
    inv_product_read(root, INV_WRITE_CREATE, &input, &faults);
    n = 0;

    for (fault = faults.first; fault != NULL; fault = fault->next) {
        assert_non_null(fault->pointer.data);
        assert_non_null(fault->detail.data);
        n++;
    }

    assert_true(n <= faults.count);
    assert_true(n == faults.count || faults.no_memory);

    return !faults.no_memory;
}


static void
test_reading(void **state)
{
    test_act(test_read_product,
             "{\"name\":\"n\",\"price\":1,\"tags\":[\"a\",\"b\"]}", 4);
    test_act(test_read_product,
             "{\"name\":\"\",\"sku\":\"a b\",\"tags\":[1,\"\"],\"x~/\":1,"
             "\"stock\":-1.5,\"id\":1,\"lowStock\":1e99}",
             25);
}


static bool
test_read_batch(inv_arena_t *arena, const inv_json_t *root)
{
    size_t            i;
    inv_faults_t      faults;
    inv_stock_batch_t batch;

    inv_faults_init(&faults, arena);
    inv_stock_batch_read(root, &batch, &faults);
    assert_int_equal(faults.count, 0);

    for (i = 0; i < batch.n; i++) {
        assert_true(faults.no_memory || !batch.lines[i].faults.no_memory);
    }

    return !faults.no_memory;
}


static void
test_batches(void **state)
{
    test_act(test_read_batch,
             "{\"operations\":[{\"sku\":\"S\",\"type\":\"adjust\","
             "\"delta\":1,\"reason\":\"x\",\"key\":\"k\"},"
             "{\"key\":\"\",\"x\":1,\"type\":\"\"},7]}",
             20);
}


static bool
test_render_product(inv_arena_t *arena, const inv_json_t *root)
{
    inv_str_t     text;
    inv_product_t product;

    memset(&product, 0, sizeof(product));
    product.catalog.present = INV_MEMBER_NAME;
    product.catalog.name = root->text;

    return inv_product_render(arena, &product, &text);
}


static bool
test_render_page(inv_arena_t *arena, const inv_json_t *root)
{
    inv_str_t        text, next;
    inv_page_t       page = { .nitems = 1, .more = true };
    inv_product_t    product, *items[1];
    inv_page_query_t query = { .limit = 1 };

    memset(&product, 0, sizeof(product));
    product.catalog.present = INV_MEMBER_NAME;
    product.catalog.name = root->text;
    items[0] = &product;
    page.items = items;

    return inv_page_render(arena, &query, &page, &text, &next);
}


static bool
test_render_answer(inv_arena_t *arena, const inv_json_t *root)
{
    inv_oid_t id = { { 0 } };
    inv_str_t text;

    return inv_stock_answer(arena, id, 1, INV_MOVE_PURCHASE, 1, 1, &text);
}


static bool
test_render_batch(inv_arena_t *arena, const inv_json_t *root)
{
    inv_str_t text, results[2] = { inv_str("{}"), inv_str("{}") };

    return inv_stock_batch_answer(arena, results, 2, &text);
}


static bool
test_render_problem(inv_arena_t *arena, const inv_json_t *root)
{
    size_t        i;
    inv_str_t     body;
    inv_faults_t  faults;
    inv_problem_t problem = { .kind = INV_INVALID_REQUEST, .faults = &faults };

    inv_faults_init(&faults, arena);

    for (i = 0; i < root->count; i++) {
        inv_fault_add(&faults, inv_str("/x"), inv_str("y"));
    }

    problem.detail = root->first->text;

    return inv_problem_render(arena, &problem, inv_str("/\xff"), inv_str("t"),
                              &body)
           && !faults.no_memory;
}


static void
test_rendering(void **state)
{
    char *many;

    test_act(test_render_product, "\"n\"", 2);
    test_act(test_render_page, "\"n\"", 3);
    test_act(test_render_answer, "0", 2);
    test_act(test_render_batch, "0", 2);

    /* a sentence of ours, one of the caller's, and each with too many */

    test_act(test_render_problem, "[null,null]", 5);
    test_act(test_render_problem, "[\"no\",null]", 4);

    many = test_repeated("[null", ",null", INV_ERRORS_MAX, "]");
    test_act(test_render_problem, many, INV_ERRORS_MAX);
    free(many);

    many = test_repeated("[\"no\"", ",null", INV_ERRORS_MAX, "]");
    test_act(test_render_problem, many, INV_ERRORS_MAX);
    free(many);
}


static bool
test_read_page(inv_arena_t *arena, const inv_json_t *root)
{
    inv_faults_t     faults;
    inv_page_query_t page;

    inv_faults_init(&faults, arena);
    inv_page_read(arena, root->text, &page, &faults);

    return !faults.no_memory;
}


/* A query, the cursor of its first page, and what is said of the next one. */
static bool
test_next_page(inv_arena_t *arena, const inv_json_t *root)
{
    char             text[512];
    int              n;
    inv_str_t        cursor, key, rest;
    inv_faults_t     faults;
    inv_product_t    last;
    inv_page_query_t page;

    memset(&last, 0, sizeof(last));
    last.catalog.name = inv_str("n");

    inv_faults_init(&faults, arena);
    inv_page_read(arena, root->text, &page, &faults);

    if (faults.no_memory || !inv_page_cursor(arena, &page, &last, &cursor)) {
        return false;
    }

    n = snprintf(text, sizeof(text), "%.*s&cursor=%.*s", (int) root->text.len,
                 root->text.data, (int) cursor.len, cursor.data);

    inv_faults_init(&faults, arena);
    inv_page_read(arena, (inv_str_t){ (size_t) n, text }, &page, &faults);

    return !faults.no_memory && inv_page_key(arena, &page, &key)
           && inv_page_rest(arena, root->text, &rest);
}


static bool
test_envelope(inv_arena_t *arena, const inv_json_t *root)
{
    inv_str_t        text;
    inv_page_total_t total = { true, 1, false };

    return inv_page_envelope(arena, 1, &root->text, 1, inv_str("c"), &total,
                             &text);
}


static void
test_pages(void **state)
{
    test_act(test_read_page, "\"ids=00112233445566778899aabb,x\"", 3);
    test_act(test_read_page,
             "\"category=a&tag=b&sku=c&minPrice=1&maxPrice=2.5&inStock=true"
             "&lowStock=true&q=d+e&sort=name\"",
             25);
    test_act(test_read_page, "\"minPrice=x&q=&sort=&ids=&limit=1\"", 12);
    test_act(test_next_page, "\"q=a+b&sort=price&minPrice=1\"", 20);
    test_act(test_next_page, "\"sort=name&category=x\"", 15);
    test_act(test_envelope, "\"{}\"", 2);

    test_act(test_read_page, "\"limit=5&page=2\"", 4);
    test_act(test_read_page,
             "\"limit=0&x=1&%=2&page=%ff&limit=1&cursor=a&page=1\"", 15);
    test_act(test_read_page, "\"page=501\"", 3);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_rendering),
        cmocka_unit_test(test_pages),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
