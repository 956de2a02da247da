
/*
 * sim: what must always hold, and what must hold at the end.
 */


#include "sim.h"


/* Stock after each op of an entry stays in range, though only its end shows. */
static void
sim_check_range(sim_t *sim, const sim_entry_t *entry)
{
    size_t  i;
    int64_t stock;

    for (i = 0, stock = entry->after; i < entry->n; i++) {
        stock -= entry->ops[i].delta;
    }

    for (i = 0; i < entry->n; i++) {
        stock += entry->ops[i].delta;

        if (stock < 0 || stock > INV_STOCK_MAX) {
            sim_fail(sim, entry->product, "a stock of %lld at seq %lld",
                     (long long) stock,
                     (long long) (entry->from + (int64_t) i));
        }
    }

    if (stock != entry->after) {
        sim_fail(sim, entry->product, "deltas do not come to the stock");
    }
}


static void
sim_check_undo(sim_t *sim, const sim_entry_t *entry, sim_line_t *line)
{
    line->undone++;

    if (line->applied != 1 || line->undone != 1) {
        sim_fail(sim, entry->product,
                 "request %u is undone %u times, applied %u",
                 line->request->number, line->undone, line->applied);
    }
}


static void
sim_check_op(sim_t *sim, const sim_entry_t *entry, sim_line_t *line,
             int64_t seq, int64_t after)
{
    const sim_request_t *request = line->request;

    sim_note(sim, (int) entry->worker, "applies", entry->product, &entry->batch,
             request->number, line->number, seq);

    line->applied++;
    line->seq = seq;
    line->after = after;
    line->landed = entry->product->version;

    if (line->applied != 1) {
        sim_fail(sim, entry->product, "request %u is applied %u times",
                 request->number, line->applied);
    }

    if (request->mismatched && request->keyed) {
        sim_fail(sim, entry->product, "request %u had another's key",
                 request->number);
    }

    if (line->settled && !request->keyed) {
        sim_fail(sim, entry->product,
                 "request %u is applied after it was settled", request->number);
    }

    if (request->answer.status != 0
        && request->answer.results[line->number].verdict != INV_VERDICT_OK)
    {
        sim_fail(sim, entry->product,
                 "request %u is applied after it was refused", request->number);
    }
}


void
sim_check_landed(sim_t *sim, const sim_entry_t *entry)
{
    size_t  i;
    int64_t stock;

    sim_check_range(sim, entry);

    stock = entry->after;

    for (i = entry->n; i-- > 0;) {
        if (entry->lines[i] == NULL) {
            continue;
        }

        if (entry->undoes[i]) {
            sim_check_undo(sim, entry, entry->lines[i]);
        } else {
            sim_check_op(sim, entry, entry->lines[i], entry->from + (int64_t) i,
                         stock);
        }

        stock -= entry->ops[i].delta;
    }
}


static void
sim_check_ok(sim_t *sim, const sim_worker_t *worker, const sim_action_t *own,
             const sim_product_t *product)
{
    const sim_line_t   *line = own->line;
    const inv_action_t *action = &own->action;

    if (line->kind == INV_ACTION_DELETE) {
        if (!product->deleted) {
            sim_fail(sim, product, "request %u: deleted, but it is not",
                     line->request->number);
        }

        return;
    }

    if (line->applied != 1
        && !(line->kind == INV_ACTION_EDIT && action->seq == 0)) {
        sim_fail(sim, product, "request %u: OK, but applied %u times",
                 line->request->number, line->applied);
        return;
    }

    if (line->kind == INV_ACTION_CREATE || line->applied == 0) {
        return;
    }

    if (action->seq != line->seq || action->after != line->after) {
        sim_fail(sim, product,
                 "request %u: seq %lld, stock %lld after it; it was %lld, %lld",
                 line->request->number, (long long) action->seq,
                 (long long) action->after, (long long) line->seq,
                 (long long) line->after);
    }

    if (action->version != 0
        && (action->version < line->landed
            || action->version > product->version))
    {
        sim_fail(sim, product, "request %u: version %lld, it was %lld",
                 line->request->number, (long long) action->version,
                 (long long) line->landed);
    }

    if (worker->floors[product->number] < line->landed) {
        sim_fail(sim, product, "request %u: version %lld was not told of",
                 line->request->number, (long long) line->landed);
    }
}


