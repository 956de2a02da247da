
/*
 * Helpers of the model's unit tests: trees from texts, and faults as one text.
 */


#ifndef TEST_FAULTS_H
#define TEST_FAULTS_H


#include "../../src/model/inv_problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>


#define test_count(table) (sizeof(table) / sizeof((table)[0]))


static inline inv_str_t
test_str(const char *text)
{
    return (inv_str_t){ strlen(text), text };
}


static inline inv_json_t *
test_root(inv_arena_t *arena, const char *text)
{
    inv_json_t      *root;
    inv_json_error_t error;

    assert_int_equal(inv_json_read(arena, test_str(text), &root, &error),
                     INV_JSON_OK);

    return root;
}


/* before, unit n times, after; in the arena. */
static inline const char *
test_repeat(inv_arena_t *arena, const char *before, const char *unit, size_t n,
            const char *after)
{
    char  *text, *p;
    size_t i;

    text = inv_arena_alloc(arena, strlen(before) + n * strlen(unit)
                                      + strlen(after) + 1);
    assert_non_null(text);
    p = stpcpy(text, before);

    for (i = 0; i < n; i++) {
        p = stpcpy(p, unit);
    }

    strcpy(p, after);

    return text;
}


/* Each kept fault as "pointer detail" and a line feed; "": there is none. */
static inline void
test_faults(const inv_faults_t *faults, const char *expected)
{
    char              *text, *p;
    size_t             size;
    const inv_fault_t *fault;

    assert_false(faults->no_memory);

    size = 1;

    for (fault = faults->first; fault != NULL; fault = fault->next) {
        size += fault->pointer.len + fault->detail.len + 2;
    }

    p = text = malloc(size);
    assert_non_null(text);

    for (fault = faults->first; fault != NULL; fault = fault->next) {
        memcpy(p, fault->pointer.data, fault->pointer.len);
        p += fault->pointer.len;
        *p++ = ' ';
        memcpy(p, fault->detail.data, fault->detail.len);
        p += fault->detail.len;
        *p++ = '\n';
    }

    *p = '\0';

    assert_string_equal(text, expected);
    free(text);
}


/* expected NULL: the text is absent. */
static inline void
test_text(inv_str_t text, const char *expected)
{
    if (expected == NULL) {
        assert_null(text.data);
        return;
    }

    assert_non_null(text.data);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}


#endif /* TEST_FAULTS_H */
