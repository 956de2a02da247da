
/*
 * http: the table of $inventory_..., and those of what has become of a request,
 * see inv_variables.h.  Event loop.
 */


#include "inv_variables.h"


typedef struct {
    ngx_str_t                name;
    ngx_http_get_variable_pt get;
    uintptr_t                data;
    ngx_uint_t               flags;
} inv_variable_t;


static ngx_int_t
inv_variable_time(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                  uintptr_t data);
static ngx_int_t
inv_variable_word(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                  uintptr_t data);
static ngx_int_t
inv_variable_batch(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                   uintptr_t data);
static ngx_int_t
inv_variable_error(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                   uintptr_t data);


/*
 * Subrequests have the values of their main request: what is not the same for
 * all of them is not kept.
 */
static const inv_variable_t inv_variables[] = {
    { ngx_string("inventory_trace_id"), inv_variable_trace_id, 0, 0 },
    { ngx_string("inventory_span_id"), inv_variable_span_id, 0, 0 },
    { ngx_string("inventory_parent_id"), inv_variable_parent_id, 0, 0 },
    { ngx_string("inventory_traceparent"), inv_variable_traceparent, 0, 0 },
    { ngx_string("inventory_tracestate"), inv_variable_tracestate, 0, 0 },

    { ngx_string("inventory_timestamp"), inv_variable_timestamp, 0,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_level"), inv_variable_level, 0,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_path"), inv_variable_path, 0,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_route"), inv_variable_route, 0,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_user"), inv_variable_user, 0,
      NGX_HTTP_VAR_NOCACHEABLE },

    { ngx_string("inventory_queue_time"), inv_variable_time, INV_SPENT_QUEUE,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_mongo_time"), inv_variable_time, INV_SPENT_MONGO,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_redis_time"), inv_variable_time, INV_SPENT_REDIS,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_batch"), inv_variable_batch, 0,
      NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_cache"), inv_variable_word,
      offsetof(inv_request_t, cache), NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_idempotency"), inv_variable_word,
      offsetof(inv_request_t, idempotency), NGX_HTTP_VAR_NOCACHEABLE },
    { ngx_string("inventory_error"), inv_variable_error, 0,
      NGX_HTTP_VAR_NOCACHEABLE },
};


ngx_int_t
inv_variables_add(ngx_conf_t *cf)
{
    size_t                i;
    ngx_str_t             name;
    ngx_http_variable_t  *variable;
    const inv_variable_t *row;

    for (i = 0; i < sizeof(inv_variables) / sizeof(inv_variables[0]); i++) {
        row = &inv_variables[i];
        name = row->name;

        variable = ngx_http_add_variable(cf, &name, row->flags);
        if (variable == NULL) {
            return NGX_ERROR;
        }

        variable->get_handler = row->get;
        variable->data = row->data;
    }

    return NGX_OK;
}


ngx_int_t
inv_variable_set(ngx_http_variable_value_t *v, const void *text, size_t len)
{
    /* nginx only reads it */
    v->data = (u_char *) text;
    v->len = (unsigned) (len & 0xfffffff);
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


ngx_int_t
inv_variable_none(ngx_http_variable_value_t *v)
{
    v->not_found = 1;

    return NGX_OK;
}


/* Seconds with milliseconds, as $request_time has them. */
static ngx_int_t
inv_variable_time(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                  uintptr_t data)
{
    u_char              *text, *last;
    ngx_msec_t           ms;
    const inv_request_t *rq = inv_request_find(r);

    if (rq == NULL || !(rq->spent.waited & data)) {
        return inv_variable_none(v);
    }

    switch (data) {

    case INV_SPENT_QUEUE:
        ms = rq->spent.queue;
        break;

    case INV_SPENT_MONGO:
        ms = rq->spent.mongo;
        break;

    default:
        ms = rq->spent.redis;
    }

    text = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (text == NULL) {
        return NGX_ERROR;
    }

    last = ngx_sprintf(text, "%T.%03M", (time_t) (ms / 1000), ms % 1000);

    return inv_variable_set(v, text, (size_t) (last - text));
}


static ngx_int_t
inv_variable_word(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                  uintptr_t data)
{
    const char          *word;
    const inv_request_t *rq = inv_request_find(r);

    if (rq == NULL) {
        return inv_variable_none(v);
    }

    word = *(const char *const *) ((const u_char *) rq + data);

    return word != NULL ? inv_variable_set(v, word, ngx_strlen(word))
                        : inv_variable_none(v);
}


static ngx_int_t
inv_variable_batch(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                   uintptr_t data)
{
    u_char              *text, *last;
    const inv_request_t *rq = inv_request_find(r);

    if (rq == NULL || rq->spent.batch == 0) {
        return inv_variable_none(v);
    }

    text = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (text == NULL) {
        return NGX_ERROR;
    }

    last = ngx_sprintf(text, "%ui", rq->spent.batch);

    return inv_variable_set(v, text, (size_t) (last - text));
}


static ngx_int_t
inv_variable_error(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                   uintptr_t data)
{
    inv_str_t            slug;
    const inv_request_t *rq = inv_request_find(r);

    if (rq == NULL || rq->error == INV_OK) {
        return inv_variable_none(v);
    }

    slug = inv_problem_slug(rq->error);

    return inv_variable_set(v, slug.data, slug.len);
}
