
/*
 * http: metrics: requests by face, route, method and status.  Event loop; the
 * series are numbered in the master.
 *
 * There are as many series as routes have methods, and a few for the rest: no
 * path, method or status that a client makes up adds one.
 */


#include "inv_metrics_http.h"


/* Routes of one face, and one for the paths that fit none. */
#define INV_METRICS_ROUTES 24

typedef struct {
    const inv_face_t *face;
    const char       *name;
    uint8_t           series[INV_METRICS_ROUTES][8]; /* by method, see below */
} inv_metrics_face_t;

typedef struct {
    const char *face;
    const char *route;
    const char *method;
} inv_metrics_series_t;

static inv_metrics_face_t inv_metrics_faces[] = {
    { .face = &inv_face_api, .name = "api" },
    { .face = &inv_face_health, .name = "health" },
    { .face = &inv_face_metrics, .name = "metrics" },
    { .face = &inv_face_docs, .name = "docs" },
};

#define INV_METRICS_FACES \
    (sizeof(inv_metrics_faces) / sizeof(inv_metrics_faces[0]))

/* The last is of all others, and of those that a route does not take. */
static const struct {
    ngx_uint_t  method;
    const char *name;
} inv_metrics_methods[] = {
    { NGX_HTTP_GET, "GET" },         { NGX_HTTP_HEAD, "HEAD" },
    { NGX_HTTP_POST, "POST" },       { NGX_HTTP_PUT, "PUT" },
    { NGX_HTTP_PATCH, "PATCH" },     { NGX_HTTP_DELETE, "DELETE" },
    { NGX_HTTP_OPTIONS, "OPTIONS" }, { 0, "other" },
};

#define INV_METRICS_METHODS \
    (sizeof(inv_metrics_methods) / sizeof(inv_metrics_methods[0]))

#define INV_METRICS_OTHER (INV_METRICS_METHODS - 1)

/* Those that the module or nginx answers with; the last is of all others. */
static const uint16_t inv_metrics_statuses[INV_METRICS_STATUSES] = {
    200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 405, 408,
    409, 412, 413, 415, 422, 429, 499, 500, 502, 503, 504, 0
};

/* Numbered anew whenever a configuration is read, and always the same. */
static inv_metrics_series_t inv_metrics_series[INV_METRICS_SERIES];
static unsigned             inv_metrics_used;


static bool
inv_metrics_takes(const inv_route_t *route, ngx_uint_t method)
{
    size_t i;

    if (method == NGX_HTTP_OPTIONS || method == 0) {
        return true;
    }

    if (method == NGX_HTTP_HEAD) {
        method = NGX_HTTP_GET;
    }

    for (i = 0; i < INV_ROUTE_METHODS && route->methods[i].method; i++) {
        if (route->methods[i].method == method) {
            return true;
        }
    }

    return false;
}


/* The series of one route; NULL: of the paths that fit none.  False: no room. */
static bool
inv_metrics_number_route(inv_metrics_face_t *face, size_t at,
                         const inv_route_t *route)
{
    size_t                i, method;
    inv_metrics_series_t *series;

    /* from the last, which the others fall back on */

    for (i = INV_METRICS_METHODS; i > 0; i--) {
        method = i - 1;

        if (route != NULL
            && !inv_metrics_takes(route, inv_metrics_methods[method].method))
        {
            face->series[at][method] = face->series[at][INV_METRICS_OTHER];
            continue;
        }

        if (inv_metrics_used == INV_METRICS_SERIES) {
            return false;
        }

        series = &inv_metrics_series[inv_metrics_used];
        series->face = face->name;
        series->method = inv_metrics_methods[method].name;

        /* the bare location is a path, too */
        series->route = route == NULL          ? "other"
                        : route->path.len == 0 ? "/"
                                               : route->path.data;

        face->series[at][method] = (uint8_t) inv_metrics_used++;
    }

    return true;
}


