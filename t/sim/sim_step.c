
/*
 * sim: what a thread does: carries the steps of a job out.
 */


#include "sim.h"


static const char *const sim_step_names[INV_STEPS] = {
    [INV_STEP_APPLY] = "> APPLY",   [INV_STEP_READ] = "> READ",
    [INV_STEP_FENCE] = "> FENCE",   [INV_STEP_LOOK] = "> LOOK",
    [INV_STEP_EDIT] = "> EDIT",     [INV_STEP_DELETE] = "> DELETE",
    [INV_STEP_CREATE] = "> CREATE", [INV_STEP_TOMBSTONE] = "> TOMBSTONE",
    [INV_STEP_CLAIM] = "> CLAIM",   [INV_STEP_RECALL] = "> RECALL",
    [INV_STEP_TAKE] = "> TAKE",     [INV_STEP_ANSWER] = "> ANSWER",
    [INV_STEP_INSERT] = "> INSERT", [INV_STEP_PULL] = "> PULL",
    [INV_STEP_OUTBOX] = "> OUTBOX", [INV_STEP_SWEEP] = "> SWEEP",
};


static void
sim_step_note(sim_t *sim, const sim_worker_t *worker, const inv_step_t *step,
              const sim_statement_t *statement)
{
    bool claims;

    claims = step->kind >= INV_STEP_CLAIM && step->kind <= INV_STEP_ANSWER;

    sim_note(sim, (int) worker->number, sim_step_names[step->kind],
             statement->product, claims ? &step->record.by : &step->batch,
             claims ? (int64_t) sim_db_claim_number(step->record.id)
                    : step->epoch,
             claims ? step->record.gen : (int64_t) step->n, step->sum);
}


/*
 * What a job promises: steps of one kind in the order of products, one of a
 * product at a time, and a pause between its fences.
 */
static void
sim_step_check(sim_t *sim, sim_worker_t *worker, inv_step_group_t group,
               inv_step_t **steps, size_t n)
{
    size_t               i;
    const inv_step_t    *other;
    const sim_product_t *product;

    for (i = 0; i < n; i++) {
        if (steps[i]->kind != steps[0]->kind) {
            sim_fail(sim, NULL, "steps of two kinds in one job");
        }

        if (group != INV_GROUP_STOCK && group != INV_GROUP_CATALOG) {
            continue;
        }

        product = sim_db_find(sim, steps[i]->product);

        if (product == NULL) {
            return;
        }

        if (i != 0
            && memcmp(steps[i - 1]->product.bytes, product->id.bytes,
                      sizeof(product->id.bytes))
                   >= 0)
        {
            sim_fail(sim, product, "steps that are not in the order of ids");
        }

        TAILQ_FOREACH(other, &worker->steps, link)
        {
            if (other->kind <= INV_STEP_TOMBSTONE
                && inv_oid_eq(other->product, product->id))
            {
                sim_fail(sim, product, "two steps of one product at a time");
            }
        }

        if (steps[i]->kind == INV_STEP_FENCE) {
            /* of a product that it remembers */
            if (sim->now < worker->fences[product->number]
                && sim->nproducts <= sim->plan.limits.idle_max)
            {
                sim_fail(sim, product, "two fences within 100 ms");
            }

            worker->fences[product->number] = sim->now + 99 * SIM_MS;
        }
    }
}


void
sim_step_start(sim_t *sim, sim_worker_t *worker, inv_step_group_t group,
               inv_step_t **steps, size_t n)
{
    size_t         i;
    sim_command_t *command;

    sim->counts.steps += n;
    sim_step_check(sim, worker, group, steps, n);

    if (steps[0]->kind == INV_STEP_INSERT) {
        command = sim_step_inserts(sim, worker, steps, n);

    } else {
        command = sim_step_command(sim, worker, group, n);

        for (i = 0; i < n; i++) {
            sim_step_copy(sim, worker, steps[i], &command->statements[i]);
        }
    }

    for (i = 0; i < n; i++) {
        sim_step_note(sim, worker, steps[i], &command->statements[i]);
        TAILQ_INSERT_TAIL(&worker->steps, steps[i], link);
    }

    memcpy(command->steps, steps, n * sizeof(steps[0]));
    command->nsteps = n;
    command->writes = true;

    switch (steps[0]->kind) {

    case INV_STEP_APPLY:
        command->replied = sim_step_applied;
        break;

    case INV_STEP_EDIT:
    case INV_STEP_DELETE:
        command->land = sim_step_land_read;
        command->statements[0].proof = inv_rule(INV_RULE_PROVEN);
        command->replied = sim_step_write;
        command->writes = false;
        break;

    case INV_STEP_READ:
    case INV_STEP_LOOK:
    case INV_STEP_RECALL:
    case INV_STEP_OUTBOX:
    case INV_STEP_SWEEP:
        command->writes = false;
        break;

    default:
        break;
    }

    sim_net_send(sim, command);
}
