
/*
 * The module: its directives and its hooks, and nothing else.
 *
 * Event loop (hooks) and master (configuration).
 */


#include "http/inv_conf.h"
#include "http/inv_worker.h"


static ngx_int_t ngx_inventory_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_inventory_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_inventory_init_process(ngx_cycle_t *cycle);
static void      ngx_inventory_exit_process(ngx_cycle_t *cycle);


static ngx_command_t ngx_inventory_commands[] = {

    { ngx_string("inventory_api"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
      inv_conf_face, NGX_HTTP_LOC_CONF_OFFSET, 0, (void *) &inv_face_api },

    { ngx_string("inventory_health"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
      inv_conf_face, NGX_HTTP_LOC_CONF_OFFSET, 0, (void *) &inv_face_health },

    { ngx_string("inventory_metrics"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
      inv_conf_face, NGX_HTTP_LOC_CONF_OFFSET, 0, (void *) &inv_face_metrics },

    { ngx_string("inventory_docs"),
      NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE1, inv_conf_docs,
      NGX_HTTP_LOC_CONF_OFFSET, 0, (void *) &inv_face_docs },

    { ngx_string("inventory_mongo"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
      inv_conf_mongo, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_redis"), NGX_HTTP_MAIN_CONF | NGX_CONF_1MORE,
      inv_conf_redis, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_redis_ssl_trusted_certificate"),
      NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(inv_main_conf_t, redis_ssl_trusted_certificate), NULL },

    { ngx_string("inventory_redis_ssl_certificate"),
      NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(inv_main_conf_t, redis_ssl_certificate), NULL },

    { ngx_string("inventory_redis_ssl_certificate_key"),
      NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(inv_main_conf_t, redis_ssl_certificate_key), NULL },

    { ngx_string("inventory_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
      inv_conf_zone, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_cache"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE12,
      inv_conf_cache, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_stale"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
      inv_conf_stale, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_threads"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
      inv_conf_threads, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_batch"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
      ngx_conf_set_num_slot, NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(inv_main_conf_t, batch_max), &inv_conf_batch_bounds },

    { ngx_string("inventory_timeout"),
      NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
          | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot, NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(inv_loc_conf_t, timeout), (void *) &inv_conf_timeout_check },

    { ngx_string("inventory_slow"),
      NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
          | NGX_CONF_TAKE1,
      inv_conf_slow, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_deep_log"),
      NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
          | NGX_CONF_TAKE1,
      inv_conf_deep_log, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_mask"),
      NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
          | NGX_CONF_1MORE,
      inv_conf_mask, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("inventory_principal"),
      NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
          | NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot, NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(inv_loc_conf_t, principal), NULL },

    { ngx_string("inventory_admin"),
      NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
          | NGX_CONF_FLAG,
      ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(inv_loc_conf_t, admin), NULL },

    ngx_null_command
};


static ngx_http_module_t ngx_inventory_module_ctx = {
    ngx_inventory_preconfiguration,  /* preconfiguration */
    ngx_inventory_postconfiguration, /* postconfiguration */

    inv_conf_create_main, /* create main configuration */
    inv_conf_init_main,   /* init main configuration */

    NULL, /* create server configuration */
    NULL, /* merge server configuration */

    inv_conf_create_loc, /* create location configuration */
    inv_conf_merge_loc   /* merge location configuration */
};


ngx_module_t ngx_inventory_module = {
    NGX_MODULE_V1,
    &ngx_inventory_module_ctx,  /* module context */
    ngx_inventory_commands,     /* module directives */
    NGX_HTTP_MODULE,            /* module type */
    NULL,                       /* init master */
    inv_version_init_module,    /* init module */
    ngx_inventory_init_process, /* init process */
    NULL,                       /* init thread */
    NULL,                       /* exit thread */
    ngx_inventory_exit_process, /* exit process */
    NULL,                       /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_inventory_preconfiguration(ngx_conf_t *cf)
{
    if (inv_variables_add(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return inv_capture_variables_add(cf);
}


static ngx_int_t
ngx_inventory_postconfiguration(ngx_conf_t *cf)
{
    if (inv_conf_pass_environment(cf) != NGX_OK || inv_log_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    inv_conf_finish(cf);

    /* It sees what the other one has made. */
    inv_capture_filter_init();

    return inv_filter_init();
}


static ngx_int_t
ngx_inventory_init_process(ngx_cycle_t *cycle)
{
    inv_main_conf_t *conf;

    /* The cache manager and the cache loader run this too. */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_inventory_module);

    if (conf == NULL || !conf->used) {
        return NGX_OK;
    }

    return inv_worker_start(cycle, conf);
}


static void
ngx_inventory_exit_process(ngx_cycle_t *cycle)
{
    inv_worker_end();
}
