
/*
 * sim: how attempts end: settled, answered, kept, told.
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
