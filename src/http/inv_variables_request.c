
/*
 * http: the variables of what a request is: its path, its route, who makes it,
 * when, and how bad its end is.  Event loop.
 */


#include "inv_variables.h"


static bool inv_variable_is_plain(u_char c);


/* The log's moment; nginx's own has no milliseconds. */
ngx_int_t
inv_variable_timestamp(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                       uintptr_t data)
{
    char       *text;
    ngx_time_t *now = ngx_timeofday();

    text = ngx_pnalloc(r->pool, INV_TIME_TEXT);
    if (text == NULL) {
        return NGX_ERROR;
    }

    inv_time_write((inv_time_t) now->sec * 1000 + (inv_time_t) now->msec, text);

    return inv_variable_set(v, text, INV_TIME_TEXT);
}


ngx_int_t
inv_variable_level(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                   uintptr_t data)
{
    ngx_uint_t status = inv_log_status(r);

    if (status >= NGX_HTTP_INTERNAL_SERVER_ERROR) {
        return inv_variable_set(v, "error", sizeof("error") - 1);
    }

    if (status >= NGX_HTTP_BAD_REQUEST) {
        return inv_variable_set(v, "warn", sizeof("warn") - 1);
    }

    return inv_variable_set(v, "info", sizeof("info") - 1);
}


/* What stands in a path as it is: all of printable ASCII but these. */
static bool
inv_variable_is_plain(u_char c)
{
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
}


/*
 * As the client wrote it, without the query, which may hold what is nobody's
 * business; what is not ASCII is percent-encoded, since nginx's escape=json
 * lets bytes pass that no reader of JSON takes.
 */
ngx_int_t
inv_variable_path(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                  uintptr_t data)
{
    size_t              i, len, odd = 0;
    u_char             *text, *p;
    const u_char       *path = r->unparsed_uri.data;
    static const u_char hex[] = "0123456789ABCDEF";

    for (len = 0; len < r->unparsed_uri.len; len++) {
        if (path[len] == '?' || path[len] == '#') {
            break;
        }

        odd += !inv_variable_is_plain(path[len]);
    }

    if (len == 0) {
        return inv_variable_none(v);
    }

    if (odd == 0) {
        return inv_variable_set(v, path, len);
    }

    text = ngx_pnalloc(r->pool, len + 2 * odd);
    if (text == NULL) {
        return NGX_ERROR;
    }

    p = text;

    for (i = 0; i < len; i++) {
        if (inv_variable_is_plain(path[i])) {
            *p++ = path[i];
            continue;
        }

        *p++ = '%';
        *p++ = hex[path[i] >> 4];
        *p++ = hex[path[i] & 0xf];
    }

    return inv_variable_set(v, text, (size_t) (p - text));
}


ngx_int_t
inv_variable_route(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                   uintptr_t data)
{
    u_char               *text;
    inv_request_t        *rq = inv_request_find(r);
    const inv_route_t    *route;
    const inv_loc_conf_t *conf;

    if (rq == NULL || rq->conf->face == NULL) {
        conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

        if (conf->face == NULL) {
            return inv_variable_none(v);
        }

        rq = inv_request_get(r);
        if (rq == NULL) {
            return NGX_ERROR;
        }
    }

    route = inv_route_of(rq);

    if (route == NULL) {
        return inv_variable_none(v);
    }

    text = ngx_pnalloc(r->pool, rq->conf->prefix_uri.len + route->path.len);
    if (text == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text, rq->conf->prefix_uri.data, rq->conf->prefix_uri.len);
    ngx_memcpy(text + rq->conf->prefix_uri.len, route->path.data,
               route->path.len);

    return inv_variable_set(v, text,
                            rq->conf->prefix_uri.len + route->path.len);
}


/* In locations of others, too. */
ngx_int_t
inv_variable_user(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                  uintptr_t data)
{
    inv_str_t             who;
    ngx_str_t             value;
    const inv_loc_conf_t *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    if (conf->principal == NULL) {
        return inv_variable_none(v);
    }

    if (ngx_http_complex_value(r, conf->principal, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    who.data = (const char *) value.data;
    who.len = value.len;

    if (who.len == 0 || !inv_request_may_be(who)) {
        return inv_variable_none(v);
    }

    return inv_variable_set(v, who.data, who.len);
}
