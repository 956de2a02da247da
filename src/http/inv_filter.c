
/*
 * http: what every response of a face has, also those that nginx itself came
 * to: a trace id, and errors in the form of problems.  Event loop.
 *
 * The filters stand before gzip and chunked, see `config`.
 */


#include "inv_http.h"


static ngx_int_t inv_header_filter(ngx_http_request_t *r);
static ngx_int_t inv_body_filter(ngx_http_request_t *r, ngx_chain_t *in);


static ngx_http_output_header_filter_pt inv_next_header_filter;
static ngx_http_output_body_filter_pt   inv_next_body_filter;


ngx_int_t
inv_filter_init(void)
{
    inv_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = inv_header_filter;

    inv_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = inv_body_filter;

    return NGX_OK;
}


static ngx_int_t
inv_header_filter(ngx_http_request_t *r)
{
    inv_str_t       trace_id;
    inv_request_t  *rq;
    inv_loc_conf_t *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    if (conf->face == NULL) {
        return inv_next_header_filter(r);
    }

    rq = inv_request_get(r);
    if (rq == NULL) {
        return NGX_ERROR;
    }

    rq->answered = ngx_current_msec;
    rq->replies = 1;

    trace_id.data = rq->trace.trace_id;
    trace_id.len = sizeof(rq->trace.trace_id);

    if (inv_reply_header(rq, "Trace-Id", trace_id) != NGX_OK) {
        return NGX_ERROR;
    }

    if (r->headers_out.status >= NGX_HTTP_BAD_REQUEST
        && r->headers_out.status != rq->status
        && inv_reply_substitute(rq) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return inv_next_header_filter(r);
}


static ngx_int_t
inv_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t    *cl;
    inv_request_t  *rq;
    inv_loc_conf_t *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    if (conf->face == NULL || in == NULL) {
        return inv_next_body_filter(r, in);
    }

    rq = inv_request_find(r);

    if (rq == NULL || rq->problem == NULL) {
        return inv_next_body_filter(r, in);
    }

    /* nginx's own page is not wanted: ours goes out in its place, once. */

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (rq->problem_sent) {
        return NGX_OK;
    }

    rq->problem_sent = 1;

    return inv_next_body_filter(r, rq->problem);
}
