
/*
 * sim: the database's ledger, and how outboxes are shown to be drained.
 */


#include "sim.h"


void
sim_db_view(const sim_entry_t *entry, inv_entry_view_t *view)
{
    view->product = entry->product->id;
    view->batch = entry->batch;
    view->from = entry->from;
    view->to = entry->to;
    view->after = entry->after;
    view->nops = entry->n;
    view->ops = entry->ops;
    view->payload = NULL;
}


static bool
sim_db_asked(const sim_statement_t *statement, const sim_entry_t *entry)
{
    size_t i, j;

    for (i = 0; i < statement->nbatches; i++) {
        if (inv_oid_eq(entry->batch, statement->batches[i])) {
            return true;
        }
    }

    for (i = 0; i < statement->nkeys; i++) {
        for (j = 0; j < entry->n; j++) {
            if (entry->ops[j].has_key
                && inv_oid_eq(entry->ops[j].key, statement->keys[i])) {
                return true;
            }
        }
    }

    return false;
}


static void
sim_db_look_product(sim_t *sim, sim_statement_t *statement,
                    const sim_product_t *product, size_t max)
{
    int64_t            seq;
    const sim_entry_t *entry;

    for (seq = 1; seq <= product->seq; seq++) {
        entry = product->ledger[seq];

        if (entry != NULL && entry->time <= statement->time
            && statement->nviews < max && sim_db_asked(statement, entry))
        {
            sim_db_view(entry, &statement->views[statement->nviews++]);
        }
    }
}


/* By batch and by key, whatever the product. */
void
sim_db_look(sim_t *sim, sim_statement_t *statement)
{
    size_t   max;
    unsigned i;

    max = statement->nbatches + 2 * statement->nkeys + 16;

    statement->reply = INV_REPLY_DONE;
    statement->views = sim_alloc(sim, max * sizeof(inv_entry_view_t));

    for (i = 0; i < sim->nproducts; i++) {
        sim_db_look_product(sim, statement, &sim->products[i], max);
    }
}


/* Whether an entry says what happened. */
static bool
sim_db_entry_true(const sim_entry_t *entry, const sim_entry_t *truth)
{
    size_t i;

    if (truth == NULL || !inv_oid_eq(entry->batch, truth->batch)
        || entry->from != truth->from || entry->to != truth->to
        || entry->after != truth->after || entry->n != truth->n)
    {
        return false;
    }

    for (i = 0; i < entry->n; i++) {
        if (entry->ops[i].type != truth->ops[i].type
            || entry->ops[i].delta != truth->ops[i].delta
            || entry->ops[i].has_key != truth->ops[i].has_key)
        {
            return false;
        }
    }

    return true;
}


void
sim_db_insert(sim_t *sim, sim_statement_t *statement)
{
    sim_entry_t   *entry = statement->entry, *there;
    sim_product_t *product = statement->product;

    statement->reply = INV_REPLY_DONE;

    if (entry->to < 1 || entry->to > product->seq) {
        sim_fail(sim, product, "the ledger is to hold seq %lld of %lld",
                 (long long) entry->to, (long long) product->seq);
        return;
    }

    there = product->ledger[entry->to];

    if (there != NULL) {
        statement->stored = inv_oid_eq(there->batch, entry->batch);
        statement->clash = !statement->stored;
        return;
    }

    if (!sim_db_entry_true(entry, product->truth[entry->to])) {
        sim_fail(sim, product, "the ledger is told a lie about seq %lld",
                 (long long) entry->to);
    }

    entry->time = statement->time;
    product->ledger[entry->to] = entry;
    statement->stored = true;
    sim_note(sim, (int) entry->worker, "in the ledger", product, &entry->batch,
             entry->to, 0, 0);
}


static void
sim_db_whole(sim_t *sim, sim_statement_t *statement,
             const sim_product_t *product)
{
    size_t            i;
    inv_entry_view_t *view;

    for (i = 0; i < product->noutbox; i++) {
        view = &statement->views[statement->nviews++];

        sim_db_view(product->outbox[i], view);
        view->ops = NULL;
        view->payload = sim_payload(sim, product->outbox[i], true);
    }
}


void
sim_db_outbox(sim_t *sim, sim_statement_t *statement)
{
    const sim_product_t *product;

    product = sim_past_product(statement->product, statement->time);

    if (product == NULL) {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    statement->reply = INV_REPLY_DONE;
    statement->views =
        sim_alloc(sim, product->noutbox * sizeof(inv_entry_view_t));
    sim_db_whole(sim, statement, product);
}


/* The next products after one, in the order of ids. */
#define SIM_SWEEP_PRODUCTS 2

void
sim_db_sweep(sim_t *sim, sim_statement_t *statement)
{
    size_t               products;
    unsigned             i;
    const sim_product_t *product;

    statement->reply = INV_REPLY_DONE;
    statement->views =
        sim_alloc(sim, SIM_SWEEP_PRODUCTS * (size_t) (sim->plan.outbox_cap + 1)
                           * sizeof(inv_entry_view_t));
    products = 0;

    for (i = 0; i < sim->nproducts; i++) {
        product = sim_past_product(&sim->products[i], statement->time);

        if (product == NULL || product->noutbox == 0
            || product->outbox[0]->at >= statement->before
            || (statement->product != NULL && i <= statement->product->number))
        {
            continue;
        }

        if (products++ == SIM_SWEEP_PRODUCTS) {
            statement->full = true;
            break;
        }

        sim_db_whole(sim, statement, product);
    }
}


/*
 * Damage: something else in the ledger under the id of an entry that is still
 * in an outbox.
 */
void
sim_db_corrupt(sim_t *sim)
{
    sim_entry_t   *foreign, *entry;
    sim_product_t *product;

    product = &sim->products[sim_draw(sim, sim->plan.products)];

    if (product->noutbox == 0) {
        return;
    }

    entry = product->outbox[product->noutbox - 1];

    if (product->ledger[entry->to] != NULL) {
        return;
    }

    foreign = sim_alloc(sim, sizeof(sim_entry_t));
    *foreign = *entry;
    foreign->batch.bytes[0] ^= 0xff;
    foreign->foreign = true;
    foreign->time = sim->clocks[1 % sim->plan.shards];
    foreign->n = 0;

    product->ledger[entry->to] = foreign;
    product->corrupt = true;
    sim->corrupted = true;
    sim_note(sim, -1, "CORRUPTED", product, &foreign->batch, entry->to, 0, 0);
}


/* What stands in the way of the truth is taken out of the ledger. */
void
sim_db_mend(sim_t *sim)
{
    int64_t        seq;
    unsigned       i;
    sim_product_t *product;

    for (i = 0; i < sim->nproducts; i++) {
        product = &sim->products[i];

        for (seq = 1; product->corrupt && seq <= product->seq; seq++) {
            if (product->ledger[seq] != NULL && product->ledger[seq]->foreign) {
                product->ledger[seq] = NULL;
                sim_note(sim, -1, "mended", product, NULL, seq, 0, 0);
            }
        }

        product->corrupt = false;
    }
}
