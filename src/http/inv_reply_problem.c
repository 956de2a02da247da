
/*
 * http: replies that are problems, and the problems that take the place of
 * nginx's own error pages.  Event loop.
 */


#include "inv_reply.h"
#include "inv_worker.h"


static ngx_int_t
inv_reply_problem_body(inv_request_t *rq, const inv_problem_t *problem,
                       inv_str_t *body);
static ngx_int_t inv_reply_retry_after(inv_request_t *rq);


static const ngx_str_t inv_type_problem =
    ngx_string("application/problem+json");


void
inv_reply_problem(inv_request_t *rq, const inv_problem_t *problem)
{
    inv_str_t  body;
    ngx_uint_t status;

    status = inv_problem_status(problem->kind);
    rq->error = problem->kind;

    if (inv_reply_problem_body(rq, problem, &body) != NGX_OK
        || (status >= NGX_HTTP_SERVICE_UNAVAILABLE
            && inv_reply_retry_after(rq) != NGX_OK))
    {
        ngx_http_finalize_request(rq->r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    inv_reply_send(rq, status, &inv_type_problem, body);
}


void
inv_reply_answer(inv_request_t *rq, ngx_uint_t status, inv_str_t body)
{
    if (status < NGX_HTTP_BAD_REQUEST) {
        inv_reply_json(rq, status, body);
    } else {
        rq->error = inv_problem_of_body(body);
        inv_reply_send(rq, status, &inv_type_problem, body);
    }
}


static ngx_int_t
inv_reply_problem_body(inv_request_t *rq, const inv_problem_t *problem,
                       inv_str_t *body)
{
    inv_arena_t *arena;

    arena = inv_request_arena(rq);

    return arena != NULL && inv_reply_problem_text(rq, arena, problem, body)
               ? NGX_OK
               : NGX_ERROR;
}


bool
inv_reply_problem_text(inv_request_t *rq, inv_arena_t *arena,
                       const inv_problem_t *problem, inv_str_t *text)
{
    inv_str_t instance, trace_id;

    instance = inv_request_instance(rq);

    trace_id.data = rq->trace.trace_id;
    trace_id.len = sizeof(rq->trace.trace_id);

    return inv_problem_render(arena, problem, instance, trace_id, text);
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
    rq->error = problem.kind;

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
    ngx_log_error(NGX_LOG_ERR, inv_request_log(rq), 0,
                  "inventory: %s, trace: %*s", why, sizeof(rq->trace.trace_id),
                  rq->trace.trace_id);

    inv_reply_refusal(rq, INV_INTERNAL, "something went wrong here");
}
