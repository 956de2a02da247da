
/*
 * model: words, see inv_words.h.  Any thread.
 */


#include "inv_words.h"
#include "../base/inv_limits.h"
#include "../json/inv_json.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <wctype.h>


/* Bytes of the longest code point. */
#define WORDS_UTF8_MAX 4

/* What stands where no code point can be read. */
#define WORDS_NO_POINT UINT32_MAX

typedef struct {
    inv_words_t *words;
    char        *out;        /* memory for all of them */
    size_t       start, len; /* of the word that is being read, in out */
    unsigned     points;     /* of it, also those that were cut off */
} words_reader_t;


static pthread_once_t words_once = PTHREAD_ONCE_INIT;
static locale_t       words_locale;
static wctype_t       words_combining;


static void
words_open_locale(void)
{
    words_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);

    if (words_locale != (locale_t) 0) {
        words_combining = wctype_l("combining", words_locale);
    }
}


static bool
words_is_letter(uint32_t c)
{
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
               || (c >= '0' && c <= '9');
    }

    /* without the locale better too much than nothing of most languages */
    return words_locale == (locale_t) 0 || iswalnum_l((wint_t) c, words_locale);
}


static bool
words_is_mark(uint32_t c)
{
    return c >= 0x80 && words_combining != (wctype_t) 0
           && iswctype_l((wint_t) c, words_combining, words_locale);
}


static uint32_t
words_small(uint32_t c)
{
    if (c < 0x80) {
        return (c >= 'A' && c <= 'Z') ? c + ('a' - 'A') : c;
    }

    return words_locale == (locale_t) 0
               ? c
               : (uint32_t) towlower_l((wint_t) c, words_locale);
}


/* The code point at p; len is how much of the text it takes. */
static uint32_t
words_point(const char *p, size_t left, size_t *len)
{
    size_t               i, n;
    uint32_t             c;
    const unsigned char *bytes = (const unsigned char *) p;

    c = bytes[0];
    *len = 1;

    if (c < 0x80) {
        return c;
    }

    n = (c >= 0xf0) ? 4 : (c >= 0xe0) ? 3 : 2;

    if (n > left || inv_utf8_length((inv_str_t){ n, p }) != 1) {
        return WORDS_NO_POINT;
    }

    c &= 0x7fu >> n;

    for (i = 1; i < n; i++) {
        c = c << 6 | (bytes[i] & 0x3fu);
    }

    *len = n;

    return c;
}


static size_t
words_put(uint32_t c, char *out)
{
    size_t i, n;

    if (c < 0x80) {
        out[0] = (char) c;
        return 1;
    }

    n = (c < 0x800) ? 2 : (c < 0x10000) ? 3 : 4;

    for (i = n - 1; i > 0; i--) {
        out[i] = (char) (0x80 | (c & 0x3f));
        c >>= 6;
    }

    out[0] = (char) (((0xf00u >> n) | c) & 0xff);

    return n;
}


/* The word that was being read, if there is one, is at its end. */
static void
words_end(words_reader_t *reader)
{
    inv_str_t *word;

    if (reader->len != 0) {
        word = &reader->words->items[reader->words->n++];
        word->data = reader->out + reader->start;
        word->len = reader->len;
        reader->start += reader->len;
    }

    reader->len = 0;
    reader->points = 0;
}


static void
words_read_text(words_reader_t *reader, inv_str_t text)
{
    size_t   i, len;
    uint32_t c;

    for (i = 0; i < text.len; i += len) {
        c = words_point(text.data + i, text.len - i, &len);

        if (c == WORDS_NO_POINT
            || (!words_is_letter(c)
                && (reader->points == 0 || !words_is_mark(c))))
        {
            words_end(reader);
            continue;
        }

        if (reader->points++ < INV_WORD_MAX) {
            reader->len += words_put(words_small(c),
                                     reader->out + reader->start + reader->len);
        }
    }

    words_end(reader);
}


static int
words_order(const void *a, const void *b)
{
    int              order;
    const inv_str_t *x = a, *y = b;

    order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}


static void
words_make_distinct(inv_words_t *words)
{
    size_t i, kept;

    if (words->n == 0) {
        return;
    }

    qsort(words->items, words->n, sizeof(inv_str_t), words_order);

    kept = 1;

    for (i = 1; i < words->n; i++) {
        if (!inv_str_eq(words->items[i], words->items[kept - 1])) {
            words->items[kept++] = words->items[i];
        }
    }

    words->n = kept;
}


bool
inv_words_read(inv_arena_t *arena, const inv_str_t *texts, size_t n,
               inv_words_t *words)
{
    size_t         i, bytes;
    words_reader_t reader;

    pthread_once(&words_once, words_open_locale);

    memset(&reader, 0, sizeof(reader));
    bytes = 0;

    for (i = 0; i < n; i++) {
        bytes += texts[i].len;
    }

    /* a small letter may have more bytes, and words have gaps between them */

    words->n = 0;
    words->items = inv_arena_array(arena, bytes / 2 + n, sizeof(inv_str_t));
    reader.words = words;
    reader.out = inv_arena_array(arena, bytes, WORDS_UTF8_MAX);

    if (words->items == NULL || reader.out == NULL) {
        return false;
    }

    for (i = 0; i < n; i++) {
        words_read_text(&reader, texts[i]);
    }

    words_make_distinct(words);

    return true;
}
