
/*
 * sim: the database's clocks, and its documents as they were: a majority read
 * may be older than a write that is acknowledged, but not older than the
 * cluster time after which it asks to be.
 *
 * A clock a shard, as Lamport has them: each write has the next time of its
 * shard, and whoever talks to a shard brings along the time that they know.
 */


#include "sim.h"


static int64_t *
sim_past_clock(sim_t *sim, inv_step_kind_t kind)
{
    unsigned shard;

    switch (kind) {

    case INV_STEP_LOOK:
    case INV_STEP_INSERT:
        shard = 1;
        break;

    case INV_STEP_CLAIM:
    case INV_STEP_RECALL:
    case INV_STEP_TAKE:
    case INV_STEP_ANSWER:
        shard = 2;
        break;

    default:
        shard = 0;
    }

    return &sim->clocks[shard % sim->plan.shards];
}


static bool
sim_past_reads(const sim_command_t *command, const sim_statement_t *statement)
{
    switch (statement->kind) {

    case INV_STEP_READ:
    case INV_STEP_LOOK:
    case INV_STEP_RECALL:
    case INV_STEP_OUTBOX:
    case INV_STEP_SWEEP:
        return true;

    default:
        return command->land == sim_step_land_read;
    }
}


/* When a read sees the world; it is as old as it may be, or something newer. */
static int64_t
sim_past_time(sim_t *sim, const sim_command_t *command,
              const sim_statement_t *statement, int64_t clock)
{
    int64_t least;

    if (statement->proof || !sim_percent(sim, sim->plan.stale)) {
        return clock;
    }

    least = inv_rule(INV_RULE_AFTER) ? command->after : 0;

    if (least > clock) {
        least = clock;
    }

    return sim_percent(sim, 50) ? least
                                : least + sim_draw(sim, clock - least + 1);
}


void
sim_past_lands(sim_t *sim, sim_command_t *command, sim_statement_t *statement)
{
    int64_t *clock;

    clock = sim_past_clock(sim, statement->kind);

    if (*clock < command->cluster) {
        *clock = command->cluster;
    }

    if (sim_past_reads(command, statement)) {
        statement->time = sim_past_time(sim, command, statement, *clock);
    } else {
        statement->time = ++*clock;
    }

    /* a pull does not wait for a majority, which may not be as far yet */
    if (statement->kind != INV_STEP_PULL && command->operated < statement->time)
    {
        command->operated = statement->time;
    }

    if (command->cluster < *clock) {
        command->cluster = *clock;
    }
}


void
sim_past_keep(sim_t *sim, sim_product_t *product, int64_t time)
{
    size_t         size;
    sim_past_t    *past;
    sim_product_t *image;

    if (product->pasts == NULL) {
        product->pasts = sim_alloc(sim, SIM_PAST * sizeof(sim_past_t));
    }

    past = &product->pasts[product->npasts++ % SIM_PAST];
    image = &past->image;
    size = product->noutbox * sizeof(sim_entry_t *);

    if (past->size < size) {
        past->size = size;
        past->outbox = sim_alloc(sim, size);
    }

    past->time = time;
    *image = *product;
    image->outbox = past->outbox;

    if (size != 0) {
        memcpy(image->outbox, product->outbox, size);
    }
}


/* The oldest that is still kept stands for those before it. */
const sim_product_t *
sim_past_product(const sim_product_t *product, int64_t time)
{
    size_t            i, first;
    const sim_past_t *past = NULL;

    first = product->npasts > SIM_PAST ? product->npasts - SIM_PAST : 0;

    for (i = product->npasts; i-- > first;) {
        past = &product->pasts[i % SIM_PAST];

        if (past->time <= time) {
            return &past->image;
        }
    }

    return first != 0 ? &past->image : NULL;
}


void
sim_past_keep_claim(sim_claim_t *claim, int64_t time)
{
    sim_claim_past_t *past;

    past = &claim->pasts[claim->npasts++ % SIM_CLAIM_PAST];
    past->time = time;
    past->record = claim->record;
}


const inv_claim_record_t *
sim_past_claim(const sim_claim_t *claim, int64_t time)
{
    size_t                  i, first;
    const sim_claim_past_t *past = NULL;

    first = claim->npasts > SIM_CLAIM_PAST ? claim->npasts - SIM_CLAIM_PAST : 0;

    for (i = claim->npasts; i-- > first;) {
        past = &claim->pasts[i % SIM_CLAIM_PAST];

        if (past->time <= time) {
            return &past->record;
        }
    }

    return first != 0 ? &past->record : NULL;
}
