
/*
 * sim: when a run is over: nothing is on its way, nothing is left to do.
 */


#include "sim.h"


/* Seconds for sweeps to find what was left, a few entries each. */
#define SIM_QUIET 2000


static bool
sim_world_rests(const sim_t *sim)
{
    unsigned i;

    if (sim->nwaiters != 0 || sim->nflying != 0) {
        return false;
    }

    for (i = 0; i < sim->plan.workers; i++) {
        if (sim->workers[i].machine == NULL
            || inv_protocol_busy(sim->workers[i].machine)
            || !TAILQ_EMPTY(&sim->workers[i].tries))
        {
            return false;
        }
    }

    return true;
}


/* Sells what is in the way of undos that would pass the greatest stock. */
static void
sim_world_sell(sim_t *sim, sim_product_t *product)
{
    sim_entry_t *entry;

    if (product->deleted || product->stock < INV_STOCK_MAX - 1000
        || product->outbox_ops >= sim->plan.outbox_cap)
    {
        return;
    }

    entry = sim_entry(sim, product);
    entry->batch.bytes[1] = 1;
    entry->ops[0].type = INV_MOVE_ADJUST;
    entry->ops[0].delta = -10000;
    entry->at = sim_ms(sim);

    sim_db_append(sim, product, entry, -10000);
    sim_past_keep(sim, product, ++sim->clocks[0]);
}


static void
sim_world_restless(sim_t *sim)
{
    unsigned            i;
    const sim_try_t    *try;
    const sim_worker_t *worker;

    for (i = 0; i < sim->plan.workers; i++) {
        worker = &sim->workers[i];
        try = TAILQ_FIRST(&worker->tries);

        if (try != NULL) {
            sim_fail(sim, try->request->lines[0].product,
                     "it never comes to rest: worker %u, request %u: "
                     "%zu actions, answering %d, closing %d",
                     i, try->request->number, try->nopen, try->answering,
                     try->closing);
        }

        if (worker->machine != NULL && inv_protocol_busy(worker->machine)) {
            sim_fail(sim, NULL, "it never comes to rest: worker %u is busy", i);
        }
    }

    sim_fail(sim, NULL, "it never comes to rest: %u clients, %zu commands",
             sim->nwaiters, sim->nflying);
}


static bool
sim_world_drained(const sim_t *sim)
{
    unsigned i;

    for (i = 0; i < sim->nproducts; i++) {
        if (sim->products[i].noutbox != 0) {
            return false;
        }
    }

    return true;
}


/* Now and then: damage; the end of faults; and is it over? */
void
sim_world_turn(sim_t *sim)
{
    unsigned i;

    if (sim->plan.corrupts && !sim->calm) {
        sim_db_corrupt(sim);
    }

    if (sim->last == 0 && sim->now > SIM_STORM) {
        sim->last = sim->now;
    }

    if (!sim->calm && sim->last != 0 && sim->now > sim->last + SIM_CALM) {
        sim->calm = true;

        for (i = 0; i < sim->plan.products; i++) {
            sim_world_sell(sim, &sim->products[i]);
        }

        sim_note(sim, -1, "calm", NULL, NULL, 0, 0, 0);
    }

    if (sim->calm && sim->alarmed && sim->now > sim->last + SIM_MEND) {
        sim_db_mend(sim);
    }

    sim->quiet = sim->calm && sim_world_rests(sim) ? sim->quiet + 1 : 0;
    sim->over =
        sim->quiet == SIM_QUIET || (sim->quiet > 2 && sim_world_drained(sim));

    if (sim->calm && sim->now > sim->last + SIM_PATIENCE) {
        sim_world_restless(sim);
    }

    sim_at(sim, sim->now + (sim->calm ? SIM_SECOND : sim_draw(sim, SIM_SECOND)),
           SIM_EVENT_WORLD, NULL, NULL);
}
