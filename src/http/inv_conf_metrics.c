
/*
 * http: the configuration: the memory in which is counted, see
 * src/shared/inv_metrics.h.  It is there wherever a location has a face, so that
 * nothing is lost when inventory_metrics is added later.  Master process.
 */


#include "inv_conf.h"
#include "inv_metrics_http.h"


/*
 * What a server is called there: host:port or the path of a socket, never with
 * a user or a password; and its database, where that is not the first.
 */
static const char *
inv_conf_server_name(ngx_conf_t *cf, const inv_redis_url_t *url)
{
    char  *name;
    size_t len;

    name = ngx_pnalloc(cf->pool, INV_REDIS_NAME_MAX);
    if (name == NULL) {
        return NULL;
    }

    inv_redis_url_describe(url, name, INV_REDIS_NAME_MAX);
    len = ngx_strlen(name);

    if (!url->is_unix && url->database == 0 && len > 2) {
        name[len - 2] = '\0'; /* the "/0" */
    }

    return name;
}


char *
inv_conf_metrics(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    size_t           i;
    inv_metrics_t   *metrics;
    static ngx_str_t zone_name = ngx_string("inventory_metrics");

    if (!inv_metrics_number()) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "there are more routes than inventory_metrics counts");
        return NGX_CONF_ERROR;
    }

    metrics = ngx_pcalloc(cf->pool, sizeof(inv_metrics_t));
    if (metrics == NULL) {
        return NGX_CONF_ERROR;
    }

    /* without lifetimes of copies nothing is asked of Redis */
    metrics->nnames = mcf->redis_lifetime != 0 ? mcf->nredis : 0;

    for (i = 0; i < metrics->nnames; i++) {
        metrics->names[i] = inv_conf_server_name(cf, &mcf->redis[i]);

        if (metrics->names[i] == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    mcf->metrics = ngx_shared_memory_add(
        cf, &zone_name, inv_metrics_zone_size(), &ngx_inventory_module);
    if (mcf->metrics == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->metrics->init = inv_metrics_zone_init;
    mcf->metrics->data = metrics;

    return NGX_CONF_OK;
}
