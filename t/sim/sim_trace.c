
/*
 * sim: what happened, kept briefly and told when a check fails.
 */


#include <stdarg.h>
#include <stdio.h>

#include "sim.h"


static void
sim_note_print(const sim_note_t *note)
{
    printf("# %11.3f ", (double) note->time / 1000);

    if (note->worker < 0) {
        printf("-- ");
    } else {
        printf("w%d ", note->worker);
    }

    if (note->product < 0) {
        printf("--- ");
    } else {
        printf("p%-2d ", note->product);
    }

    printf("%-22s", note->what);

    if (note->batch[0] != 0 || note->batch[1] != 0) {
        printf(" %02x%02x", note->batch[0], note->batch[1]);
    } else {
        printf("     ");
    }

    printf(" %lld %lld %lld\n", (long long) note->a, (long long) note->b,
           (long long) note->c);
}


/* Every run of a seed must come to the same number. */
static void
sim_note_digest(sim_t *sim, const sim_note_t *note)
{
    uint64_t x;

    x = sim->digest ^ (uint64_t) note->time;
    x = (x << 7 | x >> 57) ^ (uint64_t) (note->a + 31 * note->b);
    sim->digest = x * UINT64_C(2685821657736338717) + (uint64_t) note->c;
}


void
sim_note(sim_t *sim, int worker, const char *what, const sim_product_t *product,
         const inv_oid_t *batch, int64_t a, int64_t b, int64_t c)
{
    sim_note_t *note;

    note = &sim->notes[sim->nnotes++ % SIM_NOTES];

    note->time = sim->now;
    note->worker = worker;
    note->what = what;
    note->product = product == NULL ? -1 : (int) product->number;
    note->batch[0] = batch == NULL ? 0 : batch->bytes[0];
    note->batch[1] = batch == NULL ? 0 : batch->bytes[1];
    note->a = a;
    note->b = b;
    note->c = c;

    sim_note_digest(sim, note);

    if (sim->trace) {
        sim_note_print(note);
    }
}


void
sim_fail(sim_t *sim, const sim_product_t *product, const char *format, ...)
{
    va_list arguments;

    if (sim->failed) {
        return;
    }

    sim->failed = true;
    sim->why_product = product == NULL ? -1 : (int) product->number;

    va_start(arguments, format);
    vsnprintf(sim->why, sizeof(sim->why), format, arguments);
    va_end(arguments);

    if (sim->trace) {
        printf("# FAILED: %s\n", sim->why);
    }
}


/* The last n notes of the product that failed, and those of no product. */
void
sim_tell(const sim_t *sim, unsigned n)
{
    uint64_t          i, first, from;
    const sim_note_t *note;

    first = sim->nnotes > SIM_NOTES ? sim->nnotes - SIM_NOTES : 0;

    for (from = sim->nnotes; from > first && n > 0; from--) {
        note = &sim->notes[(from - 1) % SIM_NOTES];

        if (sim->why_product < 0 || note->product == sim->why_product
            || note->product < 0)
        {
            n--;
        }
    }

    printf("# seed %llu, at %.3f ms: %s\n", (unsigned long long) sim->seed,
           (double) sim->now / 1000, sim->why);

    for (i = from; i < sim->nnotes; i++) {
        note = &sim->notes[i % SIM_NOTES];

        if (sim->why_product < 0 || note->product == sim->why_product
            || note->product < 0)
        {
            sim_note_print(note);
        }
    }
}
