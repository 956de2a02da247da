
/*
 * sim: what must hold when everything has come to rest.
 */


#include "sim.h"


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
