
/*
 * http: from the result of an operation to the problem that its client gets.
 * Event loop.
 */


#include "inv_http.h"
#include "../lane/inv_damage.h"


typedef struct {
    inv_problem_kind_t kind;
    ngx_uint_t         level; /* 0: the client's doing, not logged */
    const char        *detail;
} inv_failure_t;


static const inv_failure_t inv_failures[] = {

    [INV_STORE_NOT_FOUND] = { INV_NOT_FOUND, 0, "there is no such product" },

    [INV_STORE_SKU_TAKEN] = { INV_SKU_TAKEN, 0,
                              "another product has this sku" },

    [INV_STORE_VERSION_CHANGED] = { INV_PRECONDITION_FAILED, 0,
                                    "the product has another version" },

    [INV_STORE_IN_USE] = { INV_IN_USE, 0,
                           "some of the product's stock is reserved" },

    [INV_STORE_BUSY] = { INV_OVERLOADED, NGX_LOG_WARN,
                         "too much is happening here; try again later" },

    [INV_STORE_UNAVAILABLE] = { INV_UNAVAILABLE, NGX_LOG_ERR,
                                "the database cannot be reached; nothing was "
                                "changed" },

    [INV_STORE_UNKNOWN] = { INV_TIMEOUT, NGX_LOG_ERR,
                            "the database did not answer in time; the request "
                            "may have been carried out" },

    [INV_STORE_FAILED] = { INV_INTERNAL, NGX_LOG_ERR,
                           "something went wrong here; nothing was changed" },

    [INV_STORE_DAMAGED] = { INV_DAMAGED, NGX_LOG_ERR,
                            "what is stored of this product is damaged; "
                            "nothing was changed" },

    [INV_STORE_NO_MEMORY] = { INV_INTERNAL, NGX_LOG_ERR,
                              "something went wrong here; nothing was "
                              "changed" },
};


void
inv_reply_failure(inv_request_t *rq, const char *name, const char *why,
                  inv_store_result_t result)
{
    const inv_failure_t *failure;

    /* What only reads cannot have changed anything: it was just not there. */

    if (result == INV_STORE_UNKNOWN
        && (rq->r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)))
    {
        result = INV_STORE_UNAVAILABLE;
    }

    failure = &inv_failures[result];

    if (result == INV_STORE_DAMAGED && why != NULL) {
        inv_damage_say(inv_request_log(rq), why);

    } else if (failure->level && why != NULL) {
        ngx_log_error(failure->level, inv_request_log(rq), 0,
                      "inventory: %s: %s, trace: %*s", name, why,
                      sizeof(rq->trace.trace_id), rq->trace.trace_id);

    } else {
        inv_refused(rq, result);
    }

    inv_reply_refusal(rq, failure->kind, failure->detail);
}


void
inv_reply_unread(inv_request_t *rq, const inv_read_answer_t *answer)
{
    if (answer->result == INV_STORE_NOT_FOUND) {
        inv_request_read_from(rq, answer->from);
    }

    inv_reply_failure(rq, "read", answer->error, answer->result);
}


void
inv_failure_problem(inv_store_result_t result, inv_problem_t *problem)
{
    const inv_failure_t *failure = &inv_failures[result];

    ngx_memzero(problem, sizeof(inv_problem_t));

    problem->kind = failure->kind;
    problem->detail.data = failure->detail;
    problem->detail.len = ngx_strlen(failure->detail);
}
