
/*
 * sim: what a thread does: carries the steps of a job out, hands them back.
 */


#include <stdlib.h>

#include "sim.h"


static void
sim_step_reply(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply);


sim_payload_t *
sim_payload(sim_t *sim, sim_entry_t *entry, bool whole)
{
    sim_payload_t *payload;

    payload = sim_alloc(sim, sizeof(sim_payload_t));
    payload->entry = entry;
    payload->whole = whole;

    return payload;
}


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
static void
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
    statement->raises_epoch = step->raises_epoch;
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


static void
sim_step_land(sim_t *sim, sim_command_t *command, size_t i)
{
    sim_statement_t *statement = &command->statements[i];

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


static void
sim_step_land_read(sim_t *sim, sim_command_t *command, size_t i)
{
    sim_db_read(sim, &command->statements[i], true);
}


static sim_command_t *
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


/* After a group of statements one find for the outcomes. */
static void
sim_step_found(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply)
{
    size_t           i, j;
    sim_entry_t     *entry;
    sim_statement_t *read, *apply;

    for (i = 0; i < command->n; i++) {
        read = &command->statements[i];
        apply = &command->before->statements[i];
        entry = apply->entry;

        if (apply->reply == INV_REPLY_BUSY) {
            read->reply = INV_REPLY_BUSY;
            continue;
        }

        if (reply != INV_REPLY_DONE) {
            read->reply = INV_REPLY_UNKNOWN;
            continue;
        }

        if (read->reply != INV_REPLY_DONE) {
            continue;
        }

        for (j = 0; j < read->nviews; j++) {
            if (inv_oid_eq(read->views[j].batch, entry->batch)) {
                break;
            }
        }

        if (j == read->nviews) {
            read->reply = INV_REPLY_UNSEEN;
            continue;
        }

        /* as it was after this batch; others may have followed */
        read->state.seq = read->views[j].to;
        read->state.stock = read->views[j].after;
    }

    sim_step_reply(sim, command, INV_REPLY_DONE);
}


static void
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
static void
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
        step->state = statement->state;
        step->views = statement->views;
        step->nviews = statement->nviews;
        step->found = statement->found;
        step->full = statement->full;
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
static void
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


/* The entries of a job, one statement each. */
static sim_command_t *
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
