
/*
 * model: percent-encoding of what stands in a URI.  Any thread.
 */


#include "inv_percent.h"
#include "../json/inv_json.h"


inv_percent_result_t
inv_percent_decode(inv_arena_t *arena, inv_str_t text, inv_str_t *decoded)
{
    char  *out;
    size_t i, n, taken;

    out = inv_arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return INV_PERCENT_NO_MEMORY;
    }

    n = 0;

    for (i = 0; i < text.len; i += taken) {
        taken = inv_escape_read(&text.data[i], text.len - i, &out[n]);
        if (taken == 0) {
            return INV_PERCENT_BAD_ESCAPE;
        }

        if (text.data[i] == '+') {
            out[n] = ' ';
        }

        n++;
    }

    decoded->data = out;
    decoded->len = n;

    if (memchr(out, '\0', n) != NULL || inv_utf8_length(*decoded) == SIZE_MAX) {
        return INV_PERCENT_BAD_TEXT;
    }

    return INV_PERCENT_OK;
}


/* The bytes of the character at p that may stay as it is; 0: it may not. */
static size_t
percent_character(const char *p, size_t left)
{
    size_t        n;
    unsigned char c;

    c = (unsigned char) *p;

    if (c < 0x20 || c == 0x7f) {
        return 0;
    }

    for (n = 1; n <= 4 && n <= left; n++) {
        if (inv_utf8_length((inv_str_t){ n, p }) == 1) {
            return n;
        }
    }

    return 0;
}


/* "%XX"; returns how long that is. */
static size_t
percent_write(char c, char *out)
{
    static const char hex[] = "0123456789ABCDEF";

    out[0] = '%';
    out[1] = hex[(unsigned char) c >> 4];
    out[2] = hex[(unsigned char) c & 0xf];

    return 3;
}


bool
inv_percent_clean(inv_arena_t *arena, inv_str_t bytes, inv_str_t *text)
{
    char  *out;
    size_t i, n, len;

    out = inv_arena_array(arena, bytes.len + 1, 3);
    if (out == NULL) {
        return false;
    }

    len = 0;

    for (i = 0; i < bytes.len; i += n) {
        n = percent_character(bytes.data + i, bytes.len - i);

        if (n != 0) {
            memcpy(out + len, bytes.data + i, n);
            len += n;
            continue;
        }

        len += percent_write(bytes.data[i], out + len);
        n = 1;
    }

    text->data = out;
    text->len = len;

    return true;
}


bool
inv_percent_encode(inv_arena_t *arena, inv_str_t text, inv_str_t *encoded)
{
    char   c, *out;
    size_t i, len;

    out = inv_arena_array(arena, text.len + 1, 3);
    if (out == NULL) {
        return false;
    }

    len = 0;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
            || (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~:", c)))
        {
            out[len++] = c;

        } else {
            len += percent_write(c, out + len);
        }
    }

    encoded->data = out;
    encoded->len = len;

    return true;
}
