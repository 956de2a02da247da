
/*
 * Unit test of words: what is one, how it is written small, and that the same
 * text has the same words in whichever locale and thread.
 */


#include "test_model.h"
#include "../../src/model/inv_words.h"

#include <locale.h>
#include <pthread.h>


/* The words of texts, as one text with '|' between them. */
static void
test_words_of(const inv_str_t *texts, size_t n, const char *expected)
{
    size_t       i, len;
    inv_words_t  words;
    inv_arena_t *arena;
    char         joined[4096];

    arena = inv_arena_create();
    assert_true(inv_words_read(arena, texts, n, &words));

    len = 0;
    joined[0] = '\0';

    for (i = 0; i < words.n; i++) {
        len += (size_t) snprintf(joined + len, sizeof(joined) - len, "%s%.*s",
                                 i > 0 ? "|" : "", (int) words.items[i].len,
                                 words.items[i].data);
    }

    if (strcmp(joined, expected) != 0) {
        fail_msg("\n  text: %.*s\n  told: %s\n  want: %s", (int) texts[0].len,
                 texts[0].data, joined, expected);
    }

    inv_arena_destroy(arena);
}


/* From memory that ends where the text does. */
static void
test_word(const char *text, const char *expected)
{
    char     *exact;
    size_t    len;
    inv_str_t one;

    len = strlen(text);
    exact = malloc(len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, text, len);

    one = (inv_str_t){ len, exact + 1 };
    test_words_of(&one, 1, expected);

    free(exact);
}


typedef struct {
    const char *text;
    const char *words;
} test_case_t;

static const test_case_t test_cases[] = {
    { "", "" },
    { " \t\r\n", "" },
    { "!!! -- ... '\"", "" },
    { "a", "a" },
    { "Hello, world", "hello|world" },
    { "hello HELLO Hello", "hello" },
    { "b a c a b", "a|b|c" },
    { "T-shirt size_42 (100%)", "100|42|shirt|size|t" },
    { "O'Neill's", "neill|o|s" },
    { "a1b2", "a1b2" },
    { "ab abc a", "a|ab|abc" },

    /* small letters of other scripts, some of another length */
    { "\xc3\x89T\xc3\x89", "\xc3\xa9t\xc3\xa9" },
    { "STRASSE STRA\xc3\x9f"
      "E",
      "strasse|stra\xc3\x9f"
      "e" },
    { "\xce\xa3\xce\x91", "\xcf\x83\xce\xb1" },
    { "\xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0",
      "\xd0\xbc\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0" },
    { "\xc8\xba", "\xe2\xb1\xa5" },
    { "\xe2\x84\xaa", "k" },
    { "\xf0\x90\x90\x80", "\xf0\x90\x90\xa8" },
    { "\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87" },
    { "\xd9\xa1\xd9\xa2", "\xd9\xa1\xd9\xa2" },

    /* signs, spaces and pictures stand between words */
    { "a\xc2\xa0"
      "b",
      "a|b" },
    { "10\xe2\x82\xac", "10" },
    { "x\xf0\x9f\x98\x80y", "x|y" },
    { "a\xe3\x80\x82"
      "b",
      "a|b" },

    /* a mark belongs to the letter before it, and is no word alone */
    { "e\xcc\x81te\xcc\x81", "e\xcc\x81te\xcc\x81" },
    { "\xcc\x81 a", "a" },
    { "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5"
      "\x80",
      "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5"
      "\x80" },

    /* what is not UTF-8 */
    { "a\xff"
      "b",
      "a|b" },
    { "a\xc3", "a" },
    { "a\xe2\x82", "a" },
    { "a\xed\xa0\x80"
      "b",
      "a|b" },
    { "\xf4\x90\x80\x80x", "x" },
};


static void
test_each(void **state)
{
    size_t i;

    for (i = 0; i < TEST_COUNT(test_cases); i++) {
        test_word(test_cases[i].text, test_cases[i].words);
    }
}


/* A word does not go on in the next text. */
static void
test_texts(void **state)
{
    const inv_str_t two[] = { inv_str("red T"), inv_str("Shirt red") };
    const inv_str_t absent[] = { inv_str("x"), INV_STR_ABSENT };

    test_words_of(two, 2, "red|shirt|t");
    test_words_of(absent, 2, "x");
    test_words_of(absent + 1, 1, "");
    test_words_of(two, 0, "");
}


/* Cut by code points; what is equal up to there is the same word. */
static void
test_long(void **state)
{
    char *text, *word;

    text = test_repeated("", "A", INV_WORD_MAX, "");
    word = test_repeated("", "a", INV_WORD_MAX, "");
    test_word(text, word);
    free(text);

    text = test_repeated("", "a", INV_WORD_MAX + 1, " ");
    test_word(text, word);
    free(text);

    text = test_repeated("", "a", 100000, "");
    test_word(text, word);
    free(text);
    free(word);

    text = test_repeated("", "\xf0\x90\x90\x80", INV_WORD_MAX + 9, " x");
    word = test_repeated("x|", "\xf0\x90\x90\xa8", INV_WORD_MAX, "");
    test_word(text, word);
    free(text);
    free(word);
}


/* As many as a name and a description can have. */
static void
test_many(void **state)
{
    char        *text, *p;
    size_t       i;
    inv_str_t    one;
    inv_words_t  words;
    inv_arena_t *arena;

    arena = inv_arena_create();
    text = inv_arena_alloc(arena, 2600 * 4 + 1);

    for (i = 0, p = text; i < 2600; i++) {
        p += sprintf(p, "%c%c%c ", 'a' + (int) (i / 676),
                     'a' + (int) (i / 26 % 26), 'a' + (int) (i % 26));
    }

    one = (inv_str_t){ (size_t) (p - text), text };
    assert_true(inv_words_read(arena, &one, 1, &words));
    assert_int_equal(words.n, 2600);

    for (i = 1; i < words.n; i++) {
        assert_true(memcmp(words.items[i - 1].data, words.items[i].data, 3)
                    < 0);
    }

    inv_arena_destroy(arena);
}


/* What q looks for is found in what was written: words of words are they. */
static void
test_again(void **state)
{
    size_t i;
    char   text[256], *p;

    for (i = 0; i < TEST_COUNT(test_cases); i++) {
        strcpy(text, test_cases[i].words);

        for (p = text; *p != '\0'; p++) {
            *p = (*p == '|') ? ' ' : *p;
        }

        test_word(text, test_cases[i].words);
    }
}


static void *
test_thread(void *argument)
{
    int i;

    for (i = 0; i < 200; i++) {
        test_each(NULL);
    }

    return NULL;
}


static void
test_threads(void **state)
{
    int       i;
    pthread_t threads[4];

    for (i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, test_thread, NULL),
                         0);
    }

    for (i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}


/* The process's own locale does not matter. */
static void
test_locale(void **state)
{
    setlocale(LC_ALL, "C");
    test_each(state);
    setlocale(LC_ALL, "C.UTF-8");
    test_each(state);
    setlocale(LC_ALL, "C");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),   cmocka_unit_test(test_texts),
        cmocka_unit_test(test_long),   cmocka_unit_test(test_many),
        cmocka_unit_test(test_again),  cmocka_unit_test(test_threads),
        cmocka_unit_test(test_locale),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
