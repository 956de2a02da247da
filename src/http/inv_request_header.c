
/*
 * http: what a request says in its headers and by whom it is made.
 */


#include "inv_http.h"


typedef struct {
    ngx_list_part_t *part;
    ngx_uint_t       at;
} inv_header_walk_t;


static ngx_table_elt_t *
inv_header_next(inv_header_walk_t *walk, inv_str_t name);


inv_str_t
inv_request_header(inv_request_t *rq, inv_str_t name)
{
    char             *p;
    inv_str_t         value = INV_STR_ABSENT;
    ngx_uint_t        n = 0;
    ngx_table_elt_t  *header;
    inv_header_walk_t walk;

    /* First how much it is, so that many lines cost no more than their bytes. */

    walk = (inv_header_walk_t){ &rq->r->headers_in.headers.part, 0 };

    while ((header = inv_header_next(&walk, name)) != NULL) {
        value.data = (const char *) header->value.data;
        value.len += header->value.len + (n++ ? 2 : 0);
    }

    if (n <= 1) {
        return value;
    }

    p = ngx_pnalloc(rq->r->pool, value.len);
    value.data = p;

    if (p == NULL) {
        /* Not absent: what is asked must not be taken for not asked. */
        return inv_str("");
    }

    walk = (inv_header_walk_t){ &rq->r->headers_in.headers.part, 0 };

    while ((header = inv_header_next(&walk, name)) != NULL) {

        if (p != value.data) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = (char *) ngx_cpymem(p, header->value.data, header->value.len);
    }

    return value;
}


ngx_uint_t
inv_request_line(inv_request_t *rq, inv_str_t name, inv_str_t *line)
{
    ngx_uint_t        n = 0;
    ngx_table_elt_t  *header;
    inv_header_walk_t walk = { &rq->r->headers_in.headers.part, 0 };

    while ((header = inv_header_next(&walk, name)) != NULL) {
        if (n++ == 0) {
            line->data = (const char *) header->value.data;
            line->len = header->value.len;
        }
    }

    return n;
}


/* The next line with this lower-case name; NULL: there is none. */
static ngx_table_elt_t *
inv_header_next(inv_header_walk_t *walk, inv_str_t name)
{
    ngx_table_elt_t *header;

    while (walk->part != NULL) {

        if (walk->at == walk->part->nelts) {
            walk->part = walk->part->next;
            walk->at = 0;
            continue;
        }

        header = (ngx_table_elt_t *) walk->part->elts + walk->at++;

        if (header->key.len == name.len
            && ngx_strncasecmp(header->key.data, (u_char *) name.data, name.len)
                   == 0)
        {
            return header;
        }
    }

    return NULL;
}


/* It may be the client's own bytes, as $remote_user is. */
bool
inv_request_may_be(inv_str_t who)
{
    return who.len <= INV_PRINCIPAL_MAX && inv_utf8_length(who) != SIZE_MAX
           && (who.len == 0 || memchr(who.data, '\0', who.len) == NULL);
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

    if (!inv_request_may_be(who)) {
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


/* False: a problem was sent, with the detail where it is malformed. */
static bool
inv_request_match(inv_request_t *rq, inv_arena_t *arena, inv_str_t name,
                  const char *malformed, inv_match_t *match)
{
    inv_str_t text;

    text = inv_request_header(rq, name);

    if (!inv_arena_copy(arena, text, &text)) {
        inv_reply_internal(rq, "no memory");
        return false;
    }

    *match = inv_match_read(text);

    if (match->kind == INV_MATCH_MALFORMED) {
        inv_reply_refusal(rq, INV_BAD_REQUEST, malformed);
        return false;
    }

    return true;
}


bool
inv_request_if_match(inv_request_t *rq, inv_arena_t *arena,
                     inv_match_t *if_match)
{
    return inv_request_match(rq, arena, inv_str("if-match"),
                             "If-Match is not a list of entity tags", if_match);
}


bool
inv_request_except_match(inv_request_t *rq, inv_arena_t *arena,
                         inv_match_t *match)
{
    inv_match_t none;

    if (!inv_request_match(rq, arena, inv_str("if-none-match"),
                           "If-None-Match is not a list of entity tags", &none))
    {
        return false;
    }

    inv_match_except(match, &none);

    return true;
}


inv_str_t
inv_request_instance(inv_request_t *rq)
{
    u_char             *query;
    inv_str_t           instance;
    ngx_http_request_t *r = rq->r;

    instance.data = (const char *) r->unparsed_uri.data;
    instance.len = r->unparsed_uri.len;

    query = ngx_strlchr(r->unparsed_uri.data,
                        r->unparsed_uri.data + r->unparsed_uri.len, '?');
    if (query != NULL) {
        instance.len = (size_t) (query - r->unparsed_uri.data);
    }

    return instance;
}
