
/*
 * sim: clients: they ask, wait, give up, ask again with the same key.
 */


#include "sim.h"


static void
sim_client_send(sim_t *sim, sim_request_t *request)
{
    int64_t       deadline;
    sim_waiter_t *waiter;
    sim_worker_t *worker;

    worker = &sim->workers[sim_draw(sim, sim->plan.workers)];

    if (!sim_worker_serves(worker)) {
        sim_at(sim, sim->now + 50 * SIM_MS, SIM_EVENT_RETRY, NULL, request);
        return;
    }

    waiter = sim_alloc(sim, sizeof(sim_waiter_t));
    waiter->request = request;
    waiter->worker = worker;
    waiter->began = sim->now;
    request->waiters++;
    sim->nwaiters++;

    sim_at(sim, sim->now + sim_draw(sim, SIM_MS), SIM_EVENT_ARRIVE, worker,
           waiter);

    deadline = sim_percent(sim, sim->plan.impatient)
                   ? sim_draw(sim, 30 * SIM_MS)
                   : 500 * SIM_MS + sim_draw(sim, 2 * SIM_SECOND);

    sim_at(sim, sim->now + SIM_MS + deadline, SIM_EVENT_DEADLINE, worker,
           waiter);
}


void
sim_client_wake(sim_t *sim, sim_client_t *client)
{
    sim_request_t *request;

    if (sim->nrequests == sim->plan.requests && sim->last == 0) {
        sim->last = sim->now;
    }

    if (sim->last != 0) {
        return;
    }

    request = sim_request_draw(sim, client);
    client->request = request;
    sim_client_send(sim, request);

    if (request->keyed && sim_percent(sim, sim->plan.duplicates)) {
        sim_at(sim, sim->now + sim_draw(sim, 1 << (8 + sim_draw(sim, 14))),
               SIM_EVENT_RETRY, NULL, request);
    }
}


void
sim_client_retry(sim_t *sim, sim_request_t *request)
{
    sim_client_send(sim, request);
}


/* The client goes on to its next request. */
static void
sim_client_next(sim_t *sim, sim_request_t *request)
{
    if (request->over) {
        return;
    }

    request->over = true;
    sim_at(sim, sim->now + sim_draw(sim, sim->plan.pause), SIM_EVENT_CLIENT,
           NULL, request->client);

    /* the same once more, when everything is over: the same answer */
    if (request->keyed && sim_percent(sim, 20)) {
        sim_at(sim, sim->now + sim_draw(sim, 2 * SIM_SECOND), SIM_EVENT_RETRY,
               NULL, request);
    }
}


void
sim_client_told(sim_t *sim, sim_waiter_t *waiter, const sim_answer_t *answer)
{
    sim_request_t *request = waiter->request;

    waiter->done = true;
    request->waiters--;
    sim->nwaiters--;

    sim_note(sim, (int) waiter->worker->number, "tells", NULL, NULL,
             (int64_t) request->number, answer == NULL ? -1 : answer->status,
             answer == NULL ? 0 : answer->results[0].seq);

    if (answer != NULL && answer->status < 500) {
        sim_check_answer(sim, waiter, answer);
        sim_client_next(sim, request);
        return;
    }

    if (!request->keyed) {
        request->failed = true;
        request->died |= (answer == NULL);
        sim_client_next(sim, request);
        return;
    }

    if (request->answer.status != 0 || request->waiters != 0) {
        return;
    }

    sim_at(sim, sim->now + sim_draw(sim, 1 << (8 + sim_draw(sim, 12))),
           SIM_EVENT_RETRY, NULL, request);
}
