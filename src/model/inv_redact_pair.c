
/*
 * model: names whose values stand under another name beside them, as in
 * "name=token&value=..." and {"name": "token", "value": ...}.  Any thread.
 */


#include "inv_redact_private.h"


/* Between parameters that are written in a text, and in elements of HTML. */
#define REDACT_PAIR_ENDS "&?;,#<> \t\r\n"


bool
inv_redact_names_secret(const inv_redact_rules_t *rules, inv_str_t text)
{
    return text.len > 0 && text.len <= INV_REDACT_NAME_MAX
           && memchr(text.data, ' ', text.len) == NULL
           && inv_redact_name_is_listed(rules, text);
}


/* Whether a name is one of a list, in any writing. */
static bool
redact_name_is_one(inv_str_t name, const inv_str_t *list, size_t n)
{
    char   folded[INV_REDACT_NAME_MAX];
    size_t i, len;

    if (!inv_redact_fold(name, folded, &len)) {
        return false;
    }

    for (i = 0; i < n; i++) {
        if (inv_str_eq((inv_str_t){ len, folded }, list[i])) {
            return true;
        }
    }

    return false;
}


static bool
redact_is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}


/* Of "field[0][value]" the last part, of "value[]" and "value2" the word. */
static inv_str_t
redact_last_word(inv_str_t name)
{
    size_t i;

    while (name.len > 0 && !redact_is_letter(name.data[name.len - 1])) {
        name.len--;
    }

    for (i = name.len; i > 0; i--) {
        if (memchr("[].", name.data[i - 1], sizeof("[].") - 1) != NULL) {
            break;
        }
    }

    return (inv_str_t){ name.len - i, name.data + i };
}


static bool
redact_is_value(inv_str_t name)
{
    static const inv_str_t values[] = {
        inv_str("value"), inv_str("values"),   inv_str("val"),
        inv_str("v"),     inv_str("newvalue"), inv_str("oldvalue"),
        inv_str("data"),  inv_str("content"),  inv_str("text"),
        inv_str("input")
    };

    return redact_name_is_one(redact_last_word(name), values,
                              sizeof(values) / sizeof(values[0]));
}


/* Beside these, a "code" is one of OAuth 2 (RFC 6749, 4.1.2 and 4.1.3). */
static bool
redact_is_grant(inv_str_t name)
{
    static const inv_str_t grants[] = { inv_str("state"), inv_str("scope"),
                                        inv_str("granttype"),
                                        inv_str("redirecturi"),
                                        inv_str("sessionstate") };

    return redact_name_is_one(name, grants, sizeof(grants) / sizeof(grants[0]));
}


static bool
redact_is_code(inv_str_t name)
{
    static const inv_str_t code = inv_str("code");

    return redact_name_is_one(name, &code, 1);
}


void
inv_redact_pairs_add(inv_redact_pairs_t *pairs, const inv_redact_rules_t *rules,
                     inv_str_t name, inv_str_t value)
{
    pairs->named =
        pairs->named
        || (inv_redact_names_secret(rules, value) && !redact_is_value(name));
    pairs->granted = pairs->granted || redact_is_grant(name);
}


bool
inv_redact_pairs_mask(const inv_redact_pairs_t *pairs, inv_str_t name)
{
    return (pairs->named && redact_is_value(name))
           || (pairs->granted && redact_is_code(name));
}


static bool
redact_is_quote(char c)
{
    return c == '"' || c == '\'';
}


/* Without what stands around it in HTML and in headers. */
static inv_str_t
redact_unquoted(inv_str_t text)
{
    while (text.len > 0 && redact_is_quote(text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len > 0 && redact_is_quote(text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}


/* The next "name=value" of a text; false: there is none. */
static bool
redact_pair_next(inv_str_t *rest, inv_str_t *name, inv_str_t *value)
{
    size_t      n;
    inv_str_t   pair;
    const char *equals;

    while (rest->len > 0) {
        for (n = 0; n < rest->len; n++) {
            if (memchr(REDACT_PAIR_ENDS, rest->data[n],
                       sizeof(REDACT_PAIR_ENDS) - 1)
                != NULL)
            {
                break;
            }
        }

        pair = (inv_str_t){ n, rest->data };
        n += n < rest->len;
        *rest = (inv_str_t){ rest->len - n, rest->data + n };

        equals = memchr(pair.data, '=', pair.len);
        if (equals == NULL) {
            continue;
        }

        n = (size_t) (equals - pair.data);
        *name = (inv_str_t){ n, pair.data };
        *value =
            redact_unquoted((inv_str_t){ pair.len - n - 1, pair.data + n + 1 });

        return true;
    }

    return false;
}


bool
inv_redact_has_pair(const inv_redact_rules_t *rules, inv_str_t plain)
{
    inv_str_t          rest, name, value;
    inv_redact_pairs_t pairs = { .named = false };

    rest = plain;

    while (redact_pair_next(&rest, &name, &value)) {
        inv_redact_pairs_add(&pairs, rules, name, value);
    }

    if (!pairs.named && !pairs.granted) {
        return false;
    }

    rest = plain;

    while (redact_pair_next(&rest, &name, &value)) {
        if (value.len > 0 && inv_redact_pairs_mask(&pairs, name)) {
            return true;
        }
    }

    return false;
}
