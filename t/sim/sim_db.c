
/*
 * sim: the database's products.  What happens in one function happens at once.
 */


#include "sim.h"


/* An id's bytes 2 and 3 are its product's number; none is all zeroes. */
static unsigned
sim_db_number(inv_oid_t id)
{
    return (unsigned) id.bytes[2] << 8 | (unsigned) id.bytes[3];
}


sim_product_t *
sim_db_find(sim_t *sim, inv_oid_t id)
{
    unsigned number;

    number = sim_db_number(id);

    if (number >= sim->nproducts || !inv_oid_eq(sim->products[number].id, id)) {
        sim_fail(sim, NULL, "a product that nobody has ever heard of");
        return NULL;
    }

    return &sim->products[number];
}


/* A place for one; NULL: there are too many.  It does not exist yet. */
sim_product_t *
sim_db_new(sim_t *sim, inv_oid_t *id)
{
    sim_product_t *product;

    if (sim->nproducts == SIM_PRODUCTS_MAX) {
        return NULL;
    }

    product = &sim->products[sim->nproducts];

    memset(product, 0, sizeof(sim_product_t));
    memset(id, 0, sizeof(inv_oid_t));

    id->bytes[0] = 1;
    id->bytes[2] = (unsigned char) (sim->nproducts >> 8);
    id->bytes[3] = (unsigned char) sim->nproducts;
    id->bytes[9] = (unsigned char) sim_draw(sim, 256);

    product->id = *id;
    product->number = sim->nproducts++;
    return product;
}


/* Room for the history of one that is to exist; it has not existed before. */
void
sim_db_place(sim_t *sim, sim_product_t *product)
{
    product->seqs =
        product->number < sim->plan.products ? SIM_SEQS_MAX : SIM_SEQS_MAX / 8;
    product->outbox =
        sim_alloc(sim, (size_t) sim->plan.outbox_cap * sizeof(sim_entry_t *));
    product->truth = sim_alloc(sim, product->seqs * sizeof(sim_entry_t *));
    product->ledger = sim_alloc(sim, product->seqs * sizeof(sim_entry_t *));
    product->moments = sim_alloc(sim, product->seqs * sizeof(sim_moment_t));

    product->nmoments = 1;
    product->exists = true;
}


/* To be called after each change that a client can see. */
void
sim_db_moment(sim_t *sim, sim_product_t *product)
{
    sim_moment_t *moment;

    if (product->nmoments == product->seqs) {
        sim_fail(sim, product, "the simulator has no room for its history");
        return;
    }

    moment = &product->moments[product->nmoments++];

    moment->time = sim->now;
    moment->stock = product->stock;
    moment->version = product->version;
    moment->live = product->exists && !product->deleted;
    moment->sku = product->sku;

    if (product->nmoments > 1 && moment->live
        && moment->version <= moment[-1].version)
    {
        sim_fail(sim, product, "the version did not grow");
    }
}


void
sim_db_state(const sim_t *sim, const sim_product_t *product, inv_state_t *state)
{
    state->deleted = product->deleted;
    state->stock = product->stock;
    state->reserved = product->reserved;
    state->seq = product->seq;
    state->version = product->version;
    state->epoch = product->epoch;

    /* so that small outboxes are full for a machine that knows of large ones */
    state->outbox_ops =
        product->outbox_ops + INV_OUTBOX_OPS_MAX - sim->plan.outbox_cap;
}


/* The part of a statement that adds an entry. */
void
sim_db_append(sim_t *sim, sim_product_t *product, sim_entry_t *entry,
              int64_t sum)
{
    size_t i;

    if (product->seq + (int64_t) entry->n >= (int64_t) product->seqs
        || (int64_t) product->noutbox == sim->plan.outbox_cap)
    {
        sim_fail(sim, product, "the simulator has no room for an entry");
        return;
    }

    entry->from = product->seq + 1;
    entry->to = product->seq + (int64_t) entry->n;
    entry->after = product->stock + sum;
    entry->whole = true;

    for (i = 0; i < entry->n; i++) {
        product->truth[entry->from + (int64_t) i] = entry;
    }

    product->seq = entry->to;
    product->stock = entry->after;
    product->version += (int64_t) entry->n;
    product->outbox[product->noutbox++] = entry;
    product->outbox_ops += (int64_t) entry->n;

    sim_db_moment(sim, product);
    sim_note(sim, (int) entry->worker, "landed", product, &entry->batch,
             entry->to, entry->after, product->epoch);
    sim_check_landed(sim, entry);
}


