
/*
 * http: when a request of a face has ended: what is counted and said of it.
 * Event loop; nginx's log phase.
 */


#include "inv_http.h"


/* Of a method of the client's own making. */
#define INV_LOG_METHOD_MAX 32


static ngx_int_t inv_log_handler(ngx_http_request_t *r);
static void      inv_log_slow(inv_request_t *rq, ngx_msec_t total);


ngx_int_t
inv_log_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt       *handler;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    handler = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (handler == NULL) {
        return NGX_ERROR;
    }

    *handler = inv_log_handler;

    return NGX_OK;
}


static ngx_int_t
inv_log_handler(ngx_http_request_t *r)
{
    ngx_msec_t      elapsed;
    inv_request_t  *rq;
    inv_loc_conf_t *conf;

    rq = inv_request_find(r);
    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    /* Its client may have left, or been left, before anything was done. */

    if (rq == NULL && conf->face != NULL) {
        rq = inv_request_get(r);
    }

    if (rq == NULL || rq->conf->face == NULL) {
        return NGX_OK;
    }

    elapsed = inv_log_elapsed(r);
    inv_metrics_ended(rq, elapsed);

    if (rq->conf->slow != 0 && elapsed >= rq->conf->slow) {
        inv_log_slow(rq, elapsed);
    }

    return NGX_OK;
}


ngx_msec_t
inv_log_elapsed(const ngx_http_request_t *r)
{
    ngx_time_t    *now = ngx_timeofday();
    ngx_msec_int_t ms;

    /* as $request_time: the clock on the wall, which may be set back */
    ms = (ngx_msec_int_t) (now->sec - r->start_sec) * 1000
         + ((ngx_msec_int_t) now->msec - (ngx_msec_int_t) r->start_msec);

    return (ngx_msec_t) ngx_max(ms, 0);
}


ngx_uint_t
inv_log_status(const ngx_http_request_t *r)
{
    if (r->err_status) {
        return r->err_status;
    }

    if (r->headers_out.status) {
        return r->headers_out.status;
    }

    return r->http_version == NGX_HTTP_VERSION_9 ? 9 : 0;
}


ngx_log_t *
inv_request_log(const inv_request_t *rq)
{
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_get_module_loc_conf(rq->r, ngx_http_core_module);

    return clcf->error_log;
}


static void
inv_log_slow(inv_request_t *rq, ngx_msec_t total)
{
    size_t              method;
    inv_str_t           route = inv_str("-");
    ngx_str_t           prefix = ngx_string("");
    ngx_msec_t          body, sending;
    const inv_spent_t  *spent = &rq->spent;
    ngx_http_request_t *r = rq->r;
    const inv_route_t  *found;

    found = inv_route_of(rq);

    if (found != NULL) {
        prefix = rq->conf->prefix_uri;
        route = found->path;
    }

    method = ngx_min(r->method_name.len, INV_LOG_METHOD_MAX);

    /* a body that never was complete is all that was waited for */
    body = rq->begun ? rq->body_ms : (rq->replies ? 0 : total);
    sending = rq->replies ? ngx_current_msec - rq->answered : 0;

    ngx_log_error(
        NGX_LOG_WARN, inv_request_log(rq), 0,
        "inventory: slow: %*s %V%*s took %M ms: body %M, turn %M, redis %M, "
        "mongo %M, sending %M; status: %ui, batch: %ui, cache: %s, trace: %*s, "
        "span: %*s",
        method, r->method_name.data, &prefix, route.len, route.data, total,
        body, spent->queue, spent->redis, spent->mongo, sending,
        inv_log_status(r), spent->batch, rq->cache != NULL ? rq->cache : "-",
        sizeof(rq->trace.trace_id), rq->trace.trace_id,
        sizeof(rq->trace.span_id), rq->trace.span_id);
}
