
/*
 * Any header value as an idempotency key.  What it says, written as a string
 * with everything escaped that may be, is the same key again, and so it is as
 * it stands where it is a token; what says nothing is told without the grammar.
 */


#include "../../src/model/inv_idempotency.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


static void
fuzz_same(inv_arena_t *arena, inv_str_t text, inv_str_t key)
{
    inv_str_t     again;
    unsigned char ids[2][INV_DIGEST_SIZE];

    fuzz_must(inv_key_read(arena, text, &again) == INV_KEY_OK);
    fuzz_must(inv_str_eq(again, key));
    fuzz_must(inv_claim_id(INV_STR_ABSENT, again, ids[0]));
    fuzz_must(inv_claim_id(inv_str(""), key, ids[1]));
    fuzz_must(memcmp(ids[0], ids[1], INV_DIGEST_SIZE) == 0);
}


static void
fuzz_quoted(inv_arena_t *arena, inv_str_t key)
{
    char   text[2 * INV_KEY_MAX + 2];
    size_t i, n;

    n = 0;
    text[n++] = '"';

    for (i = 0; i < key.len; i++) {
        fuzz_must(key.data[i] >= 0x20 && key.data[i] <= 0x7e);

        if (key.data[i] == '"' || key.data[i] == '\\') {
            text[n++] = '\\';
        }

        text[n++] = key.data[i];
    }

    text[n++] = '"';
    fuzz_same(arena, (inv_str_t){ n, text }, key);
}


/* A value of letters, digits and dashes of the right length is a key. */
static bool
fuzz_plain(inv_str_t value)
{
    char   c;
    size_t i;

    for (i = 0; i < value.len; i++) {
        c = value.data[i];

        if ((c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-') {
            return false;
        }
    }

    return value.len >= 1 && value.len <= INV_KEY_MAX;
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    inv_str_t        value, key;
    inv_arena_t     *arena;
    inv_key_result_t result;

    arena = inv_arena_create();
    fuzz_must(arena != NULL);

    value = (inv_str_t){ size, (const char *) input };
    result = inv_key_read(arena, value, &key);

    fuzz_must(result != INV_KEY_NO_MEMORY);
    fuzz_must(result == INV_KEY_OK || !fuzz_plain(value));

    if (result == INV_KEY_OK) {
        fuzz_must(key.len >= 1 && key.len <= INV_KEY_MAX);
        fuzz_must(memchr(value.data, '\n', value.len) == NULL);
        fuzz_quoted(arena, key);

        if (memchr(value.data, '"', value.len) == NULL) {
            fuzz_same(arena, key, key);
        }
    }

    inv_arena_destroy(arena);

    return 0;
}
