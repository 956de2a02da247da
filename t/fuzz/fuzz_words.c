
/*
 * Any text: its words are distinct, in order, short enough and made of small
 * letters; cut anywhere, a text has no other words than its parts together but
 * at the cut; and the words of the words are they.
 */


#include "../../src/base/inv_limits.h"
#include "../../src/json/inv_json.h"
#include "../../src/model/inv_words.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


/* Byte by byte, the shorter one first where one begins with the other. */
static int
fuzz_order(inv_str_t a, inv_str_t b)
{
    int order;

    order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}


static void
fuzz_checked(inv_arena_t *arena, const inv_str_t *texts, size_t n,
             inv_words_t *words)
{
    size_t i, length;

    fuzz_must(inv_words_read(arena, texts, n, words));

    for (i = 0; i < words->n; i++) {
        length = inv_utf8_length(words->items[i]);

        fuzz_must(length >= 1 && length <= INV_WORD_MAX);
        fuzz_must(i == 0
                  || fuzz_order(words->items[i - 1], words->items[i]) < 0);
    }
}


/* Each word's own words are the word itself. */
static void
fuzz_again(inv_arena_t *arena, const inv_words_t *words)
{
    size_t      i;
    inv_words_t again;

    for (i = 0; i < words->n; i++) {
        fuzz_checked(arena, &words->items[i], 1, &again);
        fuzz_must(again.n == 1);
        fuzz_must(inv_str_eq(again.items[0], words->items[i]));
    }
}


/* In two texts with a space between, or as two texts: the same words. */
static void
fuzz_in_two(inv_arena_t *arena, inv_str_t text)
{
    char       *joined;
    size_t      i, at;
    inv_str_t   one, two[2];
    inv_words_t words, others;

    at = text.len / 2;
    two[0] = (inv_str_t){ at, text.data };
    two[1] = (inv_str_t){ text.len - at, text.data + at };

    joined = inv_arena_alloc(arena, text.len + 1);
    fuzz_must(joined != NULL);
    memcpy(joined, text.data, at);
    joined[at] = ' ';
    memcpy(joined + at + 1, text.data + at, text.len - at);
    one = (inv_str_t){ text.len + 1, joined };

    fuzz_checked(arena, two, 2, &words);
    fuzz_checked(arena, &one, 1, &others);

    fuzz_must(words.n == others.n);

    for (i = 0; i < words.n; i++) {
        fuzz_must(inv_str_eq(words.items[i], others.items[i]));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    inv_str_t    text;
    inv_words_t  words;
    inv_arena_t *arena;

    arena = inv_arena_create();
    fuzz_must(arena != NULL);

    text.data = (const char *) input;
    text.len = size;

    fuzz_checked(arena, &text, 1, &words);
    fuzz_again(arena, &words);

    if (size > 0) {
        fuzz_in_two(arena, text);
    }

    inv_arena_destroy(arena);

    return 0;
}
