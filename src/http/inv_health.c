
/*
 * http: is the worker there, and can it serve?  Event loop; inv_ping_run is on
 * a thread.
 */


#include "inv_worker.h"


/* Longer than this, and the one who asks has given up. */
#define INV_PING_TIMEOUT_MS 1000

/* Requests that come together share one ping. */
#define INV_PING_BATCH_MAX 4096


static inv_store_result_t
inv_ping_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static void
inv_ping_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static void
inv_health_reply(inv_request_t *rq, ngx_uint_t status, const char *mongo);


static const inv_op_kind_t inv_ping_kind = {
    .name = "ping",
    .batch_max = INV_PING_BATCH_MAX,
    .run = inv_ping_run,
};


void
inv_health_live(inv_request_t *rq, const inv_json_t *body)
{
    inv_reply_json(rq, NGX_HTTP_OK, inv_str("{\"status\":\"ok\"}"));
}


void
inv_health_ready(inv_request_t *rq, const inv_json_t *body)
{
    inv_op_t *op;

    op = inv_request_op(rq, &inv_ping_kind, sizeof(inv_op_t));
    if (op == NULL) {
        return;
    }

    rq->deadline =
        ngx_current_msec + ngx_min(rq->conf->timeout, INV_PING_TIMEOUT_MS);

    inv_request_submit(rq, INV_LANE_CHECK, op, inv_ping_done);
}


static inv_store_result_t
inv_ping_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    return inv_store_ping(store, call);
}


static void
inv_ping_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    if (result == INV_STORE_OK) {
        inv_health_reply(rq, NGX_HTTP_OK, "up");

    } else {
        inv_health_reply(rq, NGX_HTTP_SERVICE_UNAVAILABLE, "down");
    }
}


static void
inv_health_reply(inv_request_t *rq, ngx_uint_t status, const char *mongo)
{
    inv_str_t          text;
    const char        *word;
    inv_arena_t       *arena;
    inv_cache_state_t  redis;
    inv_json_writer_t *w;

    static const char *const redis_words[] = { [INV_CACHE_OFF] = "off",
                                               [INV_CACHE_UP] = "up",
                                               [INV_CACHE_PARTLY] = "partly",
                                               [INV_CACHE_DOWN] = "down" };

    redis = inv_cache_state(inv_worker->cache);

    word = status != NGX_HTTP_OK         ? "unavailable"
           : (redis >= INV_CACHE_PARTLY) ? "degraded"
                                         : "ok";

    arena = inv_request_arena(rq);
    w = arena != NULL ? inv_json_writer_create(arena) : NULL;

    if (w == NULL) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_json_open_object(w);
    inv_json_name(w, "status");
    inv_json_string(w, (inv_str_t){ ngx_strlen(word), word });
    inv_json_name(w, "mongo");
    inv_json_string(w, (inv_str_t){ ngx_strlen(mongo), mongo });
    inv_json_name(w, "redis");
    inv_json_string(
        w, (inv_str_t){ ngx_strlen(redis_words[redis]), redis_words[redis] });
    inv_json_close_object(w);

    if (!inv_json_finish(w, &text)) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, status, text);
}
