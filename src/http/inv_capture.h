
/*
 * http: what a deep log has of a request and its response: texts of JSON in
 * which no secret is left, see model/inv_redact.h.  Event loop.
 *
 * In any location of nginx where inventory_deep_log is on.
 */


#ifndef INV_CAPTURE_H
#define INV_CAPTURE_H


#include "inv_http.h"

#include "../model/inv_redact.h"


/* What was seen of a response's body; in the request's pool. */
typedef struct {
    ngx_http_request_t *r; /* of several on one pool */
    size_t              limit;
    off_t               bytes;   /* all there were */
    inv_str_t           text;    /* as far as it was kept */
    const char         *refused; /* why it is not told; NULL: it may be */
    u_char             *buffer;  /* of limit bytes; NULL: not yet */
} inv_capture_t;

/* NULL: nothing was seen. */
inv_capture_t *inv_capture_find(ngx_http_request_t *r);

/* Whether a Content-Type is one of JSON. */
bool inv_capture_is_json(ngx_str_t type);

/* The names of inventory_mask that hold for a request. */
void inv_capture_rules(const inv_loc_conf_t *conf, inv_redact_rules_t *rules);


/* In arena; false: no memory. */
bool inv_capture_request_path(ngx_http_request_t *r, inv_arena_t *arena,
                              const inv_redact_rules_t *rules, inv_str_t *text);
bool inv_capture_request_args(ngx_http_request_t *r, inv_arena_t *arena,
                              const inv_redact_rules_t *rules, inv_str_t *text);
bool
     inv_capture_request_headers(ngx_http_request_t *r, inv_arena_t *arena,
                                 const inv_redact_rules_t *rules, inv_str_t *text);
bool inv_capture_request_body(ngx_http_request_t *r, inv_arena_t *arena,
                              const inv_redact_rules_t *rules, inv_str_t *text);
bool
inv_capture_response_headers(ngx_http_request_t *r, inv_arena_t *arena,
                             const inv_redact_rules_t *rules, inv_str_t *text);
bool
inv_capture_response_body(ngx_http_request_t *r, inv_arena_t *arena,
                          const inv_redact_rules_t *rules, inv_str_t *text);


#endif /* INV_CAPTURE_H */
