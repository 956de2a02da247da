
/*
 * http: the texts of a deep log, made when they are asked for of what nginx
 * still has: see inv_capture.h.  Event loop.
 */


#include "inv_capture.h"


/* A header line's name is 40 characters or so; a longer one is not told. */
#define INV_CAPTURE_HEADER_NAME_MAX 256


static inv_str_t
inv_capture_str(ngx_str_t text)
{
    return (inv_str_t){ text.len, (const char *) text.data };
}


static inv_str_t
inv_capture_reason(const char *reason)
{
    return (inv_str_t){ ngx_strlen(reason), reason };
}


bool
inv_capture_is_json(ngx_str_t type)
{
    size_t          i, n;
    const ngx_str_t json = ngx_string("application/json");
    const ngx_str_t suffix = ngx_string("+json");

    for (n = 0; n < type.len; n++) {
        if (ngx_strchr("; \t", type.data[n]) != NULL) {
            break;
        }
    }

    if (n == json.len && ngx_strncasecmp(type.data, json.data, n) == 0) {
        return true;
    }

    i = n > suffix.len ? n - suffix.len : n;

    return n - i == suffix.len
           && ngx_strncasecmp(type.data + i, suffix.data, suffix.len) == 0;
}


/* As the client sent it, whatever was rewritten. */
static inv_str_t
inv_capture_target(ngx_http_request_t *r, bool args)
{
    u_char   *mark, *last;
    ngx_str_t target = r->unparsed_uri;

    last = target.data + target.len;
    mark = target.len == 0 ? last : ngx_strlchr(target.data, last, '?');

    if (mark == NULL) {
        mark = last;
    }

    if (args) {
        target.data = mark == last ? last : mark + 1;
        target.len = (size_t) (last - target.data);

    } else {
        target.len = (size_t) (mark - target.data);
    }

    return inv_capture_str(target);
}


bool
inv_capture_request_path(ngx_http_request_t *r, inv_arena_t *arena,
                         const inv_redact_rules_t *rules, inv_str_t *text)
{
    return inv_redact_path(arena, rules, inv_capture_target(r, false), text);
}


bool
inv_capture_request_args(ngx_http_request_t *r, inv_arena_t *arena,
                         const inv_redact_rules_t *rules, inv_str_t *text)
{
    return inv_redact_query(arena, rules, inv_capture_target(r, true), text);
}


/* Adds a line under its name in small letters. */
static void
inv_capture_add(inv_redact_fields_t *fields, ngx_str_t name, ngx_str_t value)
{
    u_char small[INV_CAPTURE_HEADER_NAME_MAX];

    if (name.len <= sizeof(small)) {
        ngx_strlow(small, name.data, name.len);
        name.data = small;
    }

    inv_redact_fields_add(fields, inv_capture_str(name),
                          inv_capture_str(value));
}


/* Those lines of a list that are there: nginx takes back some by their hash. */
static void
inv_capture_add_all(inv_redact_fields_t *fields, ngx_list_t *list, bool sent)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *header;

    for (part = &list->part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (!sent || header[i].hash != 0) {
                inv_capture_add(fields, header[i].key, header[i].value);
            }
        }
    }
}


bool
inv_capture_request_headers(ngx_http_request_t *r, inv_arena_t *arena,
                            const inv_redact_rules_t *rules, inv_str_t *text)
{
    inv_redact_fields_t *fields;

    fields = inv_redact_fields_create(arena, rules);
    if (fields == NULL) {
        return false;
    }

    inv_capture_add_all(fields, &r->headers_in.headers, false);

    return inv_redact_fields_finish(fields, text);
}


/* With what nginx keeps beside the list, and writes by itself. */
bool
inv_capture_response_headers(ngx_http_request_t *r, inv_arena_t *arena,
                             const inv_redact_rules_t *rules, inv_str_t *text)
{
    ngx_table_elt_t     *location = r->headers_out.location;
    inv_redact_fields_t *fields;

    static const ngx_str_t type = ngx_string("content-type");
    static const ngx_str_t place = ngx_string("location");

    fields = inv_redact_fields_create(arena, rules);
    if (fields == NULL) {
        return false;
    }

    if (r->headers_out.content_type.len != 0) {
        inv_capture_add(fields, type, r->headers_out.content_type);
    }

    /* Its line is taken back when it is made absolute. */

    if (location != NULL && location->hash == 0 && location->value.len != 0) {
        inv_capture_add(fields, place, location->value);
    }

    inv_capture_add_all(fields, &r->headers_out.headers, true);

    return inv_redact_fields_finish(fields, text);
}


bool
inv_capture_response_body(ngx_http_request_t *r, inv_arena_t *arena,
                          const inv_redact_rules_t *rules, inv_str_t *text)
{
    inv_capture_t *capture;

    capture = inv_capture_find(r);

    if (capture == NULL || capture->bytes == 0) {
        *text = inv_str("null");
        return true;
    }

    if (capture->refused != NULL) {
        return inv_redact_unlogged(arena, inv_capture_reason(capture->refused),
                                   capture->bytes, text);
    }

    return inv_redact_body(arena, rules, capture->text, text);
}
