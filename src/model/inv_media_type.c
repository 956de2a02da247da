
/*
 * model: Content-Type (RFC 9110, 8.3.1).  Any thread.
 */


#include "inv_header.h"


static char
media_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char) (c | 0x20) : c;
}


static void
media_skip(inv_str_t *rest, size_t n)
{
    rest->data += n;
    rest->len -= n;
}


static void
media_skip_spaces(inv_str_t *rest)
{
    while (rest->len != 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
        media_skip(rest, 1);
    }
}


/* Takes text off rest, letters in any case.  False: it is not there. */
static bool
media_take(inv_str_t *rest, inv_str_t text)
{
    size_t i;

    if (rest->len < text.len) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        if (media_lower(rest->data[i]) != media_lower(text.data[i])) {
            return false;
        }
    }

    media_skip(rest, text.len);

    return true;
}


/* The same for a quoted string, where any character may have a backslash. */
static bool
media_take_quoted(inv_str_t *rest, inv_str_t text)
{
    size_t i;

    if (!media_take(rest, inv_str("\""))) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        (void) media_take(rest, inv_str("\\"));

        if (!media_take(rest, (inv_str_t){ 1, text.data + i })) {
            return false;
        }
    }

    return media_take(rest, inv_str("\""));
}


static bool
media_take_value(inv_str_t *rest, inv_str_t text)
{
    if (rest->len != 0 && rest->data[0] == '"') {
        return media_take_quoted(rest, text);
    }

    return media_take(rest, text);
}


/* What may follow a media type: ";", each with nothing or our charset. */
static bool
media_parameters(inv_str_t rest)
{
    for (;;) {
        media_skip_spaces(&rest);

        if (rest.len == 0) {
            return true;
        }

        if (!media_take(&rest, inv_str(";"))) {
            return false;
        }

        media_skip_spaces(&rest);

        if (media_take(&rest, inv_str("charset="))
            && !media_take_value(&rest, inv_str("utf-8")))
        {
            return false;
        }
    }
}


bool
inv_media_type_is(inv_str_t value, inv_str_t type)
{
    if (value.data == NULL) {
        return false;
    }

    media_skip_spaces(&value);

    return media_take(&value, type) && media_parameters(value);
}
