
/*
 * http: the API's document and the page over it, as one location serves them.
 *
 * Made by the master while it reads the configuration; read-only after that.
 */


#ifndef INV_DOCS_H
#define INV_DOCS_H


#include "inv_http.h"


/* Characters of an ETag: 16 bytes of a digest in hex, and the quotes. */
#define INV_DOCS_ETAG 34

typedef enum {
    INV_DOCS_PAGE,
    INV_DOCS_STYLE,
    INV_DOCS_SCRIPT,
    INV_DOCS_ICON,
    INV_DOCS_DOCUMENT,
    INV_DOCS_FILES
} inv_docs_name_t;

typedef struct {
    inv_str_t text;
    char      etag[INV_DOCS_ETAG]; /* with its quotes, no NUL */
} inv_docs_file_t;

struct inv_docs_s {
    inv_docs_file_t files[INV_DOCS_FILES];
};

/* Handlers, on the event loop. */
void inv_docs_page(inv_request_t *rq, const inv_json_t *body);
void inv_docs_style(inv_request_t *rq, const inv_json_t *body);
void inv_docs_script(inv_request_t *rq, const inv_json_t *body);
void inv_docs_icon(inv_request_t *rq, const inv_json_t *body);
void inv_docs_document(inv_request_t *rq, const inv_json_t *body);


#endif /* INV_DOCS_H */
