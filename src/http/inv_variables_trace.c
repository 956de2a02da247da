
/*
 * http: the variables of the trace: one for a request, its subrequests and its
 * internal redirects, in any location.  Event loop.
 */


#include "inv_variables.h"


/* 00-<trace id>-<span id>-<flags> */
#define INV_TRACEPARENT_LEN 55


static bool inv_variable_is_continued(const inv_trace_t *trace);


ngx_int_t
inv_variable_trace_id(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                      uintptr_t data)
{
    inv_request_t *rq = inv_request_get(r);

    return rq == NULL ? NGX_ERROR
                      : inv_variable_set(v, rq->trace.trace_id,
                                         sizeof(rq->trace.trace_id));
}


ngx_int_t
inv_variable_span_id(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                     uintptr_t data)
{
    inv_request_t *rq = inv_request_get(r);

    return rq == NULL ? NGX_ERROR
                      : inv_variable_set(v, rq->trace.span_id,
                                         sizeof(rq->trace.span_id));
}


ngx_int_t
inv_variable_parent_id(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                       uintptr_t data)
{
    inv_request_t *rq = inv_request_get(r);

    if (rq == NULL) {
        return NGX_ERROR;
    }

    if (!inv_variable_is_continued(&rq->trace)) {
        return inv_variable_none(v);
    }

    return inv_variable_set(v, rq->trace.parent_id,
                            sizeof(rq->trace.parent_id));
}


/* The trace was the client's: what has none ends in zeros. */
static bool
inv_variable_is_continued(const inv_trace_t *trace)
{
    size_t i;

    for (i = 0; i < sizeof(trace->parent_id); i++) {
        if (trace->parent_id[i] != '0') {
            return true;
        }
    }

    return false;
}


ngx_int_t
inv_variable_traceparent(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                         uintptr_t data)
{
    u_char        *text;
    inv_request_t *rq = inv_request_get(r);

    if (rq == NULL) {
        return NGX_ERROR;
    }

    text = ngx_pnalloc(r->pool, INV_TRACEPARENT_LEN);
    if (text == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_snprintf(text, INV_TRACEPARENT_LEN, "00-%*s-%*s-%02xd",
                        sizeof(rq->trace.trace_id), rq->trace.trace_id,
                        sizeof(rq->trace.span_id), rq->trace.span_id,
                        (int) rq->trace.flags);

    return inv_variable_set(v, text, INV_TRACEPARENT_LEN);
}


/* Of a trace that is not continued nobody may pass on the state. */
ngx_int_t
inv_variable_tracestate(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                        uintptr_t data)
{
    inv_str_t      state;
    inv_request_t *rq = inv_request_get(r->main);

    if (rq == NULL) {
        return NGX_ERROR;
    }

    if (!inv_variable_is_continued(&rq->trace)) {
        return inv_variable_none(v);
    }

    state = inv_request_header(rq, inv_str("tracestate"));

    return state.len == 0 ? inv_variable_none(v)
                          : inv_variable_set(v, state.data, state.len);
}
