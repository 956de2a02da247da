
/*
 * Unit test of the arena.  Under AddressSanitizer it also shows that writing
 * into all that was handed out touches nothing else.
 */


#include "../../src/base/inv_base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>


#define INV_TEST_BLOCKS 2000


static bool
test_is_zero(const unsigned char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (p[i] != 0) {
            return false;
        }
    }

    return true;
}


static bool
test_is_filled(const unsigned char *p, size_t n, unsigned char with)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (p[i] != with) {
            return false;
        }
    }

    return true;
}


/* Sizes from 0 to well above a chunk, small ones most often. */
static size_t
test_size(unsigned i)
{
    static const size_t sizes[] = { 0,  1,   2,   7,    8,    15,   16,
                                    17, 24,  80,  100,  255,  1000, 1024,
                                    33, 512, 600, 2048, 2049, 4096, 9000 };

    if (i % 500 == 499) {
        return 70000 + i;
    }

    return sizes[(i * 7 + i / 3) % (sizeof(sizes) / sizeof(sizes[0]))];
}


static void
test_alloc_is_zeroed_aligned_and_apart(void **state)
{
    size_t                n;
    unsigned              i;
    inv_arena_t          *arena;
    static unsigned char *blocks[INV_TEST_BLOCKS];

    arena = inv_arena_create();
    assert_non_null(arena);

    for (i = 0; i < INV_TEST_BLOCKS; i++) {
        n = test_size(i);
        blocks[i] = inv_arena_alloc(arena, n);

        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t) blocks[i] % 16, 0);
        assert_true(test_is_zero(blocks[i], n));
        memset(blocks[i], (int) (i % 255 + 1), n);
    }

    for (i = 0; i < INV_TEST_BLOCKS; i++) {
        assert_true(test_is_filled(blocks[i], test_size(i),
                                   (unsigned char) (i % 255 + 1)));
    }

    inv_arena_destroy(arena);
}


static void
test_empty_blocks_are_distinct(void **state)
{
    void        *one, *other;
    inv_arena_t *arena;

    arena = inv_arena_create();
    one = inv_arena_alloc(arena, 0);
    other = inv_arena_alloc(arena, 0);

    assert_non_null(one);
    assert_non_null(other);
    assert_ptr_not_equal(one, other);

    inv_arena_destroy(arena);
}


static void
test_copies_and_blocks_mix(void **state)
{
    size_t                n;
    unsigned              i;
    inv_str_t             text;
    inv_arena_t          *arena;
    static char           source[80000];
    static inv_str_t      copies[INV_TEST_BLOCKS];
    static unsigned char *blocks[INV_TEST_BLOCKS];

    for (i = 0; i < sizeof(source); i++) {
        source[i] = (char) (i * 31 + i / 256);
    }

    arena = inv_arena_create();

    for (i = 0; i < INV_TEST_BLOCKS; i++) {
        n = test_size(i);
        text = (inv_str_t){ n, source + i };
        assert_true(inv_arena_copy(arena, text, &copies[i]));
        blocks[i] = inv_arena_alloc(arena, n);
        assert_true(test_is_zero(blocks[i], n));
        memset(blocks[i], 0xee, n);
    }

    for (i = 0; i < INV_TEST_BLOCKS; i++) {
        text = (inv_str_t){ test_size(i), source + i };
        assert_true(inv_str_eq(copies[i], text));
        assert_int_equal(copies[i].data[copies[i].len], '\0');
        assert_true(test_is_filled(blocks[i], test_size(i), 0xee));
    }

    inv_arena_destroy(arena);
}


static void
test_copy_of_absent_and_empty(void **state)
{
    inv_str_t    copy;
    inv_arena_t *arena;

    arena = inv_arena_create();

    copy = inv_str("x");
    assert_true(inv_arena_copy(arena, INV_STR_ABSENT, &copy));
    assert_null(copy.data);
    assert_int_equal(copy.len, 0);

    assert_true(inv_arena_copy(arena, inv_str(""), &copy));
    assert_non_null(copy.data);
    assert_int_equal(copy.len, 0);
    assert_int_equal(copy.data[0], '\0');

    inv_arena_destroy(arena);
}


static void
test_impossible_sizes(void **state)
{
    inv_str_t    copy;
    inv_arena_t *arena;

    arena = inv_arena_create();

    assert_null(inv_arena_alloc(arena, SIZE_MAX));
    assert_null(inv_arena_alloc(arena, SIZE_MAX - 15));
    assert_null(inv_arena_alloc(arena, SIZE_MAX / 2 + 1));
    assert_null(inv_arena_array(arena, SIZE_MAX / 8, 16));
    assert_null(inv_arena_array(arena, SIZE_MAX, SIZE_MAX));
    assert_false(inv_arena_copy(arena, (inv_str_t){ SIZE_MAX, "x" }, &copy));

    /* it goes on to work */
    assert_non_null(inv_arena_alloc(arena, 100));
    assert_non_null(inv_arena_array(arena, 100, 80));
    assert_non_null(inv_arena_array(arena, 0, 80));

    inv_arena_destroy(arena);
}


static void
test_destroy_takes_null(void **state)
{
    inv_arena_destroy(NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_empty_blocks_are_distinct),
        cmocka_unit_test(test_copies_and_blocks_mix),
        cmocka_unit_test(test_copy_of_absent_and_empty),
        cmocka_unit_test(test_impossible_sizes),
        cmocka_unit_test(test_destroy_takes_null),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
