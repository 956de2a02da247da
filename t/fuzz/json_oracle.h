
/*
 * A second opinion on JSON texts for the fuzzer: RFC 8259 and the API's rules,
 * written as plain descent, without yajl and without looking at the reader.
 *
 * It knows how many bytes at the start of a text could still become a good
 * one, and so where a bad one went wrong.
 */


#ifndef JSON_ORACLE_H
#define JSON_ORACLE_H


#include "../../src/base/inv_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>


/* The reader must find names fast; so must its judge, or it is too slow. */
#define ORACLE_BUCKETS 4096

/* A name, decoded, of an object that is open. */
typedef struct oracle_name_s oracle_name_t;

struct oracle_name_s {
    unsigned       *points;
    size_t          npoints;
    size_t          depth;
    oracle_name_t **bucket;
    oracle_name_t  *older; /* in the same bucket */
};

typedef struct {
    const unsigned char *text;
    size_t               len; /* up to the first bad UTF-8 */
    size_t               at;
    size_t               depth;
    size_t               values;
    bool                 bad;      /* wrong at the byte at */
    bool                 too_many; /* values; stopped there */

    oracle_name_t *names;
    oracle_name_t *buckets[ORACLE_BUCKETS]; /* the newest first */
    size_t         nnames;
    unsigned      *points; /* of the string that was read last */
    size_t         npoints;
} oracle_t;


static bool
oracle_is_tail(const oracle_t *o, size_t at)
{
    return at < o->len && o->text[at] >= 0x80 && o->text[at] <= 0xbf;
}


/* Decodes by arithmetic: too short a code point, or too large, is bad. */
static size_t
oracle_utf8(const oracle_t *o, size_t at, unsigned *point)
{
    size_t                i, n;
    unsigned              c;
    static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    c = o->text[at];
    *point = c;

    if (c < 0x80) {
        return 1;
    }

    n = c >= 0xf8 ? 0 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;

    if (n == 0) {
        return 0;
    }

    *point = c & (0x7fu >> n);

    for (i = 1; i < n; i++) {
        if (!oracle_is_tail(o, at + i)) {
            return 0;
        }

        *point = *point << 6 | (o->text[at + i] & 0x3fu);
    }

    return *point < least[n] || *point > 0x10ffff
                   || (*point >= 0xd800 && *point < 0xe000)
               ? 0
               : n;
}


static int
oracle_peek(const oracle_t *o)
{
    return o->at < o->len ? o->text[o->at] : -1;
}


static bool
oracle_fail(oracle_t *o)
{
    o->bad = true;
    return false;
}


static bool
oracle_fail_at(oracle_t *o, size_t at)
{
    o->at = at;
    return oracle_fail(o);
}


static void
oracle_blanks(oracle_t *o)
{
    while (oracle_peek(o) == ' ' || oracle_peek(o) == '\n'
           || oracle_peek(o) == '\r' || oracle_peek(o) == '\t')
    {
        o->at++;
    }
}


static bool
oracle_expect(oracle_t *o, const char *one_of)
{
    int c;

    c = oracle_peek(o);

    if (c <= 0 || strchr(one_of, c) == NULL) {
        return oracle_fail(o);
    }

    o->at++;

    return true;
}


static bool
oracle_literal(oracle_t *o, const char *word)
{
    char one[2] = "";

    for (; *word != '\0'; word++) {
        one[0] = *word;

        if (!oracle_expect(o, one)) {
            return false;
        }
    }

    return true;
}


static bool
oracle_digits(oracle_t *o)
{
    if (!oracle_expect(o, "0123456789")) {
        return false;
    }

    while (oracle_peek(o) >= '0' && oracle_peek(o) <= '9') {
        o->at++;
    }

    return true;
}