bool
inv_metrics_number(void)
{
    size_t              i, j, n;
    inv_metrics_face_t *face;

    inv_metrics_used = 0;

    for (i = 0; i < INV_METRICS_FACES; i++) {
        face = &inv_metrics_faces[i];
        n = face->face->nroutes;

        if (n >= INV_METRICS_ROUTES || !inv_metrics_number_route(face, n, NULL))
        {
            return false;
        }

        for (j = 0; j < n; j++) {
            if (!inv_metrics_number_route(face, j, &face->face->routes[j])) {
                return false;
            }
        }
    }

    return true;
}


static void
inv_metrics_series_labels(unsigned series, inv_metrics_label_t *labels)
{
    labels[0].name = "face";
    labels[0].value = inv_metrics_series[series].face;
    labels[1].name = "method";
    labels[1].value = inv_metrics_series[series].method;
    labels[2].name = "route";
    labels[2].value = inv_metrics_series[series].route;
}


static unsigned
inv_metrics_status(ngx_uint_t status)
{
    unsigned i;

    for (i = 0; i < INV_METRICS_STATUSES - 1; i++) {
        if (inv_metrics_statuses[i] == status) {
            break;
        }
    }

    return i;
}


static size_t
inv_metrics_method(ngx_uint_t method)
{
    size_t i;

    for (i = 0; i < INV_METRICS_OTHER; i++) {
        if (inv_metrics_methods[i].method == method) {
            break;
        }
    }

    return i;
}


/* An internal redirect may have left a route of another face behind. */
static size_t
inv_metrics_route(const inv_face_t *face, const inv_route_t *route)
{
    size_t i;

    for (i = 0; i < face->nroutes; i++) {
        if (&face->routes[i] == route) {
            break;
        }
    }

    return i;
}


void
inv_metrics_ended(inv_request_t *rq, ngx_msec_t ms)
{
    size_t              i, route, method;
    inv_metrics_face_t *face;

    method = inv_metrics_method(rq->r->method);

    for (i = 0; i < INV_METRICS_FACES; i++) {
        face = &inv_metrics_faces[i];

        if (face->face != rq->conf->face) {
            continue;
        }

        route = inv_metrics_route(face->face, inv_route_of(rq));

        inv_metrics_request(face->series[route][method],
                            inv_metrics_status(inv_log_status(rq->r)), ms);
        return;
    }
}


void
inv_metrics_write_requests(inv_metrics_page_t         *page,
                           const inv_metrics_family_t *family)
{
    char                digits[NGX_INT_T_LEN + 1];
    unsigned            i, j;
    inv_metrics_label_t labels[INV_METRICS_REQUEST_LABELS + 1];

    labels[INV_METRICS_REQUEST_LABELS].name = "status";

    for (i = 0; i < inv_metrics_used; i++) {
        inv_metrics_series_labels(i, labels);

        for (j = 0; j < INV_METRICS_STATUSES; j++) {
            if (page->sum.requests[i][j] == 0) {
                continue;
            }

            labels[INV_METRICS_REQUEST_LABELS].value = "other";

            if (inv_metrics_statuses[j] != 0) {
                *ngx_sprintf((u_char *) digits, "%ui",
                             (ngx_uint_t) inv_metrics_statuses[j]) = '\0';
                labels[INV_METRICS_REQUEST_LABELS].value = digits;
            }

            inv_metrics_sample(&page->text, family->name, "", labels,
                               INV_METRICS_REQUEST_LABELS + 1,
                               page->sum.requests[i][j]);
        }
    }
}


void
inv_metrics_write_durations(inv_metrics_page_t         *page,
                            const inv_metrics_family_t *family)
{
    unsigned            i, j;
    uint64_t            n;
    inv_metrics_label_t labels[INV_METRICS_REQUEST_LABELS];

    for (i = 0; i < inv_metrics_used; i++) {
        n = 0;

        for (j = 0; j <= INV_METRICS_BOUNDS; j++) {
            n += page->sum.request_ms[i].buckets[j];
        }

        if (n != 0) {
            inv_metrics_series_labels(i, labels);
            inv_metrics_write_histogram(page, family, labels,
                                        INV_METRICS_REQUEST_LABELS,
                                        &page->sum.request_ms[i]);
        }
    }
}
