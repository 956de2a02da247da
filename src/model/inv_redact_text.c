
/*
 * model: whether a text is not to be told for what is in it, also where that
 * is JSON, or percent-encoded, or in base64, inside of it.  Any thread.
 */


#include "inv_redact_private.h"


/* What is looked through on the way has memory of its own, and not for long. */
typedef struct {
    inv_arena_t              *arena;
    const inv_redact_rules_t *rules;
    unsigned                  nested;
} redact_text_t;


static bool
redact_is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')
           || (c >= 'A' && c <= 'F');
}


/* Whether text has an escape at i, with n hex digits behind two bytes. */
static bool
redact_is_escape(inv_str_t text, size_t i, size_t n)
{
    size_t j;

    if (text.len - i < 2 + n) {
        return false;
    }

    for (j = 0; j < n; j++) {
        if (!redact_is_hex(text.data[i + 2 + j])) {
            return false;
        }
    }

    return true;
}


/* Of HTML, what may stand where a name begins or ends. */
static bool
redact_is_entity(inv_str_t text, size_t i)
{
    size_t j;

    static const inv_str_t entities[] = { inv_str("&#"),     inv_str("&quot"),
                                          inv_str("&apos"),  inv_str("&lt"),
                                          inv_str("&gt"),    inv_str("&colon"),
                                          inv_str("&equals") };

    for (j = 0; j < sizeof(entities) / sizeof(entities[0]); j++) {
        if (text.len - i >= entities[j].len
            && memcmp(text.data + i, entities[j].data, entities[j].len) == 0)
        {
            return true;
        }
    }

    return false;
}


/* Ways to write a character that are not followed: \u0070, \x70, &#112;, &lt;. */
static bool
redact_has_escape(inv_str_t text)
{
    size_t i;

    for (i = 0; i + 1 < text.len; i++) {

        if (redact_is_entity(text, i)) {
            return true;
        }

        if (text.data[i] == '%' && text.data[i + 1] == 'u'
            && redact_is_escape(text, i, 4))
        {
            return true;
        }

        if (text.data[i] == '\\'
            && ((text.data[i + 1] == 'u' && redact_is_escape(text, i, 4))
                || (text.data[i + 1] == 'x' && redact_is_escape(text, i, 2))))
        {
            return true;
        }
    }

    return false;
}


/* The first byte of JSON that is more than a word or a number. */
static bool
redact_may_be_json(inv_str_t text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (strchr(" \t\r\n", text.data[i]) == NULL) {
            return text.data[i] == '{' || text.data[i] == '['
                   || text.data[i] == '"';
        }
    }

    return false;
}


/* JSON in a text is looked through like a body; if it is none, read is false. */
static bool
redact_json_is_secret(const redact_text_t *rt, inv_str_t text, bool *read)
{
    inv_json_t       *root;
    inv_json_error_t  error;
    inv_json_result_t result;

    *read = false;

    if (!redact_may_be_json(text)) {
        return false;
    }

    if (rt->nested == INV_REDACT_NESTED_MAX) {
        return true;
    }

    result = inv_json_read(rt->arena, text, &root, &error);

    if (result != INV_JSON_OK) {
        return result != INV_JSON_MALFORMED;
    }

    *read = true;

    return inv_redact_tree_is_secret(rt->rules, root, rt->nested + 1);
}


/* A text with its "%XX" decoded; what is none stays.  Absent: no memory. */
static inv_str_t
redact_percent_decode(inv_arena_t *arena, inv_str_t text)
{
    char       *out, *p;
    size_t      taken;
    const char *from, *end;

    out = inv_arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return INV_STR_ABSENT;
    }

    p = out;
    end = text.data + text.len;

    for (from = text.data; from < end; from += taken) {
        taken = inv_escape_read(from, (size_t) (end - from), p);

        if (taken == 0) {
            *p = *from;
            taken = 1;
        }

        p++;
    }

    return (inv_str_t){ (size_t) (p - out), out };
}


static bool
redact_percent_is_secret(const redact_text_t *rt, inv_str_t text)
{
    inv_str_t decoded;

    if (memchr(text.data, '%', text.len) == NULL) {
        return false;
    }

    decoded = redact_percent_decode(rt->arena, text);

    if (decoded.data == NULL || decoded.len == text.len) {
        return decoded.data == NULL;
    }

    return rt->nested == INV_REDACT_NESTED_MAX
           || inv_redact_text_is_secret(rt->rules, decoded, rt->nested + 1);
}


static bool
redact_is_secret(const redact_text_t *rt, inv_str_t text)
{
    bool      read, secret;
    inv_str_t plain;

    /* What is not text is not understood. */

    if (memchr(text.data, '\0', text.len) != NULL
        || inv_utf8_length(text) == SIZE_MAX
        || !inv_redact_plain(rt->arena, text, &plain))
    {
        return true;
    }

    if (inv_redact_has_card(plain) || inv_redact_has_credential(plain)
        || inv_redact_has_listed(rt->arena, rt->rules, plain)
        || inv_redact_has_base64(rt->arena, rt->rules, plain, rt->nested))
    {
        return true;
    }

    secret = redact_json_is_secret(rt, plain, &read);

    if (secret || (!read && redact_has_escape(plain))) {
        return true;
    }

    return redact_percent_is_secret(rt, plain);
}


bool
inv_redact_text_is_secret(const inv_redact_rules_t *rules, inv_str_t text,
                          unsigned nested)
{
    bool          secret;
    redact_text_t rt = { .rules = rules, .nested = nested };

    if (text.len == 0) {
        return false;
    }

    if (text.len > INV_REDACT_TEXT_MAX) {
        return true;
    }

    rt.arena = inv_arena_create();
    if (rt.arena == NULL) {
        return true;
    }

    secret = redact_is_secret(&rt, text);
    inv_arena_destroy(rt.arena);

    return secret;
}
