
/*
 * lane: the engine's jobs: what the machine asks goes to a thread, and what the
 * database said comes back.
 *
 * Event loop; inv_engine_job_run is on a thread.
 */


#include "inv_engine_private.h"
#include "inv_damage.h"


/* Entries younger than this are on their way: who made them is faster. */
#define INV_ENGINE_SWEEP_AGE_MS 5000

/* Between lines in the log of what goes wrong. */
#define INV_ENGINE_SAY_MS 1000

/* Steps of one job, of any group. */
#define INV_ENGINE_STEPS_MAX 256


/* A job: one heap object. */
typedef struct {
    inv_job_t         job;
    inv_engine_t     *engine;
    inv_store_t      *store;
    inv_store_call_t  call;
    inv_step_group_t  group;
    inv_zone_moment_t moment; /* before anything was sent */
    inv_str_t        *texts;  /* of what the steps have shown; NULL: nothing */
    size_t            n;
    inv_step_t       *steps[];
} inv_engine_job_t;


static const inv_engine_group_t inv_engine_groups[INV_GROUPS] = {
    [INV_GROUP_STOCK] = { 2, INV_ENGINE_PRODUCTS_MAX },
    [INV_GROUP_CATALOG] = { 2, 1 },
    [INV_GROUP_CLAIM] = { 2, INV_ENGINE_STEPS_MAX },
    [INV_GROUP_LEDGER] = { 1, INV_ENGINE_PRODUCTS_MAX },
};


static bool inv_engine_start_job(inv_engine_t *engine, inv_step_group_t group);
static void inv_engine_job_run(inv_job_t *job);
static void inv_engine_job_render(inv_engine_job_t *job);
static void inv_engine_job_done(inv_job_t *job);
static void inv_engine_accept(inv_engine_t *engine, const inv_engine_job_t *job,
                              size_t i, int64_t now);
static void
inv_engine_unsent(inv_engine_t *engine, inv_step_t **steps, size_t n);
static void inv_engine_heard(inv_engine_t *engine, const inv_engine_job_t *job);
static bool
inv_engine_say_damaged(inv_engine_t *engine, const inv_step_t *step);
static void
inv_engine_say(inv_engine_t *engine, bool there, bool away, bool ours);


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
        inv_engine_unsent(engine, steps, n);
        free(job);
        return false;
    }

    job->job.run = inv_engine_job_run;
    job->job.done = inv_engine_job_done;
    job->engine = engine;
    job->store = engine->options.worker->store;
    job->call.deadline =
        inv_time_monotonic() + (int64_t) engine->options.timeout;
    job->group = group;
    job->moment = inv_zone_moment(engine->options.worker->zone);
    inv_zone_cluster_time(engine->options.worker->zone, &job->call.after);
    job->n = n;

    for (i = 0; i < n; i++) {
        job->steps[i] = steps[i];
        steps[i]->at = inv_time_now() - INV_ENGINE_SWEEP_AGE_MS;
    }

    if (inv_job_post(engine->options.worker->jobs, &job->job) != NGX_OK) {
        inv_engine_unsent(engine, steps, n);
        inv_arena_destroy(job->call.arena);
        free(job);
        return false;
    }

    engine->njobs[group]++;
    inv_engine_steps_out(engine, job->steps, n);

    return true;
}


static void
inv_engine_job_run(inv_job_t *job)
{
    size_t            i;
    inv_engine_job_t *run = (inv_engine_job_t *) job;

    inv_store_steps(run->store, &run->call, run->steps, run->n);
    inv_engine_job_render(run);

    for (i = 0; i < run->n && run->group == INV_GROUP_CATALOG; i++) {
        run->engine->options.carried_out(
            run->steps[i], run->texts != NULL ? run->texts[i] : INV_STR_ABSENT);
    }
}


