
/*
 * sim: statements as they land in the database.
 */


#include "sim.h"


static void
sim_land(sim_t *sim, sim_statement_t *statement)
{
    switch (statement->kind) {
    case INV_STEP_APPLY:
        sim_db_apply(sim, statement);
        break;
    case INV_STEP_READ:
        sim_db_read(sim, statement, statement->nkeys != 0);
        break;
    case INV_STEP_FENCE:
        sim_db_fence(sim, statement);
        break;
    case INV_STEP_LOOK:
        sim_db_look(sim, statement);
        break;
    case INV_STEP_EDIT:
        sim_db_edit(sim, statement);
        break;
    case INV_STEP_DELETE:
        sim_db_delete(sim, statement);
        break;
    case INV_STEP_CREATE:
        sim_db_create(sim, statement);
        break;
    case INV_STEP_TOMBSTONE:
        sim_db_tombstone(sim, statement);
        break;
    case INV_STEP_CLAIM:
        sim_db_claim(sim, statement);
        break;
    case INV_STEP_RECALL:
        sim_db_recall(sim, statement);
        break;
    case INV_STEP_TAKE:
        sim_db_take(sim, statement);
        break;
    case INV_STEP_ANSWER:
        sim_db_answer(sim, statement);
        break;
    case INV_STEP_INSERT:
        sim_db_insert(sim, statement);
        break;
    case INV_STEP_PULL:
        sim_db_pull(sim, statement->product, statement->batches,
                    statement->nbatches);
        statement->reply = INV_REPLY_DONE;
        break;
    case INV_STEP_OUTBOX:
        sim_db_outbox(sim, statement);
        break;
    case INV_STEP_SWEEP:
        sim_db_sweep(sim, statement);
        break;
    case INV_STEPS:
        break;
    }
}


/* Whether what has landed may have changed its product. */
static bool
sim_land_changes(const sim_statement_t *statement)
{
    switch (statement->kind) {

    case INV_STEP_APPLY:
    case INV_STEP_FENCE:
    case INV_STEP_EDIT:
    case INV_STEP_DELETE:
    case INV_STEP_CREATE:
    case INV_STEP_TOMBSTONE:
    case INV_STEP_PULL:
        return statement->reply == INV_REPLY_DONE;

    default:
        return false;
    }
}


void
sim_step_land(sim_t *sim, sim_command_t *command, size_t i)
{
    sim_statement_t *statement = &command->statements[i];

    sim_past_lands(sim, command, statement);
    sim_land(sim, statement);

    if (sim_land_changes(statement)) {
        sim_past_keep(sim, statement->product, statement->time);
    }
}


void
sim_step_land_read(sim_t *sim, sim_command_t *command, size_t i)
{
    sim_past_lands(sim, command, &command->statements[i]);
    sim_db_read(sim, &command->statements[i], true);
}
