
/*
 * http: GET of the API's document and of the page over it.  Event loop.
 *
 * They change only with the module or the configuration; a browser asks each
 * time all the same, and is told that it has them.
 */


#include "inv_docs.h"
#include "inv_reply.h"


/*
 * The page asks nobody but this host, and nothing in it is run but its script.
 */
#define INV_DOCS_POLICY                                                        \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';" \
    " connect-src 'self'; base-uri 'none'; form-action 'none';"                \
    " frame-ancestors 'none'"


static const ngx_str_t inv_docs_types[] = {
    [INV_DOCS_PAGE] = ngx_string("text/html; charset=utf-8"),
    [INV_DOCS_STYLE] = ngx_string("text/css; charset=utf-8"),
    [INV_DOCS_SCRIPT] = ngx_string("text/javascript; charset=utf-8"),
    [INV_DOCS_ICON] = ngx_string("image/svg+xml"),
    [INV_DOCS_DOCUMENT] = ngx_string("application/json"),
};


static void inv_docs_reply(inv_request_t *rq, inv_docs_name_t name);
static void inv_docs_move(inv_request_t *rq);


void
inv_docs_page(inv_request_t *rq, const inv_json_t *body)
{
    const ngx_str_t *uri = &rq->r->uri;

    /* What the page names is beside it only where a slash ends its address. */

    if (uri->data[uri->len - 1] != '/') {
        inv_docs_move(rq);
        return;
    }

    inv_docs_reply(rq, INV_DOCS_PAGE);
}


void
inv_docs_style(inv_request_t *rq, const inv_json_t *body)
{
    inv_docs_reply(rq, INV_DOCS_STYLE);
}


void
inv_docs_script(inv_request_t *rq, const inv_json_t *body)
{
    inv_docs_reply(rq, INV_DOCS_SCRIPT);
}


void
inv_docs_icon(inv_request_t *rq, const inv_json_t *body)
{
    inv_docs_reply(rq, INV_DOCS_ICON);
}


void
inv_docs_document(inv_request_t *rq, const inv_json_t *body)
{
    inv_docs_reply(rq, INV_DOCS_DOCUMENT);
}


static void
inv_docs_reply(inv_request_t *rq, inv_docs_name_t name)
{
    inv_str_t              etag;
    const inv_docs_file_t *file = &rq->conf->docs->files[name];

    etag = (inv_str_t){ sizeof(file->etag), file->etag };

    if (inv_reply_tag(rq, etag) != NGX_OK
        || inv_reply_header(rq, "Cache-Control", inv_str("no-cache")) != NGX_OK
        || inv_reply_header(rq, "X-Content-Type-Options", inv_str("nosniff"))
               != NGX_OK
        || (name == INV_DOCS_PAGE
            && inv_reply_header(rq, "Content-Security-Policy",
                                inv_str(INV_DOCS_POLICY))
                   != NGX_OK))
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_send(rq, NGX_HTTP_OK, &inv_docs_types[name], file->text);
}


static void
inv_docs_move(inv_request_t *rq)
{
    u_char          *p;
    inv_str_t        place;
    const ngx_str_t *prefix = &rq->conf->prefix_uri;

    static const ngx_str_t plain = ngx_string("text/plain; charset=utf-8");

    p = ngx_pnalloc(rq->r->pool, prefix->len + 1);

    place.len = prefix->len + 1;
    place.data = (const char *) p;

    if (p != NULL) {
        p = ngx_cpymem(p, prefix->data, prefix->len);
        *p = '/';
    }

    if (p == NULL || inv_reply_header(rq, "Location", place) != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_send(rq, NGX_HTTP_MOVED_PERMANENTLY, &plain,
                   inv_str("The page is at this address with a slash.\n"));
}
