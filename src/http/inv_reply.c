
/*
 * http: replies.  Each of them ends its request; there is no other exit but
 * nginx's own errors, which inv_filter.c gives the same form.
 */


#include "inv_reply.h"
#include "inv_compat.h"


#define INV_HTTP_UNPROCESSABLE 422


static const ngx_str_t inv_type_json = ngx_string("application/json");


ngx_int_t
inv_reply_header(inv_request_t *rq, const char *name, inv_str_t value)
{
    u_char             *p;
    ngx_table_elt_t    *header;
    ngx_http_request_t *r = rq->r;

    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NGX_ERROR;
    }

    /* A header with no hash is not sent, should what follows fail. */
    header->hash = 0;
    inv_header_init(header);

    p = ngx_pnalloc(r->pool, value.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, value.data, value.len);

    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value.data = p;
    header->value.len = value.len;

    return NGX_OK;
}


ngx_int_t
inv_reply_etag(inv_request_t *rq, int64_t version)
{
    char      text[INV_ETAG_TEXT];
    inv_str_t value;

    value.data = text;
    value.len = inv_etag_write(version, text);

    return inv_reply_tag(rq, value);
}


ngx_int_t
inv_reply_tag(inv_request_t *rq, inv_str_t tag)
{
    ngx_list_part_t *part;

    if (inv_reply_header(rq, "ETag", tag) != NGX_OK) {
        return NGX_ERROR;
    }

    part = rq->r->headers_out.headers.last;
    rq->r->headers_out.etag = (ngx_table_elt_t *) part->elts + part->nelts - 1;

    return NGX_OK;
}


void
inv_reply_json(inv_request_t *rq, ngx_uint_t status, inv_str_t body)
{
    inv_reply_send(rq, status, &inv_type_json, body);
}


void
inv_reply_empty(inv_request_t *rq, ngx_uint_t status)
{
    inv_reply_send(rq, status, NULL, INV_STR_ABSENT);
}


void
inv_reply_send(inv_request_t *rq, ngx_uint_t status, const ngx_str_t *type,
               inv_str_t body)
{
    ngx_buf_t  *b;
    ngx_chain_t out;

    b = inv_reply_buf(rq->r, body);
    if (b == NULL) {
        ngx_http_finalize_request(rq->r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    out.buf = b;
    out.next = NULL;

    inv_reply_chain(rq, status, type, type != NULL ? type->len : 0, &out,
                    (off_t) body.len);
}


void
inv_reply_chain(inv_request_t *rq, ngx_uint_t status, const ngx_str_t *type,
                size_t plain, ngx_chain_t *out, off_t length)
{
    ngx_int_t           rc;
    ngx_http_request_t *r = rq->r;

    rq->status = status;
    r->headers_out.status = status;

    if (status == INV_HTTP_UNPROCESSABLE) {
        /* The one status of ours for which nginx has no words. */
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");
    }

    if (type != NULL) {
        r->headers_out.content_type = *type;
        r->headers_out.content_type_len = plain;
        r->headers_out.content_length_n = length;

    } else {
        r->header_only = 1;
    }

    /* There is no date of modification that this could be about. */
    r->headers_in.if_unmodified_since = NULL;

    /* If-Match on a write was about the state before it. */
    r->disable_not_modified = !(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD));

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    ngx_http_finalize_request(r, ngx_http_output_filter(r, out));
}


ngx_buf_t *
inv_reply_buf(ngx_http_request_t *r, inv_str_t body)
{
    ngx_buf_t *b;

    b = ngx_create_temp_buf(r->pool, ngx_max(body.len, 1));
    if (b == NULL) {
        return NULL;
    }

    if (body.len != 0) {
        b->last = ngx_cpymem(b->last, body.data, body.len);
    }

    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    return b;
}
