
/*
 * http: the directives of the deep log, see inv_conf.h.
 */


#include "inv_conf.h"
#include "inv_capture.h"


char *
inv_conf_deep_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t         size;
    ngx_str_t      *value = cf->args->elts;
    inv_loc_conf_t *lcf = conf;

    if (lcf->deep_log != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        lcf->deep_log = 0;
        return NGX_CONF_OK;
    }

    size = ngx_parse_size(&value[1]);

    if (size < 1 || size > INV_REDACT_TEXT_MAX) {
        return "has an invalid size: up to 64k, or off";
    }

    lcf->deep_log = (size_t) size;

    return NGX_CONF_OK;
}


/* Adds a name as it is compared.  NULL, or what is wrong with it. */
static char *
inv_conf_mask_add(ngx_conf_t *cf, ngx_array_t *masks, ngx_str_t name)
{
    char       out[INV_REDACT_NAME_MAX], *copy;
    size_t     n;
    inv_str_t *mask;

    if (!inv_redact_fold((inv_str_t){ name.len, (const char *) name.data }, out,
                         &n))
    {
        return "takes names of letters and digits, up to 128 of them";
    }

    mask = ngx_array_push(masks);
    copy = ngx_pnalloc(cf->pool, n);

    if (mask == NULL || copy == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(copy, out, n);
    *mask = (inv_str_t){ n, copy };

    return NGX_CONF_OK;
}


char *
inv_conf_mask(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char           *rv;
    ngx_str_t      *value = cf->args->elts;
    ngx_uint_t      i;
    inv_loc_conf_t *lcf = conf;

    if (lcf->masks == NULL) {
        lcf->masks =
            ngx_array_create(cf->pool, cf->args->nelts, sizeof(inv_str_t));
        if (lcf->masks == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 1; i < cf->args->nelts; i++) {
        rv = inv_conf_mask_add(cf, lcf->masks, value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


char *
inv_conf_merge_masks(inv_loc_conf_t *prev, inv_loc_conf_t *lcf)
{
    void *place;

    if (prev->masks == NULL) {
        return NGX_CONF_OK;
    }

    if (lcf->masks == NULL) {
        lcf->masks = prev->masks;
        return NGX_CONF_OK;
    }

    /* Not as nginx's lists are: no place tells what one around it masks. */

    place = ngx_array_push_n(lcf->masks, prev->masks->nelts);
    if (place == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(place, prev->masks->elts,
               prev->masks->nelts * sizeof(inv_str_t));

    return NGX_CONF_OK;
}
