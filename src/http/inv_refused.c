
/*
 * http: requests that are refused without being tried, since the database is
 * known to be away or too much waits already: thousands a second may be, so
 * each has no line of its own.  The first one has, and then there is one a
 * second that tells how many there were and the trace of the last.  Event loop.
 */


#include "inv_worker.h"


#define INV_REFUSED_SAY_MS 1000


/* Of this worker. */
typedef struct {
    ngx_event_t timer; /* while it is set, all is only counted */
    ngx_uint_t  level;
    const char *why;
    ngx_uint_t  n; /* since the last line */
    char trace_id[sizeof(((inv_trace_t *) 0)->trace_id)]; /* the last's */
} inv_refused_t;


static void inv_refused_again(ngx_event_t *ev);
static void inv_refused_say(inv_refused_t *refused);


static inv_refused_t inv_refused_away = {
    .level = NGX_LOG_ERR, .why = "MongoDB is away, and not asked"
};

static inv_refused_t inv_refused_busy = { .level = NGX_LOG_WARN,
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

    refused->n++;
    ngx_memcpy(refused->trace_id, rq->trace.trace_id,
               sizeof(refused->trace_id));

    if (!refused->timer.timer_set) {
        inv_refused_say(refused);
    }
}


static void
inv_refused_again(ngx_event_t *ev)
{
    inv_refused_t *refused = ev->data;

    if (refused->n != 0) {
        inv_refused_say(refused);
    }
}


static void
inv_refused_say(inv_refused_t *refused)
{
    ngx_log_error(refused->level, inv_worker->log, 0,
                  "inventory: refused at once: %ui request%s: %s, trace: %*s",
                  refused->n, refused->n == 1 ? "" : "s, the last",
                  refused->why, sizeof(refused->trace_id), refused->trace_id);

    refused->n = 0;

    refused->timer.handler = inv_refused_again;
    refused->timer.data = refused;
    refused->timer.log = inv_worker->log;
    refused->timer.cancelable = 1;

    ngx_add_timer(&refused->timer, INV_REFUSED_SAY_MS);
}
