
/*
 * http: replies.  Each of them ends its request; there is no other exit but
 * nginx's own errors, which inv_filter.c gives the same form.
 */


#include "inv_worker.h"
#include "inv_compat.h"


#define INV_HTTP_UNPROCESSABLE 422


static void       inv_reply_send(inv_request_t *rq, ngx_uint_t status,
                                 const ngx_str_t *type, inv_str_t body);
static ngx_buf_t *inv_reply_buf(ngx_http_request_t *r, inv_str_t body);
static ngx_int_t
inv_reply_problem_body(inv_request_t *rq, const inv_problem_t *problem,
                       inv_str_t *body);
static ngx_int_t inv_reply_retry_after(inv_request_t *rq);


static const ngx_str_t inv_type_json = ngx_string("application/json");
static const ngx_str_t inv_type_problem =
    ngx_string("application/problem+json");


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
    char             text[INV_ETAG_TEXT];
    inv_str_t        value;
    ngx_list_part_t *part;

    value.data = text;
    value.len = inv_etag_write(version, text);

    if (inv_reply_header(rq, "ETag", value) != NGX_OK) {
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


static void
inv_reply_send(inv_request_t *rq, ngx_uint_t status, const ngx_str_t *type,
               inv_str_t body)
{
    ngx_int_t           rc;
    ngx_buf_t          *b;
    ngx_chain_t         out;
    ngx_http_request_t *r = rq->r;

    b = inv_reply_buf(r, body);
    if (b == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    rq->status = status;
    r->headers_out.status = status;

    if (status == INV_HTTP_UNPROCESSABLE) {
        /* The one status of ours for which nginx has no words. */
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");
    }

    if (type != NULL) {
        r->headers_out.content_type = *type;
        r->headers_out.content_type_len = type->len;
        r->headers_out.content_length_n = (off_t) body.len;

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

    out.buf = b;
    out.next = NULL;

    ngx_http_finalize_request(r, ngx_http_output_filter(r, &out));
}


static ngx_buf_t *
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


void
inv_reply_problem(inv_request_t *rq, const inv_problem_t *problem)
{
    inv_str_t  body;
    ngx_uint_t status;

    status = inv_problem_status(problem->kind);

    if (inv_reply_problem_body(rq, problem, &body) != NGX_OK
        || (status >= NGX_HTTP_SERVICE_UNAVAILABLE
            && inv_reply_retry_after(rq) != NGX_OK))
    {
        ngx_http_finalize_request(rq->r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    inv_reply_send(rq, status, &inv_type_problem, body);
}


/* The path as the client wrote it: a URI reference, without the query. */
static inv_str_t
inv_reply_instance(ngx_http_request_t *r)
{
    u_char   *query;
    inv_str_t instance;

    instance.data = (const char *) r->unparsed_uri.data;
    instance.len = r->unparsed_uri.len;

    query = ngx_strlchr(r->unparsed_uri.data,
                        r->unparsed_uri.data + r->unparsed_uri.len, '?');
    if (query != NULL) {
        instance.len = (size_t) (query - r->unparsed_uri.data);
    }

    return instance;
}


static ngx_int_t
inv_reply_problem_body(inv_request_t *rq, const inv_problem_t *problem,
                       inv_str_t *body)
{
    inv_str_t    instance, trace_id;
    inv_arena_t *arena;

    arena = inv_request_arena(rq);
    if (arena == NULL) {
        return NGX_ERROR;
    }

    instance = inv_reply_instance(rq->r);

    trace_id.data = rq->trace.trace_id;
    trace_id.len = sizeof(rq->trace.trace_id);

    return inv_problem_render(arena, problem, instance, trace_id, body)
               ? NGX_OK
               : NGX_ERROR;
}


ngx_int_t
inv_reply_substitute(inv_request_t *rq)
{
    ngx_buf_t          *b;
    inv_str_t           body;
    inv_problem_t       problem;
    ngx_http_request_t *r = rq->r;

    ngx_memzero(&problem, sizeof(inv_problem_t));

    problem.status = (unsigned) r->headers_out.status;
    problem.kind = inv_problem_of_status(problem.status);

    rq->problem = ngx_alloc_chain_link(r->pool);

    if (rq->problem == NULL
        || inv_reply_problem_body(rq, &problem, &body) != NGX_OK)
    {
        return NGX_ERROR;
    }

    b = inv_reply_buf(r, body);
    if (b == NULL) {
        return NGX_ERROR;
    }

    rq->problem->buf = b;
    rq->problem->next = NULL;

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);

    r->headers_out.content_type = inv_type_problem;
    r->headers_out.content_type_len = inv_type_problem.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset.len = 0;
    r->headers_out.content_length_n = (off_t) body.len;

    if (problem.status == NGX_HTTP_TOO_MANY_REQUESTS
        || problem.status >= NGX_HTTP_SERVICE_UNAVAILABLE)
    {
        return inv_reply_retry_after(rq);
    }

    return NGX_OK;
}


static ngx_int_t
inv_reply_retry_after(inv_request_t *rq)
{
    u_char text[NGX_INT_T_LEN], *last;

    last = ngx_sprintf(
        text, "%ui", (ngx_uint_t) inv_zone_mongo_retry_after(inv_worker->zone));

    return inv_reply_header(
        rq, "Retry-After",
        (inv_str_t){ (size_t) (last - text), (const char *) text });
}


void
inv_reply_refusal(inv_request_t *rq, inv_problem_kind_t kind,
                  const char *detail)
{
    inv_problem_t problem;

    ngx_memzero(&problem, sizeof(inv_problem_t));

    problem.kind = kind;
    problem.detail.data = detail;
    problem.detail.len = ngx_strlen(detail);

    inv_reply_problem(rq, &problem);
}


void
inv_reply_faults(inv_request_t *rq, const inv_faults_t *faults)
{
    inv_problem_t problem;

    if (faults->no_memory) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    ngx_memzero(&problem, sizeof(inv_problem_t));

    problem.kind = INV_INVALID_REQUEST;
    problem.faults = faults;

    inv_reply_problem(rq, &problem);
}


void
inv_reply_internal(inv_request_t *rq, const char *why)
{
    ngx_log_error(NGX_LOG_ERR, rq->r->connection->log, 0,
                  "inventory: %s, trace: %*s", why, sizeof(rq->trace.trace_id),
                  rq->trace.trace_id);

    inv_reply_refusal(rq, INV_INTERNAL, "something went wrong here");
}
