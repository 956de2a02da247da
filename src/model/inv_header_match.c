
/*
 * model: entity tags and the conditions on them (RFC 9110, 8.8.3 and 13.1).
 *
 * Any thread.
 */


#include "inv_header.h"

#include <inttypes.h>
#include <stdio.h>


size_t
inv_etag_write(int64_t version, char *out)
{
    char    *p, digits[INV_ETAG_TEXT];
    uint64_t left;

    left = version < 0 ? 0 - (uint64_t) version : (uint64_t) version;
    p = digits + sizeof(digits);

    *--p = '"';

    do {
        *--p = (char) ('0' + left % 10);
        left /= 10;
    } while (left != 0);

    if (version < 0) {
        *--p = '-';
    }

    *--p = '"';

    memcpy(out, p, (size_t) (digits + sizeof(digits) - p));

    return (size_t) (digits + sizeof(digits) - p);
}


static bool
match_is_space(char c)
{
    return c == ' ' || c == '\t';
}


static bool
match_is_tag_character(char c)
{
    unsigned char u;

    u = (unsigned char) c;

    return u == 0x21 || (u >= 0x23 && u <= 0x7e) || u >= 0x80;
}


static void
match_skip(inv_str_t *rest, size_t n)
{
    rest->data += n;
    rest->len -= n;
}


static void
match_skip_spaces(inv_str_t *rest)
{
    while (rest->len != 0 && match_is_space(rest->data[0])) {
        match_skip(rest, 1);
    }
}


/*
 * Takes [ "W/" ] DQUOTE *etagc DQUOTE off rest; tag gets it with its quotes,
 * without the W/.  False: rest does not begin with one.
 */
static bool
match_take_tag(inv_str_t *rest, inv_str_t *tag)
{
    size_t i;

    if (rest->len >= 2 && rest->data[0] == 'W' && rest->data[1] == '/') {
        match_skip(rest, 2);
    }

    if (rest->len == 0 || rest->data[0] != '"') {
        return false;
    }

    i = 1;

    while (i < rest->len && match_is_tag_character(rest->data[i])) {
        i++;
    }

    if (i == rest->len || rest->data[i] != '"') {
        return false;
    }

    tag->data = rest->data;
    tag->len = i + 1;
    match_skip(rest, i + 1);

    return true;
}


typedef enum {
    MATCH_TAG,
    MATCH_END,
    MATCH_BAD
} match_step_t;

/*
 * The next tag of a list.  Elements may be empty, also all of them; rest
 * begins where one may begin, and ends up behind the comma after it.
 */
static match_step_t
match_next(inv_str_t *rest, inv_str_t *tag)
{
    while (rest->len != 0
           && (match_is_space(rest->data[0]) || rest->data[0] == ','))
    {
        match_skip(rest, 1);
    }

    if (rest->len == 0) {
        return MATCH_END;
    }

    if (!match_take_tag(rest, tag)) {
        return MATCH_BAD;
    }

    match_skip_spaces(rest);

    if (rest->len == 0) {
        return MATCH_TAG;
    }

    if (rest->data[0] != ',') {
        return MATCH_BAD;
    }

    match_skip(rest, 1);

    return MATCH_TAG;
}


static bool
match_is_any(inv_str_t text)
{
    match_skip_spaces(&text);

    if (text.len == 0 || text.data[0] != '*') {
        return false;
    }

    match_skip(&text, 1);
    match_skip_spaces(&text);

    return text.len == 0;
}


inv_match_t
inv_match_read(inv_str_t text)
{
    inv_str_t    rest, tag;
    inv_match_t  match;
    match_step_t step;

    match.text = text;
    match.except = INV_STR_ABSENT;

    if (text.data == NULL) {
        match.kind = INV_MATCH_ABSENT;
        return match;
    }

    if (match_is_any(text)) {
        match.kind = INV_MATCH_ANY;
        return match;
    }

    rest = text;

    do {
        step = match_next(&rest, &tag);
    } while (step == MATCH_TAG);

    match.kind = (step == MATCH_END) ? INV_MATCH_LIST : INV_MATCH_MALFORMED;

    return match;
}


/* Text against text: "007" is another tag than "7". */
static bool
match_names(inv_str_t list, int64_t version)
{
    char      out[INV_ETAG_TEXT];
    inv_str_t tag, ours;

    if (match_is_any(list)) {
        return true;
    }

    ours.len = inv_etag_write(version, out);
    ours.data = out;

    while (match_next(&list, &tag) == MATCH_TAG) {
        if (inv_str_eq(tag, ours)) {
            return true;
        }
    }

    return false;
}


bool
inv_match_version(const inv_match_t *match, int64_t version)
{
    if (match->kind == INV_MATCH_ANY) {
        return true;
    }

    return match->kind == INV_MATCH_LIST && match_names(match->text, version)
           && !match_names(match->except, version);
}


void
inv_match_except(inv_match_t *match, const inv_match_t *none)
{
    if (none->kind == INV_MATCH_ABSENT) {
        return;
    }

    if (match->kind == INV_MATCH_ABSENT) {
        match->text = inv_str("*");
    }

    match->kind = INV_MATCH_LIST;
    match->except = none->text;
}
