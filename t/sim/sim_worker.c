
/*
 * sim: a worker: what drives its machine, and its life: it stops for a while,
 * ends in good order, or dies at once.
 */


#include "sim.h"


/* Jobs of every other group than STOCK at a time. */
#define SIM_JOBS 2


/* How long TERM waits. */
#define SIM_TERM SIM_SECOND


/* When its life next takes a turn. */
static void
sim_worker_plan(sim_t *sim, sim_worker_t *worker)
{
    unsigned rate;

    rate = sim->plan.crashes + sim->plan.pauses + sim->plan.ends;

    if (rate == 0) {
        return;
    }

    sim_at(sim, sim->now + sim_draw(sim, 2000 * SIM_SECOND / rate),
           SIM_EVENT_FATE, worker, NULL);
}


void
sim_worker_start(sim_t *sim, sim_worker_t *worker)
{
    inv_protocol_host_t host;

    worker->sim = sim;
    worker->life++;
    worker->ending = false;
    worker->paused = 0;
    worker->tick = SIM_NEVER;
    worker->ledger_failed = false;
    worker->payloads = 0;
    memset(worker->jobs, 0, sizeof(worker->jobs));
    worker->cluster = 0;
    memset(worker->floors, 0, sizeof(worker->floors));
    memset(worker->known, 0, sizeof(worker->known));
    memset(worker->fences, 0, sizeof(worker->fences));
    TAILQ_INIT(&worker->tries);
    TAILQ_INIT(&worker->steps);

    sim_host_fill(worker, &host);
    worker->machine = inv_protocol_create(&host, &sim->plan.limits);

    sim_note(sim, (int) worker->number, "starts", NULL, NULL,
             (int64_t) worker->life, 0, 0);

    sim_at(sim, sim->now + sim_draw(sim, 5 * SIM_SECOND), SIM_EVENT_SWEEP,
           worker, NULL);
    sim_worker_plan(sim, worker);
}


/* A process takes the memory of its steps along. */
void
sim_worker_forget(sim_worker_t *worker)
{
    inv_step_t *step;

    while ((step = TAILQ_FIRST(&worker->steps)) != NULL) {
        TAILQ_REMOVE(&worker->steps, step, link);
        inv_step_free(worker->machine, step);
    }

    inv_protocol_destroy(worker->machine);
    worker->machine = NULL;
}


/* Everything that it had not told is gone; what it has sent still lands. */
void
sim_worker_kill(sim_t *sim, sim_worker_t *worker)
{
    sim_try_t *try;

    sim_worker_forget(worker);
    worker->life++;

    while ((try = TAILQ_FIRST(&worker->tries)) != NULL) {
        TAILQ_REMOVE(&worker->tries, try, link);
        sim_try_died(sim, try);
    }

    sim_at(sim, sim->now + sim_draw(sim, SIM_SECOND), SIM_EVENT_START, worker,
           NULL);
}


static void
sim_worker_kill_node(sim_t *sim, unsigned node)
{
    unsigned i;

    sim->times[node] = 0;

    for (i = 0; i < sim->plan.workers; i++) {
        if (sim->workers[i].node == node && sim->workers[i].machine != NULL) {
            sim_note(sim, (int) i, "dies with its node", NULL, NULL, 0, 0, 0);
            sim_worker_kill(sim, &sim->workers[i]);
        }
    }
}


/*
 * In good order: no new clients, and nothing is left behind (QUIT); or that for
 * a second only (TERM).
 */
void
sim_worker_end(sim_t *sim, sim_worker_t *worker)
{
    worker->ending = true;
    worker->ends = sim_percent(sim, 50) ? SIM_NEVER : sim->now + SIM_TERM;
    sim_note(sim, (int) worker->number, "is to end", NULL, NULL,
             worker->ends == SIM_NEVER, 0, 0);

    inv_protocol_hurry(worker->machine, sim_ms(sim));
    sim_worker_pump(worker);

    sim_at(sim, sim->now + 10 * SIM_MS, SIM_EVENT_ENDING, worker, NULL);
}


/* Nothing of its own is in an outbox, unless the ledger could not be had. */
static void
sim_worker_left(sim_t *sim, const sim_worker_t *worker)
{
    size_t             j;
    unsigned           i;
    const sim_entry_t *entry;

    if (worker->payloads != 0) {
        sim_fail(sim, NULL, "%zu payloads are never released",
                 worker->payloads);
    }

    if (worker->ledger_failed || sim->corrupted
        || sim->plan.limits.entries_max < INV_OUTBOX_OPS_MAX)
    {
        return;
    }

    for (i = 0; i < sim->nproducts; i++) {
        for (j = 0; j < sim->products[i].noutbox; j++) {
            entry = sim->products[i].outbox[j];

            if (entry->worker == worker->number && entry->life == worker->life
                && !sim->products[i].corrupt && entry->lines[0] != NULL
                && entry->lines[0]->kind == INV_ACTION_MOVE
                && entry->lines[0]->settled)
            {
                sim_fail(sim, &sim->products[i],
                         "a worker has left, and entry %lld is not drained",
                         (long long) entry->to);
            }
        }
    }
}


