
/*
 * sim: an attempt at a request in a worker, as its HTTP side drives it: claim,
 * actions, answer; clients that join and leave.
 */


#include "sim.h"


/* What the machine still touches would be found out. */
void
sim_try_free(sim_try_t *try)
{
    TAILQ_REMOVE(&try->worker->tries, try, link);

    memset(try->actions, 0xa5, try->n * sizeof(sim_action_t));

    if (try->claim != NULL) {
        memset(try->claim, 0xa5, sizeof(inv_claim_t));
    }
}


/* Once all actions are its own. */
void
sim_try_close(sim_try_t *try)
{
    try->closing = true;

    if (try->nopen != 0) {
        return;
    }

    if (try->claim == NULL || inv_claim_close(try->worker->machine, try->claim))
    {
        sim_try_free(try);
    }
}


/* Takes back what has not been sent; what has been is settled later. */
void
sim_try_reclaim(sim_try_t *try)
{
    size_t        i;
    sim_worker_t *worker = try->worker;

    for (i = 0; i < try->n; i++) {
        if (try->actions[i].open
            && inv_protocol_abandon(worker->machine, &try->actions[i].action,
                                    sim_ms(worker->sim)))
        {
            try->actions[i].open = false;
            try->actions[i].line->settled = true;
            try->answer.results[i].verdict = INV_VERDICT_WITHDRAWN;
            try->nopen--;
        }
    }
}


void
sim_try_action(sim_try_t *try, size_t i)
{
    sim_line_t   *line = &try->request->lines[i];
    inv_action_t *action = &try->actions[i].action;

    memset(action, 0, sizeof(inv_action_t));

    try->actions[i].line = line;
    try->actions[i].try = try;
    try->actions[i].exact = 0;

    action->kind = line->kind;
    action->type = line->type;
    action->delta = line->delta;
    action->claim = try->claim;
    action->line = (unsigned) i;
    action->at = sim_ms(try->worker->sim);
    action->product = line->product->id;

    if (line->version != 0) {
        try->actions[i].match.kind = INV_MATCH_LIST;
        try->actions[i].match.text.data = try->actions[i].etag;
        try->actions[i].match.text.len =
            inv_etag_write(line->version, try->actions[i].etag);
        action->if_match = &try->actions[i].match;
    }
}


void
sim_try_submit(sim_try_t *try)
{
    size_t        i;
    sim_worker_t *worker = try->worker;

    worker->sim->counts.actions += try->n;
    try->nopen = try->n;

    for (i = 0; i < try->n; i++) {
        try->actions[i].open = true;
    }

    for (i = 0; i < try->n; i++) {
        (void) inv_protocol_submit(worker->machine, &try->actions[i].action,
                                   sim_ms(worker->sim));
    }
}


static void
sim_try_claim(sim_t *sim, sim_try_t *try)
{
    inv_claim_t         *claim;
    const sim_request_t *request = try->request;

    claim = sim_alloc(sim, sizeof(inv_claim_t));
    try->claim = claim;

    memcpy(claim->record.id, &request->claim, sizeof(request->claim));
    claim->record.fingerprint[0] = request->fingerprint;
    claim->record.at = sim_ms(sim);

    if (request->lines[0].kind == INV_ACTION_CREATE) {
        claim->record.nonce = request->lines[0].product->id;

    } else {
        memcpy(claim->record.nonce.bytes, &(uint64_t){ sim_bits(sim) }, 8);
    }
}


static void
sim_try_start(sim_t *sim, sim_worker_t *worker, sim_waiter_t *waiter)
{
    size_t         i;
    inv_oid_t      id;
    sim_try_t     *try;
    sim_product_t *created;
    sim_request_t *request = waiter->request;

    try = sim_alloc(sim, sizeof(sim_try_t));
    try->worker = worker;
    try->request = request;
    try->n = request->n;
    try->actions = sim_alloc(sim, request->n * sizeof(sim_action_t));
    try->waiters = waiter;
    waiter->next = NULL;
    waiter->try = try;

    TAILQ_INSERT_TAIL(&worker->tries, try, link);

    if (request->lines[0].kind == INV_ACTION_CREATE) {
        created = sim_db_new(sim, &id);

        if (created != NULL) {
            request->lines[0].product = created;
        }
    }

    if (request->keyed) {
        sim_try_claim(sim, try);
        (void) inv_claim_open(worker->machine, try->claim, sim_ms(sim));
    }

    for (i = 0; i < try->n; i++) {
        sim_try_action(try, i);
    }

    request->started = true;
    sim_try_submit(try);
}


static void
sim_try_refuse(sim_t *sim, sim_waiter_t *waiter, int status)
{
    sim_answer_t answer;

    memset(&answer, 0, sizeof(answer));
    answer.status = status;

    sim_client_told(sim, waiter, &answer);
}


/*
 * A request that is at work in this worker is waited for with its first client;
 * another one with its key is for the database to tell apart.
 */
void
sim_try_join(sim_t *sim, sim_worker_t *worker, sim_waiter_t *waiter)
{
    sim_try_t *try;

    if (waiter->done) {
        return;
    }

    TAILQ_FOREACH(try, &worker->tries, link)
    {
        if (waiter->request->keyed && try->claim != NULL
            && try->request == waiter->request)
        {
            break;
        }
    }

    if (try == NULL && sim_worker_serves(worker)) {
        sim_try_start(sim, worker, waiter);

    } else if (try == NULL) {
        sim_try_refuse(sim, waiter, 503);

    } else if (try->abandoned || try->closing) {
        sim_try_refuse(sim, waiter, 503);

    } else {
        waiter->try = try;
        waiter->next = try->waiters;
        try->waiters = waiter;
    }

    sim_worker_pump(worker);
}


/* At its deadline, or because its client has gone. */
void
sim_try_leave(sim_t *sim, sim_waiter_t *waiter)
{
    sim_try_t     *try = waiter->try;
    sim_waiter_t **link;

    if (waiter->done) {
        return;
    }

    /* while the worker stood still: before it even came to it */
    if (try == NULL) {
        sim_try_refuse(sim, waiter, 504);
        return;
    }

    for (link = &try->waiters; *link != waiter; link = &(*link)->next) {
        /* void */
    }

    *link = waiter->next;

    sim_try_refuse(sim, waiter, 504);

    if (try->waiters != NULL || try->answering || try->closing || try->lost
        || (try->claim != NULL && sim_percent(sim, 50)))
    {
        return;
    }

    try->abandoned = true;
    sim_try_reclaim(try);

    if (try->nopen == 0) {
        sim_try_close(try);
    }

    sim_worker_pump(waiter->worker);
}


void
sim_try_died(sim_t *sim, sim_try_t *try)
{
    sim_waiter_t *waiter;

    try->request->died = true;

    while ((waiter = try->waiters) != NULL) {
        try->waiters = waiter->next;
        sim_client_told(sim, waiter, NULL);
    }
}
