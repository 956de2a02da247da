
/*
 * lane: the engine's beginning, clock and end, see inv_engine.h.  Event loop.
 */


#include "inv_engine_private.h"


/* Between looks at others' outboxes: drawn up to twice this. */
#define INV_ENGINE_SWEEP_MS 5000

/* How often a worker that is busy looks whether it is to end. */
#define INV_ENGINE_QUIT_MS 50

/*
 * A worker that is to quit waits so long for a database that is away, to undo
 * what it has taken for nobody and to drain what it has written.
 */
#define INV_ENGINE_PATIENCE_MS 30000

/* Entries on their way at once: at 256 ops of 80 bytes each 40 MiB. */
#define INV_ENGINE_ENTRIES_MAX 2048

/* Products whose epoch is remembered: 400 bytes each. */
#define INV_ENGINE_IDLE_MAX 8192

/* So many actions that wait make a product hot: it goes alone. */
#define INV_ENGINE_HOT 8

static void inv_engine_kicked(ngx_event_t *ev);
static void inv_engine_ticked(ngx_event_t *ev);
static void inv_engine_swept(ngx_event_t *ev);
static void inv_engine_quits(ngx_event_t *ev);
static void inv_engine_set_tick(inv_engine_t *engine);
static void inv_engine_changed(void *ctx, inv_oid_t product, int64_t version);
static int64_t inv_engine_floor(void *ctx, inv_oid_t product);
static void    inv_engine_alarm(void *ctx, inv_alarm_t alarm, inv_oid_t product,
                                const inv_action_t *action);
static void    inv_engine_release(void *ctx, void *payload);
static void    inv_engine_random(void *ctx, void *out, size_t n);
static void    inv_engine_event(inv_engine_t *engine, ngx_event_t *ev,
                                ngx_event_handler_pt handler);


int64_t
inv_engine_now(void)
{
    return inv_time_monotonic();
}


inv_engine_t *
inv_engine_create(const inv_engine_options_t *options)
{
    inv_engine_t         *engine;
    inv_protocol_host_t   host;
    inv_protocol_limits_t limits;

    engine = calloc(1, sizeof(inv_engine_t));
    if (engine == NULL) {
        return NULL;
    }

    host = (inv_protocol_host_t){ .ctx = engine,
                                  .settled = inv_engine_settled,
                                  .claimed = inv_engine_claimed,
                                  .changed = inv_engine_changed,
                                  .floor = inv_engine_floor,
                                  .alarm = inv_engine_alarm,
                                  .release = inv_engine_release,
                                  .random = inv_engine_random };

    limits = (inv_protocol_limits_t){
        .batch_max = options->batch_max,
        .group_max = options->batch_max == 1 ? 1 : INV_ENGINE_PRODUCTS_MAX,
        .hot = INV_ENGINE_HOT,
        .entries_max = INV_ENGINE_ENTRIES_MAX,
        .idle_max = INV_ENGINE_IDLE_MAX
    };

    engine->options = *options;
    engine->due = INT64_MAX;
    engine->log = options->worker->log;
    ngx_queue_init(&engine->ops);
    ngx_queue_init(&engine->turns);

    engine->protocol = inv_protocol_create(&host, &limits);
    if (engine->protocol == NULL) {
        free(engine);
        return NULL;
    }

    inv_engine_event(engine, &engine->kick, inv_engine_kicked);
    inv_engine_event(engine, &engine->tick, inv_engine_ticked);
    inv_engine_event(engine, &engine->sweep, inv_engine_swept);
    inv_engine_event(engine, &engine->quit, inv_engine_quits);

    ngx_add_timer(&engine->sweep,
                  1 + (ngx_msec_t) ngx_random() % (2 * INV_ENGINE_SWEEP_MS));

    return engine;
}


static void
inv_engine_event(inv_engine_t *engine, ngx_event_t *ev,
                 ngx_event_handler_pt handler)
{
    ev->handler = handler;
    ev->data = engine;
    ev->log = engine->log;
    ev->cancelable = 1;
}


void
inv_engine_destroy(inv_engine_t *engine)
{
    engine->ending = 1;

    inv_engine_ops_tell(engine);
    inv_protocol_destroy(engine->protocol);
    inv_engine_ops_free(engine);

    if (engine->kick.posted) {
        ngx_delete_posted_event(&engine->kick);
    }

    if (engine->tick.timer_set) {
        ngx_del_timer(&engine->tick);
    }

    if (engine->sweep.timer_set) {
        ngx_del_timer(&engine->sweep);
    }

    if (engine->quit.timer_set) {
        ngx_del_timer(&engine->quit);
    }

    free(engine);
}


void
inv_engine_kick(inv_engine_t *engine)
{
    if (!engine->kick.posted && !engine->ending) {
        ngx_post_event(&engine->kick, &ngx_posted_events);
    }
}


static void
inv_engine_kicked(ngx_event_t *ev)
{
    inv_engine_t *engine = ev->data;

    inv_engine_ops_turn(engine);
    inv_engine_start_jobs(engine);
    inv_protocol_tell(engine->protocol);
    inv_engine_settle_down(engine);
}


