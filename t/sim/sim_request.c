
/*
 * sim: what clients ask for.
 */


#include "sim.h"


static sim_product_t *
sim_request_product(sim_t *sim)
{
    if (sim_percent(sim, 10)) {
        sim_product_t *any = &sim->products[sim_draw(sim, sim->nproducts)];

        if (any->exists) {
            return any;
        }
    }

    if (sim_percent(sim, 50)) {
        return &sim->products[0];
    }

    return &sim->products[sim_draw(sim, sim->plan.products)];
}


static void
sim_request_move(sim_t *sim, sim_line_t *line)
{
    int64_t quantity, which;

    line->kind = INV_ACTION_MOVE;
    line->product = sim_request_product(sim);

    quantity = 1 + sim_draw(sim, 3);

    if (sim_percent(sim, sim->plan.big)) {
        quantity = line->product->stock + sim_draw(sim, 3) - 1;
        quantity = quantity < 1 || quantity > INV_QUANTITY_MAX ? 1 : quantity;
    }

    which = sim_draw(sim, 100);

    if (which < 55) {
        line->type = INV_MOVE_PURCHASE;
        line->delta = -quantity;

    } else if (which < 80) {
        line->type = INV_MOVE_RESTOCK;
        line->delta = quantity;

    } else {
        line->type = INV_MOVE_ADJUST;
        line->delta = which < 90 ? quantity : -quantity;
    }
}


/* If-Match: of what is there now, or of what has gone. */
static void
sim_request_match(sim_t *sim, sim_line_t *line)
{
    line->version = line->product->version - (sim_percent(sim, 20) ? 1 : 0);
}


static void
sim_request_edit(sim_t *sim, sim_line_t *line)
{
    line->kind = INV_ACTION_EDIT;
    line->type = INV_MOVE_EDIT;
    line->product = sim_request_product(sim);

    switch (sim_draw(sim, 4)) {

    case 0:
        line->counts = true;
        line->counter = line->product->counter + 1;
        line->version = line->product->version;
        break;

    case 1:
        line->sets = true;
        line->stock = sim_draw(sim, 20);
        line->type = INV_MOVE_SET;
        break;

    case 2:
        line->sku = 1 + (unsigned) sim_draw(sim, SIM_SKUS);
        break;

    default:
        line->names = true;
        line->name = sim_percent(sim, 20) ? line->product->name : ++sim->names;
    }
}


static void
sim_request_create(sim_t *sim, sim_line_t *line)
{
    inv_oid_t id;

    line->kind = INV_ACTION_CREATE;
    line->type = INV_MOVE_SET;
    line->product = sim_db_new(sim, &id);
    line->stock = sim_draw(sim, 10);
    line->delta = line->stock;
    line->sku =
        sim_percent(sim, 60) ? 1 + (unsigned) sim_draw(sim, SIM_SKUS) : 0;
}


/* Changes of the catalog; false: there is no room for them. */
static bool
sim_request_catalog(sim_t *sim, sim_request_t *request)
{
    int64_t     which;
    sim_line_t *line = &request->lines[0];

    which = sim_draw(sim, 100);

    if (which < 50) {
        sim_request_edit(sim, line);
        request->keyed = false;
        return true;
    }

    if (which < 65) {
        line->kind = INV_ACTION_DELETE;
        line->product = sim_request_product(sim);
        request->keyed = false;

        if (sim_percent(sim, 30)) {
            sim_request_match(sim, line);
        }

        return true;
    }

    if (sim->nproducts + 64 > SIM_PRODUCTS_MAX) {
        return false;
    }

    sim_request_create(sim, line);

    return true;
}


/* A key: its own, or by mistake one that was used before. */
static void
sim_request_key(sim_t *sim, sim_request_t *request)
{
    unsigned other;

    request->fingerprint = (unsigned char) (request->number + 1);

    if (sim->nclaims != 0 && sim_percent(sim, 1)) {
        other = (unsigned) sim_draw(sim, sim->nclaims);

        if (sim->claims[other].exists
            && sim->claims[other].record.fingerprint[0] != request->fingerprint)
        {
            request->claim = other;
            request->mismatched = true;
            return;
        }
    }

    request->claim = sim->nclaims++;
}


sim_request_t *
sim_request_draw(sim_t *sim, sim_client_t *client)
{
    unsigned       i;
    sim_request_t *request;

    request = &sim->requests[sim->nrequests];

    request->client = client;
    request->number = sim->nrequests++;
    request->began = sim->now;
    request->n = 1;
    request->keyed = sim_percent(sim, sim->plan.keyed);
    request->lines = sim_alloc(sim, SIM_LINES_MAX * sizeof(sim_line_t));

    if (!sim_percent(sim, sim->plan.catalog)
        || !sim_request_catalog(sim, request)) {
        if (request->keyed && sim_percent(sim, sim->plan.many)) {
            request->n = 2 + (unsigned) sim_draw(sim, SIM_LINES_MAX - 1);
        }

        for (i = 0; i < request->n; i++) {
            sim_request_move(sim, &request->lines[i]);
        }

        if (request->n == 1 && sim_percent(sim, 8)) {
            sim_request_match(sim, &request->lines[0]);
        }
    }

    if (request->keyed) {
        sim_request_key(sim, request);
    }

    for (i = 0; i < request->n; i++) {
        request->lines[i].request = request;
        request->lines[i].number = i;
        sim_note(sim, -1, "is wanted", request->lines[i].product, NULL,
                 (int64_t) request->number, (int64_t) request->lines[i].kind,
                 request->lines[i].delta);
    }

    sim->counts.requests++;

    return request;
}
