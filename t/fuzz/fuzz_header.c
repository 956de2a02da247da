
/*
 * Any header value as entity tags, as traceparent and as Content-Type, each
 * against what must follow from it.
 */


#include "../../src/model/inv_header.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>


static inv_random_stock_t random_stock;


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


/* value and a suffix behind it, in memory that ends where it does. */
static inv_str_t
fuzz_append(inv_str_t value, const char *suffix)
{
    char *text;

    text = malloc(value.len + strlen(suffix) + 1);
    fuzz_must(text != NULL);

    if (value.len != 0) {
        memcpy(text, value.data, value.len);
    }

    memcpy(text + value.len, suffix, strlen(suffix) + 1);

    return (inv_str_t){ value.len + strlen(suffix), text };
}


/*
 * Tags hold no quotes, so that in a good list each second piece between quotes
 * is a tag: found here without the grammar.
 */
static bool
fuzz_has_tag(inv_str_t list, int64_t version)
{
    int    n;
    char   text[24];
    size_t i, start, quotes;

    n = snprintf(text, sizeof(text), "%" PRId64, version);
    quotes = 0;
    start = 0;

    for (i = 0; i < list.len; i++) {
        if (list.data[i] != '"') {
            continue;
        }

        quotes++;

        if (quotes % 2 == 0
            && inv_str_eq((inv_str_t){ i - start, list.data + start },
                          (inv_str_t){ (size_t) n, text }))
        {
            return true;
        }

        start = i + 1;
    }

    fuzz_must(quotes % 2 == 0);

    return false;
}


static void
fuzz_match(inv_str_t value)
{
    size_t      i;
    inv_str_t   longer;
    inv_match_t match;

    static const int64_t versions[] = { 0, 1, 7, 17, 100, INT64_MAX };

    match = inv_match_read(value);
    fuzz_must(match.kind != INV_MATCH_ABSENT);

    if (match.kind == INV_MATCH_MALFORMED) {
        return;
    }

    for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        fuzz_must(inv_match_version(&match, versions[i])
                  == (match.kind == INV_MATCH_ANY
                      || fuzz_has_tag(value, versions[i])));
    }

    /* "*" stands alone; a list may grow. */

    longer = fuzz_append(value, " ,, W/\"42\"");
    match = inv_match_read(longer);

    if (match.kind == INV_MATCH_LIST) {
        fuzz_must(inv_match_version(&match, 42));

    } else {
        fuzz_must(match.kind == INV_MATCH_MALFORMED
                  && memchr(value.data, '*', value.len) != NULL);
    }

    free((char *) longer.data);
}


static bool
fuzz_is_id(const char *id, size_t n)
{
    size_t i, zeros;

    zeros = 0;

    for (i = 0; i < n; i++) {
        fuzz_must((id[i] >= '0' && id[i] <= '9')
                  || (id[i] >= 'a' && id[i] <= 'f'));
        zeros += (id[i] == '0');
    }

    return zeros != n;
}


static void
fuzz_trace(inv_str_t value)
{
    char        text[64];
    inv_trace_t trace, again;

    inv_trace_start(value, &random_stock, &trace);

    fuzz_must(fuzz_is_id(trace.trace_id, sizeof(trace.trace_id)));
    fuzz_must(fuzz_is_id(trace.span_id, sizeof(trace.span_id)));

    if (!fuzz_is_id(trace.parent_id, sizeof(trace.parent_id))) {
        fuzz_must(trace.flags == 0);
        return;
    }

    /* Continued: so is the same written as version 00. */

    fuzz_must(value.len >= 55);
    fuzz_must(memcmp(value.data + 3, trace.trace_id, 32) == 0);
    fuzz_must(memcmp(value.data + 36, trace.parent_id, 16) == 0);

    snprintf(text, sizeof(text), "00-%.32s-%.16s-%02x", trace.trace_id,
             trace.parent_id, trace.flags);
    inv_trace_start((inv_str_t){ 55, text }, &random_stock, &again);

    fuzz_must(memcmp(again.trace_id, trace.trace_id, 32) == 0);
    fuzz_must(memcmp(again.parent_id, trace.parent_id, 16) == 0);
    fuzz_must(again.flags == trace.flags);
}


static void
fuzz_media_type(inv_str_t value)
{
    size_t    i;
    bool      is;
    inv_str_t longer;

    static const struct {
        const char *suffix;
        bool        good;
    } suffixes[] = { { ";", true },
                     { " ; charset=UTF-8", true },
                     { "\t;CharSet=\"utf-8\"", true },
                     { "; charset=latin1", false },
                     { "; charset=", false },
                     { "; boundary=x", false },
                     { ", text/plain", false } };

    is = inv_media_type_is(value, inv_str("application/json"));

    fuzz_must(
        !is
        || !inv_media_type_is(value, inv_str("application/merge-patch+json")));

    for (i = 0; is && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        longer = fuzz_append(value, suffixes[i].suffix);
        fuzz_must(inv_media_type_is(longer, inv_str("application/json"))
                  == suffixes[i].good);
        free((char *) longer.data);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    inv_str_t value;

    value = fuzz_append((inv_str_t){ size, (const char *) input }, "");

    fuzz_match(value);
    fuzz_trace(value);
    fuzz_media_type(value);

    free((char *) value.data);

    return 0;
}
