
/*
 * model: listed names inside of a text, with what belongs to them behind.
 * Any thread.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "inv_redact_private.h"


/* Where a name ends, and where one before it has ended. */
#define REDACT_NAME_ENDS   ":=>"
#define REDACT_NAME_BEGINS "&?;,{<\n#"

/* Around the "is" of "pin is 1". */
#define REDACT_BLANKS " \t\r\n"


/* Whether byte is one of set, which NUL never is. */
static bool
redact_is_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}


static bool
redact_is_path(inv_str_t plain)
{
    return plain.len > 0
           && (plain.data[0] == '/'
               || memmem(plain.data, plain.len, "://", 3) != NULL);
}


/* What stands before a ':': as much of its end as a name may have. */
static bool
redact_slice_is_listed(const inv_redact_rules_t *rules, inv_str_t slice)
{
    inv_str_t end;

    end = slice;

    if (slice.len > INV_REDACT_NAME_MAX) {
        end.data += slice.len - INV_REDACT_NAME_MAX;
        end.len = INV_REDACT_NAME_MAX;

        /* A sentence has blanks; a name that long is not understood. */

        if (memchr(end.data, ' ', end.len) == NULL) {
            return true;
        }
    }

    return inv_redact_name_is_listed(rules, end);
}


/* Whether what follows is " is ". */
static bool
redact_is_is(inv_str_t plain, size_t i)
{
    const char *at = plain.data + i;

    return plain.len - i >= 4 && redact_is_of(at[0], REDACT_BLANKS)
           && (at[1] | 0x20) == 'i' && (at[2] | 0x20) == 's'
           && redact_is_of(at[3], REDACT_BLANKS);
}


/* "name: ...", "name=...", "<name>...", and "name is ...". */
static bool
redact_has_named(const inv_redact_rules_t *rules, inv_str_t plain)
{
    bool        ends;
    size_t      i, start;
    const char *begins;

    start = 0;
    begins =
        redact_is_path(plain) ? REDACT_NAME_BEGINS "/" : REDACT_NAME_BEGINS;

    for (i = 0; i < plain.len; i++) {
        ends = redact_is_of(plain.data[i], REDACT_NAME_ENDS)
               || redact_is_is(plain, i);

        if (ends && i > start
            && redact_slice_is_listed(
                rules, (inv_str_t){ i - start, plain.data + start }))
        {
            return true;
        }

        /* Also behind an "is": no byte is looked at again and again. */

        if (ends || redact_is_of(plain.data[i], begins)) {
            start = i + 1;
        }
    }

    return false;
}


/* "/name/...", and in what looks like a path or a URL "name/...", too. */
static bool
redact_has_segment(const inv_redact_rules_t *rules, inv_str_t plain)
{
    bool   begun;
    size_t i, start;

    start = 0;
    begun = redact_is_path(plain);

    for (i = 0; i < plain.len; i++) {

        if (plain.data[i] != '/'
            && !redact_is_of(plain.data[i],
                             REDACT_NAME_ENDS REDACT_NAME_BEGINS))
        {
            continue;
        }

        if (plain.data[i] == '/') {

            if (begun && i > start
                && redact_slice_is_listed(
                    rules, (inv_str_t){ i - start, plain.data + start }))
            {
                return true;
            }

            begun = true;
        }

        start = i + 1;
    }

    return false;
}


/* Whether one of the names that no text mentions is somewhere in it. */
static bool
redact_has_mentioned(inv_arena_t *arena, inv_str_t plain)
{
    char  *folded, c;
    size_t i, n;

    folded = inv_arena_alloc(arena, plain.len + 1);
    if (folded == NULL) {
        return true;
    }

    n = 0;

    for (i = 0; i < plain.len; i++) {
        c = plain.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            folded[n++] = c;

        } else if (c >= 'A' && c <= 'Z') {
            folded[n++] = (char) (c | 0x20);
        }
    }

    return inv_redact_name_is_mentioned((inv_str_t){ n, folded });
}


bool
inv_redact_has_listed(inv_arena_t *arena, const inv_redact_rules_t *rules,
                      inv_str_t plain)
{
    return redact_has_named(rules, plain) || redact_has_segment(rules, plain)
           || inv_redact_has_pair(rules, plain)
           || redact_has_mentioned(arena, plain);
}
