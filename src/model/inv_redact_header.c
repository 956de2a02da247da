
/*
 * model: header lines without their secrets.  Any thread.
 *
 * The values of some headers are names, of other headers or of features of a
 * browser, or are of a form that has no room for a secret: names that would be
 * listed, and digits that would be a card's, are told there.
 */


#include "inv_redact_private.h"


/* Of the version, the trace, the span and the flags; of the whole. */
static const size_t redact_trace_parts[] = { 2, 32, 16, 2 };


static bool
redact_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}


/* "Origin, X-Api-Key": a blank is none that something could stand behind. */
static bool
redact_is_name_list(inv_str_t value)
{
    char   c;
    size_t i;

    for (i = 0; i < value.len; i++) {
        c = value.data[i];

        if (!redact_is_alnum(c) && memchr("-_*,", c, sizeof("-_*,") - 1) == NULL
            && !(c == ' ' && i > 0 && value.data[i - 1] == ','))
        {
            return false;
        }
    }

    return true;
}


/* "camera=(), geolocation=(self)". */
static bool
redact_is_policy(inv_str_t value)
{
    size_t        i;
    unsigned char c;

    for (i = 0; i < value.len; i++) {
        c = (unsigned char) value.data[i];

        if (c < ' ' || c >= 0x7F) {
            return false;
        }
    }

    return true;
}


/* https://www.w3.org/TR/trace-context/, version 00. */
static bool
redact_is_traceparent(inv_str_t value)
{
    size_t i, part, n;

    i = 0;

    for (part = 0; part < 4; part++) {

        for (n = 0; n < redact_trace_parts[part]; n++, i++) {
            if (i == value.len
                || !((value.data[i] >= '0' && value.data[i] <= '9')
                     || (value.data[i] >= 'a' && value.data[i] <= 'f')))
            {
                return false;
            }
        }

        if (part < 3 && (i == value.len || value.data[i++] != '-')) {
            return false;
        }
    }

    return i == value.len;
}


/* Whether the value of a header is told without a look for names in it. */
static bool
redact_header_is_told(inv_str_t name, inv_str_t value)
{
    char      folded[INV_REDACT_NAME_MAX];
    size_t    i;
    inv_str_t header;

    static const inv_str_t lists[] = { inv_str("vary"),
                                       inv_str("accesscontrolallowheaders"),
                                       inv_str("accesscontrolexposeheaders"),
                                       inv_str("accesscontrolrequestheaders") };

    if (!inv_redact_fold(name, folded, &header.len)) {
        return false;
    }

    header.data = folded;

    if (inv_str_eq(header, inv_str("traceparent"))) {
        return redact_is_traceparent(value);
    }

    if (inv_redact_has_card(value) || inv_redact_has_credential(value)) {
        return false;
    }

    if (inv_str_eq(header, inv_str("permissionspolicy"))) {
        return redact_is_policy(value);
    }

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (inv_str_eq(header, lists[i])) {
            return redact_is_name_list(value);
        }
    }

    return false;
}


void
inv_redact_fields_add(inv_redact_fields_t *fields, inv_str_t name,
                      inv_str_t value)
{
    inv_redact_fields_put(fields, name, value,
                          redact_header_is_told(name, value));
}
