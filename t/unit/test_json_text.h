
/*
 * Helpers of the JSON unit tests: texts that end where their memory does, and
 * trees written back.
 */


#ifndef TEST_JSON_TEXT_H
#define TEST_JSON_TEXT_H


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


static inline void
test_json_write(inv_json_writer_t *w, const inv_json_t *value)
{
    const inv_json_t *child;

    switch (value->type) {

    case INV_JSON_NULL:
        inv_json_null(w);
        break;

    case INV_JSON_BOOL:
        inv_json_bool(w, value->truth);
        break;

    case INV_JSON_NUMBER:
        inv_json_number(w, value->text);
        break;

    case INV_JSON_STRING:
        inv_json_string(w, value->text);
        break;

    case INV_JSON_ARRAY:
        inv_json_open_array(w);

        for (child = value->first; child != NULL; child = child->next) {
            test_json_write(w, child);
        }

        inv_json_close_array(w);
        break;

    case INV_JSON_OBJECT:
        inv_json_open_object(w);

        for (child = value->first; child != NULL; child = child->next) {
            inv_json_name(w, child->name.data);
            test_json_write(w, child);
        }

        inv_json_close_object(w);
        break;
    }
}


#endif /* TEST_JSON_TEXT_H */
