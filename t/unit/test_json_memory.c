
/*
 * Unit test of want of memory: every allocation of a read and of a write fails
 * in turn.  Nothing crashes, and what was got is given back.
 */


/* The product allocates through these two only. */
/* link with: -Wl,--wrap=malloc,--wrap=calloc */


#include "test_json_text.h"
#include "../../src/base/inv_limits.h"

#include <stdio.h>


void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

/* Calls until one fails; negative: none does. */
static long test_countdown = -1;

static unsigned long test_calls;


/* The arena leaves gaps where AddressSanitizer watches them. */
#if defined(__SANITIZE_ADDRESS__)
#define TEST_MEMORY_MAX (8 * 1024 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_MEMORY_MAX (8 * 1024 * 1024)
#endif
#endif

#ifndef TEST_MEMORY_MAX
#define TEST_MEMORY_MAX (6 * 1024 * 1024)
#endif

/* Bytes asked for. */
static size_t test_bytes;


/* Whether this call is the one to fail. */
static bool
test_fails(size_t size)
{
    test_calls++;
    test_bytes += size;

    if (test_countdown < 0) {
        return false;
    }

    return test_countdown-- == 0;
}


void *
__wrap_malloc(size_t size)
{
    return test_fails(size) ? NULL : __real_malloc(size);
}


void *
__wrap_calloc(size_t n, size_t size)
{
    return test_fails(n * size) ? NULL : __real_calloc(n, size);
}


/* Escapes for yajl's buffers, a long string, and names enough for the table. */
static inv_str_t
test_text(void)
{
    int         i;
    size_t      len;
    static char text[400000];

    len = (size_t) sprintf(text, "{\"long\":\"");

    for (i = 0; i < 20000; i++) {
        len += (size_t) sprintf(text + len, "\\u00e9");
    }

    len += (size_t) sprintf(text + len, "\"");

    for (i = 0; i < 5000; i++) {
        len += (size_t) sprintf(text + len, ",\"name%d\":[%d,\"\\n\"]", i, i);
    }

    len += (size_t) sprintf(text + len, "}");

    return (inv_str_t){ len, text };
}


static inv_json_result_t
test_read(inv_str_t text, inv_arena_t *arena, long fail_at)
{
    inv_json_t       *root;
    inv_json_error_t  error;
    inv_json_result_t result;

    test_calls = 0;
    test_countdown = fail_at;
    result = inv_json_read(arena, text, &root, &error);
    test_countdown = -1;

    return result;
}


static void
test_read_without_memory(void **state)
{
    long         fail_at, calls;
    inv_str_t    text;
    inv_arena_t *arena;

    text = test_text();

    arena = inv_arena_create();
    assert_int_equal(test_read(text, arena, -1), INV_JSON_OK);
    calls = (long) test_calls;
    inv_arena_destroy(arena);

    /* else nothing is wrapped, and the loop below proves nothing */
    assert_in_range(calls, 20, 100000);

    for (fail_at = 0; fail_at < calls; fail_at++) {
        arena = inv_arena_create();
        assert_int_equal(test_read(text, arena, fail_at), INV_JSON_NO_MEMORY);
        inv_arena_destroy(arena);
    }

    arena = inv_arena_create();
    assert_int_equal(test_read(text, arena, calls), INV_JSON_OK);
    inv_arena_destroy(arena);
}


/*
 * What inv_limits.h says that a body may cost.  As nothing is freed before the
 * end, the bytes asked for are the most that are held at once.
 */
static void
test_memory_of_hostile_bodies(void **state)
{
    int          i;
    size_t       len;
    inv_arena_t *arena;
    static char  text[INV_BODY_MAX];

    /* as many members as may be, and a long string with an escape */

    len = (size_t) sprintf(text, "{");

    for (i = 0; i < INV_JSON_VALUES_MAX - 2; i++) {
        len += (size_t) sprintf(text + len, "\"%d\":0,", i);
    }

    len += (size_t) sprintf(text + len, "\"z\":\"\\n");
    memset(text + len, 'x', sizeof(text) - len);
    memcpy(text + sizeof(text) - 2, "\"}", 2);

    arena = inv_arena_create();
    test_bytes = 0;
    assert_int_equal(test_read((inv_str_t){ sizeof(text), text }, arena, -1),
                     INV_JSON_OK);
    inv_arena_destroy(arena);
    assert_in_range(test_bytes, 3 * 1024 * 1024, TEST_MEMORY_MAX);

    /* the same, never closed: yajl keeps it in another buffer */

    arena = inv_arena_create();
    test_bytes = 0;
    assert_int_equal(
        test_read((inv_str_t){ sizeof(text) - 2, text }, arena, -1),
        INV_JSON_MALFORMED);
    inv_arena_destroy(arena);
    assert_in_range(test_bytes, 3 * 1024 * 1024, TEST_MEMORY_MAX);

    /* one string of nothing but escapes */

    for (len = 1; len < sizeof(text) - 1; len += 2) {
        memcpy(text + len, "\\n", 2);
    }

    text[0] = '"';
    memcpy(text + sizeof(text) - 2, "n\"", 2);
    text[sizeof(text) - 3] = 'n';

    arena = inv_arena_create();
    test_bytes = 0;
    assert_int_equal(test_read((inv_str_t){ sizeof(text), text }, arena, -1),
                     INV_JSON_OK);
    inv_arena_destroy(arena);
    assert_in_range(test_bytes, 1024 * 1024, TEST_MEMORY_MAX);
}


