
/*
 * model: names that stand for secrets.  Any thread.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "inv_redact_names.h"
#include "inv_redact_private.h"


#define redact_count(table) (sizeof(table) / sizeof((table)[0]))


typedef struct {
    const inv_redact_rules_t *rules;
    char                      folded[INV_REDACT_NAME_MAX];
    size_t                    n;
} redact_name_t;


static bool
redact_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}


static bool
redact_is_digit(char c)
{
    return c >= '0' && c <= '9';
}


static bool
redact_is_alnum(char c)
{
    return redact_is_upper(c) || redact_is_digit(c) || (c >= 'a' && c <= 'z');
}


/* The same of plain text, where foreign characters are left out. */
static bool
redact_fold(inv_str_t plain, char out[INV_REDACT_NAME_MAX], size_t *n)
{
    char   c;
    size_t i;

    *n = 0;

    for (i = 0; i < plain.len; i++) {
        c = plain.data[i];

        if (!redact_is_alnum(c)) {
            continue;
        }

        if (*n == INV_REDACT_NAME_MAX) {
            return false;
        }

        out[(*n)++] = redact_is_upper(c) ? (char) (c | 0x20) : c;
    }

    return true;
}


bool
inv_redact_fold(inv_str_t name, char out[INV_REDACT_NAME_MAX], size_t *n)
{
    size_t i;

    for (i = 0; i < name.len; i++) {
        if ((unsigned char) name.data[i] >= 0x80) {
            return false;
        }
    }

    return redact_fold(name, out, n) && *n > 0;
}


static bool
redact_is_word(inv_str_t text)
{
    size_t i;

    for (i = 0; i < redact_count(redact_words); i++) {
        if (strlen(redact_words[i]) == text.len
            && memcmp(redact_words[i], text.data, text.len) == 0)
        {
            return true;
        }
    }

    return false;
}


static bool
redact_is_configured(const inv_redact_rules_t *rules, inv_str_t text)
{
    size_t i;

    for (i = 0; i < rules->n; i++) {
        if (inv_str_eq(text, rules->names[i])) {
            return true;
        }
    }

    return false;
}


static bool
redact_holds_any(inv_str_t text, const char *const *list, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (memmem(text.data, text.len, list[i], strlen(list[i])) != NULL) {
            return true;
        }
    }

    return false;
}


bool
inv_redact_name_is_mentioned(inv_str_t folded)
{
    return redact_holds_any(folded, redact_mentions,
                            redact_count(redact_mentions));
}


/* A folded word as it is, without numbers at its end, and in the singular. */
static bool
redact_word_is_listed(inv_str_t word)
{
    if (redact_is_word(word)) {
        return true;
    }

    while (word.len > 0 && redact_is_digit(word.data[word.len - 1])) {
        word.len--;
    }

    if (redact_is_word(word)) {
        return true;
    }

    if (word.len == 0 || word.data[word.len - 1] != 's') {
        return false;
    }

    word.len--;

    return redact_is_word(word);
}


/* Whether a word begins at i, which is not the first of a name. */
static bool
redact_begins_word(inv_str_t name, size_t i)
{
    char before, here;

    before = name.data[i - 1];
    here = name.data[i];

    if (!redact_is_upper(here)) {
        return false;
    }

    /* "userPin", and in "PINCode" the second one. */

    return !redact_is_upper(before)
           || (i + 1 < name.len && name.data[i + 1] >= 'a'
               && name.data[i + 1] <= 'z');
}


/* The parts of a name that stand in brackets or between dots are names. */
static bool
redact_joins(char c, bool words)
{
    return redact_is_alnum(c) || (!words && (c == '-' || c == '_'));
}


/* Whether one of the words, or of the parts, of a plain name is listed. */
static bool
redact_any_is_listed(const redact_name_t *rn, inv_str_t name, bool words)
{
    char      folded[INV_REDACT_NAME_MAX];
    size_t    i, start;
    inv_str_t part;

    start = 0;

    for (i = 1; i <= name.len; i++) {

        if (i < name.len && redact_joins(name.data[i], words)
            && !(words && redact_begins_word(name, i)))
        {
            continue;
        }

        part = (inv_str_t){ i - start, name.data + start };
        start = i;

        if (!redact_fold(part, folded, &part.len)) {
            return true;
        }

        part.data = folded;

        if (words ? redact_word_is_listed(part)
                  : redact_is_configured(rn->rules, part)) {
            return true;
        }
    }

    return false;
}


static bool
redact_is_listed(const redact_name_t *rn, inv_str_t name)
{
    inv_str_t folded;

    folded = (inv_str_t){ rn->n, rn->folded };

    return redact_holds_any(folded, redact_parts, redact_count(redact_parts))
           || redact_is_configured(rn->rules, folded)
           || redact_word_is_listed(folded)
           || redact_any_is_listed(rn, name, true)
           || redact_any_is_listed(rn, name, false);
}


bool
inv_redact_name_is_listed(const inv_redact_rules_t *rules, inv_str_t plain)
{
    redact_name_t rn = { .rules = rules };

    return !redact_fold(plain, rn.folded, &rn.n)
           || redact_is_listed(&rn, plain);
}


bool
inv_redact_name_is_secret(const inv_redact_rules_t *rules, inv_str_t name)
{
    redact_name_t rn = { .rules = rules };

    if (name.len == 0) {
        return false;
    }

    return !inv_redact_fold(name, rn.folded, &rn.n)
           || redact_is_listed(&rn, name);
}
