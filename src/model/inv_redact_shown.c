
/*
 * model: names as they are told.  Any thread.
 */


#include "inv_redact_private.h"

#include <stdio.h>


/* Bytes of a listed name that is shown: a longer one may hold the secret. */
#define REDACT_SHOWN_MAX 40


static bool
redact_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}


/* Letters, digits, and what joins them; not too long. */
static bool
redact_is_simple(inv_str_t name)
{
    size_t i;

    for (i = 0; i < name.len; i++) {
        if (!redact_is_alnum(name.data[i])
            && memchr("-_.$[]", name.data[i], sizeof("-_.$[]") - 1) == NULL)
        {
            return false;
        }
    }

    return name.len <= REDACT_SHOWN_MAX;
}


static bool
redact_begins(inv_str_t name, inv_str_t with)
{
    return name.len >= with.len && memcmp(name.data, with.data, with.len) == 0;
}


/*
 * A simple name is shown though it is listed; any other one only if it is not,
 * and as a value it would be.
 */
static bool
redact_is_shown(const inv_redact_rules_t *rules, inv_str_t name)
{
    if (redact_begins(name, inv_str("[masked"))
        || redact_begins(name, inv_str("[omitted")))
    {
        return false; /* these are ours */
    }

    if (redact_is_simple(name)) {
        return !inv_redact_has_card(name) && !inv_redact_has_credential(name);
    }

    return !inv_redact_name_is_secret(rules, name)
           && !inv_redact_text_is_secret(rules, name, 0);
}


inv_str_t
inv_redact_name_shown(inv_arena_t *arena, const inv_redact_rules_t *rules,
                      inv_str_t name, unsigned *masked)
{
    int   n;
    char *text;

    if (redact_is_shown(rules, name)) {
        return name;
    }

    text = inv_arena_alloc(arena, sizeof("[masked 4294967295]"));
    if (text == NULL) {
        return INV_STR_ABSENT;
    }

    n = snprintf(text, sizeof("[masked 4294967295]"), "[masked %u]", ++*masked);

    return (inv_str_t){ (size_t) n, text };
}
