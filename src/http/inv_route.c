
/*
 * http: from a request to its handler: the path below the location's prefix,
 * the method, OPTIONS, and what is refused before a handler is asked.
 */


#include "inv_http.h"


/* "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" and room to grow. */
#define INV_ALLOW_TEXT 64


typedef struct {
    ngx_uint_t  method;
    const char *name;
} inv_method_name_t;


static const inv_route_t *inv_route_find(inv_request_t *rq);
static inv_str_t          inv_route_path(inv_request_t *rq);
static bool
inv_route_match(inv_request_t *rq, inv_str_t pattern, inv_str_t path);
static bool
inv_route_match_sku(inv_request_t *rq, inv_str_t pattern, inv_str_t path);
static const inv_method_t *
inv_route_method(const inv_route_t *route, ngx_uint_t method);
static bool
inv_route_is_barred(const inv_request_t *rq, const inv_route_t *route);
static ngx_int_t inv_route_allow(inv_request_t *rq, const inv_route_t *route);
static void      inv_route_options(inv_request_t *rq, const inv_route_t *route);
static void inv_route_wrong_method(inv_request_t *rq, const inv_route_t *route);


static const inv_method_name_t inv_method_names[] = {
    { NGX_HTTP_GET, "GET, HEAD, " }, { NGX_HTTP_POST, "POST, " },
    { NGX_HTTP_PUT, "PUT, " },       { NGX_HTTP_PATCH, "PATCH, " },
    { NGX_HTTP_DELETE, "DELETE, " },
};


