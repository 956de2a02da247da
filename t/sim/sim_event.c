
/*
 * sim: what is to happen, in the order of time and then of planning: a heap.
 */


#include <stdlib.h>

#include "sim.h"


static bool
sim_event_before(const sim_event_t *a, const sim_event_t *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}


static void
sim_event_grow(sim_t *sim)
{
    sim->events_size = sim->events_size == 0 ? 1024 : 2 * sim->events_size;
    sim->events =
        realloc(sim->events, sim->events_size * sizeof(sim->events[0]));

    if (sim->events == NULL) {
        abort();
    }
}


void
sim_at(sim_t *sim, int64_t time, sim_event_kind_t kind,
       const sim_worker_t *worker, void *subject)
{
    size_t      i, parent;
    sim_event_t event;

    if (sim->nevents == sim->events_size) {
        sim_event_grow(sim);
    }

    event.time = time > sim->now ? time : sim->now;
    event.order = sim->order++;
    event.kind = kind;
    event.worker = worker == NULL ? 0 : worker->number;
    event.life = worker == NULL ? 0 : worker->life;
    event.subject = subject;

    if (kind == SIM_EVENT_LAND) {
        sim->nflying++;
    }

    for (i = sim->nevents++; i > 0; i = parent) {
        parent = (i - 1) / 2;

        if (!sim_event_before(&event, &sim->events[parent])) {
            break;
        }

        sim->events[i] = sim->events[parent];
    }

    sim->events[i] = event;
}


bool
sim_next(sim_t *sim, sim_event_t *event)
{
    size_t      i, child;
    sim_event_t last;

    if (sim->nevents == 0) {
        return false;
    }

    *event = sim->events[0];
    last = sim->events[--sim->nevents];

    for (i = 0; 2 * i + 1 < sim->nevents; i = child) {
        child = 2 * i + 1;

        if (child + 1 < sim->nevents
            && sim_event_before(&sim->events[child + 1], &sim->events[child]))
        {
            child++;
        }

        if (!sim_event_before(&sim->events[child], &last)) {
            break;
        }

        sim->events[i] = sim->events[child];
    }

    sim->events[i] = last;

    if (event->kind == SIM_EVENT_LAND) {
        sim->nflying--;
    }

    return true;
}
