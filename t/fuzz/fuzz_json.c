
/*
 * Fuzzes the JSON reader against the oracle, and what it read through the
 * writer and back; numbers through the scaled form and back.
 *
 * Wants -timeout=2 -rss_limit_mb=512; texts up to the largest body.
 */


#include "json_oracle.h"
#include "../lib/json_tree.h"


/* What must hold, holds.  As loud with NDEBUG. */
#define FUZZ_MUST(condition)  \
    do {                      \
        if (!(condition)) {   \
            __builtin_trap(); \
        }                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* Names and texts are decoded, end with a NUL, and hold valid UTF-8. */
static void
fuzz_check_text(inv_str_t text)
{
    FUZZ_MUST(text.data != NULL);
    FUZZ_MUST(text.data[text.len] == '\0');
    FUZZ_MUST(memchr(text.data, '\0', text.len) == NULL);
    FUZZ_MUST(inv_utf8_length(text) <= text.len);
}


/* The value as a scaled number, if it can be one, comes back as written. */
static void
fuzz_check_number(inv_str_t text)
{
    size_t   n;
    int64_t  value, again;
    unsigned scale;
    char     out[INV_SCALED_TEXT];

    for (scale = 0; scale <= 9; scale++) {
        (void) inv_json_scaled(text, scale, INV_PRICE_DIGITS, &value);

        if (inv_json_scaled(text, scale, 0, &value) != INV_NUMBER_OK) {
            continue;
        }

        n = inv_json_scaled_write(value, scale, out);
        FUZZ_MUST(n > 0 && n <= sizeof(out));
        FUZZ_MUST(inv_json_scaled((inv_str_t){ n, out }, scale, 0, &again)
                  == INV_NUMBER_OK);
        FUZZ_MUST(again == value);
    }
}


static void
fuzz_check_tree(const inv_json_t *value)
{
    size_t            count;
    const inv_json_t *child;

    count = 0;

    if (value->type == INV_JSON_STRING || value->type == INV_JSON_NUMBER) {
        fuzz_check_text(value->text);
    }

    if (value->type == INV_JSON_NUMBER && value->text.len < 100) {
        fuzz_check_number(value->text);
    }

    for (child = value->first; child != NULL; child = child->next) {
        FUZZ_MUST((value->type == INV_JSON_OBJECT)
                  == (child->name.data != NULL));

        if (child->name.data != NULL) {
            fuzz_check_text(child->name);
        }

        /* by name only the first few: this is a walk along the list */
        if (value->type == INV_JSON_OBJECT && count < 32) {
            FUZZ_MUST(inv_json_member(value, child->name) == child);
        }

        fuzz_check_tree(child);
        count++;
    }

    FUZZ_MUST(count == value->count);
}


static bool
fuzz_equal(const inv_json_t *one, const inv_json_t *other)
{
    const inv_json_t *child;

    if (one->type != other->type || one->truth != other->truth
        || one->count != other->count || !inv_str_eq(one->name, other->name)
        || !inv_str_eq(one->text, other->text))
    {
        return false;
    }

    other = other->first;

    for (child = one->first; child != NULL; child = child->next) {
        if (other == NULL || !fuzz_equal(child, other)) {
            return false;
        }

        other = other->next;
    }

    return other == NULL;
}


static void
fuzz_round_trip(inv_arena_t *arena, const inv_json_t *root)
{
    inv_str_t          text;
    inv_json_t        *again;
    inv_json_error_t   error;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    FUZZ_MUST(w != NULL);
    json_tree_write(w, root);

    FUZZ_MUST(inv_json_finish(w, &text));
    FUZZ_MUST(inv_json_read(arena, text, &again, &error) == INV_JSON_OK);
    FUZZ_MUST(fuzz_equal(root, again));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t           offset;
    int64_t          value;
    inv_str_t        text;
    inv_json_t      *root;
    inv_arena_t     *arena;
    inv_json_error_t error;
    oracle_verdict_t verdict;

    text = (inv_str_t){ size, (const char *) data };
    offset = 0;
    verdict = oracle_judge(data, size, &offset);

    arena = inv_arena_create();
    FUZZ_MUST(arena != NULL);

    switch (inv_json_read(arena, text, &root, &error)) {

    case INV_JSON_OK:
        FUZZ_MUST(verdict == ORACLE_GOOD);
        fuzz_check_tree(root);
        fuzz_round_trip(arena, root);
        break;

    case INV_JSON_MALFORMED:
        FUZZ_MUST(verdict == ORACLE_BAD);
        FUZZ_MUST(error.reason != NULL && error.offset == offset);
        break;

    case INV_JSON_TOO_MANY:
        FUZZ_MUST(verdict == ORACLE_TOO_MANY);
        break;

    default:
        FUZZ_MUST(false);
    }

    /* as if it were a number, also where it is none */
    (void) inv_json_scaled(text, INV_PRICE_SCALE, INV_PRICE_DIGITS, &value);

    inv_arena_destroy(arena);

    return 0;
}
