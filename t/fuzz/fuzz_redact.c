
/*
 * Any bytes as a body, a query, a path and a header: what is told is JSON, of
 * bounded length.  And whatever a secret is planted into, it is not told: under
 * a listed name in the input's own JSON, behind the input in a query, and as
 * the number of a card with the input around it.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "../../src/model/inv_redact.h"
#include "../../src/json/inv_json.h"

#include <stdlib.h>


/* No fuzzer comes to write this by itself before it is told. */
#define FUZZ_SECRET "7g-planted-q9"

#define FUZZ_CARD "4929719635812048"


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static const inv_str_t fuzz_names[] = { inv_str("password"), inv_str("token"),
                                        inv_str("secret"),   inv_str("cookie"),
                                        inv_str("apikey"),   inv_str("cvv"),
                                        inv_str("mine") };

static const inv_str_t fuzz_configured[] = { inv_str("mine") };

static const inv_redact_rules_t fuzz_rules = { fuzz_configured, 1 };


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


static bool
fuzz_holds(inv_str_t text, const char *what)
{
    return text.len > 0
           && memmem(text.data, text.len, what, strlen(what)) != NULL;
}


/* What is told is JSON, and not too long. */
static void
fuzz_told(inv_arena_t *arena, inv_str_t told)
{
    inv_json_t      *root;
    inv_json_error_t error;

    fuzz_must(told.len <= INV_REDACT_OUTPUT_MAX);
    fuzz_must(inv_json_read(arena, told, &root, &error) == INV_JSON_OK);
}


static void
fuzz_header(inv_arena_t *arena, inv_str_t name, inv_str_t value,
            inv_str_t *told)
{
    inv_redact_fields_t *fields;

    fields = inv_redact_fields_create(arena, &fuzz_rules);
    fuzz_must(fields != NULL);

    inv_redact_fields_add(fields, name, value);
    inv_redact_fields_add(fields, value, name);
    fuzz_must(inv_redact_fields_finish(fields, told));
}


static void
fuzz_any(inv_arena_t *arena, inv_str_t text)
{
    inv_str_t told;

    fuzz_must(inv_redact_body(arena, &fuzz_rules, text, &told));
    fuzz_told(arena, told);

    fuzz_must(inv_redact_query(arena, &fuzz_rules, text, &told));
    fuzz_told(arena, told);

    fuzz_must(inv_redact_path(arena, &fuzz_rules, text, &told));
    fuzz_told(arena, told);

    fuzz_header(arena, inv_str("x-other"), text, &told);
    fuzz_told(arena, told);
}


/* In the plainest way: all but letters and digits apart, one is in it. */
static bool
fuzz_is_listed(inv_str_t name)
{
    char   c, folded[512];
    size_t i, n;

    n = 0;

    for (i = 0; i < name.len && n < sizeof(folded); i++) {
        c = name.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            folded[n++] = c;

        } else if (c >= 'A' && c <= 'Z') {
            folded[n++] = (char) (c + 'a' - 'A');
        }
    }

    for (i = 0; i < sizeof(fuzz_names) / sizeof(fuzz_names[0]) - 1; i++) {
        if (memmem(folded, n, fuzz_names[i].data, fuzz_names[i].len) != NULL) {
            return true;
        }
    }

    /* What is configured has to be all of it. */

    return inv_str_eq((inv_str_t){ n, folded }, fuzz_names[i]);
}


/* The tree again, with the secret in place of each text below listed names. */
static void
fuzz_plant(inv_json_writer_t *w, const inv_json_t *value, bool listed)
{
    const inv_json_t *child;

    switch (value->type) {

    case INV_JSON_OBJECT:
    case INV_JSON_ARRAY:
        if (value->type == INV_JSON_OBJECT) {
            inv_json_open_object(w);
        } else {
            inv_json_open_array(w);
        }

        for (child = value->first; child != NULL; child = child->next) {
            if (child->name.data != NULL) {
                inv_json_name(w, child->name.data);
            }

            fuzz_plant(w, child,
                       listed
                           || (child->name.data != NULL
                               && fuzz_is_listed(child->name)));
        }

        if (value->type == INV_JSON_OBJECT) {
            inv_json_close_object(w);
        } else {
            inv_json_close_array(w);
        }
        return;

    default:
        inv_json_string(w, listed ? inv_str(FUZZ_SECRET) : inv_str("text"));
    }
}