static void
inv_engine_ticked(ngx_event_t *ev)
{
    inv_engine_t *engine = ev->data;

    engine->due = INT64_MAX;
    inv_protocol_tick(engine->protocol, inv_engine_now());
    inv_engine_start_jobs(engine);
    inv_protocol_tell(engine->protocol);
    inv_engine_settle_down(engine);
}


static void
inv_engine_swept(ngx_event_t *ev)
{
    inv_engine_t *engine = ev->data;

    /* others are there to sweep, and a sweep would keep this one */
    if (ngx_exiting) {
        return;
    }

    inv_protocol_sweep(engine->protocol);
    inv_engine_kick(engine);

    ngx_add_timer(ev,
                  1 + (ngx_msec_t) ngx_random() % (2 * INV_ENGINE_SWEEP_MS));
}


void
inv_engine_settle_down(inv_engine_t *engine)
{
    bool busy;

    if (engine->ending) {
        return;
    }

    inv_engine_set_tick(engine);

    busy = inv_protocol_busy(engine->protocol);

    if (busy && !engine->held && engine->quit_since >= 0) {
        engine->held = 1;
        inv_jobs_hold(engine->options.worker->jobs);
        ngx_add_timer(&engine->quit, INV_ENGINE_QUIT_MS);

    } else if (!busy && engine->held) {
        engine->held = 0;
        engine->quit_since = engine->quit_since > 0 ? 0 : engine->quit_since;
        inv_jobs_release(engine->options.worker->jobs);
        ngx_del_timer(&engine->quit);
    }
}


/* nginx moves no timer by less than 300 ms, unless it is set anew. */
static void
inv_engine_set_tick(inv_engine_t *engine)
{
    int64_t due, now;

    due = inv_protocol_due(engine->protocol);

    if (due == engine->due) {
        return;
    }

    if (engine->tick.timer_set) {
        ngx_del_timer(&engine->tick);
    }

    engine->due = due;

    if (due != INT64_MAX) {
        now = inv_engine_now();
        ngx_add_timer(&engine->tick, due > now ? (ngx_msec_t) (due - now) : 1);
    }
}


/* No hook tells a module that its worker is to quit. */
static void
inv_engine_quits(ngx_event_t *ev)
{
    int64_t       now;
    inv_engine_t *engine = ev->data;

    if (!ngx_exiting) {
        ngx_add_timer(ev, INV_ENGINE_QUIT_MS);
        return;
    }

    now = inv_engine_now();

    if (engine->quit_since == 0) {
        engine->quit_since = now;
        inv_protocol_hurry(engine->protocol, now);
        inv_engine_kick(engine);
    }

    if (now - engine->quit_since < INV_ENGINE_PATIENCE_MS) {
        ngx_add_timer(ev, INV_ENGINE_QUIT_MS);
        return;
    }

    ngx_log_error(NGX_LOG_ERR, engine->log, 0,
                  "inventory: this worker ends before all that it has begun is "
                  "settled: the database is away for too long");

    engine->quit_since = -1;
    engine->held = 0;
    inv_jobs_release(engine->options.worker->jobs);
}


static void
inv_engine_changed(void *ctx, inv_oid_t product, int64_t version)
{
    bool                     known;
    inv_engine_t            *engine = ctx;
    const inv_engine_seen_t *seen = &engine->seen;

    known = version != 0 && seen->text.data != NULL && seen->version >= version
            && inv_oid_eq(seen->id, product);

    engine->options.changed(product, version, !engine->applies,
                            known ? seen : NULL);
}


static int64_t
inv_engine_floor(void *ctx, inv_oid_t product)
{
    const inv_engine_t *engine = ctx;

    return engine->options.floor(product);
}


static void
inv_engine_alarm(void *ctx, inv_alarm_t alarm, inv_oid_t product,
                 const inv_action_t *action)
{
    char          hex[INV_OID_HEX];
    ngx_uint_t    level;
    inv_engine_t *engine = ctx;

    static const char *const words[] = {
        [INV_ALARM_CORRUPT] = ("its ledger holds another batch under an "
                               "entry's id; nothing of it is drained until "
                               "that is mended"),
        [INV_ALARM_KEPT] = ("a change that its client was told an error about "
                            "was applied, and stays"),
        [INV_ALARM_LOST] = ("a change could not be undone, or it could not be "
                            "found out whether it was applied"),
    };

    inv_metrics_count(INV_COUNT_GUARD_CORRUPT + (inv_count_t) alarm, 1);
    inv_oid_write(product, hex);

    level = (alarm == INV_ALARM_CORRUPT) ? NGX_LOG_CRIT : NGX_LOG_WARN;

    ngx_log_error(level, engine->log, 0, "inventory: product %*s: %s",
                  (size_t) INV_OID_HEX, hex, words[alarm]);
}


static void
inv_engine_release(void *ctx, void *payload)
{
    inv_store_payload_free(payload);
}


static void
inv_engine_random(void *ctx, void *out, size_t n)
{
    inv_random(out, n);
}
