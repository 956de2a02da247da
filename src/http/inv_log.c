
/*
 * http: when a request of a face has ended: what is counted and said of it.
 * Event loop; nginx's log phase.
 */


#include "inv_http.h"


static ngx_int_t inv_log_handler(ngx_http_request_t *r);


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
    inv_request_t *rq;

    rq = inv_request_find(r);

    if (rq == NULL || rq->conf->face == NULL) {
        return NGX_OK;
    }

    return NGX_OK;
}
