
/*
 * sim: what kind of a run a seed is: everything is drawn, and then a mode sets
 * what it is about.
 */


#include "sim.h"


/* One of n values, all as likely. */
static int64_t
sim_plan_of(sim_t *sim, const int64_t *values, size_t n)
{
    return values[sim_draw(sim, (int64_t) n)];
}


#define SIM_ONE_OF(sim, ...)                           \
    sim_plan_of(sim, (const int64_t[]){ __VA_ARGS__ }, \
                sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))


typedef struct {
    const char *name;
    unsigned    weight; /* how many of 100 seeds */
    void (*narrow)(sim_t *sim, sim_plan_t *plan);
} sim_plan_mode_t;

static void sim_plan_hot_keys(sim_t *sim, sim_plan_t *plan);
static void sim_plan_hot_catalog(sim_t *sim, sim_plan_t *plan);

static const sim_plan_mode_t sim_plan_modes[SIM_MODES] = {
    [SIM_MODE_MIXED] = { "mixed", 66, NULL },
    [SIM_MODE_HOT_KEYS] = { "hot-keys", 17, sim_plan_hot_keys },
    [SIM_MODE_HOT_CATALOG] = { "hot-catalog", 17, sim_plan_hot_catalog },
};


sim_mode_t
sim_mode_find(const char *name)
{
    sim_mode_t mode;

    for (mode = 0; mode < SIM_MODES; mode++) {
        if (strcmp(name, sim_plan_modes[mode].name) == 0) {
            break;
        }
    }

    return mode;
}


const char *
sim_mode_name(sim_mode_t mode)
{
    return sim_plan_modes[mode].name;
}


static sim_mode_t
sim_plan_mode(sim_t *sim)
{
    int64_t    which;
    sim_mode_t mode;

    which = sim_draw(sim, 100);

    if (sim->mode != SIM_MODES) {
        return sim->mode;
    }

    for (mode = 0; mode < SIM_MODES - 1; mode++) {
        which -= (int64_t) sim_plan_modes[mode].weight;

        if (which < 0) {
            break;
        }
    }

    return mode;
}


static void
sim_plan_limits(sim_t *sim, sim_plan_t *plan)
{
    inv_protocol_limits_t *limits = &plan->limits;

    limits->batch_max = (size_t) SIM_ONE_OF(sim, 1, 2, 4, 8, 32);
    limits->group_max = (size_t) SIM_ONE_OF(sim, 1, 2, 8);
    limits->hot = (size_t) SIM_ONE_OF(sim, 1, 2, 8);
    limits->entries_max = (size_t) SIM_ONE_OF(sim, 2, 8, 1024, 1024);
    limits->idle_max = (size_t) SIM_ONE_OF(sim, 1, 4, 64);

    plan->outbox_cap = (int64_t) limits->batch_max * SIM_ONE_OF(sim, 2, 4, 16);
}


static void
sim_plan_faults(sim_t *sim, sim_plan_t *plan)
{
    plan->faults = (unsigned) SIM_ONE_OF(sim, 0, 10, 50, 150, 300);
    plan->late = (unsigned) SIM_ONE_OF(sim, 0, 30, 60, 90);
    plan->slow = (unsigned) SIM_ONE_OF(sim, 0, 0, 5, 30);
    plan->lifetime = SIM_ONE_OF(sim, 50, 1000, 10000);
    plan->crashes = (unsigned) SIM_ONE_OF(sim, 0, 0, 100, 400);
    plan->pauses = (unsigned) SIM_ONE_OF(sim, 0, 100, 400);
    plan->ends = (unsigned) SIM_ONE_OF(sim, 0, 0, 100, 300);
    plan->corrupts = sim_percent(sim, 4);
    plan->stale = (unsigned) SIM_ONE_OF(sim, 0, 10, 50, 90);
    plan->shards = (unsigned) SIM_ONE_OF(sim, 1, SIM_SHARDS_MAX);
}


/*
 * Keys that are sent twice, of several lines each, on a few products that all
 * of them want; workers that stand still meanwhile, commands that are slow.  So
 * claims change hands while some of their lines are out, and come back, and are
 * answered while others wait for a free job.
 */
static void
sim_plan_hot_keys(sim_t *sim, sim_plan_t *plan)
{
    plan->products = 3;
    plan->clients = 12;
    plan->stock = 1000;
    plan->keyed = 100;
    plan->many = 90;
    plan->duplicates = 60;
    plan->catalog = 0;
    plan->impatient = (unsigned) SIM_ONE_OF(sim, 0, 10);

    plan->slow = (unsigned) SIM_ONE_OF(sim, 30, 100);
    plan->pauses = 400;
    plan->faults = plan->faults < 50 ? 50 : plan->faults;

    plan->stock_jobs = (unsigned) SIM_ONE_OF(sim, 1, 2);
    plan->limits.group_max = (size_t) SIM_ONE_OF(sim, 1, 2);
}


/*
 * Edits, deletes and creates above all, with and without keys, of a few
 * products; impatient clients, so that much of it is taken back.
 */
static void
sim_plan_hot_catalog(sim_t *sim, sim_plan_t *plan)
{
    plan->products = 1 + (unsigned) sim_draw(sim, 2);
    plan->clients = 12;
    plan->keyed = (unsigned) SIM_ONE_OF(sim, 40, 60);
    plan->catalog = (unsigned) SIM_ONE_OF(sim, 60, 90);
    plan->impatient = (unsigned) SIM_ONE_OF(sim, 10, 50);
    plan->faults = plan->faults < 50 ? 50 : plan->faults;
}


void
sim_plan_draw(sim_t *sim)
{
    sim_plan_t *plan = &sim->plan;

    memset(plan, 0, sizeof(sim_plan_t));

    plan->mode = sim_plan_mode(sim);
    plan->products = 1 + (unsigned) sim_draw(sim, SIM_INITIAL_MAX);
    plan->workers = 2 + (unsigned) sim_draw(sim, SIM_WORKERS_MAX - 1);
    plan->nodes = 1 + (unsigned) sim_draw(sim, plan->workers);
    plan->clients = (unsigned) SIM_ONE_OF(sim, 2, 6, 12, 24);
    plan->requests = (unsigned) SIM_ONE_OF(sim, 20, 60, 200, 600);
    plan->keyed = (unsigned) SIM_ONE_OF(sim, 0, 40, 60, 100);
    plan->catalog = (unsigned) SIM_ONE_OF(sim, 0, 0, 10, 50);
    plan->many = (unsigned) SIM_ONE_OF(sim, 0, 20, 60);
    plan->big = (unsigned) SIM_ONE_OF(sim, 0, 10, 40);
    plan->impatient = (unsigned) SIM_ONE_OF(sim, 0, 10, 50);
    plan->duplicates = (unsigned) SIM_ONE_OF(sim, 0, 20, 60);
    plan->pause = SIM_ONE_OF(sim, 1, 2 * SIM_MS, 200 * SIM_MS);
    plan->stock = SIM_ONE_OF(sim, 0, 3, 20, 1000);

    plan->stock_jobs = (unsigned) SIM_ONE_OF(sim, 1, 2, 3, 3);

    sim_plan_limits(sim, plan);
    sim_plan_faults(sim, plan);

    if (sim_plan_modes[plan->mode].narrow != NULL) {
        sim_plan_modes[plan->mode].narrow(sim, plan);
    }
}
