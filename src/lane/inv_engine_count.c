
/*
 * lane: the engine: what is counted of it.  Event loop.
 */


#include "inv_engine_private.h"


void
inv_engine_count(const inv_engine_t *engine, inv_engine_counts_t *counts)
{
    size_t i;

    counts->actions = engine->nactions;

    for (i = 0; i < INV_GROUPS; i++) {
        counts->jobs[i] = engine->njobs[i];
    }

    inv_protocol_count_entries(engine->protocol, &counts->entries);
}


/* Before the machine has the steps back: they are its own. */
void
inv_engine_count_job(inv_step_group_t group, inv_step_t *const *steps, size_t n,
                     int64_t ms)
{
    size_t            i;
    const inv_step_t *step;

    inv_metrics_job((inv_metrics_lane_t) (INV_METRICS_STOCK + group), n, ms);

    for (i = 0; i < n; i++) {
        step = steps[i];

        inv_metrics_step(step->kind, step->reply);

        if (step->kind == INV_STEP_APPLY) {
            inv_metrics_batch(step->n);

        } else if (step->kind == INV_STEP_SWEEP) {
            inv_metrics_count(INV_COUNT_SWEPT, step->nviews);
        }
    }
}


/* What was created for nobody is deleted: by then its action is a DELETE. */
void
inv_engine_count_action(const inv_action_t *action)
{
    inv_action_kind_t kind = action->kind;

    if (action->undo && kind == INV_ACTION_DELETE) {
        kind = INV_ACTION_CREATE;
    }

    inv_metrics_action(kind, action->verdict);

    if (action->verdict == INV_VERDICT_WITHDRAWN && action->undone) {
        inv_metrics_count(INV_COUNT_GUARD_UNDONE, 1);
    }
}


void
inv_engine_count_claim(inv_claim_news_t news)
{
    switch (news) {

    case INV_CLAIM_ANSWERED:
        inv_metrics_count(INV_COUNT_KEY_REPLAYED, 1);
        break;

    case INV_CLAIM_MISMATCH:
        inv_metrics_count(INV_COUNT_KEY_CONFLICT, 1);
        break;

    case INV_CLAIM_LOST:
        inv_metrics_count(INV_COUNT_KEY_LOST, 1);
        break;

    default: /* the first of its key */
        break;
    }
}
