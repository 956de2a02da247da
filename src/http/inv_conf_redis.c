
/*
 * http: the Redis servers of the configuration, see inv_conf.h.  What is wrong
 * is said without what was given, which may hold a password.
 */


#include "inv_conf.h"


#define INV_CONF_BLANKS " \t\n\r"


/* Adds a server to the list.  NULL, or what is wrong with it. */
static const char *
inv_conf_redis_add(inv_main_conf_t *mcf, inv_str_t text)
{
    ngx_uint_t       i;
    const char      *reason;
    inv_redis_url_t *url;

    if (mcf->nredis == INV_REDIS_SERVERS_MAX) {
        return "there are more than 16 servers";
    }

    url = &mcf->redis[mcf->nredis];

    reason = inv_redis_url_read(text, url);
    if (reason != NULL) {
        return reason;
    }

    for (i = 0; i < mcf->nredis; i++) {
        if (inv_redis_url_same(&mcf->redis[i], url)) {
            return "a server stands there twice";
        }
    }

    mcf->nredis++;

    return NULL;
}


/* Room for a list; false: no memory. */
static bool
inv_conf_redis_list(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    mcf->redis =
        ngx_pcalloc(cf->pool, INV_REDIS_SERVERS_MAX * sizeof(inv_redis_url_t));

    return mcf->redis != NULL;
}


char *
inv_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    inv_str_t        text;
    ngx_str_t       *value = cf->args->elts;
    ngx_uint_t       i;
    const char      *reason;
    inv_main_conf_t *mcf = conf;

    if (mcf->redis != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        mcf->redis = NULL;
        return NGX_CONF_OK;
    }

    if (!inv_conf_redis_list(cf, mcf)) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        text.data = (const char *) value[i].data;
        text.len = value[i].len;

        reason = inv_conf_redis_add(mcf, text);

        if (reason != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "inventory_redis: server %ui: %s", i, reason);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* The servers of a variable, with blanks between them. */
static const char *
inv_conf_redis_words(inv_main_conf_t *mcf, const char *words)
{
    inv_str_t   word;
    const char *reason;

    for (words += strspn(words, INV_CONF_BLANKS); *words != '\0';
         words += strspn(words, INV_CONF_BLANKS))
    {
        word.data = words;
        word.len = strcspn(words, INV_CONF_BLANKS);

        reason = inv_conf_redis_add(mcf, word);

        if (reason != NULL) {
            return reason;
        }

        words += word.len;
    }

    return mcf->nredis > 0 ? NULL : "it names no server";
}


char *
inv_conf_default_redis(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    const char *urls, *reason;

    if (mcf->redis != NGX_CONF_UNSET_PTR) {
        return NGX_CONF_OK;
    }

    if (!inv_conf_redis_list(cf, mcf)) {
        return NGX_CONF_ERROR;
    }

    urls = inv_conf_environment(inv_conf_redis_names);
    if (urls == NULL) {
        urls = "redis://127.0.0.1:6379";
    }

    reason = inv_conf_redis_words(mcf, urls);
    if (reason != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the Redis URL in the environment is wrong: %s", reason);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
