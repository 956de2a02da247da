
/*
 * http: the configuration's defaults and merging, see inv_conf.h.
 */


#include "inv_conf.h"


#define INV_ZONE_SIZE_DEFAULT (32 * 1024 * 1024)

/* A copy in the zone: what a person does not notice, and a hot product's read
   costs Redis a command a second. */
#define INV_LOCAL_LIFETIME_MS 1000

/* A copy in Redis; after that long a missed invalidation is over elsewhere. */
#define INV_REDIS_LIFETIME_MS 60000

/* Of a read, until the loop comes to tell it. */
#define INV_READING_SLACK_MS 1000

/* A request: ten times what a busy database needs, less than a person waits. */
#define INV_TIMEOUT_MS 2000

/* A request that took longer is worth a line: a person has noticed. */
#define INV_SLOW_MS 1000


static char *inv_conf_default_mongo(ngx_conf_t *cf, inv_main_conf_t *mcf);
static char *inv_conf_key_prefix(ngx_conf_t *cf, inv_main_conf_t *mcf);
static char *inv_conf_add_zone(ngx_conf_t *cf, inv_main_conf_t *mcf);
static char *inv_conf_add_threads(ngx_conf_t *cf, inv_main_conf_t *mcf);


/* The first that is set and not empty. */
static const char *const inv_mongo_names[] = { "MONGO_URI", "MONGO_URL", NULL };

const char *const inv_conf_redis_names[] = { "REDIS_URL", NULL };