/* The text ends inside a string: yajl keeps what it has of it. */
static void
test_truncated_without_memory(void **state)
{
    long         fail_at, calls;
    inv_str_t    text;
    inv_arena_t *arena;

    text = test_text();
    text.len = 100000;

    arena = inv_arena_create();
    assert_int_equal(test_read(text, arena, -1), INV_JSON_MALFORMED);
    calls = (long) test_calls;
    inv_arena_destroy(arena);

    assert_in_range(calls, 2, 1000);

    for (fail_at = 0; fail_at < calls; fail_at++) {
        arena = inv_arena_create();
        assert_int_equal(test_read(text, arena, fail_at), INV_JSON_NO_MEMORY);
        inv_arena_destroy(arena);
    }
}


/* False: no memory.  All that was allocated is freed. */
static bool
test_write(long fail_at)
{
    int                i;
    bool               ok;
    inv_str_t          text;
    inv_arena_t       *arena;
    inv_json_writer_t *w;

    test_calls = 0;
    test_countdown = fail_at;
    ok = false;

    arena = inv_arena_create();
    if (arena == NULL) {
        test_countdown = -1;
        return false;
    }

    /* the writer's own beginning has to ask for memory too */
    if (inv_arena_alloc(arena, 3900) != NULL) {
        w = inv_json_writer_create(arena);

        if (w != NULL) {
            inv_json_open_array(w);

            for (i = 0; i < 50000; i++) {
                inv_json_string(w, inv_str("\n"));
            }

            inv_json_close_array(w);
            ok = inv_json_finish(w, &text);
        }
    }

    inv_arena_destroy(arena);
    test_countdown = -1;

    return ok;
}


static void
test_write_without_memory(void **state)
{
    long fail_at, calls;

    assert_true(test_write(-1));
    calls = (long) test_calls;
    assert_in_range(calls, 8, 1000);

    for (fail_at = 0; fail_at < calls; fail_at++) {
        assert_false(test_write(fail_at));
    }

    assert_true(test_write(calls));
}


/* An arena with one chunk only, filled to each of its bytes. */
static void
test_writer_at_the_end_of_a_chunk(void **state)
{
    size_t       used;
    inv_arena_t *arena;

    for (used = 0; used < 4096; used += 16) {
        arena = inv_arena_create();
        assert_non_null(inv_arena_alloc(arena, used));

        test_countdown = 0;
        (void) inv_json_writer_create(arena);
        test_countdown = -1;

        inv_arena_destroy(arena);
    }
}


static void
test_arena_without_memory(void **state)
{
    inv_str_t    copy;
    inv_arena_t *arena;
    static char  text[5000];

    test_countdown = 0;
    assert_null(inv_arena_create());

    arena = inv_arena_create();

    test_countdown = 0;
    assert_null(inv_arena_alloc(arena, 5000));

    test_countdown = 0;
    assert_null(inv_arena_array(arena, 1000, 5));

    test_countdown = 0;
    assert_false(
        inv_arena_copy(arena, (inv_str_t){ sizeof(text), text }, &copy));

    /* and once there is some again */
    test_countdown = -1;
    assert_non_null(inv_arena_alloc(arena, 5000));

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_without_memory),
        cmocka_unit_test(test_memory_of_hostile_bodies),
        cmocka_unit_test(test_truncated_without_memory),
        cmocka_unit_test(test_write_without_memory),
        cmocka_unit_test(test_writer_at_the_end_of_a_chunk),
        cmocka_unit_test(test_arena_without_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