/* Nothing was applied, or nothing is left of it. */
static void
sim_check_nothing(sim_t *sim, const sim_action_t *own,
                  const sim_product_t *product)
{
    const sim_line_t *line = own->line;

    if (line->request->keyed || line->applied == line->undone || line->lost
        || (line->kind == INV_ACTION_CREATE && product->deleted)
        || (own->action.undone && product->deleted))
    {
        return;
    }

    sim_fail(sim, product, "request %u: verdict %d, but applied %u, undone %u",
             line->request->number, (int) own->action.verdict, line->applied,
             line->undone);
}


void
sim_check_settled(sim_t *sim, sim_worker_t *worker, sim_action_t *own)
{
    const sim_product_t *product;

    own->line->settled = true;
    product = sim_db_find(sim, own->action.product);

    if (product == NULL) {
        return;
    }

    if (own->action.verdict == INV_VERDICT_NONE) {
        sim_fail(sim, product, "settled without a verdict");

    } else if (own->action.verdict == INV_VERDICT_OK) {
        sim_check_ok(sim, worker, own, product);

    } else {
        sim_check_nothing(sim, own, product);
    }
}


/* Whether a refusal was true of one moment. */
static bool
sim_check_moment(const sim_line_t *line, const sim_result_t *result,
                 const sim_moment_t *moment)
{
    switch ((inv_verdict_t) result->verdict) {

    case INV_VERDICT_NOT_FOUND:
        return !moment->live;

    case INV_VERDICT_OUT_OF_STOCK:
        return moment->live && moment->stock == result->available
               && moment->stock + line->delta < 0;

    case INV_VERDICT_ABOVE_MAX:
        return moment->live && moment->stock > INV_STOCK_MAX - line->delta;

    case INV_VERDICT_VERSION_CHANGED:
        return moment->live && moment->version != line->version;

    default:
        return true;
    }
}


/* Somebody had the sku, at some moment since. */
static bool
sim_check_sku(const sim_t *sim, const sim_line_t *line, int64_t since)
{
    size_t               i;
    unsigned             p;
    const sim_product_t *product;

    for (p = 0; p < sim->nproducts; p++) {
        product = &sim->products[p];

        for (i = product->nmoments; i-- > 0;) {
            if (product->moments[i].live
                && product->moments[i].sku == line->sku) {
                return true;
            }

            if (product->moments[i].time <= since) {
                break;
            }
        }
    }

    return false;
}


static bool
sim_check_refusal(const sim_t *sim, const sim_line_t *line,
                  const sim_result_t *result, int64_t since)
{
    size_t               i;
    const sim_product_t *product = line->product;

    if (result->verdict == INV_VERDICT_SKU_TAKEN) {
        return sim_check_sku(sim, line, since);
    }

    if (result->verdict == INV_VERDICT_IN_USE) {
        return product->reserved != 0;
    }

    for (i = product->nmoments; i-- > 0;) {
        if (sim_check_moment(line, result, &product->moments[i])) {
            return true;
        }

        if (product->moments[i].time <= since) {
            break;
        }
    }

    return product->nmoments == 0;
}


static void
sim_check_result(sim_t *sim, const sim_line_t *line, const sim_result_t *result,
                 int64_t since)
{
    if (result->verdict == INV_VERDICT_OK) {
        if (line->kind == INV_ACTION_MOVE
            && (line->applied != 1 || line->undone != 0
                || result->seq != line->seq || result->after != line->after))
        {
            sim_fail(sim, line->product,
                     "request %u is told seq %lld; applied %u, undone %u, "
                     "seq %lld",
                     line->request->number, (long long) result->seq,
                     line->applied, line->undone, (long long) line->seq);
        }

        return;
    }

    if (line->applied != 0) {
        sim_fail(sim, line->product,
                 "request %u is told verdict %d, and was applied",
                 line->request->number, result->verdict);
    }

    if (!sim_check_refusal(sim, line, result, since)) {
        sim_fail(sim, line->product,
                 "request %u is told verdict %d (%lld), which was never so",
                 line->request->number, result->verdict,
                 (long long) result->available);
    }
}


