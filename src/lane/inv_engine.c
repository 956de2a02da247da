
/*
 * lane: the engine's clock, its jobs' start and its end, see inv_engine.h.
 *
 * Event loop; inv_engine_job_run is on a thread.
 */


#include "inv_engine_private.h"


/* Between looks at others' outboxes: drawn up to twice this. */
#define INV_ENGINE_SWEEP_MS 5000

/* Entries younger than this are on their way: who made them is faster. */
#define INV_ENGINE_SWEEP_AGE_MS 5000

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

/* Products in one statement and one find. */
#define INV_ENGINE_PRODUCTS_MAX 64

/* Steps of one job, of any group. */
#define INV_ENGINE_STEPS_MAX 256


/* A job: one heap object. */
typedef struct {
    inv_job_t        job;
    inv_engine_t    *engine;
    inv_store_t     *store;
    inv_store_call_t call;
    inv_step_group_t group;
    size_t           n;
    inv_step_t      *steps[];
} inv_engine_job_t;


static const inv_engine_group_t inv_engine_groups[INV_GROUPS] = {
    [INV_GROUP_STOCK] = { 2, INV_ENGINE_PRODUCTS_MAX },
    [INV_GROUP_CATALOG] = { 2, 1 },
    [INV_GROUP_CLAIM] = { 2, INV_ENGINE_STEPS_MAX },
    [INV_GROUP_LEDGER] = { 1, INV_ENGINE_PRODUCTS_MAX },
};


static void inv_engine_kicked(ngx_event_t *ev);
static void inv_engine_ticked(ngx_event_t *ev);
static void inv_engine_swept(ngx_event_t *ev);
static void inv_engine_quits(ngx_event_t *ev);
static void inv_engine_set_tick(inv_engine_t *engine);
static bool inv_engine_start_job(inv_engine_t *engine, inv_step_group_t group);
static void inv_engine_job_run(inv_job_t *job);
static void inv_engine_job_done(inv_job_t *job);
static void inv_engine_job_refused(inv_engine_job_t *job);
static void inv_engine_heard(inv_engine_t *engine, const inv_engine_job_t *job);
static void inv_engine_changed(void *ctx, inv_oid_t product, int64_t version);
static void inv_engine_alarm(void *ctx, inv_alarm_t alarm, inv_oid_t product,
                             const inv_action_t *action);
static void inv_engine_release(void *ctx, void *payload);
static void inv_engine_random(void *ctx, void *out, size_t n);
static void inv_engine_event(inv_engine_t *engine, ngx_event_t *ev,
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


void
inv_engine_start_jobs(inv_engine_t *engine)
{
    ngx_uint_t group;

    for (group = 0; group < INV_GROUPS; group++) {
        while (engine->njobs[group] < inv_engine_groups[group].jobs_max
               && inv_engine_start_job(engine, (inv_step_group_t) group))
        {
            /* the next one */
        }
    }
}


/* False: nothing is to be done, or nothing can be started. */
static bool
inv_engine_start_job(inv_engine_t *engine, inv_step_group_t group)
{
    size_t            i, n;
    inv_step_t       *steps[INV_ENGINE_STEPS_MAX];
    inv_engine_job_t *job;

    if (engine->options.worker->jobs->ending) {
        return false;
    }

    n = inv_protocol_take(engine->protocol, group, steps,
                          inv_engine_groups[group].steps_max, inv_engine_now());
    if (n == 0) {
        return false;
    }

    job = calloc(1, sizeof(inv_engine_job_t) + n * sizeof(inv_step_t *));

    if (job != NULL) {
        job->call.arena = inv_arena_create();
    }

    if (job == NULL || job->call.arena == NULL) {
        free(job);

        for (i = 0; i < n; i++) {
            steps[i]->reply = INV_REPLY_UNAVAILABLE;
            inv_protocol_accept(engine->protocol, steps[i], inv_engine_now());
        }

        return false;
    }

    job->job.run = inv_engine_job_run;
    job->job.done = inv_engine_job_done;
    job->engine = engine;
    job->store = engine->options.worker->store;
    job->call.deadline =
        inv_time_monotonic() + (int64_t) engine->options.timeout;
    job->group = group;
    job->n = n;

    for (i = 0; i < n; i++) {
        job->steps[i] = steps[i];
        steps[i]->at = inv_time_now() - INV_ENGINE_SWEEP_AGE_MS;
    }

    if (inv_job_post(engine->options.worker->jobs, &job->job) != NGX_OK) {
        inv_engine_job_refused(job);
        return false;
    }

    engine->njobs[group]++;

    return true;
}


static void
inv_engine_job_run(inv_job_t *job)
{
    size_t            i;
    inv_engine_job_t *run = (inv_engine_job_t *) job;

    inv_store_steps(run->store, &run->call, run->steps, run->n);

    for (i = 0; i < run->n && run->group == INV_GROUP_CATALOG; i++) {
        run->engine->options.carried_out(&run->call, run->steps[i]);
    }
}


static void
inv_engine_job_done(inv_job_t *job)
{
    size_t            i;
    int64_t           now;
    inv_engine_t     *engine;
    inv_engine_job_t *done = (inv_engine_job_t *) job;

    engine = done->engine;
    now = inv_engine_now();

    engine->njobs[done->group]--;
    inv_engine_heard(engine, done);

    for (i = 0; i < done->n; i++) {
        inv_protocol_accept(engine->protocol, done->steps[i], now);
    }

    /* The next job before the answers: the thread works while we write. */
    inv_engine_start_jobs(engine);
    inv_protocol_tell(engine->protocol);
    inv_engine_settle_down(engine);

    inv_arena_destroy(done->call.arena);
    free(done);
}


static void
inv_engine_job_refused(inv_engine_job_t *job)
{
    size_t        i;
    inv_engine_t *engine = job->engine;

    for (i = 0; i < job->n; i++) {
        job->steps[i]->reply = INV_REPLY_UNAVAILABLE;
        inv_protocol_accept(engine->protocol, job->steps[i], inv_engine_now());
    }

    inv_arena_destroy(job->call.arena);
    free(job);
}


/* What it says of MongoDB, for the breaker of all workers, and for the log. */
static void
inv_engine_heard(inv_engine_t *engine, const inv_engine_job_t *job)
{
    size_t      i;
    bool        away, there;
    ngx_uint_t  level;
    inv_zone_t *zone = engine->options.worker->zone;

    away = false;
    there = false;

    for (i = 0; i < job->n; i++) {
        switch (job->steps[i]->reply) {

        case INV_REPLY_UNAVAILABLE:
        case INV_REPLY_UNKNOWN:
            away = true;
            break;

        case INV_REPLY_BUSY:
            break;

        default:
            there = true;
        }
    }

    if (there) {
        inv_zone_mongo_succeeded(zone);

    } else if (away) {
        inv_zone_mongo_failed(zone);
    }

    level = there ? NGX_LOG_WARN : NGX_LOG_ERR;

    if (job->call.error[0] != '\0') {
        ngx_memcpy(engine->error, job->call.error, sizeof(engine->error));
        ngx_log_error(level, engine->log, 0, "inventory: stock: %s",
                      job->call.error);
    }
}


static void
inv_engine_changed(void *ctx, inv_oid_t product, int64_t version)
{
    inv_engine_t *engine = ctx;

    engine->options.changed(product, version);
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
        [INV_ALARM_LOST] = "a change could not be undone",
    };

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
