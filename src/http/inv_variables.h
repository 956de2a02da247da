
/*
 * http: $inventory_...: what may be asked of a request, at any time of its life
 * and in any location.  Event loop.
 *
 * Each is a getter of nginx's: NGX_OK with a value, or not found where there is
 * none; NGX_ERROR: no memory.
 */


#ifndef INV_VARIABLES_H
#define INV_VARIABLES_H


#include "inv_http.h"


/* Its value from here on: bytes that outlive the request's log. */
ngx_int_t
inv_variable_set(ngx_http_variable_value_t *v, const void *text, size_t len);

/* There is none. */
ngx_int_t inv_variable_none(ngx_http_variable_value_t *v);


/* inv_variables_trace.c; data of ..._id: where in inv_trace_t it stands. */
ngx_int_t inv_variable_trace_id(ngx_http_request_t        *r,
                                ngx_http_variable_value_t *v, uintptr_t data);
ngx_int_t inv_variable_span_id(ngx_http_request_t        *r,
                               ngx_http_variable_value_t *v, uintptr_t data);
ngx_int_t inv_variable_parent_id(ngx_http_request_t        *r,
                                 ngx_http_variable_value_t *v, uintptr_t data);
ngx_int_t
inv_variable_traceparent(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                         uintptr_t data);
ngx_int_t inv_variable_tracestate(ngx_http_request_t        *r,
                                  ngx_http_variable_value_t *v, uintptr_t data);

/* inv_variables_request.c */
ngx_int_t inv_variable_timestamp(ngx_http_request_t        *r,
                                 ngx_http_variable_value_t *v, uintptr_t data);
ngx_int_t inv_variable_level(ngx_http_request_t        *r,
                             ngx_http_variable_value_t *v, uintptr_t data);
ngx_int_t inv_variable_path(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                            uintptr_t data);
ngx_int_t inv_variable_route(ngx_http_request_t        *r,
                             ngx_http_variable_value_t *v, uintptr_t data);
ngx_int_t inv_variable_user(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                            uintptr_t data);


#endif /* INV_VARIABLES_H */
