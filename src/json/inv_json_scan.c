
/*
 * json: the raw text, before yajl sees it.  Any thread.
 *
 * yajl takes vertical tabs and form feeds for blanks, and decodes a lone
 * surrogate to "?"; both can be told from the raw text only.
 */


#include "inv_json_parts.h"


/* \uXXXX */
#define INV_JSON_ESCAPE 6

typedef struct {
    inv_str_t   text;
    size_t      at;
    const char *reason; /* NULL: nothing is wrong so far */
} inv_json_scan_t;


/* The value of the four hex digits at p; -1: they are not. */
static int
inv_json_scan_hex(const char *p)
{
    int               i, value;
    const char       *digit;
    static const char digits[] = "0123456789abcdefABCDEF";

    value = 0;

    for (i = 0; i < 4; i++) {
        digit = memchr(digits, p[i], sizeof(digits) - 1);
        if (digit == NULL) {
            return -1;
        }

        value = value * 16 + (int) (digit - digits);

        if (digit - digits >= 16) {
            value -= 6; /* the upper-case ones come after the lower-case */
        }
    }

    return value;
}


/*
 * Whether \uDC00 to \uDFFF follows, or may still: a text that ends before is
 * cut short, not wrong.
 */
static bool
inv_json_scan_low_follows(inv_str_t rest)
{
    size_t                   i;
    static const char *const wanted[INV_JSON_ESCAPE] = {
        "\\",
        "u",
        "dD",
        "cdefCDEF",
        "0123456789abcdefABCDEF",
        "0123456789abcdefABCDEF"
    };

    for (i = 0; i < INV_JSON_ESCAPE && i < rest.len; i++) {
        if (rest.data[i] == '\0' || strchr(wanted[i], rest.data[i]) == NULL) {
            return false;
        }
    }

    return true;
}


/* scan->at is at a backslash; moves it behind the escape. */
static void
inv_json_scan_escape(inv_json_scan_t *scan)
{
    int         code;
    size_t      left;
    const char *p;
    inv_str_t   rest;

    p = scan->text.data + scan->at;
    left = scan->text.len - scan->at;

    if (left < INV_JSON_ESCAPE || p[1] != 'u') {
        scan->at += left < 2 ? left : 2;
        return;
    }

    code = inv_json_scan_hex(p + 2);

    if (code == 0) {
        scan->reason = "U+0000 is not allowed in a string";
        return;
    }

    if (code < 0xd800 || code > 0xdfff) {
        scan->at += code < 0 ? 2 : INV_JSON_ESCAPE;
        return;
    }

    rest = (inv_str_t){ left - INV_JSON_ESCAPE, p + INV_JSON_ESCAPE };

    if (code >= 0xdc00 || !inv_json_scan_low_follows(rest)) {
        scan->reason = "a surrogate stands without its other half";
        return;
    }

    scan->at += 2 * INV_JSON_ESCAPE;

    if (scan->at > scan->text.len) {
        scan->at = scan->text.len;
    }
}


/* scan->at is behind an opening quote; moves it behind the closing one. */
static void
inv_json_scan_string(inv_json_scan_t *scan)
{
    char c;

    while (scan->at < scan->text.len && scan->reason == NULL) {
        c = scan->text.data[scan->at];

        if (c == '\\') {
            inv_json_scan_escape(scan);
            continue;
        }

        scan->at++;

        if (c == '"') {
            return;
        }
    }
}


static void
inv_json_scan_text(inv_json_scan_t *scan)
{
    char c;

    while (scan->at < scan->text.len && scan->reason == NULL) {
        c = scan->text.data[scan->at];

        if (c == '\v' || c == '\f') {
            scan->reason = "only space, tab and line ends separate tokens";
            return;
        }

        scan->at++;

        if (c == '"') {
            inv_json_scan_string(scan);
        }
    }
}


inv_json_error_t
inv_json_scan(inv_str_t text)
{
    size_t            valid;
    inv_json_scan_t   scan;
    static const char mark[] = "\xef\xbb\xbf";

    if (text.len >= sizeof(mark) - 1
        && memcmp(text.data, mark, sizeof(mark) - 1) == 0)
    {
        return (inv_json_error_t){ 0, "a byte order mark is not allowed" };
    }

    valid = inv_utf8_valid(text);

    scan.text = (inv_str_t){ valid, text.data };
    scan.at = 0;
    scan.reason = NULL;

    inv_json_scan_text(&scan);

    if (scan.reason != NULL) {
        return (inv_json_error_t){ scan.at, scan.reason };
    }

    if (valid < text.len) {
        return (inv_json_error_t){ valid, "the text is not valid UTF-8" };
    }

    return (inv_json_error_t){ text.len, INV_JSON_TRUNCATED };
}
