
/*
 * model: a text as the rules of redaction read it, so that no other script,
 * width or invisible character hides a secret from them.  Any thread.
 */


#include "inv_redact_private.h"

#include <uchar.h>


/* Decimal digits of Unicode 15 (Nd): where each ten of them begin. */
static const char32_t redact_zeros[] =
    U"\u0660\u06F0\u07C0\u0966\u09E6\u0A66\u0AE6\u0B66\u0BE6\u0C66\u0CE6"
    U"\u0D66\u0DE6\u0E50\u0ED0\u0F20\u1040\u1090\u17E0\u1810\u1946\u19D0"
    U"\u1A80\u1A90\u1B50\u1BB0\u1C40\u1C50\u2080\uA620\uA8D0\uA900\uA9D0"
    U"\uA9F0\uAA50\uABF0\uFF10\U000104A0\U00010D30\U00011066\U000110F0"
    U"\U00011136\U000111D0\U000112F0\U00011450\U000114D0\U00011650"
    U"\U000116C0\U00011730\U000118E0\U00011950\U00011C50\U00011D50"
    U"\U00011DA0\U00011F50\U00016A60\U00016AC0\U00016B50\U0001D7CE"
    U"\U0001D7D8\U0001D7E2\U0001D7EC\U0001D7F6\U0001E140\U0001E2F0"
    U"\U0001E4D0\U0001E950\U0001FBF0";

/* Those that count from one, and superscripts, whose tens have gaps. */
static const struct {
    uint32_t first;
    uint32_t last;
    int      value;
} redact_digits[] = { { 0x00B2, 0x00B3, 2 }, { 0x00B9, 0x00B9, 1 },
                      { 0x2070, 0x2070, 0 }, { 0x2074, 0x2079, 4 },
                      { 0x2460, 0x2468, 1 }, { 0x2474, 0x247C, 1 },
                      { 0x2488, 0x2490, 1 }, { 0x24EA, 0x24EA, 0 },
                      { 0x24F5, 0x24FD, 1 }, { 0x24FF, 0x24FF, 0 },
                      { 0x2776, 0x277E, 1 }, { 0x2780, 0x2788, 1 },
                      { 0x278A, 0x2792, 1 } };

/* What stands for one of ASCII; 0: for nothing, it is not seen. */
static const struct {
    uint32_t first;
    uint32_t last;
    char     ascii;
} redact_likes[] = {
    { 0x0085, 0x0085, ' ' }, { 0x00A0, 0x00A0, ' ' },  { 0x00AD, 0x00AD, 0 },
    { 0x034F, 0x034F, 0 },   { 0x061C, 0x061C, 0 },    { 0x1680, 0x1680, ' ' },
    { 0x180B, 0x180F, 0 },   { 0x2000, 0x200A, ' ' },  { 0x200B, 0x200F, 0 },
    { 0x2010, 0x2015, '-' }, { 0x2028, 0x2029, '\n' }, { 0x202A, 0x202E, 0 },
    { 0x202F, 0x202F, ' ' }, { 0x205F, 0x205F, ' ' },  { 0x2060, 0x206F, 0 },
    { 0x2212, 0x2212, '-' }, { 0x3000, 0x3000, ' ' },  { 0xFE00, 0xFE0F, 0 },
    { 0xFE63, 0xFE63, '-' }, { 0xFEFF, 0xFEFF, 0 },    { 0xE0000, 0xE0FFF, 0 }
};


/*
 * The character that text begins with (len from 1), and in n its bytes; a byte
 * that is not UTF-8 is a character that stands for nothing known.
 */
static uint32_t
redact_character(const char *text, size_t len, size_t *n)
{
    size_t        i, size;
    uint32_t      c;
    unsigned char first;

    first = (unsigned char) text[0];
    *n = 1;

    if (first < 0x80) {
        return first;
    }

    size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;

    if (first < 0xC2 || first > 0xF4 || size > len) {
        return UINT32_MAX;
    }

    c = first & (0x7Fu >> size);

    for (i = 1; i < size; i++) {
        if (((unsigned char) text[i] & 0xC0) != 0x80) {
            return UINT32_MAX;
        }

        c = c << 6 | ((unsigned char) text[i] & 0x3F);
    }

    *n = size;

    return c;
}


int
inv_redact_digit(uint32_t c)
{
    size_t i;

    for (i = 0; redact_zeros[i] != 0; i++) {
        if (c >= redact_zeros[i] && c < redact_zeros[i] + 10) {
            return (int) (c - redact_zeros[i]);
        }
    }

    for (i = 0; i < sizeof(redact_digits) / sizeof(redact_digits[0]); i++) {
        if (c >= redact_digits[i].first && c <= redact_digits[i].last) {
            return redact_digits[i].value + (int) (c - redact_digits[i].first);
        }
    }

    return -1;
}


/* The byte that stands for a character above ASCII; 0: none. */
static char
redact_like(uint32_t c)
{
    int    digit;
    size_t i;

    digit = inv_redact_digit(c);
    if (digit >= 0) {
        return (char) ('0' + digit);
    }

    if (c >= 0xFF01 && c <= 0xFF5E) {
        return (char) (c - 0xFF01 + '!');
    }

    for (i = 0; i < sizeof(redact_likes) / sizeof(redact_likes[0]); i++) {
        if (c >= redact_likes[i].first && c <= redact_likes[i].last) {
            return redact_likes[i].ascii;
        }
    }

    return INV_REDACT_FOREIGN;
}


bool
inv_redact_plain(inv_arena_t *arena, inv_str_t text, inv_str_t *plain)
{
    char    *out, byte;
    size_t   i, n, len;
    uint32_t c;

    out = inv_arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return false;
    }

    n = 0;

    for (i = 0; i < text.len; i += len) {
        c = redact_character(&text.data[i], text.len - i, &len);
        byte = c < 0x80 ? (char) c : redact_like(c);

        if (byte != 0) {
            out[n++] = byte;
        }
    }

    *plain = (inv_str_t){ n, out };

    return true;
}
