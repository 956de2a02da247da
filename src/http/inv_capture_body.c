
/*
 * http: the body of a request for a deep log, from where nginx has it.  Event
 * loop.
 */


#include "inv_capture.h"


/* The first line of a name in small letters; NULL: none. */
static ngx_table_elt_t *
inv_capture_line(ngx_http_request_t *r, const char *name)
{
    size_t           n = ngx_strlen(name);
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *header;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len == n
                && ngx_strncasecmp(header[i].key.data, (u_char *) name, n) == 0)
            {
                return &header[i];
            }
        }
    }

    return NULL;
}


static ngx_chain_t *
inv_capture_bufs(ngx_http_request_t *r)
{
    return r->request_body == NULL ? NULL : r->request_body->bufs;
}


/* How many bytes of it are in memory. */
static off_t
inv_capture_held(ngx_http_request_t *r)
{
    off_t        bytes = 0;
    ngx_chain_t *cl;

    for (cl = inv_capture_bufs(r); cl; cl = cl->next) {
        if (ngx_buf_in_memory(cl->buf)) {
            bytes += cl->buf->last - cl->buf->pos;
        }
    }

    return bytes;
}


/* Why it is not told; NULL: it may be. */
static const char *
inv_capture_body_refused(ngx_http_request_t *r, off_t length, off_t limit)
{
    ngx_table_elt_t *type;

    if (length > limit) {
        return "too large";
    }

    if (inv_capture_line(r, "content-encoding") != NULL) {
        return "encoded";
    }

    type = inv_capture_line(r, "content-type");

    if (type == NULL || !inv_capture_is_json(type->value)) {
        return "not JSON";
    }

    if (r->request_body != NULL && r->request_body->temp_file != NULL) {
        return "in a file";
    }

    /* A chunked one has its length once it was read. */

    return length <= 0 || inv_capture_held(r) != length ? "not read" : NULL;
}


/* What is in memory, as one text.  False: no memory. */
static bool
inv_capture_join(ngx_http_request_t *r, inv_arena_t *arena, inv_str_t *body)
{
    char        *p;
    size_t       n;
    ngx_chain_t *cl;

    body->len = (size_t) inv_capture_held(r);
    p = inv_arena_alloc(arena, body->len);
    body->data = p;

    if (p == NULL) {
        return false;
    }

    for (cl = inv_capture_bufs(r); cl; cl = cl->next) {
        n = (size_t) (cl->buf->last - cl->buf->pos);

        if (ngx_buf_in_memory(cl->buf) && n != 0) {
            p = (char *) ngx_cpymem(p, cl->buf->pos, n);
        }
    }

    return true;
}


/* As it was announced: nginx forgets that when it throws a body away. */
static off_t
inv_capture_length(ngx_http_request_t *r)
{
    ngx_table_elt_t *line = r->headers_in.content_length;

    if (r->headers_in.content_length_n > 0) {
        return r->headers_in.content_length_n;
    }

    return line != NULL ? ngx_atoof(line->value.data, line->value.len) : 0;
}


bool
inv_capture_request_body(ngx_http_request_t *r, inv_arena_t *arena,
                         const inv_redact_rules_t *rules, inv_str_t *text)
{
    off_t           length;
    inv_str_t       body, reason;
    const char     *refused;
    inv_loc_conf_t *conf;

    length = inv_capture_length(r);

    if (length == 0 && !r->headers_in.chunked) {
        *text = inv_str("null");
        return true;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);
    refused = inv_capture_body_refused(r, length, (off_t) conf->deep_log);

    if (refused != NULL) {
        reason.data = refused;
        reason.len = ngx_strlen(refused);

        return inv_redact_unlogged(arena, reason, length > 0 ? length : -1,
                                   text);
    }

    return inv_capture_join(r, arena, &body)
           && inv_redact_body(arena, rules, body, text);
}