/* On the thread.  What there is no memory for is not known, and read again. */
static void
inv_engine_job_render(inv_engine_job_t *job)
{
    size_t               i;
    inv_arena_t         *arena;
    const inv_product_t *shown;

    arena = job->call.arena;

    for (i = 0; i < job->n; i++) {
        shown = job->steps[i]->shown;

        if (shown == NULL) {
            continue;
        }

        if (job->texts == NULL) {
            job->texts = inv_arena_array(arena, job->n, sizeof(inv_str_t));
        }

        if (job->texts == NULL
            || !inv_product_render(arena, shown, &job->texts[i])) {
            return;
        }
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

    inv_engine_count_job(done->group, done->steps, done->n, inv_job_took(job));
    inv_engine_steps_back(done->steps, done->n);
    inv_zone_cluster_heard(engine->options.worker->zone, &done->call.seen,
                           &done->call.refused);
    inv_engine_heard(engine, done);

    for (i = 0; i < done->n; i++) {
        inv_engine_accept(engine, done, i, now);
    }

    engine->options.changed_all();

    /* The next job before the answers: the thread works while we write. */
    inv_engine_start_jobs(engine);
    inv_protocol_tell(engine->protocol);
    inv_engine_settle_down(engine);

    inv_arena_destroy(done->call.arena);
    free(done);
}


/* The ith step; what it has shown goes along with the change that it tells. */
static void
inv_engine_accept(inv_engine_t *engine, const inv_engine_job_t *job, size_t i,
                  int64_t now)
{
    inv_step_t *step = job->steps[i];

    if (job->texts != NULL && job->texts[i].data != NULL) {
        engine->seen.id = step->product;
        engine->seen.version = step->shown->version;
        engine->seen.text = job->texts[i];
        engine->seen.moment = job->moment;
    }

    engine->applies = step->kind == INV_STEP_APPLY;

    inv_protocol_accept(engine->protocol, step, now);

    engine->applies = 0;
    engine->seen.text = INV_STR_ABSENT;
}


static void
inv_engine_unsent(inv_engine_t *engine, inv_step_t **steps, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        steps[i]->reply = INV_REPLY_UNAVAILABLE;
        inv_protocol_accept(engine->protocol, steps[i], inv_engine_now());
    }
}


/* What it says of MongoDB, for the breaker of all workers, and for the log. */
static void
inv_engine_heard(inv_engine_t *engine, const inv_engine_job_t *job)
{
    bool        away, there, ours;
    size_t      i;
    inv_zone_t *zone = engine->options.worker->zone;

    away = false;
    there = false;
    ours = false;

    for (i = 0; i < job->n; i++) {
        switch (job->steps[i]->reply) {

        case INV_REPLY_UNAVAILABLE:
        case INV_REPLY_UNKNOWN:
            away = true;
            break;

        case INV_REPLY_BUSY:
            break;

        case INV_REPLY_REFUSED:
            there = true;
            ours |= job->steps[i]->verdict < INV_VERDICT_UNAVAILABLE
                    || job->steps[i]->verdict == INV_VERDICT_DAMAGED;
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

    ngx_memcpy(engine->error, job->call.error, sizeof(engine->error));

    for (i = 0; i < job->n; i++) {
        ours |= inv_engine_say_damaged(engine, job->steps[i]);
    }

    inv_engine_say(engine, there, away, ours);
}


/* False: it is not damaged, as far as this step has seen. */
static bool
inv_engine_say_damaged(inv_engine_t *engine, const inv_step_t *step)
{
    char hex[INV_OID_HEX], what[128];

    if (step->damaged != NULL) {
        inv_oid_write(step->product, hex);
        *ngx_snprintf((u_char *) what, sizeof(what) - 1,
                      "product %*s is damaged at %s", (size_t) INV_OID_HEX, hex,
                      step->damaged) = '\0';
        inv_damage_say(engine->log, what);
        return true;
    }

    /* of a job of one step */
    if (step->reply == INV_REPLY_REFUSED
        && step->verdict == INV_VERDICT_DAMAGED) {
        inv_damage_say(engine->log, engine->error);
        return true;
    }

    return false;
}


/*
 * That MongoDB is away is said once, and once that it is back.  All else at
 * most once a second: what goes wrong for one goes wrong for thousands.  What
 * clients are told as their own doing (ours: refused) is not said at all.
 */
static void
inv_engine_say(inv_engine_t *engine, bool there, bool away, bool ours)
{
    int64_t    now;
    ngx_uint_t level;

    if (there && engine->away) {
        engine->away = 0;
        ngx_log_error(NGX_LOG_NOTICE, engine->log, 0,
                      "inventory: MongoDB answers again");
    }

    if (engine->error[0] == '\0' || ours) {
        return;
    }

    now = inv_engine_now();

    if (away && !there && !engine->away) {
        engine->away = 1;
        engine->said = now;
        ngx_log_error(NGX_LOG_ERR, engine->log, 0,
                      "inventory: MongoDB is away: %s", engine->error);

    } else if (now - engine->said >= INV_ENGINE_SAY_MS) {
        engine->said = now;
        level = there ? NGX_LOG_WARN : NGX_LOG_ERR;
        ngx_log_error(level, engine->log, 0, "inventory: stock: %s",
                      engine->error);
    }
}
