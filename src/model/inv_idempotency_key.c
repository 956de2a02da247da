
/*
 * model: the value of an Idempotency-Key.  Any thread.
 */


#include "inv_idempotency.h"


/* The longest way to write a key: each character escaped, and the quotes. */
#define INV_KEY_TEXT_MAX (2 * INV_KEY_MAX + 2)


static bool
key_is_space(char c)
{
    return c == ' ' || c == '\t';
}


static inv_str_t
key_trim(inv_str_t text)
{
    while (text.len != 0 && key_is_space(text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len != 0 && key_is_space(text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}


/* tchar of RFC 9110, 5.6.2. */
static bool
key_is_token_character(char c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')) {
        return true;
    }

    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}


/* Writes what a token says to out; returns its length, 0: it is none. */
static size_t
key_read_token(inv_str_t text, char *out)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (!key_is_token_character(text.data[i])) {
            return 0;
        }

        out[i] = text.data[i];
    }

    return text.len;
}


/*
 * Writes what a string says to out, which has room for all of text; returns
 * its length, 0: it says nothing, or is none.
 */
static size_t
key_read_string(inv_str_t text, char *out)
{
    char   c;
    size_t i, n;

    n = 0;

    for (i = 1; i < text.len; i++) {
        c = text.data[i];

        if (c == '"') {
            return (i + 1 == text.len) ? n : 0;
        }

        if (c == '\\') {
            i++;

            if (i == text.len || (text.data[i] != '"' && text.data[i] != '\\'))
            {
                return 0;
            }

            c = text.data[i];

        } else if (c < 0x20 || c > 0x7e) {
            return 0;
        }

        out[n++] = c;
    }

    /* It never ended. */

    return 0;
}


inv_key_result_t
inv_key_read(inv_arena_t *arena, inv_str_t text, inv_str_t *key)
{
    char   out[INV_KEY_TEXT_MAX];
    size_t n;

    text = key_trim(text);

    if (text.len == 0 || text.len > INV_KEY_TEXT_MAX) {
        return INV_KEY_MALFORMED;
    }

    n = (text.data[0] == '"') ? key_read_string(text, out)
                              : key_read_token(text, out);

    if (n == 0 || n > INV_KEY_MAX) {
        return INV_KEY_MALFORMED;
    }

    return inv_arena_copy(arena, (inv_str_t){ n, out }, key)
               ? INV_KEY_OK
               : INV_KEY_NO_MEMORY;
}
