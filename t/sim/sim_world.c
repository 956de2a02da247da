
/*
 * sim: a run: everything happens in its order, until all has come to rest.
 */


#include <stdlib.h>

#include "sim.h"


/* More than the longest run takes. */
#define SIM_MEMORY     ((size_t) 256 * 1024 * 1024)
#define SIM_EVENTS_MAX UINT64_C(4000000)


void *
sim_alloc(sim_t *sim, size_t n)
{
    void *memory;

    n = (n + 15) & ~(size_t) 15;

    if (sim->used + n > sim->size) {
        abort();
    }

    memory = sim->memory + sim->used;
    sim->used += n;
    memset(memory, 0, n);

    return memory;
}


void
sim_init(sim_t *sim)
{
    memset(sim, 0, sizeof(sim_t));

    sim->mode = SIM_MODES;
    sim->size = SIM_MEMORY;
    sim->memory = malloc(sim->size);
    sim->notes = calloc(SIM_NOTES, sizeof(sim_note_t));

    if (sim->memory == NULL || sim->notes == NULL) {
        abort();
    }
}


void
sim_free(sim_t *sim)
{
    free(sim->memory);
    free(sim->notes);
    free(sim->events);
}


/* An entry of one op, of nobody who is here. */
sim_entry_t *
sim_entry(sim_t *sim, sim_product_t *product)
{
    sim_entry_t *entry;

    entry = sim_alloc(sim, sizeof(sim_entry_t));
    entry->product = product;
    entry->batch.bytes[0] = (unsigned char) (product->number + 1);
    entry->n = 1;
    entry->ops = sim_alloc(sim, sizeof(inv_entry_op_t));
    entry->lines = sim_alloc(sim, sizeof(sim_line_t *));
    entry->undoes = sim_alloc(sim, sizeof(bool));

    return entry;
}


static void
sim_world_product(sim_t *sim)
{
    inv_oid_t      id;
    sim_entry_t   *entry;
    sim_product_t *product;

    product = sim_db_new(sim, &id);
    sim_db_place(sim, product);

    product->reserved = sim_percent(sim, 10) ? 1 : 0;

    /* its first movement */
    entry = sim_entry(sim, product);
    entry->ops[0].type = INV_MOVE_SET;
    entry->ops[0].delta =
        sim_percent(sim, 10) ? INV_STOCK_MAX - 3 : sim->plan.stock;
    entry->from = entry->to = 1;
    entry->after = entry->ops[0].delta;
    entry->whole = true;

    product->seq = 1;
    product->version = 1;
    product->stock = entry->after;
    product->truth[1] = entry;
    product->ledger[1] = entry;
    sim_db_moment(sim, product);
    sim_past_keep(sim, product, 0);
}


static void
sim_world_start(sim_t *sim)
{
    unsigned i;

    sim_plan_draw(sim);

    sim->products = sim_alloc(sim, SIM_PRODUCTS_MAX * sizeof(sim_product_t));
    sim->claims =
        sim_alloc(sim, (sim->plan.requests + 1) * sizeof(sim_claim_t));
    sim->requests = sim_alloc(sim, sim->plan.requests * sizeof(sim_request_t));

    for (i = 0; i < sim->plan.products; i++) {
        sim_world_product(sim);
    }

    for (i = 0; i < sim->plan.workers; i++) {
        memset(&sim->workers[i], 0, sizeof(sim_worker_t));
        sim->workers[i].number = i;
        sim->workers[i].node = i % sim->plan.nodes;
        sim_worker_start(sim, &sim->workers[i]);
    }

    for (i = 0; i < sim->plan.clients; i++) {
        sim->clients[i].number = i;
        sim_at(sim, sim_draw(sim, 10 * SIM_MS), SIM_EVENT_CLIENT, NULL,
               &sim->clients[i]);
    }

    sim_at(sim, sim_draw(sim, SIM_SECOND), SIM_EVENT_WORLD, NULL, NULL);
}


/* What a reply tells of the cluster's time, before anything else of it counts. */
static void
sim_world_hear(sim_t *sim, const sim_command_t *command)
{
    int64_t      *time;
    sim_worker_t *worker = &sim->workers[command->worker];

    time = &sim->times[worker->node];

    if (*time < command->operated) {
        *time = command->operated;
    }

    if (worker->cluster < command->cluster) {
        worker->cluster = command->cluster;
    }
}


