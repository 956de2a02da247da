
/*
 * model: a text as the rules of redaction read it, so that no other script,
 * width or invisible character hides a secret from them.  Any thread.
 */


#include "inv_redact_private.h"


/* Decimal digits of Unicode 15 (Nd): where each ten of them begin. */
static const uint32_t redact_zeros[] = {
    0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,
    0x0BE6,  0x0C66,  0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,
    0x1040,  0x1090,  0x17E0,  0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,
    0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0x2080,  0xA620,  0xA8D0,  0xA900,
    0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0,
    0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60,
    0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140,
    0x1E2F0, 0x1E4D0, 0x1E950, 0x1FBF0
};

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

    for (i = 0; i < sizeof(redact_zeros) / sizeof(redact_zeros[0]); i++) {
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
