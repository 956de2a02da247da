
/*
 * model: tokens, keys and passwords that are known by their form.  Any thread.
 */


#include "inv_redact_private.h"

#include <strings.h>


/* Letters of a token that are looked at: as many as tell that it is one. */
#define REDACT_TOKEN_MAX 512

/* Letters behind the first ones of a token that make it one. */
static const struct {
    inv_str_t prefix;
    size_t    least;
} redact_tokens[] = {
    /* base64 of '{"', '{ ', '{\n', '[{': JSON, e.g. of a JWT */
    { inv_str("eyJ"), 8 },
    { inv_str("eyA"), 8 },
    { inv_str("ewo"), 8 },
    { inv_str("ewA"), 8 },
    { inv_str("W3s"), 8 },
    /* services that shops use */
    { inv_str("AKIA"), 16 },
    { inv_str("ASIA"), 16 },
    { inv_str("AIza"), 30 },
    { inv_str("ya29"), 8 },
    { inv_str("ghp_"), 16 },
    { inv_str("gho_"), 16 },
    { inv_str("ghu_"), 16 },
    { inv_str("ghs_"), 16 },
    { inv_str("ghr_"), 16 },
    { inv_str("github_pat_"), 16 },
    { inv_str("glpat-"), 12 },
    { inv_str("xoxa-"), 8 },
    { inv_str("xoxb-"), 8 },
    { inv_str("xoxp-"), 8 },
    { inv_str("xoxs-"), 8 },
    { inv_str("sk_live_"), 8 },
    { inv_str("sk_test_"), 8 },
    { inv_str("rk_live_"), 8 },
    { inv_str("rk_test_"), 8 },
    { inv_str("whsec_"), 8 },
    { inv_str("npm_"), 30 },
    { inv_str("hvs."), 16 },
};

/* Schemes of the Authorization header, and what follows them at least. */
static const struct {
    inv_str_t name; /* lower case */
    size_t    least;
    bool      pair; /* in base64, and a ':' in it */
} redact_schemes[] = {
    { inv_str("bearer"), 1, false },
    { inv_str("basic"), 3, true },
    { inv_str("negotiate"), 16, false },
    { inv_str("ntlm"), 16, false },
    { inv_str("dpop"), 16, false },
    { inv_str("aws4-hmac-sha256"), 1, false },
    { inv_str("digest username"), 1, false },
    { inv_str("digest realm"), 1, false },
    { inv_str("digest response"), 1, false },
    { inv_str("hawk id"), 1, false },
    { inv_str("token"), 20, false },
};


/* How many letters of a token text begins with. */
static size_t
redact_token_length(inv_str_t text)
{
    size_t n;

    for (n = 0; n < text.len && n < REDACT_TOKEN_MAX; n++) {
        if (inv_redact_sextet(text.data[n]) < 0 && text.data[n] != '.'
            && text.data[n] != '=')
        {
            break;
        }
    }

    return n;
}


/* Whether letters of base64 (n to REDACT_TOKEN_MAX) hold a ':'. */
static bool
redact_is_pair(const char *text, size_t n)
{
    char   out[REDACT_TOKEN_MAX];
    size_t letters;

    for (letters = 0; letters < n; letters++) {
        if (inv_redact_sextet(text[letters]) < 0) {
            break;
        }
    }

    n = inv_redact_base64_decode((inv_str_t){ letters, text }, out);

    return memchr(out, ':', n) != NULL;
}


static inv_str_t
redact_behind(inv_str_t text, size_t n)
{
    return (inv_str_t){ text.len - n, text.data + n };
}


static bool
redact_begins_token(inv_str_t text)
{
    size_t    i;
    inv_str_t prefix;

    for (i = 0; i < sizeof(redact_tokens) / sizeof(redact_tokens[0]); i++) {
        prefix = redact_tokens[i].prefix;

        if (text.len > prefix.len && text.data[0] == prefix.data[0]
            && memcmp(text.data, prefix.data, prefix.len) == 0
            && redact_token_length(redact_behind(text, prefix.len))
                   >= redact_tokens[i].least)
        {
            return true;
        }
    }

    return false;
}


/* A scheme, blanks or what stands for them, and what it needs. */
static bool
redact_begins_scheme(inv_str_t text)
{
    size_t    i, n;
    inv_str_t name, rest;

    for (i = 0; i < sizeof(redact_schemes) / sizeof(redact_schemes[0]); i++) {
        name = redact_schemes[i].name;

        if (text.len <= name.len
            || strncasecmp(text.data, name.data, name.len) != 0) {
            continue;
        }

        rest = redact_behind(text, name.len);

        for (n = 0; n < rest.len && strchr(" \t\r\n+:=\"'_", rest.data[n]); n++)
        {
        }

        if (n == 0) {
            continue;
        }

        rest = redact_behind(rest, n);
        n = redact_token_length(rest);

        if (n >= redact_schemes[i].least
            && (!redact_schemes[i].pair || redact_is_pair(rest.data, n)))
        {
            return true;
        }
    }

    return false;
}


/* "//", and an '@' before the host is over. */
static bool
redact_begins_url(inv_str_t text)
{
    size_t i;

    if (text.len < 2 || text.data[0] != '/' || text.data[1] != '/') {
        return false;
    }

    for (i = 2; i < text.len; i++) {
        if (strchr("/?# \t\r\n\"'<>", text.data[i]) != NULL) {
            return false;
        }

        if (text.data[i] == '@') {
            return true;
        }
    }

    return false;
}


static bool
redact_begins_key(inv_str_t text)
{
    size_t i;

    static const inv_str_t begins[] = { inv_str("-----begin"),
                                        inv_str("private key") };

    for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (text.len >= begins[i].len
            && strncasecmp(text.data, begins[i].data, begins[i].len) == 0)
        {
            return true;
        }
    }

    return false;
}


bool
inv_redact_has_credential(inv_str_t plain)
{
    size_t    i;
    inv_str_t text;

    for (i = 0; i < plain.len; i++) {
        text = redact_behind(plain, i);

        if (redact_begins_token(text) || redact_begins_scheme(text)
            || redact_begins_url(text) || redact_begins_key(text))
        {
            return true;
        }
    }

    return false;
}
