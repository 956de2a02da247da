
/*
 * http: what a request says in its headers and by whom it is made.
 */


#include "inv_http.h"


static bool inv_header_is(const ngx_table_elt_t *header, inv_str_t name);


inv_str_t
inv_request_header(inv_request_t *rq, inv_str_t name)
{
    u_char          *p;
    inv_str_t        value = INV_STR_ABSENT;
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *header;

    for (part = &rq->r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (!inv_header_is(&header[i], name)) {
                continue;
            }

            if (value.data == NULL) {
                value.data = (const char *) header[i].value.data;
                value.len = header[i].value.len;
                continue;
            }

            p = ngx_pnalloc(rq->r->pool, value.len + 2 + header[i].value.len);
            if (p == NULL) {
                return value;
            }

            ngx_memcpy(p, value.data, value.len);
            ngx_memcpy(p + value.len, ", ", 2);
            ngx_memcpy(p + value.len + 2, header[i].value.data,
                       header[i].value.len);

            value.data = (const char *) p;
            value.len += 2 + header[i].value.len;
        }
    }

    return value;
}


static bool
inv_header_is(const ngx_table_elt_t *header, inv_str_t name)
{
    return header->key.len == name.len
           && ngx_strncasecmp(header->key.data, (u_char *) name.data, name.len)
                  == 0;
}


bool
inv_request_actor(inv_request_t *rq, inv_arena_t *arena, inv_actor_t *actor)
{
    inv_str_t who = INV_STR_ABSENT, trace;
    ngx_str_t value;

    if (rq->conf->principal != NULL) {

        if (ngx_http_complex_value(rq->r, rq->conf->principal, &value)
            != NGX_OK) {
            inv_reply_internal(rq, "no memory");
            return false;
        }

        who.data = value.len ? (const char *) value.data : NULL;
        who.len = value.len;
    }

    /* It may be the client's own bytes, as $remote_user is. */

    if (who.len > INV_PRINCIPAL_MAX || inv_utf8_length(who) == SIZE_MAX
        || (who.len && memchr(who.data, '\0', who.len) != NULL))
    {
        inv_reply_refusal(rq, INV_BAD_REQUEST,
                          "the principal is too long or is not UTF-8");
        return false;
    }

    trace.data = rq->trace.trace_id;
    trace.len = sizeof(rq->trace.trace_id);

    if (!inv_arena_copy(arena, who, &actor->who)
        || !inv_arena_copy(arena, trace, &actor->trace))
    {
        inv_reply_internal(rq, "no memory");
        return false;
    }

    return true;
}


bool
inv_request_if_match(inv_request_t *rq, inv_arena_t *arena,
                     inv_match_t *if_match)
{
    inv_str_t text;

    text = inv_request_header(rq, inv_str("if-match"));

    if (!inv_arena_copy(arena, text, &text)) {
        inv_reply_internal(rq, "no memory");
        return false;
    }

    *if_match = inv_match_read(text);

    if (if_match->kind == INV_MATCH_MALFORMED) {
        inv_reply_refusal(rq, INV_BAD_REQUEST,
                          "If-Match is not a list of entity tags");
        return false;
    }

    return true;
}
