
/*
 * http: what the files of replies share; handlers use inv_http.h.  Event loop.
 */


#ifndef INV_REPLY_H
#define INV_REPLY_H


#include "inv_http.h"


/* Sends and ends the request; type NULL: no body at all. */
void inv_reply_send(inv_request_t *rq, ngx_uint_t status, const ngx_str_t *type,
                    inv_str_t body);

/*
 * The same of a body in buffers of the request, of length bytes and at least
 * one; plain: how much of type is the plain one, without parameters.
 */
void
inv_reply_chain(inv_request_t *rq, ngx_uint_t status, const ngx_str_t *type,
                size_t plain, ngx_chain_t *out, off_t length);

/* The whole body in the request's memory; NULL: none left. */
ngx_buf_t *inv_reply_buf(ngx_http_request_t *r, inv_str_t body);


#endif /* INV_REPLY_H */