void *
inv_conf_create_main(ngx_conf_t *cf)
{
    inv_main_conf_t *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(inv_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    mcf->zone_size = NGX_CONF_UNSET_SIZE;
    mcf->batch_max = NGX_CONF_UNSET_UINT;
    mcf->redis = NGX_CONF_UNSET_PTR;
    mcf->local_lifetime = NGX_CONF_UNSET_MSEC;
    mcf->redis_lifetime = NGX_CONF_UNSET_MSEC;
    mcf->stale = NGX_CONF_UNSET_MSEC;

    return mcf;
}


char *
inv_conf_init_main(ngx_conf_t *cf, void *conf)
{
    size_t           i;
    char            *rv;
    inv_main_conf_t *mcf = conf;

    typedef char *(*inv_conf_step_pt)(ngx_conf_t * cf, inv_main_conf_t * mcf);

    static const inv_conf_step_pt steps[] = {
        inv_conf_default_mongo, inv_conf_mongo_files, inv_conf_default_redis,
        inv_conf_redis_tls,     inv_conf_key_prefix,  inv_conf_add_zone,
        inv_conf_metrics,       inv_conf_add_threads
    };

    ngx_conf_init_size_value(mcf->zone_size, INV_ZONE_SIZE_DEFAULT);
    ngx_conf_init_uint_value(mcf->batch_max, INV_BATCH_MAX);
    ngx_conf_init_msec_value(mcf->local_lifetime, INV_LOCAL_LIFETIME_MS);
    ngx_conf_init_msec_value(mcf->redis_lifetime, INV_REDIS_LIFETIME_MS);
    ngx_conf_init_msec_value(mcf->stale, 0);

    if (!mcf->used) {
        return NGX_CONF_OK;
    }

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        rv = steps[i](cf, mcf);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
inv_conf_default_mongo(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    char        reason[NGX_MAX_CONF_ERRSTR];
    const char *uri;

    if (mcf->mongo.data != NULL) {
        return NGX_CONF_OK;
    }

    uri = inv_conf_environment(inv_mongo_names);
    if (uri == NULL) {
        uri = "mongodb://127.0.0.1:27017";
    }

    if (!inv_store_uri_check(uri, reason, sizeof(reason))) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the MongoDB URI in the environment is wrong: %s",
                      reason);
        return NGX_CONF_ERROR;
    }

    mcf->mongo.len = ngx_strlen(uri);
    mcf->mongo.data = ngx_pnalloc(cf->pool, mcf->mongo.len + 1);
    if (mcf->mongo.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(mcf->mongo.data, uri, mcf->mongo.len + 1);

    return NGX_CONF_OK;
}


const char *
inv_conf_environment(const char *const *names)
{
    const char *value;

    for (/* void */; *names; names++) {
        value = getenv(*names);

        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }

    return NULL;
}


/*
 * "inv:<database>:": nodes on one database share their copies, other shops on
 * the same Redis do not.
 */
static char *
inv_conf_key_prefix(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    u_char      *p = NULL, *last;
    size_t       size;
    inv_str_t    place;
    const char  *slash;
    inv_arena_t *arena;

    arena = inv_arena_create();
    if (arena == NULL) {
        return NGX_CONF_ERROR;
    }

    if (inv_store_uri_describe(arena, (const char *) mcf->mongo.data, &place)) {
        slash = memrchr(place.data, '/', place.len);
        size = sizeof("inv::") + place.len;

        p = ngx_pnalloc(cf->pool, size);

        if (p != NULL && slash != NULL) {
            last = ngx_slprintf(p, p + size, "inv:%*s:",
                                (size_t) (place.data + place.len - slash - 1),
                                slash + 1);

            mcf->key_prefix.data = (const char *) p;
            mcf->key_prefix.len = (size_t) (last - p);
        }
    }

    inv_arena_destroy(arena);

    return p != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
inv_conf_add_zone(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    inv_zone_t      *zone;
    static ngx_str_t name = ngx_string("ngx_inventory");

    zone = ngx_pcalloc(cf->pool, sizeof(inv_zone_t));
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zone->longest_ms =
        (int64_t) ngx_max(mcf->local_lifetime, mcf->redis_lifetime);
    zone->stale_ms = (int64_t) mcf->stale;

    mcf->zone =
        ngx_shared_memory_add(cf, &name, mcf->zone_size, &ngx_inventory_module);
    if (mcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->zone->init = inv_zone_init;
    mcf->zone->data = zone;

    return NGX_CONF_OK;
}


static char *
inv_conf_add_threads(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    if (mcf->pool == NULL) {
        mcf->pool = ngx_thread_pool_add(cf, NULL);
    }

    return mcf->pool != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}


void *
inv_conf_create_loc(ngx_conf_t *cf)
{
    inv_loc_conf_t *lcf;

    lcf = ngx_pcalloc(cf->pool, sizeof(inv_loc_conf_t));
    if (lcf == NULL) {
        return NULL;
    }

    lcf->timeout = NGX_CONF_UNSET_MSEC;
    lcf->principal = NGX_CONF_UNSET_PTR;
    lcf->admin = NGX_CONF_UNSET;
    lcf->slow = NGX_CONF_UNSET_MSEC;
    lcf->deep_log = NGX_CONF_UNSET_SIZE;

    return lcf;
}


char *
inv_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child)
{
    inv_loc_conf_t           *prev = parent;
    inv_loc_conf_t           *lcf = child;
    inv_main_conf_t          *mcf;
    ngx_http_core_loc_conf_t *clcf;

    ngx_conf_merge_msec_value(lcf->timeout, prev->timeout, INV_TIMEOUT_MS);
    ngx_conf_merge_ptr_value(lcf->principal, prev->principal, NULL);
    ngx_conf_merge_value(lcf->admin, prev->admin, 0);
    ngx_conf_merge_msec_value(lcf->slow, prev->slow, INV_SLOW_MS);
    ngx_conf_merge_size_value(lcf->deep_log, prev->deep_log, 0);

    if (inv_conf_merge_masks(prev, lcf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* `if` and `limit_except` blocks are the same place as what is around. */

    if (clcf->noname && lcf->face == NULL) {
        lcf->face = prev->face;
        lcf->prefix = prev->prefix;
        lcf->prefix_uri = prev->prefix_uri;
        lcf->docs = prev->docs;
    }

    /* Another handler's directive came after ours: the place is its own. */

    if (clcf->handler != NULL && clcf->handler != inv_http_handler) {
        lcf->face = NULL;
    }

    if (lcf->face == NULL) {
        return NGX_CONF_OK;
    }

    if (clcf->lmt_excpt && clcf->handler == NULL) {
        clcf->handler = inv_http_handler;
    }

    /* A body is read into memory whole; one that nginx put into a file is 413. */

    if (clcf->client_body_buffer_size < INV_BODY_MAX) {
        clcf->client_body_buffer_size = INV_BODY_MAX;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_inventory_module);
    mcf->longest_timeout = ngx_max(mcf->longest_timeout, lcf->timeout);

    return NGX_CONF_OK;
}


static ngx_int_t
inv_conf_pass(ngx_core_conf_t *ccf, ngx_str_t text)
{
    ngx_str_t *element;

    element = ngx_array_push(&ccf->env);
    if (element == NULL) {
        return NGX_ERROR;
    }

    *element = text;

    return NGX_OK;
}


void
inv_conf_finish(ngx_conf_t *cf)
{
    inv_zone_t      *zone;
    inv_main_conf_t *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_inventory_module);

    if (mcf->zone != NULL) {
        zone = mcf->zone->data;
        zone->reading_ms =
            (int64_t) mcf->longest_timeout + INV_READING_SLACK_MS;
    }
}


ngx_int_t
inv_conf_pass_environment(ngx_conf_t *cf)
{
    size_t             i, j;
    ngx_str_t          text;
    ngx_core_conf_t   *ccf;
    const char *const *lists[] = { inv_mongo_names, inv_conf_redis_names };

    ccf =
        (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx, ngx_core_module);

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {

        for (j = 0; lists[i][j]; j++) {
            text.data = (u_char *) lists[i][j];
            text.len = ngx_strlen(lists[i][j]);

            if (inv_conf_pass(ccf, text) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    text = inv_zone_link(cf->log);

    return text.len == 0 ? NGX_OK : inv_conf_pass(ccf, text);
}
