
/*
 * sim: what kind of a run a seed is.
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
}


void
sim_plan_draw(sim_t *sim)
{
    sim_plan_t *plan = &sim->plan;

    memset(plan, 0, sizeof(sim_plan_t));

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

    sim_plan_limits(sim, plan);
    sim_plan_faults(sim, plan);
}
