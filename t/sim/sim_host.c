
/*
 * sim: what the machine asks of the worker that drives it.
 */


#include "sim.h"


static void
sim_host_settled(void *ctx, inv_action_t *action)
{
    sim_try_settled(ctx, action);
}


static void
sim_host_claimed(void *ctx, inv_claim_t *claim, inv_claim_news_t news)
{
    sim_try_claimed(ctx, claim, news);
}


/* The floor of what may be shown; 0: what there is now is to be asked. */
static void
sim_host_changed(void *ctx, inv_oid_t id, int64_t version)
{
    sim_t         *sim;
    sim_worker_t  *worker = ctx;
    sim_product_t *product;

    sim = worker->sim;
    product = sim_db_find(sim, id);

    if (product == NULL) {
        return;
    }

    if (version > product->version) {
        sim_fail(sim, product, "version %lld is told of, it is %lld",
                 (long long) version, (long long) product->version);
    }

    if (version > worker->known[product->number]) {
        worker->known[product->number] = version;
    }

    if (version == 0) {
        version = product->version;
    }

    if (version > worker->floors[product->number]) {
        worker->floors[product->number] = version;
    }
}


static int64_t
sim_host_floor(void *ctx, inv_oid_t id)
{
    sim_worker_t        *worker = ctx;
    const sim_product_t *product;

    product = sim_db_find(worker->sim, id);

    return product != NULL ? worker->known[product->number] : 0;
}


static void
sim_host_alarm(void *ctx, inv_alarm_t alarm, inv_oid_t id,
               const inv_action_t *action)
{
    sim_t         *sim;
    sim_worker_t  *worker = ctx;
    sim_product_t *product;

    sim = worker->sim;
    product = sim_db_find(sim, id);

    sim_note(sim, (int) worker->number, "alarm", product, NULL, (int64_t) alarm,
             0, 0);

    if (alarm == INV_ALARM_CORRUPT) {
        if (product != NULL && !sim->corrupted) {
            sim_fail(sim, product, "an alarm of corruption that is none");
        }

        sim->alarmed = true;
        return;
    }

    if (action != NULL) {
        ((const sim_action_t *) action)->line->kept |=
            (alarm == INV_ALARM_KEPT);
        ((const sim_action_t *) action)->line->lost |=
            (alarm == INV_ALARM_LOST);
    }
}


static void
sim_host_release(void *ctx, void *payload)
{
    sim_worker_t  *worker = ctx;
    sim_payload_t *released = payload;

    if (released->released) {
        sim_fail(worker->sim, released->entry->product,
                 "a payload is released twice");
    }

    released->released = true;
    worker->payloads--;
}


static void
sim_host_random(void *ctx, void *out, size_t n)
{
    size_t         i;
    uint64_t       bits;
    sim_worker_t  *worker = ctx;
    unsigned char *bytes = out;

    for (i = 0, bits = 0; i < n; i++) {
        if (i % 8 == 0) {
            bits = sim_bits(worker->sim);
        }

        bytes[i] = (unsigned char) (bits >> (i % 8 * 8));
    }
}


void
sim_host_fill(sim_worker_t *worker, inv_protocol_host_t *host)
{
    host->ctx = worker;
    host->settled = sim_host_settled;
    host->claimed = sim_host_claimed;
    host->changed = sim_host_changed;
    host->floor = sim_host_floor;
    host->alarm = sim_host_alarm;
    host->release = sim_host_release;
    host->random = sim_host_random;
}
