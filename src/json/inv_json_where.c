
/*
 * json: where a text went wrong, and what was expected there.  Any thread.
 *
 * yajl tells neither the start of a token that it refused nor what it wanted,
 * but both follow from what was read last.
 */


#include "inv_json_parts.h"


#define INV_JSON_VALUES "\"-0123456789tfn[{"

/* What may come after a place: a token, or a separator and then a token. */
typedef struct {
    inv_str_t   first; /* how a token may begin */
    const char *expected;
    char        separator; /* '\0': none */
    inv_str_t   then;      /* how a token may begin behind it */
    const char *expected_then;
} inv_json_grammar_t;

static const inv_json_grammar_t inv_json_grammar[INV_JSON_PLACES] = {
    [INV_JSON_AT_START] = { inv_str(INV_JSON_VALUES),
                            "expected a value",
                            '\0',
                            { 0, NULL },
                            NULL },
    [INV_JSON_IN_ARRAY] = { inv_str(INV_JSON_VALUES "]"),
                            "expected a value or ]",
                            '\0',
                            { 0, NULL },
                            NULL },
    [INV_JSON_IN_OBJECT] = { inv_str("\"}"),
                             "expected a member name or }",
                             '\0',
                             { 0, NULL },
                             NULL },
    [INV_JSON_AFTER_NAME] = { inv_str(""), "expected a colon", ':',
                              inv_str(INV_JSON_VALUES), "expected a value" },
    [INV_JSON_AFTER_ELEMENT] = { inv_str("]"), "expected a comma or ]", ',',
                                 inv_str(INV_JSON_VALUES), "expected a value" },
    [INV_JSON_AFTER_MEMBER] = { inv_str("}"), "expected a comma or }", ',',
                                inv_str("\""), "expected a member name" },
    [INV_JSON_AT_END] = { inv_str(""),
                          "expected nothing after the value",
                          '\0',
                          { 0, NULL },
                          NULL },
};


static size_t
inv_json_skip_blanks(inv_str_t text, size_t at)
{
    while (at < text.len
           && (text.data[at] == ' ' || text.data[at] == '\t'
               || text.data[at] == '\n' || text.data[at] == '\r'))
    {
        at++;
    }

    return at;
}


/* separated: whether the separator was there. */
static size_t
inv_json_skip_separator(inv_str_t text, inv_json_place_t place, size_t after,
                        bool *separated)
{
    char   separator;
    size_t at;

    separator = inv_json_grammar[place].separator;
    at = inv_json_skip_blanks(text, after);

    *separated =
        separator != '\0' && at < text.len && text.data[at] == separator;

    return *separated ? inv_json_skip_blanks(text, at + 1) : at;
}


size_t
inv_json_next_token(inv_str_t text, inv_json_place_t place, size_t after)
{
    bool separated;

    return inv_json_skip_separator(text, place, after, &separated);
}


/* What is wrong at a byte inside a token that begins with first. */
static const char *
inv_json_token_reason(char first, char wrong)
{
    if (first == '"') {
        return (unsigned char) wrong < 0x20
                   ? "a control character must be escaped"
                   : "no such escape in a string";
    }

    if (first == '-' || (first >= '0' && first <= '9')) {
        return "malformed number";
    }

    return "expected true, false or null";
}


bool
inv_json_refused(inv_str_t text, inv_json_place_t place, size_t after,
                 size_t stopped, inv_json_error_t *error)
{
    bool                      separated;
    size_t                    at;
    inv_str_t                 begins;
    const inv_json_grammar_t *grammar;

    grammar = &inv_json_grammar[place];
    at = inv_json_skip_separator(text, place, after, &separated);

    if (at == text.len) {
        return false;
    }

    begins = separated ? grammar->then : grammar->first;

    if (memchr(begins.data, text.data[at], begins.len) == NULL) {
        error->offset = at;
        error->reason = separated ? grammar->expected_then : grammar->expected;
        return true;
    }

    /* the right token, but broken */

    if (stopped >= text.len) {
        return false;
    }

    error->offset = stopped;
    error->reason = inv_json_token_reason(text.data[at], text.data[stopped]);

    return true;
}
