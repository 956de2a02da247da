
/*
 * sim: steps into statements that outlive them.
 */


#include "sim.h"


/* What an action adds to the ledger, as it is known when it is sent. */
static sim_entry_t *
sim_step_entry(sim_t *sim, const sim_worker_t *worker, const inv_step_t *step)
{
    size_t              i;
    sim_entry_t        *entry;
    const inv_action_t *action;

    entry = sim_alloc(sim, sizeof(sim_entry_t));

    entry->product = sim_db_find(sim, step->product);
    entry->batch = step->batch;
    entry->worker = worker->number;
    entry->life = worker->life;
    entry->n = step->n;
    entry->ops = sim_alloc(sim, step->n * sizeof(inv_entry_op_t));
    entry->lines = sim_alloc(sim, step->n * sizeof(sim_line_t *));
    entry->undoes = sim_alloc(sim, step->n * sizeof(bool));

    for (i = 0; i < step->n; i++) {
        action = step->actions[i];

        if (entry->at < action->at) {
            entry->at = action->at;
        }

        entry->ops[i].type = action->type;
        entry->ops[i].delta = action->delta;
        entry->ops[i].has_key = action->claim != NULL;
        entry->ops[i].key = action->key;
        entry->lines[i] = ((const sim_action_t *) action)->line;
        entry->undoes[i] = action->undo;
    }

    return entry;
}


static inv_oid_t *
sim_step_ids(sim_t *sim, const inv_oid_t *ids, size_t n)
{
    inv_oid_t *copy;

    if (n == 0) {
        return NULL;
    }

    copy = sim_alloc(sim, n * sizeof(inv_oid_t));

    if (ids != NULL) {
        memcpy(copy, ids, n * sizeof(inv_oid_t));
    }

    return copy;
}


static void
sim_step_record(sim_t *sim, const inv_claim_record_t *record,
                inv_claim_record_t *copy)
{
    char *text;

    *copy = *record;

    if (record->answer.len != 0) {
        text = sim_alloc(sim, record->answer.len);
        memcpy(text, record->answer.data, record->answer.len);
        copy->answer.data = text;
    }
}


/* Copies what is asked: the step may be gone when it lands. */
void
sim_step_copy(sim_t *sim, const sim_worker_t *worker, const inv_step_t *step,
              sim_statement_t *statement)
{
    const sim_action_t *action;

    memset(statement, 0, sizeof(sim_statement_t));

    statement->kind = step->kind;
    statement->epoch = step->epoch;
    statement->need = step->need;
    statement->room = step->room;
    statement->sum = step->sum;
    statement->has_version = step->has_version;
    statement->version = step->version;
    statement->guards_epoch = step->guards_epoch;
    statement->guards_edits = step->guards_edits;
    statement->guards_stock = step->guards_stock;
    statement->guards_gen = step->guards_gen;
    statement->guards_live = step->guards_live;
    statement->proof = step->proof;
    statement->nkeys = step->nkeys;
    statement->nbatches = step->nbatches;
    statement->batches = sim_step_ids(sim, step->batches, step->nbatches);
    statement->before = sim_ms(sim) - 5000;

    switch (step->kind) {

    case INV_STEP_CLAIM:
    case INV_STEP_RECALL:
    case INV_STEP_TAKE:
    case INV_STEP_ANSWER:
        sim_step_record(sim, &step->record, &statement->record);
        return;

    case INV_STEP_LOOK:
        statement->keys = sim_step_ids(sim, step->keys, step->nkeys);
        return;

    case INV_STEP_SWEEP:
        if (step->product.bytes[0] != 0) {
            statement->product = sim_db_find(sim, step->product);
        }

        return;

    case INV_STEP_APPLY:
    case INV_STEP_EDIT:
    case INV_STEP_CREATE:
        statement->entry = sim_step_entry(sim, worker, step);
        break;

    default:
        break;
    }

    statement->product = sim_db_find(sim, step->product);

    if (step->n != 0) {
        action = (const sim_action_t *) step->actions[0];
        statement->line = action->line;
    }
}


sim_command_t *
sim_step_command(sim_t *sim, const sim_worker_t *worker, inv_step_group_t group,
                 size_t n)
{
    sim_command_t *command;

    command = sim_alloc(sim, sizeof(sim_command_t));

    command->worker = worker->number;
    command->life = worker->life;
    command->group = group;
    command->n = n;
    command->statements = sim_alloc(sim, n * sizeof(sim_statement_t));
    command->land = sim_step_land;
    command->replied = sim_step_reply;

    return command;
}


/* The entries of a job, one statement each. */
sim_command_t *
sim_step_inserts(sim_t *sim, const sim_worker_t *worker, inv_step_t **steps,
                 size_t nsteps)
{
    size_t               i, j, n;
    sim_entry_t         *entry;
    sim_command_t       *command;
    const inv_transit_t *transit;

    for (i = 0, n = 0; i < nsteps; i++) {
        n += steps[i]->nentries;
    }

    command = sim_step_command(sim, worker, INV_GROUP_LEDGER, n);

    for (i = 0, n = 0; i < nsteps; i++) {
        for (j = 0; j < steps[i]->nentries; j++, n++) {
            transit = steps[i]->entries[j];
            entry = sim_alloc(sim, sizeof(sim_entry_t));
            *entry = *((sim_payload_t *) transit->payload)->entry;

            entry->product = sim_db_find(sim, transit->product);
            entry->batch = transit->batch;
            entry->from = transit->from;
            entry->to = transit->to;
            entry->after = transit->after;

            command->statements[n].kind = INV_STEP_INSERT;
            command->statements[n].product = entry->product;
            command->statements[n].entry = entry;
        }
    }

    return command;
}