void
sim_check_answer(sim_t *sim, const sim_waiter_t *waiter,
                 const sim_answer_t *answer)
{
    int            i;
    sim_request_t *request = waiter->request;

    if (answer->n == 0) {
        if (!request->mismatched) {
            sim_fail(sim, request->lines[0].product,
                     "request %u is told of another's key", request->number);
        }

        return;
    }

    if (request->answer.status == 0) {
        request->answer = *answer;

    } else if (memcmp(answer, &request->answer, sizeof(sim_answer_t)) != 0) {
        sim_fail(sim, request->lines[0].product,
                 "request %u gets another answer than before: %d, not %d",
                 request->number, answer->status, request->answer.status);
    }

    for (i = 0; i < answer->n; i++) {
        sim_check_result(sim, &request->lines[i], &answer->results[i],
                         request->began);
    }
}


/* What an un-keyed request left behind whose client was told of an error. */
static void
sim_check_failed(sim_t *sim, const sim_line_t *line)
{
    bool taken;

    taken = line->applied != line->undone && !line->lost;

    if (line->product->deleted) {
        return;
    }

    if ((line->kind == INV_ACTION_MOVE && line->delta < 0 && taken)
        || (line->kind == INV_ACTION_CREATE && taken))
    {
        sim_fail(sim, line->product,
                 "request %u was told of an error, and something is taken",
                 line->request->number);
    }

    if (taken && !line->kept && line->kind != INV_ACTION_DELETE) {
        sim_fail(sim, line->product,
                 "request %u was told of an error, is kept, and none knows",
                 line->request->number);
    }
}


static void
sim_check_request(sim_t *sim, const sim_request_t *request)
{
    unsigned          i;
    const sim_line_t *line;

    for (i = 0; i < request->n; i++) {
        line = &request->lines[i];

        if (!request->died && request->started && !line->settled) {
            sim_fail(sim, line->product, "request %u is never settled",
                     request->number);
        }

        if (!request->keyed && request->failed && !request->died) {
            sim_check_failed(sim, line);
        }
    }
}


/* The ledger tells the whole story. */
static void
sim_check_product(sim_t *sim, const sim_product_t *product)
{
    size_t             i;
    int64_t            seq, sum;
    const sim_entry_t *entry;

    if (product->noutbox != 0) {
        sim_fail(sim, product, "%zu entries are never drained",
                 product->noutbox);
        return;
    }

    for (seq = 1, sum = 0; seq <= product->seq; seq = entry->to + 1) {
        entry = product->truth[seq];

        if (product->ledger[entry->to] == NULL
            || !inv_oid_eq(product->ledger[entry->to]->batch, entry->batch))
        {
            sim_fail(sim, product, "seq %lld is not in the ledger",
                     (long long) seq);
            return;
        }

        for (i = 0; i < entry->n; i++) {
            sum += product->ledger[entry->to]->ops[i].delta;
        }
    }

    if (sum != product->stock) {
        sim_fail(sim, product, "the ledger comes to %lld, the stock is %lld",
                 (long long) sum, (long long) product->stock);
    }
}


void
sim_check_end(sim_t *sim)
{
    unsigned i;

    for (i = 0; i < sim->nrequests; i++) {
        sim_check_request(sim, &sim->requests[i]);
    }

    for (i = 0; i < sim->nproducts; i++) {
        if (sim->products[i].exists) {
            sim_check_product(sim, &sim->products[i]);
        }
    }

    if (sim->corrupted && !sim->alarmed) {
        sim_fail(sim, NULL, "nobody was told of the corruption");
    }
}