/* Leaves out entries, which must be in the ledger by then. */
void
sim_db_pull(sim_t *sim, sim_product_t *product, const inv_oid_t *batches,
            size_t n)
{
    size_t       i, j, kept;
    sim_entry_t *entry, *there;

    for (i = 0, kept = 0; i < product->noutbox; i++) {
        entry = product->outbox[i];

        for (j = 0; j < n && !inv_oid_eq(entry->batch, batches[j]); j++) {
            /* void */
        }

        if (j == n) {
            product->outbox[kept++] = entry;
            continue;
        }

        there = product->ledger[entry->to];

        if (there == NULL || !inv_oid_eq(there->batch, entry->batch)) {
            sim_fail(sim, product, "entry %lld leaves the outbox for nowhere",
                     (long long) entry->to);
        }

        product->outbox_ops -= (int64_t) entry->n;
        sim_note(sim, -1, "pulled", product, &entry->batch, entry->to, 0, 0);
    }

    product->noutbox = kept;
}


static bool
sim_db_apply_matches(const sim_t *sim, const sim_statement_t *statement)
{
    const sim_product_t *product = statement->product;

    return product->exists && (!statement->guards_live || !product->deleted)
           && (!statement->guards_epoch || product->epoch == statement->epoch)
           && (!statement->guards_stock
               || (product->stock >= statement->need
                   && product->stock <= statement->room))
           && (!statement->has_version
               || product->version == statement->version)
           && product->outbox_ops + (int64_t) statement->entry->n
                  <= sim->plan.outbox_cap;
}


void
sim_db_apply(sim_t *sim, sim_statement_t *statement)
{
    sim_product_t *product = statement->product;

    if (!sim_db_apply_matches(sim, statement)) {
        statement->reply = INV_REPLY_MISSED;
        sim_note(sim, (int) statement->entry->worker, "missed", product,
                 &statement->entry->batch, statement->epoch, statement->need,
                 product->epoch);
        return;
    }

    sim_db_pull(sim, product, statement->batches, statement->nbatches);
    sim_db_append(sim, product, statement->entry, statement->sum);

    statement->reply = INV_REPLY_DONE;
    statement->has_state = true;
    statement->proven = true;
    sim_db_state(sim, product, &statement->state);
}


/* The product as of a time, or as it is; views: with the outbox. */
void
sim_db_show(sim_t *sim, sim_statement_t *statement,
            const sim_product_t *product, bool views)
{
    size_t i;

    if (product == NULL || !product->exists) {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    statement->reply = INV_REPLY_DONE;
    statement->has_state = true;
    sim_db_state(sim, product, &statement->state);
    statement->copy = *product;

    if (!views) {
        return;
    }

    statement->nviews = product->noutbox;
    statement->views =
        sim_alloc(sim, product->noutbox * sizeof(inv_entry_view_t));

    for (i = 0; i < product->noutbox; i++) {
        sim_db_view(product->outbox[i], &statement->views[i]);
    }
}


void
sim_db_read(sim_t *sim, sim_statement_t *statement, bool views)
{
    statement->proven = statement->proof;
    sim_db_show(sim, statement,
                sim_past_product(statement->product, statement->time), views);
}


void
sim_db_fence(sim_t *sim, sim_statement_t *statement)
{
    statement->proven = true;

    if (statement->product->exists) {
        statement->product->epoch++;
    }

    sim_note(sim, -1, "fence", statement->product, NULL,
             statement->product->epoch, 0, 0);
    sim_db_show(sim, statement, statement->product, true);
}
