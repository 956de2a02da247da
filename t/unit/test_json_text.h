
/*
 * Helpers of the JSON unit tests: texts that end where their memory does, and
 * trees written back.
 */


#ifndef TEST_JSON_TEXT_H
#define TEST_JSON_TEXT_H


#include "../lib/json_tree.h"
#include "../../src/json/inv_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>


/* Reads a copy that AddressSanitizer guards, and that is gone afterwards. */
static inline inv_json_result_t
test_json_read(inv_arena_t *arena, inv_str_t text, inv_json_t **root,
               inv_json_error_t *error)
{
    char             *exact;
    inv_json_result_t result;

    exact = malloc(text.len > 0 ? text.len : 1);
    assert_non_null(exact);

    if (text.len > 0) {
        memcpy(exact, text.data, text.len);
    }

    result = inv_json_read(arena, (inv_str_t){ text.len, exact }, root, error);

    memset(exact, '#', text.len);
    free(exact);

    return result;
}


#endif /* TEST_JSON_TEXT_H */
