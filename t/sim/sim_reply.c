
/*
 * sim: what comes back of a job's commands, and what it means for its steps.
 */


#include "sim.h"


sim_payload_t *
sim_payload(sim_t *sim, sim_entry_t *entry, bool whole)
{
    sim_payload_t *payload;

    payload = sim_alloc(sim, sizeof(sim_payload_t));
    payload->entry = entry;
    payload->whole = whole;

    return payload;
}


/* A command that follows upon another's reply, for the same steps. */
static sim_command_t *
sim_step_follow(sim_t *sim, sim_command_t *before)
{
    sim_command_t *command;

    command = sim_step_command(sim, &sim->workers[before->worker],
                               before->group, before->n);

    memcpy(command->steps, before->steps, sizeof(command->steps));
    command->nsteps = before->nsteps;
    command->before = before;

    return command;
}


/* The statement's own entry as the read shows it; NULL: it does not. */
static const inv_entry_view_t *
sim_step_own(const sim_statement_t *read)
{
    size_t i;

    for (i = 0; i < read->nviews; i++) {
        if (inv_oid_eq(read->views[i].batch, read->entry->batch)) {
            return &read->views[i];
        }
    }

    return NULL;
}


/* Whether all that was applied is seen, so that what is not was not. */
static bool
sim_step_counted(const sim_command_t *command)
{
    size_t i, applied, seen;

    for (i = 0, applied = 0, seen = 0; i < command->n; i++) {
        applied += command->before->statements[i].reply == INV_REPLY_DONE;
        seen += sim_step_own(&command->statements[i]) != NULL;
    }

    return applied == seen || !inv_rule(INV_RULE_COUNTED);
}


static void
sim_step_find(sim_statement_t *read, bool counted)
{
    const inv_entry_view_t *own;

    own = sim_step_own(read);

    if (own == NULL) {
        read->reply = counted ? INV_REPLY_MISSED : INV_REPLY_UNKNOWN;
        return;
    }

    /* as it was after this batch; others may have followed */
    read->proven = true;
    read->state.later = read->state.deleted || read->state.seq != own->to;
    read->state.seq = own->to;
    read->state.stock = own->after;
}


/* After a group of statements one find for the outcomes. */
static void
sim_step_found(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply)
{
    bool   counted;
    size_t i;

    counted = sim_step_counted(command);

    for (i = 0; i < command->n; i++) {
        if (command->before->statements[i].reply == INV_REPLY_BUSY) {
            command->statements[i].reply = INV_REPLY_BUSY;

        } else if (reply != INV_REPLY_DONE) {
            command->statements[i].reply = INV_REPLY_UNKNOWN;

        } else {
            sim_step_find(&command->statements[i], counted);
        }
    }

    sim_step_reply(sim, command, INV_REPLY_DONE);
}


void
sim_step_applied(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply)
{
    size_t         i;
    sim_command_t *find;

    if (reply != INV_REPLY_DONE || command->n == 1) {
        sim_step_reply(sim, command, reply);
        return;
    }

    find = sim_step_follow(sim, command);
    find->land = sim_step_land_read;
    find->replied = sim_step_found;

    for (i = 0; i < command->n; i++) {
        find->statements[i].kind = INV_STEP_READ;
        find->statements[i].product = command->statements[i].product;
        find->statements[i].entry = command->statements[i].entry;
    }

    sim_net_send(sim, find);
}


/* What an edit or a delete of something that was read is refused for. */
static inv_verdict_t
sim_step_verdict(const sim_statement_t *read, const inv_action_t *action)
{
    if (read->reply != INV_REPLY_DONE || read->state.deleted) {
        return INV_VERDICT_NOT_FOUND;
    }

    if (action->if_match != NULL
        && !inv_match_version(action->if_match, read->state.version))
    {
        return INV_VERDICT_VERSION_CHANGED;
    }

    if (read->kind == INV_STEP_DELETE && read->state.reserved != 0) {
        return INV_VERDICT_IN_USE;
    }

    return INV_VERDICT_NONE;
}


/* An edit that changes nothing writes nothing. */
static bool
sim_step_changes(const sim_statement_t *read)
{
    const sim_line_t    *line = read->line;
    const sim_product_t *copy = &read->copy;

    return read->kind == INV_STEP_DELETE
           || (line->names && line->name != copy->name)
           || (line->counts && line->counter != copy->counter)
           || (line->sets && line->stock != copy->stock)
           || (line->sku != 0 && line->sku != copy->sku);
}


