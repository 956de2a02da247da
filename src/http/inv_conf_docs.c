
/*
 * http: the directive inventory_docs: what its location will serve.
 *
 * Master, while it reads the configuration.
 */


#include "inv_conf.h"
#include "inv_docs.h"

#include "../base/inv_digest.h"


/* Where the document says at which prefix the API is, as web/ has it. */
#define INV_DOCS_PLACE  "\"url\": \"/api\""
#define INV_DOCS_BEFORE (sizeof("\"url\": \"") - 1)


/* What tools/embed makes of the files in web/. */
extern const char   inv_web_index_html[];
extern const size_t inv_web_index_html_len;
extern const char   inv_web_page_css[];
extern const size_t inv_web_page_css_len;
extern const char   inv_web_page_js[];
extern const size_t inv_web_page_js_len;
extern const char   inv_web_icon_svg[];
extern const size_t inv_web_icon_svg_len;
extern const char   inv_web_openapi_json[];
extern const size_t inv_web_openapi_json_len;


static bool inv_docs_prefix_is_fine(inv_str_t prefix);
static bool inv_docs_fill(ngx_conf_t *cf, inv_docs_t *docs, inv_str_t prefix);
static bool inv_docs_place(ngx_conf_t *cf, inv_str_t *text, inv_str_t prefix);
static bool inv_docs_tag(inv_docs_file_t *file);


char *
inv_conf_docs(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char           *rv;
    inv_str_t       prefix;
    ngx_str_t      *value = cf->args->elts;
    inv_docs_t     *docs;
    inv_loc_conf_t *lcf = conf;

    rv = inv_conf_face(cf, cmd, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    prefix = inv_str("/api");

    if (cf->args->nelts == 2) {
        prefix.data = (const char *) value[1].data;
        prefix.len = value[1].len;
    }

    if (!inv_docs_prefix_is_fine(prefix)) {
        return "takes the path of the API's location, e.g. /api";
    }

    while (prefix.len > 1 && prefix.data[prefix.len - 1] == '/') {
        prefix.len--;
    }

    docs = ngx_pcalloc(cf->pool, sizeof(inv_docs_t));

    if (docs == NULL || !inv_docs_fill(cf, docs, prefix)) {
        return NGX_CONF_ERROR;
    }

    lcf->docs = docs;

    return NGX_CONF_OK;
}


/* A path as RFC 3986 writes them: none of these is special in JSON. */
static bool
inv_docs_prefix_is_fine(inv_str_t prefix)
{
    char   c;
    size_t i;

    static const char others[] = "/-._~%!$&'()*+,;=:@";

    for (i = 0; i < prefix.len; i++) {
        c = prefix.data[i];

        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9')
            && memchr(others, c, sizeof(others) - 1) == NULL)
        {
            return false;
        }
    }

    return prefix.len != 0 && prefix.data[0] == '/';
}


/* False: no memory. */
static bool
inv_docs_fill(ngx_conf_t *cf, inv_docs_t *docs, inv_str_t prefix)
{
    size_t           i;
    inv_docs_file_t *files = docs->files;

    files[INV_DOCS_PAGE].text =
        (inv_str_t){ inv_web_index_html_len, inv_web_index_html };
    files[INV_DOCS_STYLE].text =
        (inv_str_t){ inv_web_page_css_len, inv_web_page_css };
    files[INV_DOCS_SCRIPT].text =
        (inv_str_t){ inv_web_page_js_len, inv_web_page_js };
    files[INV_DOCS_ICON].text =
        (inv_str_t){ inv_web_icon_svg_len, inv_web_icon_svg };
    files[INV_DOCS_DOCUMENT].text =
        (inv_str_t){ inv_web_openapi_json_len, inv_web_openapi_json };

    if (!inv_docs_place(cf, &files[INV_DOCS_DOCUMENT].text, prefix)) {
        return false;
    }

    for (i = 0; i < INV_DOCS_FILES; i++) {
        if (!inv_docs_tag(&files[i])) {
            return false;
        }
    }

    return true;
}


/* The document with the prefix in its place.  False: no memory. */
static bool
inv_docs_place(ngx_conf_t *cf, inv_str_t *text, inv_str_t prefix)
{
    u_char     *p, *whole;
    size_t      rest;
    const char *place, *after;

    place = memmem(text->data, text->len, INV_DOCS_PLACE,
                   sizeof(INV_DOCS_PLACE) - 1);

    if (place == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the document of the API names no server");
        return false;
    }

    after = place + sizeof(INV_DOCS_PLACE) - 2;
    place += INV_DOCS_BEFORE;
    rest = (size_t) (text->data + text->len - after);

    whole = ngx_pnalloc(cf->pool,
                        (size_t) (place - text->data) + prefix.len + rest);
    if (whole == NULL) {
        return false;
    }

    p = ngx_cpymem(whole, text->data, (size_t) (place - text->data));
    p = ngx_cpymem(p, prefix.data, prefix.len);
    p = ngx_cpymem(p, after, rest);

    text->data = (const char *) whole;
    text->len = (size_t) (p - whole);

    return true;
}


/* False: no memory. */
static bool
inv_docs_tag(inv_docs_file_t *file)
{
    inv_digest_t  digest;
    unsigned char hash[INV_DIGEST_SIZE];

    inv_digest_begin(&digest);
    inv_digest_add(&digest, file->text);

    if (!inv_digest_finish(&digest, hash)) {
        return false;
    }

    file->etag[0] = '"';
    (void) ngx_hex_dump((u_char *) file->etag + 1, hash,
                        (INV_DOCS_ETAG - 2) / 2);
    file->etag[INV_DOCS_ETAG - 1] = '"';

    return true;
}
