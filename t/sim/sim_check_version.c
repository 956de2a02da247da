
/*
 * sim: what must hold of versions: what the machine says of one is exact, and
 * it says so wherever a reply has shown it; and whoever is told of a change has
 * heard before that the product is as new.
 */


#include "sim.h"


/* A reply with the state right after the actions that it is about. */
void
sim_check_shown(const inv_step_t *step)
{
    size_t        i;
    sim_action_t *own;

    if (step->reply != INV_REPLY_DONE || !step->has_state || step->state.later
        || step->kind == INV_STEP_LOOK || step->kind == INV_STEP_TOMBSTONE)
    {
        return;
    }

    for (i = 0; i < step->n; i++) {
        own = (sim_action_t *) step->actions[i];
        own->exact = step->state.version - (int64_t) (step->n - 1 - i);
    }
}


/* Nothing was written: a version that it had while the request was at work. */
static bool
sim_check_version_seen(const sim_product_t *product, int64_t version,
                       int64_t since)
{
    size_t i;

    for (i = product->nmoments; i-- > 0;) {
        if (product->moments[i].version == version) {
            return true;
        }

        if (product->moments[i].time <= since) {
            break;
        }
    }

    return false;
}


static bool
sim_check_version_true(const sim_action_t *own, const sim_product_t *product)
{
    const sim_line_t   *line = own->line;
    const inv_action_t *action = &own->action;

    if (action->version == 0) {
        return true;
    }

    /* a deleted product changes no more */
    if (line->kind == INV_ACTION_DELETE) {
        return action->version == product->version;
    }

    if (action->seq == 0) {
        return sim_check_version_seen(product, action->version,
                                      line->request->began);
    }

    return action->version == line->landed;
}


void
sim_check_version(sim_t *sim, const sim_worker_t *worker,
                  const sim_action_t *own, const sim_product_t *product)
{
    const sim_line_t   *line = own->line;
    const inv_action_t *action = &own->action;

    if (!sim_check_version_true(own, product)) {
        sim_fail(sim, product, "request %u: version %lld, it was %lld",
                 line->request->number, (long long) action->version,
                 (long long) line->landed);
    }

    /* a delete in doubt learns it from its fence */
    if (action->version != own->exact
        && !(own->exact == 0 && line->kind == INV_ACTION_DELETE))
    {
        sim_fail(sim, product, "request %u: version %lld, shown was %lld",
                 line->request->number, (long long) action->version,
                 (long long) own->exact);
    }

    /* nothing was written for what has no seq */
    if (action->seq != 0 && worker->floors[product->number] < line->landed) {
        sim_fail(sim, product, "request %u: version %lld was not told of",
                 line->request->number, (long long) line->landed);
    }

    if (line->kind == INV_ACTION_DELETE
        && worker->floors[product->number] < product->version)
    {
        sim_fail(sim, product, "request %u: its delete was not told of",
                 line->request->number);
    }
}