static bool
fuzz_has_secret(const inv_json_t *value)
{
    const inv_json_t *child;

    if (fuzz_holds(value->name, FUZZ_SECRET)) {
        return true;
    }

    for (child = value->first; child != NULL; child = child->next) {
        if (fuzz_has_secret(child)) {
            return true;
        }
    }

    return false;
}


static void
fuzz_planted_body(inv_arena_t *arena, inv_str_t text)
{
    inv_str_t          planted, told;
    inv_json_t        *root;
    inv_json_error_t   error;
    inv_json_writer_t *w;

    if (inv_json_read(arena, text, &root, &error) != INV_JSON_OK
        || fuzz_has_secret(root))
    {
        return;
    }

    w = inv_json_writer_create(arena);
    fuzz_must(w != NULL);
    fuzz_plant(w, root, false);
    fuzz_must(inv_json_finish(w, &planted));

    fuzz_must(inv_redact_body(arena, &fuzz_rules, planted, &told));
    fuzz_told(arena, told);
    fuzz_must(!fuzz_holds(told, FUZZ_SECRET));
}


static inv_str_t
fuzz_joined(inv_arena_t *arena, inv_str_t before, inv_str_t middle,
            inv_str_t after)
{
    char *text;

    text = inv_arena_alloc(arena, before.len + middle.len + after.len + 1);
    fuzz_must(text != NULL);

    memcpy(text, before.data, before.len);
    memcpy(text + before.len, middle.data, middle.len);
    memcpy(text + before.len + middle.len, after.data, after.len);

    return (inv_str_t){ before.len + middle.len + after.len, text };
}


/* Behind anything, and in front of it. */
static void
fuzz_planted_query(inv_arena_t *arena, inv_str_t text)
{
    inv_str_t query, told;

    query = fuzz_joined(arena, text, inv_str("&p%61ss-Word=" FUZZ_SECRET "&"),
                        text);

    fuzz_must(inv_redact_query(arena, &fuzz_rules, query, &told));
    fuzz_told(arena, told);
    fuzz_must(!fuzz_holds(told, FUZZ_SECRET));

    query = fuzz_joined(arena, text,
                        inv_str("&value=" FUZZ_SECRET "&name=t%6Fken&"), text);

    fuzz_must(inv_redact_query(arena, &fuzz_rules, query, &told));
    fuzz_told(arena, told);
    fuzz_must(!fuzz_holds(told, FUZZ_SECRET));

    query = fuzz_joined(arena, text, inv_str("/ToKen/" FUZZ_SECRET "/"), text);

    fuzz_must(inv_redact_path(arena, &fuzz_rules, query, &told));
    fuzz_told(arena, told);
    fuzz_must(!fuzz_holds(told, FUZZ_SECRET));
}


/* In the middle of anything; its digits at its ends do not hide it. */
static void
fuzz_planted_card(inv_arena_t *arena, inv_str_t text)
{
    size_t             half;
    inv_str_t          value, body, told;
    inv_json_writer_t *w;

    half = text.len / 2;
    value =
        fuzz_joined(arena, (inv_str_t){ half, text.data }, inv_str(FUZZ_CARD),
                    (inv_str_t){ text.len - half, text.data + half });

    fuzz_header(arena, inv_str("x-other"), value, &told);
    fuzz_told(arena, told);
    fuzz_must(!fuzz_holds(told, FUZZ_CARD));

    w = inv_json_writer_create(arena);
    fuzz_must(w != NULL);
    inv_json_open_array(w);
    inv_json_string(w, value);
    inv_json_close_array(w);

    if (memchr(value.data, '\0', value.len) == NULL
        && inv_json_finish(w, &body)) {
        fuzz_must(inv_redact_body(arena, &fuzz_rules, body, &told));
        fuzz_told(arena, told);
        fuzz_must(!fuzz_holds(told, FUZZ_CARD));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    inv_str_t    text;
    inv_arena_t *arena;

    text = (inv_str_t){ size, (const char *) input };

    if (fuzz_holds(text, FUZZ_SECRET) || fuzz_holds(text, FUZZ_CARD)) {
        return 0;
    }

    arena = inv_arena_create();
    fuzz_must(arena != NULL);

    fuzz_any(arena, text);
    fuzz_planted_body(arena, text);
    fuzz_planted_query(arena, text);
    fuzz_planted_card(arena, text);

    inv_arena_destroy(arena);

    return 0;
}
