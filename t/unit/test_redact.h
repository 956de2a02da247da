
/*
 * What the unit tests of redaction share: one text through the function that
 * it is for.
 */


#ifndef TEST_REDACT_H
#define TEST_REDACT_H


#include "test_model.h"
#include "../../src/model/inv_redact.h"


typedef enum {
    TEST_BODY,
    TEST_QUERY,
    TEST_HEADER, /* "name: value" */
    TEST_PATH
} test_redact_t;

static const char *const test_redact_names[] = { "body", "query", "header",
                                                 "path" };


/* "Tax-Number" and "description" are configured. */
static const inv_str_t test_redact_configured[] = { inv_str("taxnumber"),
                                                    inv_str("description") };

static const inv_redact_rules_t test_redact_rules = { test_redact_configured,
                                                      2 };


static inline bool
test_redact_header(inv_arena_t *arena, inv_str_t line, inv_str_t *text)
{
    size_t               n;
    const char          *colon;
    inv_redact_fields_t *fields;

    colon = memchr(line.data, ':', line.len);
    assert_non_null(colon);
    n = (size_t) (colon - line.data);

    fields = inv_redact_fields_create(arena, &test_redact_rules);
    assert_non_null(fields);
    inv_redact_fields_add(fields, (inv_str_t){ n, line.data },
                          (inv_str_t){ line.len - n - 2, colon + 2 });

    return inv_redact_fields_finish(fields, text);
}


/* The redacted text, which is JSON, in arena. */
static inline inv_str_t
test_redact(inv_arena_t *arena, test_redact_t kind, inv_str_t given)
{
    bool              done;
    inv_str_t         text;
    inv_json_t       *root;
    inv_json_error_t  error;
    inv_json_result_t result;

    switch (kind) {

    case TEST_BODY:
        done = inv_redact_body(arena, &test_redact_rules, given, &text);
        break;

    case TEST_QUERY:
        done = inv_redact_query(arena, &test_redact_rules, given, &text);
        break;

    case TEST_HEADER:
        done = test_redact_header(arena, given, &text);
        break;

    default:
        done = inv_redact_path(arena, &test_redact_rules, given, &text);
    }

    assert_true(done);

    result = inv_json_read(arena, text, &root, &error);

    if (result != INV_JSON_OK) {
        fail_msg("%s is not JSON\n  of: %.*s\n  is: %.*s",
                 test_redact_names[kind], (int) given.len, given.data,
                 (int) text.len, text.data);
    }

    return text;
}


#endif /* TEST_REDACT_H */
