
/*
 * sim: the database's products, as edits, deletes and creates change them.
 */


#include "sim.h"


static bool
sim_db_sku_free(const sim_t *sim, unsigned sku, const sim_product_t *but)
{
    unsigned i;

    for (i = 0; sku != 0 && i < sim->nproducts; i++) {
        if (&sim->products[i] != but && sim->products[i].exists
            && !sim->products[i].deleted && sim->products[i].sku == sku)
        {
            return false;
        }
    }

    return true;
}


static void
sim_db_refuse(sim_statement_t *statement, inv_verdict_t verdict)
{
    statement->reply = INV_REPLY_REFUSED;
    statement->verdict = verdict;
}


static bool
sim_db_edit_matches(const sim_t *sim, const sim_statement_t *statement)
{
    const sim_product_t *product = statement->product;

    return product->exists && (!statement->guards_live || !product->deleted)
           && (!statement->guards_epoch || product->epoch == statement->epoch)
           && (!statement->guards_edits || product->edits == statement->edits)
           && (!statement->has_version
               || product->version == statement->version)
           && product->outbox_ops + 1 <= sim->plan.outbox_cap;
}


/* Everything but the stock is written as it was merged with what was read. */
void
sim_db_edit(sim_t *sim, sim_statement_t *statement)
{
    int64_t           sum;
    const sim_line_t *line = statement->line;
    sim_product_t    *product = statement->product;

    if (!sim_db_edit_matches(sim, statement)) {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    if (line->sku != 0 && !sim_db_sku_free(sim, line->sku, product)) {
        sim_db_refuse(statement, INV_VERDICT_SKU_TAKEN);
        return;
    }

    if (product->edits != statement->edits) {
        sim_fail(sim, product, "an edit overwrote edit %lld",
                 (long long) product->edits);
    }

    if (line->counts && line->counter != product->counter + 1) {
        sim_fail(sim, product, "a PATCH is computed from an older product");
    }

    product->name = line->names ? line->name : statement->copy.name;
    product->counter = line->counts ? line->counter : statement->copy.counter;
    product->sku = line->sku != 0 ? line->sku : statement->copy.sku;
    product->edits++;

    sum = line->sets ? line->stock - product->stock : 0;
    statement->entry->ops[0].delta = sum;
    statement->entry->ops[0].type = line->sets ? INV_MOVE_SET : INV_MOVE_EDIT;

    sim_db_append(sim, product, statement->entry, sum);

    statement->reply = INV_REPLY_DONE;
    statement->has_state = true;
    statement->proven = true;
    sim_db_state(sim, product, &statement->state);
}


void
sim_db_delete(sim_t *sim, sim_statement_t *statement)
{
    sim_product_t *product = statement->product;

    if (!product->exists || (statement->guards_live && product->deleted)
        || product->reserved != 0
        || (statement->guards_epoch && product->epoch != statement->epoch)
        || (statement->has_version && product->version != statement->version))
    {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    product->deleted = true;
    product->sku = 0;
    product->version++;

    if (statement->line->kind == INV_ACTION_CREATE) {
        statement->line->undone++;
    } else {
        statement->line->applied++;
    }

    sim_db_moment(sim, product);
    sim_note(sim, -1, "deleted", product, NULL, product->version,
             product->epoch, 0);

    statement->reply = INV_REPLY_DONE;
    statement->has_state = true;
    statement->proven = true;
    sim_db_state(sim, product, &statement->state);
}


/*
 * A duplicate of its id: it had been created, so that this statement has written
 * nothing, or there is a tombstone.
 */
static void
sim_db_dead(sim_t *sim, sim_statement_t *statement)
{
    if (statement->product->seq == 0) {
        statement->reply = INV_REPLY_MISSED;
        return;
    }

    statement->reply = INV_REPLY_DONE;
    statement->entry = NULL;
    statement->has_state = true;
    statement->proven = true;
    sim_db_state(sim, statement->product, &statement->state);
    statement->state.seq = 0;
}


/* Its first stock is its first movement. */
void
sim_db_create(sim_t *sim, sim_statement_t *statement)
{
    const sim_line_t *line = statement->line;
    sim_product_t    *product = statement->product;

    if (product->exists) {
        sim_db_dead(sim, statement);
        return;
    }

    if (!sim_db_sku_free(sim, line->sku, NULL)) {
        sim_db_refuse(statement, INV_VERDICT_SKU_TAKEN);
        return;
    }

    sim_db_place(sim, product);
    product->sku = line->sku;
    statement->entry->ops[0].delta = line->stock;
    statement->entry->ops[0].type = INV_MOVE_SET;

    sim_db_append(sim, product, statement->entry, line->stock);

    statement->reply = INV_REPLY_DONE;
    statement->has_state = true;
    statement->proven = true;
    sim_db_state(sim, product, &statement->state);
}


void
sim_db_tombstone(sim_t *sim, sim_statement_t *statement)
{
    sim_product_t *product = statement->product;

    if (product->exists) {
        statement->reply =
            product->seq != 0 ? INV_REPLY_MISSED : INV_REPLY_DONE;
        return;
    }

    sim_db_place(sim, product);
    product->deleted = true;
    sim_note(sim, -1, "tombstone", product, NULL, 0, 0, 0);

    statement->reply = INV_REPLY_DONE;
    statement->has_state = true;
    statement->proven = true;
    sim_db_state(sim, product, &statement->state);
}
