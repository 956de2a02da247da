
/*
 * Unit test of the set of names: the hash is SipHash, under another key each
 * time.
 */


#include "../../src/json/inv_json_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>


/* The key and the messages (0, 1, 2, ...) of the paper's test vectors. */
static void
test_hash(void **state)
{
    size_t                i;
    char                  message[64];
    inv_str_t             text;
    static const uint64_t key[2] = { UINT64_C(0x0706050403020100),
                                     UINT64_C(0x0f0e0d0c0b0a0908) };
    static const struct {
        size_t   len;
        uint64_t hash;
    } vectors[] = {
        { 8, UINT64_C(0x93f5f5799a932462) },
        { 9, UINT64_C(0x9e0082df0ba9e4b0) },
        { 15, UINT64_C(0xa129ca6149be45e5) },
        { 16, UINT64_C(0x3f2acc7f57c29bdb) },
        { 23, UINT64_C(0xa80c038ccd5ccec8) },
        { 64, UINT64_C(0xacd2c40b8502cad8) },
    };

    for (i = 0; i < sizeof(message); i++) {
        message[i] = (char) i;
    }

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        text = (inv_str_t){ vectors[i].len - 8, message + 8 };
        assert_true(inv_json_sip(key, key[0], text) == vectors[i].hash);
    }
}


/* Adds members until the set has to be a table. */
static void
test_fill(inv_json_names_t *names, inv_arena_t *arena)
{
    size_t           i;
    char             letter;
    inv_json_node_t *object, *member;

    inv_json_names_init(names, arena);
    object = inv_arena_alloc(arena, sizeof(*object));
    assert_non_null(object);

    for (i = 0; i < 26; i++) {
        member = inv_arena_alloc(arena, sizeof(*member));
        assert_non_null(member);

        letter = (char) ('a' + i);
        member->parent = object;
        assert_true(inv_arena_copy(arena, (inv_str_t){ 1, &letter },
                                   &member->value.name));
        assert_int_equal(inv_json_names_add(names, member), INV_JSON_NAME_NEW);

        member->value.next = object->value.first;
        object->value.first = &member->value;
        object->value.count++;
    }

    /* any of them once more, from the first to the last */

    for (i = 0; i < 26; i++) {
        member = inv_arena_alloc(arena, sizeof(*member));
        letter = (char) ('a' + i);
        member->parent = object;
        member->value.name = (inv_str_t){ 1, &letter };
        assert_int_equal(inv_json_names_add(names, member),
                         INV_JSON_NAME_TWICE);
    }
}


static void
test_key_is_random(void **state)
{
    inv_arena_t     *arena;
    inv_json_names_t one, other;

    arena = inv_arena_create();
    test_fill(&one, arena);
    test_fill(&other, arena);

    assert_true(one.count == 26 && other.count == 26);
    assert_memory_not_equal(one.key, other.key, sizeof(one.key));

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_key_is_random),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
