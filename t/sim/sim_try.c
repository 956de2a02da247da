
/*
 * sim: an attempt at a request in a worker, as its HTTP side drives it: claim,
 * actions, answer; clients that join and leave.
 */


#include "sim.h"


static bool
sim_verdict_keeps(int verdict)
{
    return verdict < INV_VERDICT_UNAVAILABLE;
}


/* What is told of a verdict. */
static int
sim_try_status(const sim_answer_t *answer)
{
    if (answer->n > 1) {
        return 200;
    }

    switch ((inv_verdict_t) answer->results[0].verdict) {

    case INV_VERDICT_OK:
        return 200;
    case INV_VERDICT_NOT_FOUND:
        return 404;
    case INV_VERDICT_VERSION_CHANGED:
        return 412;
    case INV_VERDICT_ABOVE_MAX:
        return 422;
    default:
        return 409;
    }
}


static void
sim_try_tell(sim_t *sim, sim_try_t *try, const sim_answer_t *answer)
{
    sim_waiter_t *waiter;

    while ((waiter = try->waiters) != NULL) {
        try->waiters = waiter->next;
        sim_client_told(sim, waiter, answer);
    }
}


static void
sim_try_error(sim_t *sim, sim_try_t *try, int status)
{
    sim_answer_t answer;

    memset(&answer, 0, sizeof(answer));
    answer.status = status;

    sim_try_tell(sim, try, &answer);
}


/* What the machine still touches would be found out. */
static void
sim_try_free(sim_try_t *try)
{
    TAILQ_REMOVE(&try->worker->tries, try, link);

    memset(try->actions, 0xa5, try->n * sizeof(sim_action_t));

    if (try->claim != NULL) {
        memset(try->claim, 0xa5, sizeof(inv_claim_t));
    }
}


/* Once all actions are its own. */
static void
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
static void
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


static void
sim_try_keep(sim_t *sim, sim_try_t *try)
{
    sim_answer_t *text;

    text = sim_alloc(sim, sizeof(sim_answer_t));
    *text = try->answer;
    try->answering = true;

    inv_claim_answer(try->worker->machine, try->claim, try->answer.status,
                     (inv_str_t){ sizeof(sim_answer_t), (const char *) text },
                     sim_ms(sim));
}


/*
 * Now and then the client of an un-keyed request has gone by the time that its
 * answer is sent: it is as if it had been told of an error.  True: its undo is
 * on the way.
 */
static bool
sim_try_unread(sim_t *sim, sim_try_t *try)
{
    sim_action_t *own = &try->actions[0];

    if (try->claim != NULL || try->waiters == NULL || sim->calm
        || own->action.verdict != INV_VERDICT_OK || !sim_percent(sim, 3))
    {
        return false;
    }

    sim_try_error(sim, try, 504);
    try->closing = true;
    try->nopen = 1;
    own->open = true;

    if (inv_protocol_undo(try->worker->machine, &own->action, sim_ms(sim))) {
        return true;
    }

    own->line->kept = true;
    own->open = false;
    try->nopen = 0;
    sim_try_close(try);

    return true;
}


/* All actions are settled. */
static void
sim_try_done(sim_t *sim, sim_try_t *try)
{
    bool   keeps;
    size_t i;

    for (i = 0, keeps = true; i < try->n; i++) {
        keeps &= sim_verdict_keeps(try->answer.results[i].verdict);
    }

    try->answer.n = (int) try->n;
    try->answer.status = sim_try_status(&try->answer);

    if (!keeps) {
        sim_try_error(sim, try, 503);
        sim_try_close(try);
        return;
    }

    if (sim_try_unread(sim, try)) {
        return;
    }

    if (try->claim == NULL
        || (try->n == 1 && try->answer.results[0].verdict == INV_VERDICT_OK))
    {
        sim_try_tell(sim, try, &try->answer);
        sim_try_close(try);
        return;
    }

    if (try->abandoned && sim_percent(sim, 50)) {
        sim_try_close(try);
        return;
    }

    sim_try_keep(sim, try);
}


static void
sim_try_action(sim_try_t *try, size_t i)
{
    sim_line_t   *line = &try->request->lines[i];
    inv_action_t *action = &try->actions[i].action;

    memset(action, 0, sizeof(inv_action_t));

    try->actions[i].line = line;
    try->actions[i].try = try;

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


static void
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


/* Everything from the beginning, once nothing of it is out any more. */
static void
sim_try_again(sim_try_t *try)
{
    size_t i;

    if (try->nopen != 0) {
        return;
    }

    try->lost = false;
    try->answering = false;
    memset(&try->answer, 0, sizeof(try->answer));

    for (i = 0; i < try->n; i++) {
        sim_try_action(try, i);
    }

    sim_try_submit(try);
}


void
sim_try_settled(sim_worker_t *worker, inv_action_t *action)
{
    sim_t        *sim = worker->sim;
    sim_try_t    *try;
    sim_action_t *own = (sim_action_t *) action;
    sim_result_t *result;

    try = own->try;

    sim_note(sim, (int) worker->number, "settled",
             sim_db_find(sim, action->product), NULL,
             (int64_t) own->line->request->number, (int64_t) action->verdict,
             action->seq);

    if (!own->open) {
        sim_fail(sim, own->line->product, "an action is settled twice");
        return;
    }

    own->open = false;
    try->nopen--;
    sim_check_settled(sim, worker, own);

    result = &try->answer.results[own - try->actions];
    result->verdict = (int) action->verdict;

    if (action->verdict == INV_VERDICT_OK && own->line->kind == INV_ACTION_MOVE)
    {
        result->seq = action->seq;
        result->after = action->after;
    }

    if (action->verdict == INV_VERDICT_OUT_OF_STOCK) {
        result->available = action->available;
    }

    if (try->nopen != 0) {
        return;
    }

    if (try->lost) {
        sim_try_again(try);
    } else if (try->closing) {
        sim_try_close(try);
    } else {
        sim_try_done(sim, try);
    }
}


void
sim_try_claimed(sim_worker_t *worker, inv_claim_t *claim, inv_claim_news_t news)
{
    sim_t       *sim = worker->sim;
    sim_try_t   *try;
    sim_answer_t answer;

    TAILQ_FOREACH(try, &worker->tries, link)
    {
        if (try->claim == claim) {
            break;
        }
    }

    sim_note(sim, (int) worker->number, "news", NULL, NULL,
             try == NULL ? -1 : (int64_t) try->request->number, (int64_t) news,
             0);

    if (try == NULL) {
        sim_fail(sim, NULL, "news of a claim that is closed");
        return;
    }

    switch (news) {

    case INV_CLAIM_ANSWERED:
        memcpy(&answer, claim->record.answer.data, sizeof(answer));
        sim_try_tell(sim, try, &answer);
        break;

    case INV_CLAIM_MISMATCH:
        sim_try_error(sim, try, 422);
        break;

    case INV_CLAIM_STORED:
        sim_try_tell(sim, try, &try->answer);
        break;

    case INV_CLAIM_LOST:
        try->lost = true;
        sim_try_reclaim(try);
        sim_try_again(try);
        return;

    case INV_CLAIM_FAILED:
        sim_try_error(sim, try, 503);
        break;

    case INV_CLAIM_CLOSED:
        sim_try_free(try);
        return;
    }

    sim_try_reclaim(try);
    sim_try_close(try);
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
