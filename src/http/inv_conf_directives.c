
/*
 * http: reading the directives, see inv_conf.h.  What is wrong is said with
 * the file and the line, and never with a password.
 */


#include "inv_conf.h"


/* A request occupies a thread for so long: an hour would be a mistake. */
#define INV_TIMEOUT_MIN_MS 10
#define INV_TIMEOUT_MAX_MS 300000

/* Floors are kept for twice as long, one for each product written. */
#define INV_LIFETIME_MAX_MS 86400000


static char *inv_conf_timeout(ngx_conf_t *cf, void *post, void *data);


ngx_conf_num_bounds_t inv_conf_batch_bounds = { ngx_conf_check_num_bounds, 1,
                                                INV_BATCH_MAX };

ngx_conf_post_t inv_conf_timeout_check = { inv_conf_timeout };


/* A location's name is what URIs are once decoded: encoded again. */
static ngx_int_t
inv_conf_prefix_uri(ngx_conf_t *cf, inv_loc_conf_t *lcf)
{
    u_char    *p;
    ngx_str_t *prefix = &lcf->prefix;
    uintptr_t  escaped;

    escaped = ngx_escape_uri(NULL, prefix->data, prefix->len, NGX_ESCAPE_URI);
    lcf->prefix_uri.len = prefix->len + 2 * escaped;

    p = ngx_pnalloc(cf->pool, ngx_max(lcf->prefix_uri.len, 1));
    if (p == NULL) {
        return NGX_ERROR;
    }

    lcf->prefix_uri.data = p;
    (void) ngx_escape_uri(p, prefix->data, prefix->len, NGX_ESCAPE_URI);

    return NGX_OK;
}


char *
inv_conf_face(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    inv_loc_conf_t           *lcf = conf;
    inv_main_conf_t          *mcf;
    ngx_http_core_loc_conf_t *clcf;

    if (lcf->face != NULL) {
        return lcf->face == cmd->post ? "is duplicate"
                                      : "stands beside another inventory_ "
                                        "location directive";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->named) {
        return "cannot be used in a named location";
    }

#if (NGX_PCRE)
    if (clcf->regex) {
        return "cannot be used in a location given by a regular expression";
    }
#endif

    lcf->face = cmd->post;
    lcf->prefix = clcf->name;

    if (lcf->prefix.len && lcf->prefix.data[lcf->prefix.len - 1] == '/') {
        lcf->prefix.len--;
    }

    if (inv_conf_prefix_uri(cf, lcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    clcf->handler = inv_http_handler;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_inventory_module);
    mcf->used = 1;

    return NGX_CONF_OK;
}


char *
inv_conf_mongo(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char             reason[NGX_MAX_CONF_ERRSTR];
    ngx_str_t       *value = cf->args->elts;
    inv_main_conf_t *mcf = conf;

    if (mcf->mongo.data != NULL) {
        return "is duplicate";
    }

    /* Arguments of directives are NUL-terminated. */

    if (!inv_store_uri_check((const char *) value[1].data, reason,
                             sizeof(reason))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "inventory_mongo: %s", reason);
        return NGX_CONF_ERROR;
    }

    mcf->mongo = value[1];

    return NGX_CONF_OK;
}


char *
inv_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t          size;
    ngx_str_t       *value = cf->args->elts;
    inv_main_conf_t *mcf = conf;

    if (mcf->zone_size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    size = ngx_parse_size(&value[1]);

    if (size == NGX_ERROR) {
        return "has an invalid size";
    }

    if ((size_t) size < inv_zone_size_min()) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "inventory_zone: the least size is %uz bytes",
                           inv_zone_size_min());
        return NGX_CONF_ERROR;
    }

    mcf->zone_size = (size_t) size;

    return NGX_CONF_OK;
}


/* A time, or "off" for 0.  False: it is neither. */
static bool
inv_conf_lifetime(ngx_str_t text, ngx_msec_t *lifetime)
{
    ngx_int_t ms;

    if (text.len == 3 && ngx_strncmp(text.data, "off", 3) == 0) {
        *lifetime = 0;
        return true;
    }

    ms = ngx_parse_time(&text, 0);

    if (ms <= 0 || ms > INV_LIFETIME_MAX_MS) {
        return false;
    }

    *lifetime = (ngx_msec_t) ms;

    return true;
}


char *
inv_conf_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    size_t           len;
    ngx_str_t        time, *value = cf->args->elts;
    ngx_uint_t       i;
    ngx_msec_t      *lifetime;
    inv_main_conf_t *mcf = conf;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "local=", 6) == 0) {
            lifetime = &mcf->local_lifetime;

        } else if (ngx_strncmp(value[i].data, "redis=", 6) == 0) {
            lifetime = &mcf->redis_lifetime;

        } else {
            return "takes local=time or local=off, and redis=time or redis=off";
        }

        if (*lifetime != NGX_CONF_UNSET_MSEC) {
            return "is duplicate";
        }

        len = sizeof("local=") - 1;
        time.data = value[i].data + len;
        time.len = value[i].len - len;

        if (!inv_conf_lifetime(time, lifetime)) {
            return "has an invalid time: from 1ms to 1d, or off";
        }
    }

    return NGX_CONF_OK;
}


char *
inv_conf_stale(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t       *value = cf->args->elts;
    inv_main_conf_t *mcf = conf;

    if (mcf->stale != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    if (!inv_conf_lifetime(value[1], &mcf->stale)) {
        return "has an invalid time: from 1ms to 1d, or off";
    }

    return NGX_CONF_OK;
}


char *
inv_conf_slow(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t      *value = cf->args->elts;
    inv_loc_conf_t *lcf = conf;

    if (lcf->slow != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    if (!inv_conf_lifetime(value[1], &lcf->slow)) {
        return "has an invalid time: from 1ms to 1d, or off";
    }

    return NGX_CONF_OK;
}


/* nginx says an unknown name when it has read everything, with this line. */
char *
inv_conf_threads(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t       *value = cf->args->elts;
    inv_main_conf_t *mcf = conf;

    if (mcf->pool != NULL) {
        return "is duplicate";
    }

    mcf->pool = ngx_thread_pool_add(cf, &value[1]);

    return mcf->pool != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
inv_conf_timeout(ngx_conf_t *cf, void *post, void *data)
{
    ngx_msec_t *timeout = data;

    if (*timeout < INV_TIMEOUT_MIN_MS || *timeout > INV_TIMEOUT_MAX_MS) {
        return "has an invalid time: from 10ms to 5m";
    }

    return NGX_CONF_OK;
}
