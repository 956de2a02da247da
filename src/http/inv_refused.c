
/*
 * http: requests that are refused without being tried, since the database is
 * known to be away or too much waits already: thousands a second may be, so
 * each has no line of its own, see inv_pace.h.  Event loop.
 */


#include "inv_worker.h"
#include "../shared/inv_pace.h"


/* Of this worker. */
typedef struct {
    inv_pace_t  pace;
    ngx_uint_t  level;
    const char *why;
    char trace_id[sizeof(((inv_trace_t *) 0)->trace_id)]; /* the last's */
} inv_refused_t;


static void inv_refused_say(inv_pace_t *pace);


static inv_refused_t inv_refused_away = {
    .pace.say = inv_refused_say,
    .level = NGX_LOG_ERR,
    .why = "MongoDB is away, and not asked"
};

static inv_refused_t inv_refused_busy = { .pace.say = inv_refused_say,
                                          .level = NGX_LOG_WARN,
                                          .why =
                                              "too many requests are waiting" };


void
inv_refused(const inv_request_t *rq, inv_store_result_t result)
{
    inv_refused_t *refused;

    switch (result) {

    case INV_STORE_UNAVAILABLE:
        refused = &inv_refused_away;
        break;

    case INV_STORE_BUSY:
        refused = &inv_refused_busy;
        break;

    default:
        return;
    }

    ngx_memcpy(refused->trace_id, rq->trace.trace_id,
               sizeof(refused->trace_id));

    inv_pace_add(&refused->pace, inv_worker->log, 1);
}


static void
inv_refused_say(inv_pace_t *pace)
{
    const inv_refused_t *refused = (const inv_refused_t *) pace;

    ngx_log_error(refused->level, inv_worker->log, 0,
                  "inventory: refused at once: %ui request%s: %s, trace: %*s",
                  pace->n, pace->n == 1 ? "" : "s, the last", refused->why,
                  sizeof(refused->trace_id), refused->trace_id);
}