static bool
oracle_number(oracle_t *o)
{
    if (oracle_peek(o) == '-') {
        o->at++;
    }

    if (oracle_peek(o) == '0') {
        o->at++;
    } else if (!oracle_digits(o)) {
        return false;
    }

    if (oracle_peek(o) == '.') {
        o->at++;

        if (!oracle_digits(o)) {
            return false;
        }
    }

    if (oracle_peek(o) == 'e' || oracle_peek(o) == 'E') {
        o->at++;

        if (oracle_peek(o) == '+' || oracle_peek(o) == '-') {
            o->at++;
        }

        return oracle_digits(o);
    }

    return true;
}


/* Four hex digits. */
static bool
oracle_hex(oracle_t *o, unsigned *value)
{
    int  i;
    char digit[2] = "";

    *value = 0;

    for (i = 0; i < 4; i++) {
        if (!oracle_expect(o, "0123456789abcdefABCDEF")) {
            return false;
        }

        digit[0] = (char) o->text[o->at - 1];
        *value = *value * 16 + (unsigned) strtoul(digit, NULL, 16);
    }

    return true;
}


/* Behind \uD800 to \uDBFF, whose backslash is at start. */
static bool
oracle_low_half(oracle_t *o, size_t start, unsigned *point)
{
    size_t   digits;
    unsigned low;

    digits = o->at + 2;

    if (!oracle_expect(o, "\\") || !oracle_expect(o, "u")
        || !oracle_expect(o, "dD") || !oracle_expect(o, "cdefCDEF"))
    {
        /* cut short: wrong only at the end */
        return oracle_fail_at(o, o->at == o->len ? o->len : start);
    }

    o->at = digits;

    if (!oracle_hex(o, &low)) {
        return oracle_fail_at(o, o->at == o->len ? o->len : start);
    }

    *point = 0x10000 + ((*point & 0x3ff) << 10) + (low & 0x3ff);

    return true;
}


static bool
oracle_escape(oracle_t *o, unsigned *point)
{
    size_t            start;
    const char       *found;
    static const char names[] = "\"\\/bfnrtu";
    static const char meant[] = "\"\\/\b\f\n\r\t";

    start = o->at++;

    if (!oracle_expect(o, names)) {
        return false;
    }

    found = strchr(names, o->text[o->at - 1]);

    if (*found != 'u') {
        *point = (unsigned char) meant[found - names];
        return true;
    }

    if (!oracle_hex(o, point)) {
        return false;
    }

    if (*point == 0 || (*point >= 0xdc00 && *point <= 0xdfff)) {
        return oracle_fail_at(o, start);
    }

    return *point < 0xd800 || *point > 0xdbff
           || oracle_low_half(o, start, point);
}


static bool
oracle_string(oracle_t *o)
{
    unsigned point;

    if (!oracle_expect(o, "\"")) {
        return false;
    }

    o->npoints = 0;

    while (oracle_peek(o) != '"') {
        if (oracle_peek(o) < 0x20) {
            return oracle_fail(o); /* or the end */
        }

        if (oracle_peek(o) == '\\') {
            if (!oracle_escape(o, &point)) {
                return false;
            }

        } else {
            o->at += oracle_utf8(o, o->at, &point);
        }

        o->points[o->npoints++] = point;
    }

    o->at++;

    return true;
}


static oracle_name_t **
oracle_bucket(oracle_t *o)
{
    size_t   i;
    unsigned sum;

    sum = (unsigned) o->depth;

    for (i = 0; i < o->npoints; i++) {
        sum = sum * 31 + o->points[i];
    }

    return &o->buckets[sum % ORACLE_BUCKETS];
}


/* The name that was just read, whose quote is at start. */
static bool
oracle_new_name(oracle_t *o, size_t start)
{
    size_t         bytes;
    oracle_name_t *name, **bucket;

    bytes = o->npoints * sizeof(o->points[0]);
    bucket = oracle_bucket(o);

    for (name = *bucket; name != NULL; name = name->older) {
        if (name->depth == o->depth && name->npoints == o->npoints
            && memcmp(name->points, o->points, bytes) == 0)
        {
            return oracle_fail_at(o, start);
        }
    }

    name = &o->names[o->nnames++];
    name->depth = o->depth;
    name->npoints = o->npoints;
    name->points = malloc(bytes + 1);
    memcpy(name->points, o->points, bytes);

    name->bucket = bucket;
    name->older = *bucket;
    *bucket = name;

    return true;
}


