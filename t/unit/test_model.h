
/*
 * Helpers of the model's unit tests: bodies read, faults as one text, and
 * products that are made from a body.
 */


#ifndef TEST_MODEL_H
#define TEST_MODEL_H


#include "test_json_text.h"
#include "../../src/model/inv_product.h"

#include <stdio.h>


#define TEST_FAULTS_TEXT 65536

#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))


static inline inv_str_t
test_str(const char *text)
{
    return (inv_str_t){ strlen(text), text };
}


/* The tree of a text that has to be good JSON. */
static inline inv_json_t *
test_tree(inv_arena_t *arena, const char *text)
{
    inv_json_t      *root;
    inv_json_error_t error;

    if (test_json_read(arena, test_str(text), &root, &error) != INV_JSON_OK) {
        fail_msg("not JSON: %s", text);
    }

    return root;
}


/* Compares with "pointer detail" after "pointer detail", in order of telling. */
static inline void
test_faults(const inv_faults_t *faults, const char *expected, const char *what)
{
    int                n;
    size_t             len, count;
    const inv_fault_t *fault;
    static char        text[TEST_FAULTS_TEXT];

    len = 0;
    count = 0;
    text[0] = '\0';

    for (fault = faults->first; fault != NULL; fault = fault->next) {
        n = snprintf(text + len, sizeof(text) - len, "%s%.*s %.*s",
                     (len > 0) ? "; " : "", (int) fault->pointer.len,
                     fault->pointer.data, (int) fault->detail.len,
                     fault->detail.data);
        len += (size_t) n;
        assert_in_range(len, 1, sizeof(text) - 1);
        count++;
    }

    if (strcmp(text, expected) != 0) {
        fail_msg("%.200s\n  told: %s\n  want: %s", what, text, expected);
    }

    assert_int_equal(faults->count, count);
    assert_false(faults->no_memory);
}


/* What a body says that has to be without fault. */
static inline void
test_input(inv_arena_t *arena, const char *body, inv_write_mode_t mode,
           inv_product_input_t *input)
{
    inv_faults_t faults;

    inv_faults_init(&faults, arena);
    inv_product_read(test_tree(arena, body), mode, input, &faults);
    test_faults(&faults, "", body);
}


/* before, unit n times, after; the caller's to free. */
static inline char *
test_repeated(const char *before, const char *unit, size_t n, const char *after)
{
    char  *text, *p;
    size_t i;

    text = malloc(strlen(before) + n * strlen(unit) + strlen(after) + 1);
    assert_non_null(text);
    p = stpcpy(text, before);

    for (i = 0; i < n; i++) {
        p = stpcpy(p, unit);
    }

    strcpy(p, after);

    return text;
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

    if (!inv_str_eq(text, test_str(expected))) {
        fail_msg("\n  told: %.*s\n  want: %s", (int) text.len, text.data,
                 expected);
    }
}


#endif /* TEST_MODEL_H */
