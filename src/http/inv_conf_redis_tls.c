
/*
 * http: TLS to the Redis servers of the configuration, see inv_conf.h.  Its
 * files are read here, by the master.
 */


#include "inv_conf.h"


#if (NGX_SSL)


/* Certificates between the server's and one that is trusted: plenty. */
#define INV_CONF_REDIS_TLS_DEPTH 10


/* Which certificates are trusted, and that one is required. */
static ngx_int_t
inv_conf_redis_trust(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    ngx_str_t *trusted = &mcf->redis_ssl_trusted_certificate;

    if (ngx_ssl_trusted_certificate(cf, mcf->redis_ssl, trusted,
                                    INV_CONF_REDIS_TLS_DEPTH)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (trusted->len == 0
        && SSL_CTX_set_default_verify_paths(mcf->redis_ssl->ctx) == 0)
    {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_CTX_set_default_verify_paths() failed");
        return NGX_ERROR;
    }

    /* nginx's own callback would let every certificate pass, to ask later. */
    SSL_CTX_set_verify(mcf->redis_ssl->ctx, SSL_VERIFY_PEER, NULL);

    return NGX_OK;
}


/* The certificate that the server may ask for. */
static ngx_int_t
inv_conf_redis_identity(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    if (mcf->redis_ssl_certificate.len == 0) {
        return NGX_OK;
    }

    if (mcf->redis_ssl_certificate_key.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no \"inventory_redis_ssl_certificate_key\" is defined "
                      "for certificate \"%V\"",
                      &mcf->redis_ssl_certificate);
        return NGX_ERROR;
    }

    return ngx_ssl_certificate(cf, mcf->redis_ssl, &mcf->redis_ssl_certificate,
                               &mcf->redis_ssl_certificate_key, NULL);
}


static ngx_int_t
inv_conf_redis_ssl(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    ngx_pool_cleanup_t *cln;

    mcf->redis_ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    if (mcf->redis_ssl == NULL) {
        return NGX_ERROR;
    }

    mcf->redis_ssl->log = cf->log;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (ngx_ssl_create(mcf->redis_ssl, NGX_SSL_TLSv1_2 | NGX_SSL_TLSv1_3, NULL)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = mcf->redis_ssl;

    if (inv_conf_redis_trust(cf, mcf) != NGX_OK) {
        return NGX_ERROR;
    }

    return inv_conf_redis_identity(cf, mcf);
}


#else


static ngx_int_t
inv_conf_redis_ssl(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "inventory_redis: TLS (\"rediss:\") needs an nginx that was "
                  "built with OpenSSL");
    return NGX_ERROR;
}


#endif


char *
inv_conf_redis_tls(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    ngx_uint_t i;

    for (i = 0; i < mcf->nredis; i++) {
        if (mcf->redis[i].is_tls) {
            return inv_conf_redis_ssl(cf, mcf) == NGX_OK ? NGX_CONF_OK
                                                         : NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