/* Those of the innermost objects are the newest of their buckets. */
static void
oracle_drop_names(oracle_t *o, size_t depth)
{
    oracle_name_t *name;

    while (o->nnames > 0 && o->names[o->nnames - 1].depth >= depth) {
        name = &o->names[--o->nnames];
        *name->bucket = name->older;
        free(name->points);
    }
}


/* One more value.  False: too many. */
static bool
oracle_count(oracle_t *o)
{
    o->too_many = ++o->values > INV_JSON_VALUES_MAX;

    return !o->too_many;
}


static bool oracle_value(oracle_t *o, bool counted);


static bool
oracle_member(oracle_t *o)
{
    size_t start;

    start = o->at;

    if (!oracle_string(o) || !oracle_count(o) || !oracle_new_name(o, start)) {
        return false;
    }

    oracle_blanks(o);

    if (!oracle_expect(o, ":")) {
        return false;
    }

    oracle_blanks(o);

    return oracle_value(o, true);
}


static bool
oracle_container(oracle_t *o, bool is_object, bool counted)
{
    const char *close;

    if (o->depth == INV_JSON_DEPTH_MAX) {
        return oracle_fail(o);
    }

    if (!counted && !oracle_count(o)) {
        return false;
    }

    o->at++;
    o->depth++;
    close = is_object ? "}" : "]";
    oracle_blanks(o);

    if (oracle_peek(o) != close[0]) {
        for (;;) {
            if (!(is_object ? oracle_member(o) : oracle_value(o, false))) {
                return false;
            }

            oracle_blanks(o);

            if (oracle_peek(o) != ',') {
                break;
            }

            o->at++;
            oracle_blanks(o);
        }
    }

    if (!oracle_expect(o, close)) {
        return false;
    }

    oracle_drop_names(o, o->depth);
    o->depth--;

    return true;
}


/* counted: it has been, when its name was. */
static bool
oracle_value(oracle_t *o, bool counted)
{
    int  c;
    bool good;

    c = oracle_peek(o);

    if (c == '{' || c == '[') {
        return oracle_container(o, c == '{', counted);
    }

    if (c == '"') {
        good = oracle_string(o);
    } else if (c == 't') {
        good = oracle_literal(o, "true");
    } else if (c == 'f') {
        good = oracle_literal(o, "false");
    } else if (c == 'n') {
        good = oracle_literal(o, "null");
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        good = oracle_number(o);
    } else {
        return oracle_fail(o);
    }

    return good && (counted || oracle_count(o));
}


typedef enum {
    ORACLE_GOOD,
    ORACLE_BAD, /* offset is set */
    ORACLE_TOO_MANY
} oracle_verdict_t;

static inline oracle_verdict_t
oracle_judge(const unsigned char *text, size_t len, size_t *offset)
{
    size_t   n;
    oracle_t o;
    unsigned point;

    memset(&o, 0, sizeof(o));
    o.text = text;
    o.len = len;

    for (n = 0; n < len && oracle_utf8(&o, n, &point) > 0;) {
        n += oracle_utf8(&o, n, &point);
    }

    o.len = n;
    o.points = malloc((n + 1) * sizeof(o.points[0]));
    o.names = malloc((n + 1) * sizeof(o.names[0]));

    oracle_blanks(&o);

    if (oracle_value(&o, false)) {
        oracle_blanks(&o);
        o.bad = o.at < o.len;
    }

    oracle_drop_names(&o, 0);
    free(o.names);
    free(o.points);

    if (o.too_many) {
        return ORACLE_TOO_MANY;
    }

    *offset = o.bad ? o.at : o.len;

    return o.bad || o.len < len ? ORACLE_BAD : ORACLE_GOOD;
}


#endif /* JSON_ORACLE_H */