void
sim_worker_ended(sim_t *sim, sim_worker_t *worker)
{
    if (inv_protocol_busy(worker->machine) || !TAILQ_EMPTY(&worker->tries)) {
        if (sim->now < worker->ends) {
            sim_at(sim, sim->now + 10 * SIM_MS, SIM_EVENT_ENDING, worker, NULL);
            return;
        }

        sim_note(sim, (int) worker->number, "ends in time", NULL, NULL, 0, 0,
                 0);
        sim_worker_kill(sim, worker);
        return;
    }

    sim_note(sim, (int) worker->number, "has ended", NULL, NULL, 0, 0, 0);
    sim_worker_left(sim, worker);
    sim_worker_kill(sim, worker);
}


void
sim_worker_fate(sim_t *sim, sim_worker_t *worker)
{
    int64_t which;

    if (sim->calm || worker->ending) {
        return;
    }

    which = sim_draw(sim, (int64_t) sim->plan.crashes + sim->plan.pauses
                              + sim->plan.ends);

    if (which < (int64_t) sim->plan.crashes) {
        if (sim_percent(sim, 20)) {
            sim_worker_kill_node(sim, worker->node);
            return;
        }

        sim_note(sim, (int) worker->number, "dies", NULL, NULL, 0, 0, 0);
        sim_worker_kill(sim, worker);
        return;
    }

    sim_worker_plan(sim, worker);

    if (which < (int64_t) sim->plan.crashes + sim->plan.pauses) {
        worker->paused =
            sim->now + sim_draw(sim, 1 << (12 + sim_draw(sim, 12)));
        sim_note(sim, (int) worker->number, "stops", NULL, NULL,
                 worker->paused / SIM_MS, 0, 0);
        return;
    }

    sim_worker_end(sim, worker);
}


bool
sim_worker_serves(const sim_worker_t *worker)
{
    return worker->machine != NULL && !worker->ending;
}


void
sim_worker_tick(sim_t *sim, sim_worker_t *worker)
{
    worker->tick = SIM_NEVER;
    inv_protocol_tick(worker->machine, sim_ms(sim));
    sim_worker_pump(worker);
}


void
sim_worker_sweep(sim_t *sim, sim_worker_t *worker)
{
    inv_protocol_sweep(worker->machine);
    sim_at(sim, sim->now + 5 * SIM_SECOND, SIM_EVENT_SWEEP, worker, NULL);
    sim_worker_pump(worker);
}


static bool
sim_worker_take(sim_t *sim, sim_worker_t *worker, inv_step_group_t group)
{
    size_t      n, max;
    inv_step_t *steps[SIM_STEPS_MAX];

    max = group == INV_GROUP_STOCK ? sim->plan.stock_jobs : SIM_JOBS;

    if (worker->jobs[group] >= max) {
        return false;
    }

    max = group == INV_GROUP_CATALOG ? 1 : SIM_STEPS_MAX;
    n = inv_protocol_take(worker->machine, group, steps, max, sim_ms(sim));
    inv_protocol_tell(worker->machine);

    if (n == 0) {
        return false;
    }

    worker->jobs[group]++;
    sim_step_start(sim, worker, group, steps, n);

    return true;
}


/* Takes what the machine has to give, and sees to its timer. */
void
sim_worker_pump(sim_worker_t *worker)
{
    bool             more;
    sim_t           *sim = worker->sim;
    int64_t          due;
    inv_step_group_t group;

    if (worker->pumping || worker->machine == NULL) {
        return;
    }

    worker->pumping = true;

    do {
        more = false;

        for (group = 0; group < INV_GROUPS; group++) {
            more |= !sim->failed && sim_worker_take(sim, worker, group);
        }
    } while (more);

    worker->pumping = false;

    due = inv_protocol_due(worker->machine);

    if (due == INT64_MAX) {
        return;
    }

    due = due < sim_ms(sim) ? sim_ms(sim) : due;

    if (due * SIM_MS < worker->tick) {
        worker->tick = due * SIM_MS;
        sim_at(sim, worker->tick, SIM_EVENT_TICK, worker, NULL);
    }
}
