
/*
 * json: UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing
 * above U+10FFFF.  Any thread.
 */


#include "inv_json_parts.h"


/* Sequences by their lead byte; only the second byte's range ever narrows. */
typedef struct {
    unsigned char lead_first, lead_last;
    unsigned char second_first, second_last;
    unsigned char length;
} inv_utf8_form_t;

static const inv_utf8_form_t inv_utf8_forms[] = {
    { 0xc2, 0xdf, 0x80, 0xbf, 2 }, /* c0 and c1 would be overlong */
    { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, /* so would 80 to 9f here */
    { 0xe1, 0xec, 0x80, 0xbf, 3 },
    { 0xed, 0xed, 0x80, 0x9f, 3 }, /* a0 to bf are surrogates */
    { 0xee, 0xef, 0x80, 0xbf, 3 },
    { 0xf0, 0xf0, 0x90, 0xbf, 4 }, /* 80 to 8f would be overlong */
    { 0xf1, 0xf3, 0x80, 0xbf, 4 },
    { 0xf4, 0xf4, 0x80, 0x8f, 4 }, /* above is past U+10FFFF */
};

#define INV_UTF8_FORMS (sizeof(inv_utf8_forms) / sizeof(inv_utf8_forms[0]))


/* The length of the sequence of several bytes at p; 0: there is no valid one */
static size_t
inv_utf8_sequence(const unsigned char *p, const unsigned char *end)
{
    size_t                 i;
    const inv_utf8_form_t *form;

    form = inv_utf8_forms;

    for (i = 0; i < INV_UTF8_FORMS && p[0] > form->lead_last; i++) {
        form++;
    }

    if (i == INV_UTF8_FORMS || p[0] < form->lead_first
        || (size_t) (end - p) < form->length || p[1] < form->second_first
        || p[1] > form->second_last)
    {
        return 0;
    }

    for (i = 2; i < form->length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    return form->length;
}


/* Eight ASCII bytes at p: the usual case, taken at once. */
static bool
inv_utf8_is_ascii(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));

    return (word & UINT64_C(0x8080808080808080)) == 0;
}


/* Goes as far as text is valid; count gets the code points passed. */
static size_t
inv_utf8_walk(inv_str_t text, size_t *count)
{
    size_t               i, n, points;
    const unsigned char *p;

    p = (const unsigned char *) text.data;
    points = 0;

    for (i = 0; i < text.len; i += n) {
        if (text.len - i >= 8 && inv_utf8_is_ascii(p + i)) {
            n = 8;
            points += 8;
            continue;
        }

        n = p[i] < 0x80 ? 1 : inv_utf8_sequence(p + i, p + text.len);
        if (n == 0) {
            break;
        }

        points++;
    }

    *count = points;

    return i;
}


size_t
inv_utf8_valid(inv_str_t text)
{
    size_t count;

    return inv_utf8_walk(text, &count);
}


size_t
inv_utf8_length(inv_str_t text)
{
    size_t count;

    return inv_utf8_walk(text, &count) == text.len ? count : SIZE_MAX;
}