ngx_int_t
inv_http_handler(ngx_http_request_t *r)
{
    bool               barred;
    ngx_int_t          rc;
    inv_request_t     *rq;
    const inv_route_t *route;

    rq = inv_request_get(r);
    if (rq == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* It may have been here before: internal redirects come back. */
    inv_request_leave(rq);

    rq->cache = NULL;
    rq->idempotency = NULL;
    rq->error = INV_OK;

    route = inv_route_find(rq);
    rq->route = route;
    rq->method = route == NULL ? NULL : inv_route_method(route, r->method);
    barred = route != NULL && inv_route_is_barred(rq, route);

    if (rq->method != NULL && rq->method->body != INV_BODY_NONE && !barred) {
        return inv_body_read(rq);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    /* From here on an answer may come later: inv_reply ends the request. */
    r->main->count++;

    if (route == NULL) {
        inv_reply_refusal(rq, INV_NOT_FOUND, "there is nothing at this path");

    } else if (barred) {
        inv_reply_refusal(rq, INV_FORBIDDEN,
                          "this location does not serve what is for "
                          "administrators");

    } else if (r->method == NGX_HTTP_OPTIONS) {
        inv_route_options(rq, route);

    } else if (rq->method == NULL) {
        inv_route_wrong_method(rq, route);

    } else if (inv_request_begin(rq) != NGX_OK) {
        inv_reply_internal(rq, "no memory");

    } else {
        rq->method->start(rq, NULL);
    }

    return NGX_DONE;
}


const inv_route_t *
inv_route_of(inv_request_t *rq)
{
    if (rq->route != NULL) {
        return rq->route;
    }

    /* It has not come to the handler: refused before it, or not there yet. */

    return rq->conf->face != NULL
                   && rq->conf
                          == ngx_http_get_module_loc_conf(rq->r,
                                                          ngx_inventory_module)
               ? inv_route_find(rq)
               : NULL;
}


static const inv_route_t *
inv_route_find(inv_request_t *rq)
{
    size_t            i;
    inv_str_t         path;
    const inv_face_t *face = rq->conf->face;

    path = inv_route_path(rq);
    if (path.data == NULL) {
        return NULL;
    }

    for (i = 0; i < face->nroutes; i++) {
        if (inv_route_match(rq, face->routes[i].path, path)) {
            return &face->routes[i];
        }
    }

    return NULL;
}


/* "/products/..." of "/api/products/..."; absent where it is not below. */
static inv_str_t
inv_route_path(inv_request_t *rq)
{
    ngx_str_t        *uri = &rq->r->uri;
    const ngx_str_t  *prefix = &rq->conf->prefix;
    const inv_face_t *face = rq->conf->face;
    inv_str_t         path;

    if (uri->len < prefix->len
        || ngx_memcmp(uri->data, prefix->data, prefix->len) != 0
        || (uri->len > prefix->len && uri->data[prefix->len] != '/'))
    {
        return INV_STR_ABSENT;
    }

    path.data = (const char *) uri->data + prefix->len;
    path.len = uri->len - prefix->len;

    /* The bare location, with or without its slash, is one place. */
    if (path.len == 1 && face->routes[0].path.len == 0) {
        path.len = 0;
    }

    return path;
}


/* {id} matches exactly what an id can be: any other string cannot exist. */
static bool
inv_route_match(inv_request_t *rq, inv_str_t pattern, inv_str_t path)
{
    size_t                 before, after;
    const char            *hole;
    static const inv_str_t mark = inv_str("{id}");

    hole = memchr(pattern.data, '{', pattern.len);
    if (hole == NULL) {
        return inv_str_eq(pattern, path);
    }

    before = (size_t) (hole - pattern.data);

    if (pattern.len - before < mark.len
        || memcmp(hole, mark.data, mark.len) != 0) {
        return inv_route_match_sku(rq, pattern, path);
    }

    after = pattern.len - before - mark.len;

    return path.len == before + INV_OID_HEX + after
           && memcmp(path.data, pattern.data, before) == 0
           && memcmp(path.data + before + INV_OID_HEX, hole + mark.len, after)
                  == 0
           && inv_oid_read((inv_str_t){ INV_OID_HEX, path.data + before },
                           &rq->id);
}


/* {sku} matches exactly what a sku can be. */
static bool
inv_route_match_sku(inv_request_t *rq, inv_str_t pattern, inv_str_t path)
{
    size_t                 before;
    static const inv_str_t mark = inv_str("{sku}");

    if (pattern.len < mark.len
        || memcmp(pattern.data + pattern.len - mark.len, mark.data, mark.len)
               != 0)
    {
        return false;
    }

    before = pattern.len - mark.len;

    if (path.len <= before || path.len - before > INV_SKU_MAX
        || memcmp(path.data, pattern.data, before) != 0)
    {
        return false;
    }

    rq->sku.data = path.data + before;
    rq->sku.len = path.len - before;

    return inv_sku_is_valid(rq->sku);
}


static const inv_method_t *
inv_route_method(const inv_route_t *route, ngx_uint_t method)
{
    ngx_uint_t i;

    if (method == NGX_HTTP_HEAD) {
        method = NGX_HTTP_GET;
    }

    for (i = 0; i < INV_ROUTE_METHODS && route->methods[i].method; i++) {
        if (route->methods[i].method == method) {
            return &route->methods[i];
        }
    }

    return NULL;
}


static bool
inv_route_is_barred(const inv_request_t *rq, const inv_route_t *route)
{
    static const inv_str_t admin = inv_str("/admin/");

    return !rq->conf->admin && route->path.len >= admin.len
           && ngx_memcmp(route->path.data, admin.data, admin.len) == 0;
}


static ngx_int_t
inv_route_allow(inv_request_t *rq, const inv_route_t *route)
{
    u_char     text[INV_ALLOW_TEXT], *p;
    ngx_uint_t i;

    p = text;

    for (i = 0; i < sizeof(inv_method_names) / sizeof(inv_method_names[0]); i++)
    {
        if (inv_route_method(route, inv_method_names[i].method) != NULL) {
            p = ngx_slprintf(p, text + INV_ALLOW_TEXT, "%s",
                             inv_method_names[i].name);
        }
    }

    p = ngx_slprintf(p, text + INV_ALLOW_TEXT, "OPTIONS");

    return inv_reply_header(
        rq, "Allow", (inv_str_t){ (size_t) (p - text), (const char *) text });
}


static void
inv_route_options(inv_request_t *rq, const inv_route_t *route)
{
    ngx_uint_t i;

    if (inv_route_allow(rq, route) != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    for (i = 0; i < INV_ROUTE_METHODS && route->methods[i].method; i++) {
        if (inv_body_accept(rq, &route->methods[i]) != NGX_OK) {
            inv_reply_internal(rq, "no memory");
            return;
        }
    }

    inv_reply_empty(rq, NGX_HTTP_NO_CONTENT);
}


static void
inv_route_wrong_method(inv_request_t *rq, const inv_route_t *route)
{
    if (inv_route_allow(rq, route) != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_refusal(rq, INV_METHOD_NOT_ALLOWED,
                      "this path does not take that method; see Allow");
}
