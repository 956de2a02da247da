
/*
 * http: request bodies: reading, media type, JSON.
 */


#include "inv_http.h"


typedef struct {
    const char *header; /* tells what is taken, in a 415 and in OPTIONS */
    const char *types;
} inv_accept_t;


static void inv_body_there(ngx_http_request_t *r);
static bool inv_body_is_refused(inv_request_t *rq, inv_str_t text);
static void
inv_body_untaken(inv_request_t *rq, ngx_int_t accepted, const char *detail);
static ngx_int_t inv_body_text(ngx_http_request_t *r, inv_str_t *text);
static bool      inv_body_is_plain(inv_request_t *rq);
static bool      inv_body_type_is_taken(inv_request_t *rq);
static void      inv_body_parse(inv_request_t *rq, inv_str_t text);
static void
inv_body_malformed(inv_request_t *rq, const inv_json_error_t *error);
static void inv_body_too_many(inv_request_t *rq);


ngx_int_t
inv_body_read(inv_request_t *rq)
{
    ngx_int_t           rc;
    ngx_http_request_t *r = rq->r;

    if (r->headers_in.content_length_n > INV_BODY_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    r->request_body_in_single_buf = 1;
    r->request_body_in_persistent_file = 0;
    r->request_body_in_file_only = 0;
    r->request_body_in_clean_file = 0;

    rc = ngx_http_read_client_request_body(r, inv_body_there);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
inv_body_there(ngx_http_request_t *r)
{
    ngx_int_t      rc;
    inv_str_t      text;
    inv_request_t *rq;

    rq = inv_request_get(r);
    if (rq == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    rc = inv_body_text(r, &text);
    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    if (inv_request_begin(rq) != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    rq->body = text;

    if (inv_body_is_refused(rq, text)) {
        return;
    }

    if (text.len == 0 && rq->method->body == INV_BODY_OPTIONAL) {
        rq->method->start(rq, NULL);
        return;
    }

    inv_body_parse(rq, text);
}


/* What is refused before the body is looked into.  True: the reply was sent. */
static bool
inv_body_is_refused(inv_request_t *rq, inv_str_t text)
{
    if (text.len == 0) {
        return false;
    }

    if (!inv_body_is_plain(rq)) {
        inv_body_untaken(
            rq, inv_reply_header(rq, "Accept-Encoding", inv_str("identity")),
            "the body's encoding is not taken here");
        return true;
    }

    if (!inv_body_type_is_taken(rq)) {
        inv_body_untaken(rq, inv_body_accept(rq, rq->method),
                         "the body's media type is not taken here");
        return true;
    }

    return false;
}


/* 415; accepted: whether the header that says what is taken could be added. */
static void
inv_body_untaken(inv_request_t *rq, ngx_int_t accepted, const char *detail)
{
    if (accepted != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_refusal(rq, INV_UNSUPPORTED_MEDIA_TYPE, detail);
}


/* The body as one piece.  NGX_OK or the status that refuses it. */
static ngx_int_t
inv_body_text(ngx_http_request_t *r, inv_str_t *text)
{
    u_char      *p;
    size_t       len = 0;
    ngx_chain_t *cl, *bufs;

    *text = INV_STR_ABSENT;

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    /* What did not fit into the buffer, framing included: see the README. */

    if (r->request_body->temp_file) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    bufs = r->request_body->bufs;

    for (cl = bufs; cl; cl = cl->next) {
        len += (size_t) (cl->buf->last - cl->buf->pos);
    }

    if (len > INV_BODY_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    text->len = len;
    text->data = (const char *) bufs->buf->pos;

    if (bufs->next == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text->data = (const char *) p;

    for (cl = bufs; cl; cl = cl->next) {

        /* The last one of a chunked body is empty and points nowhere. */

        if (cl->buf->last != cl->buf->pos) {
            p = ngx_cpymem(p, cl->buf->pos,
                           (size_t) (cl->buf->last - cl->buf->pos));
        }
    }

    return NGX_OK;
}


/* RFC 9110, 8.4: a body in a coding is another body. */
static bool
inv_body_is_plain(inv_request_t *rq)
{
    inv_str_t coding;

    coding = inv_request_header(rq, inv_str("content-encoding"));

    return coding.data == NULL
           || (coding.len == sizeof("identity") - 1
               && ngx_strncasecmp((u_char *) coding.data, (u_char *) "identity",
                                  coding.len)
                      == 0);
}


static bool
inv_body_type_is_taken(inv_request_t *rq)
{
    inv_str_t value;

    value = inv_request_header(rq, inv_str("content-type"));

    if (value.data == NULL) {
        return false;
    }

    if (inv_media_type_is(value, inv_str("application/json"))) {
        return true;
    }

    return rq->method->body == INV_BODY_PATCH
           && inv_media_type_is(value, inv_str("application/merge-patch+json"));
}


ngx_int_t
inv_body_accept(inv_request_t *rq, const inv_method_t *method)
{
    const inv_accept_t *accept;

    static const inv_accept_t post = { "Accept-Post", "application/json" };
    static const inv_accept_t patch = {
        "Accept-Patch", "application/merge-patch+json, application/json"
    };
    static const inv_accept_t put = { "Accept", "application/json" };

    switch (method->method) {

    case NGX_HTTP_POST:
        accept = &post;
        break;

    case NGX_HTTP_PATCH:
        accept = &patch;
        break;

    case NGX_HTTP_PUT:
        accept = &put;
        break;

    default:
        return NGX_OK;
    }

    return inv_reply_header(
        rq, accept->header,
        (inv_str_t){ ngx_strlen(accept->types), accept->types });
}


static void
inv_body_parse(inv_request_t *rq, inv_str_t text)
{
    inv_json_t      *root;
    inv_arena_t     *arena;
    inv_json_error_t error;

    arena = inv_request_arena(rq);
    if (arena == NULL) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    switch (inv_json_read(arena, text, &root, &error)) {

    case INV_JSON_OK:
        rq->method->start(rq, root);
        return;

    case INV_JSON_MALFORMED:
        inv_body_malformed(rq, &error);
        return;

    case INV_JSON_TOO_MANY:
        inv_body_too_many(rq);
        return;

    default:
        inv_reply_internal(rq, "no memory");
    }
}


static void
inv_body_malformed(inv_request_t *rq, const inv_json_error_t *error)
{
    inv_problem_t problem;

    ngx_memzero(&problem, sizeof(inv_problem_t));

    problem.kind = INV_MALFORMED_JSON;
    problem.has_offset = true;
    problem.offset = error->offset;
    problem.detail.data = error->reason;
    problem.detail.len = ngx_strlen(error->reason);

    inv_reply_problem(rq, &problem);
}


static void
inv_body_too_many(inv_request_t *rq)
{
    inv_faults_t faults;

    inv_faults_init(&faults, rq->arena);
    inv_fault_add(&faults, inv_str(""), inv_str("holds too many values"));

    inv_reply_faults(rq, &faults);
}
