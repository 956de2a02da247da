
/*
 * model: base64 in a text (RFC 4648, of both alphabets).  Any thread.
 */


#include "inv_redact_private.h"


/* A run of letters that is looked into: shorter ones are words. */
#define REDACT_BASE64_MIN 16


int
inv_redact_sextet(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    if (c == '+' || c == '-') {
        return 62;
    }

    return c == '/' || c == '_' ? 63 : -1;
}


size_t
inv_redact_base64_decode(inv_str_t letters, char *out)
{
    size_t   i, n;
    unsigned bits, held;

    n = 0;
    bits = 0;
    held = 0;

    for (i = 0; i < letters.len; i++) {
        held = (held << 6 | (unsigned) inv_redact_sextet(letters.data[i]))
               & 0x3FFF;
        bits += 6;

        if (bits >= 8) {
            bits -= 8;
            out[n++] = (char) (held >> bits & 0xFF);
        }
    }

    return n;
}


/* Whether bytes may be what somebody has written. */
static bool
redact_is_text(inv_str_t bytes)
{
    char   c;
    size_t i;

    for (i = 0; i < bytes.len; i++) {
        c = bytes.data[i];

        if (c == 0x7F
            || (c >= 0 && c < ' ' && c != '\t' && c != '\r' && c != '\n')) {
            return false;
        }
    }

    return inv_utf8_length(bytes) != SIZE_MAX;
}


static bool
redact_run_is_secret(inv_arena_t *arena, const inv_redact_rules_t *rules,
                     inv_str_t letters, unsigned nested)
{
    char     *out;
    inv_str_t bytes;

    out = inv_arena_alloc(arena, letters.len + 1);
    if (out == NULL) {
        return true;
    }

    bytes = (inv_str_t){ inv_redact_base64_decode(letters, out), out };

    if (!redact_is_text(bytes)) {
        return false;
    }

    return nested == INV_REDACT_NESTED_MAX
           || inv_redact_text_is_secret(rules, bytes, nested + 1);
}


bool
inv_redact_has_base64(inv_arena_t *arena, const inv_redact_rules_t *rules,
                      inv_str_t plain, unsigned nested)
{
    size_t    i, start;
    inv_str_t letters;

    start = 0;

    for (i = 0; i <= plain.len; i++) {

        if (i < plain.len && inv_redact_sextet(plain.data[i]) >= 0) {
            continue;
        }

        letters = (inv_str_t){ i - start, plain.data + start };
        start = i + 1;

        if (letters.len >= REDACT_BASE64_MIN
            && redact_run_is_secret(arena, rules, letters, nested))
        {
            return true;
        }
    }

    return false;
}
