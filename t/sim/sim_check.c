
/*
 * sim: what must hold of all that lands, and of all that is settled.
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
sim_check_undo(sim_t *sim, const sim_entry_t *entry, sim_line_t *line,
               int64_t delta)
{
    line->undone++;

    if (delta != -line->delta) {
        sim_fail(sim, entry->product, "request %u: %lld is undone by %lld",
                 line->request->number, (long long) line->delta,
                 (long long) delta);
    }

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
    int64_t              delta;
    const sim_request_t *request = line->request;

    delta = entry->ops[seq - entry->from].delta;

    sim_note(sim, (int) entry->worker, "applies", entry->product, &entry->batch,
             request->number, line->number, seq);

    line->applied++;
    line->seq = seq;
    line->after = after;
    line->landed = entry->product->version - (entry->to - seq);

    if (line->applied != 1) {
        sim_fail(sim, entry->product, "request %u is applied %u times",
                 request->number, line->applied);
    }

    if (line->kind != INV_ACTION_EDIT && delta != line->delta) {
        sim_fail(sim, entry->product, "request %u wants %lld and gets %lld",
                 request->number, (long long) line->delta, (long long) delta);
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
            sim_check_undo(sim, entry, entry->lines[i], entry->ops[i].delta);
        } else {
            sim_check_op(sim, entry, entry->lines[i], entry->from + (int64_t) i,
                         stock);
        }

        stock -= entry->ops[i].delta;
    }
}


static void
sim_check_ok(sim_t *sim, const sim_action_t *own, const sim_product_t *product)
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
        sim_check_ok(sim, own, product);
        sim_check_version(sim, worker, own, product);

    } else {
        sim_check_nothing(sim, own, product);
    }
}