/* Edits and deletes: what was read, checked and merged is written. */
void
sim_step_write(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply)
{
    sim_command_t      *write;
    sim_statement_t    *read = &command->statements[0], *statement;
    const inv_action_t *action;

    if (reply != INV_REPLY_DONE) {
        sim_step_reply(sim, command, reply);
        return;
    }

    action = command->steps[0]->actions[0];
    read->verdict = sim_step_verdict(read, action);

    if (read->verdict != INV_VERDICT_NONE) {
        read->reply = INV_REPLY_REFUSED;
        sim_step_reply(sim, command, INV_REPLY_DONE);
        return;
    }

    if (!sim_step_changes(read)) {
        read->entry = NULL;
        read->state.seq = 0;
        sim_step_reply(sim, command, INV_REPLY_DONE);
        return;
    }

    write = sim_step_follow(sim, command);
    write->writes = true;

    statement = &write->statements[0];
    *statement = *read;
    statement->has_state = false;
    statement->epoch = read->state.epoch;
    statement->edits = read->copy.edits;
    statement->has_version = action->if_match != NULL;
    statement->version = read->state.version;

    sim_net_send(sim, write);
}


static void
sim_step_reply_insert(const sim_command_t *command, inv_reply_kind_t reply)
{
    size_t i, j, k;

    for (i = 0, k = 0; i < command->nsteps; i++) {
        for (j = 0; j < command->steps[i]->nentries; j++, k++) {
            if (reply == INV_REPLY_DONE) {
                command->steps[i]->entries[j]->stored =
                    command->statements[k].stored;
                command->steps[i]->entries[j]->corrupt =
                    command->statements[k].clash;
            }
        }

        command->steps[i]->reply = reply;
    }
}


static void
sim_step_fill(sim_t *sim, sim_worker_t *worker, inv_step_t *step,
              const sim_statement_t *statement, inv_reply_kind_t reply)
{
    step->reply = reply;
    step->verdict = INV_VERDICT_FAILED;

    if (reply == INV_REPLY_DONE) {
        step->reply = statement->reply;
        step->verdict = statement->verdict;
        step->has_state = statement->has_state;
        step->proven = statement->proven;
        step->state = statement->state;
        step->views = statement->views;
        step->nviews = statement->nviews;
        step->found = statement->found;
        step->full = statement->full;
        sim_check_shown(step);
    }

    switch (step->kind) {

    case INV_STEP_APPLY:
    case INV_STEP_EDIT:
    case INV_STEP_CREATE:
        if (statement->entry != NULL) {
            step->payload = sim_payload(sim, statement->entry, false);
            worker->payloads++;
        }

        break;

    case INV_STEP_SWEEP:
        if (step->full) {
            step->product = step->views[step->nviews - 1].product;
        }

        /* fall through */

    case INV_STEP_OUTBOX:
        worker->payloads += step->nviews;
        break;

    default:
        break;
    }
}


/* Hands a job's steps back. */
void
sim_step_reply(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply)
{
    size_t        i;
    sim_worker_t *worker = &sim->workers[command->worker];

    if (command->steps[0]->kind == INV_STEP_INSERT) {
        sim_step_reply_insert(command, reply);

    } else {
        for (i = 0; i < command->nsteps; i++) {
            sim_step_fill(sim, worker, command->steps[i],
                          &command->statements[i], reply);
        }
    }

    if (command->group == INV_GROUP_LEDGER && reply != INV_REPLY_DONE) {
        worker->ledger_failed = true;
    }

    worker->jobs[command->group]--;

    for (i = 0; i < command->nsteps; i++) {
        TAILQ_REMOVE(&worker->steps, command->steps[i], link);
    }

    /* both ways of handing back, as lanes do */
    if (command->nsteps > 1 || sim_percent(sim, 50)) {
        for (i = 0; i < command->nsteps; i++) {
            inv_protocol_accept(worker->machine, command->steps[i],
                                sim_ms(sim));
        }

        sim_worker_pump(worker);
        inv_protocol_tell(worker->machine);

    } else {
        inv_protocol_reply(worker->machine, command->steps[0], sim_ms(sim));
    }

    sim_worker_pump(worker);
}