static void
sim_world_command(sim_t *sim, sim_event_t *event)
{
    sim_command_t *command = event->subject;

    if (event->kind == SIM_EVENT_REPLY) {
        sim_world_hear(sim, command);
    }

    command->replied(sim, command,
                     event->kind == SIM_EVENT_REPLY ? INV_REPLY_DONE
                                                    : command->reply);
}


/* Events of a worker that is alive. */
static void
sim_world_worker(sim_t *sim, sim_worker_t *worker, sim_event_t *event)
{
    switch (event->kind) {

    case SIM_EVENT_REPLY:
    case SIM_EVENT_FAILED_REPLY:
        sim_world_command(sim, event);
        return;

    case SIM_EVENT_ARRIVE:
        sim_try_join(sim, worker, event->subject);
        return;

    case SIM_EVENT_DEADLINE:
        sim_try_leave(sim, event->subject);
        return;

    case SIM_EVENT_TICK:
        sim_worker_tick(sim, worker);
        return;

    case SIM_EVENT_SWEEP:
        sim_worker_sweep(sim, worker);
        return;

    case SIM_EVENT_FATE:
        sim_worker_fate(sim, worker);
        return;

    case SIM_EVENT_ENDING:
        sim_worker_ended(sim, worker);
        return;

    default:
        return;
    }
}


static void
sim_world_event(sim_t *sim, sim_event_t *event)
{
    sim_worker_t *worker = &sim->workers[event->worker];

    switch (event->kind) {

    case SIM_EVENT_LAND:
        sim_net_land(sim, event->subject);
        return;

    case SIM_EVENT_CLIENT:
        sim_client_wake(sim, event->subject);
        return;

    case SIM_EVENT_RETRY:
        sim_client_retry(sim, event->subject);
        return;

    case SIM_EVENT_WORLD:
        sim_world_turn(sim);
        return;

    case SIM_EVENT_START:
        sim_worker_start(sim, worker);
        return;

    default:
        break;
    }

    if (event->life != worker->life) {
        if (event->kind == SIM_EVENT_ARRIVE) {
            sim_client_told(sim, event->subject, NULL);
        }

        return;
    }

    if (worker->paused > sim->now) {
        sim_at(sim, worker->paused, event->kind, worker, event->subject);
        return;
    }

    sim_world_worker(sim, worker, event);
}


static void
sim_world_end(sim_t *sim)
{
    unsigned i;

    for (i = 0; i < sim->plan.workers; i++) {
        if (sim->workers[i].machine != NULL) {
            sim_worker_forget(&sim->workers[i]);
        }
    }
}


bool
sim_run(sim_t *sim, uint64_t seed)
{
    uint64_t    events;
    sim_event_t event;

    sim->seed = seed;
    sim->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    sim->now = 0;
    sim->calm = false;
    sim->last = 0;
    sim->quiet = 0;
    sim->over = false;
    sim->used = 0;
    sim->nevents = 0;
    sim->order = 0;
    sim->nproducts = 0;
    sim->nrequests = 0;
    sim->nwaiters = 0;
    sim->nclaims = 0;
    sim->names = 0;
    sim->nflying = 0;
    memset(sim->clocks, 0, sizeof(sim->clocks));
    memset(sim->times, 0, sizeof(sim->times));
    sim->corrupted = false;
    sim->alarmed = false;
    sim->failed = false;
    sim->nnotes = 0;
    sim->digest = 0;
    sim->counts.runs++;

    sim_world_start(sim);

    for (events = 0; !sim->failed && !sim->over; events++) {
        if (!sim_next(sim, &event)) {
            break;
        }

        if (events == SIM_EVENTS_MAX) {
            sim_fail(sim, NULL, "it goes round and round");
        }

        sim->now = event.time;
        sim_world_event(sim, &event);
    }

    sim->counts.events += events;

    if (!sim->failed) {
        sim_check_end(sim);
    }

    sim_world_end(sim);

    return !sim->failed;
}
