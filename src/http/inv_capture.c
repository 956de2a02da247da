
/*
 * http: the bodies of responses, as they pass, for a deep log.  Event loop.
 *
 * The filters come after those of inv_filter.c, so that they see what is sent.
 */


#include "inv_capture.h"


static ngx_int_t inv_capture_header_filter(ngx_http_request_t *r);
static ngx_int_t
inv_capture_body_filter(ngx_http_request_t *r, ngx_chain_t *in);


static ngx_http_output_header_filter_pt inv_capture_next_header;
static ngx_http_output_body_filter_pt   inv_capture_next_body;


void
inv_capture_filter_init(void)
{
    inv_capture_next_header = ngx_http_top_header_filter;
    ngx_http_top_header_filter = inv_capture_header_filter;

    inv_capture_next_body = ngx_http_top_body_filter;
    ngx_http_top_body_filter = inv_capture_body_filter;
}


/* Only marks what is found in the pool, which outlives contexts. */
static void
inv_capture_mark(void *data)
{
    (void) data;
}


inv_capture_t *
inv_capture_find(ngx_http_request_t *r)
{
    inv_capture_t      *capture;
    ngx_pool_cleanup_t *cln;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == inv_capture_mark) {
            capture = cln->data;

            if (capture->r == r) {
                return capture;
            }
        }
    }

    return NULL;
}


/* Why a response of these headers is not told; NULL: it may be. */
static const char *
inv_capture_refused(ngx_http_request_t *r)
{
    if (r->headers_out.content_encoding != NULL
        && r->headers_out.content_encoding->hash != 0)
    {
        return "encoded";
    }

    return inv_capture_is_json(r->headers_out.content_type) ? NULL : "not JSON";
}


/* With room for what is announced, where something is. */
static void
inv_capture_begin(inv_capture_t *capture, ngx_http_request_t *r, size_t limit)
{
    off_t length = r->headers_out.content_length_n;

    ngx_memzero(capture, sizeof(inv_capture_t));

    capture->r = r;
    capture->limit = limit;
    capture->refused = inv_capture_refused(r);

    if (length > (off_t) limit) {
        capture->refused = "too large";

    } else if (length >= 0) {
        capture->limit = (size_t) length;
    }
}


static ngx_int_t
inv_capture_header_filter(ngx_http_request_t *r)
{
    inv_capture_t      *capture;
    inv_loc_conf_t     *conf;
    ngx_pool_cleanup_t *cln;

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    if (conf->deep_log == 0) {
        return inv_capture_next_header(r);
    }

    capture = inv_capture_find(r);

    if (capture == NULL) {
        cln = ngx_pool_cleanup_add(r->pool, sizeof(inv_capture_t));
        if (cln == NULL) {
            return NGX_ERROR;
        }

        cln->handler = inv_capture_mark;
        capture = cln->data;
    }

    inv_capture_begin(capture, r, conf->deep_log);

    return inv_capture_next_header(r);
}


/* Keeps the bytes of a buffer that there is room for. */
static void
inv_capture_keep(inv_capture_t *capture, ngx_buf_t *b)
{
    size_t n;

    if (!ngx_buf_in_memory(b)) {
        capture->refused = "in a file";
        return;
    }

    n = (size_t) (b->last - b->pos);

    if (n > capture->limit - capture->text.len) {
        capture->refused = "too large";
        return;
    }

    if (capture->buffer == NULL) {
        capture->buffer = ngx_pnalloc(capture->r->pool, capture->limit);

        if (capture->buffer == NULL) {
            capture->refused = "no memory";
            return;
        }

        capture->text.data = (const char *) capture->buffer;
    }

    ngx_memcpy(capture->buffer + capture->text.len, b->pos, n);
    capture->text.len += n;
}


static ngx_int_t
inv_capture_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t    *cl;
    inv_capture_t  *capture;
    inv_loc_conf_t *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    capture = conf->deep_log != 0 && in != NULL ? inv_capture_find(r) : NULL;

    if (capture == NULL) {
        return inv_capture_next_body(r, in);
    }

    for (cl = in; cl; cl = cl->next) {

        if (ngx_buf_size(cl->buf) == 0) {
            continue;
        }

        capture->bytes += ngx_buf_size(cl->buf);

        if (capture->refused == NULL) {
            inv_capture_keep(capture, cl->buf);
        }
    }

    return inv_capture_next_body(r, in);
}
