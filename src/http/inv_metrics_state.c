
/*
 * http: metrics: how things are: workers, lanes, the outbox, MongoDB, and what
 * keeps stock exact.  Event loop.
 */


#include "inv_metrics_http.h"

#include "../base/inv_version.h"


/* What all workers say, as a sample of one label. */
static void
inv_metrics_one(inv_metrics_page_t *page, const inv_metrics_family_t *family,
                const char *label, const char *value, uint64_t n)
{
    inv_metrics_label_t one = { label, value };

    inv_metrics_sample(&page->text, family->name, "", &one, 1, n);
}


void
inv_metrics_write_build(inv_metrics_page_t         *page,
                        const inv_metrics_family_t *family)
{
    inv_metrics_one(page, family, "version", INV_VERSION, 1);
}


void
inv_metrics_write_start(inv_metrics_page_t         *page,
                        const inv_metrics_family_t *family)
{
    inv_metrics_sample_ms(&page->text, family->name, "", NULL, 0,
                          (uint64_t) inv_metrics_made());
}


void
inv_metrics_write_workers(inv_metrics_page_t         *page,
                          const inv_metrics_family_t *family)
{
    inv_metrics_sample(&page->text, family->name, "", NULL, 0, page->nworkers);
}


static void
inv_metrics_each(inv_metrics_page_t *page, const inv_metrics_family_t *family,
                 const uint64_t *values)
{
    size_t i;

    for (i = 0; i < family->rows->n; i++) {
        inv_metrics_one(page, family, family->rows->label,
                        family->rows->values[i], values[i]);
    }
}


void
inv_metrics_write_waiting(inv_metrics_page_t         *page,
                          const inv_metrics_family_t *family)
{
    inv_metrics_each(page, family, page->gauges.waiting);
}


void
inv_metrics_write_jobs(inv_metrics_page_t         *page,
                       const inv_metrics_family_t *family)
{
    inv_metrics_each(page, family, page->gauges.jobs);
}


/* Replies to those steps that change something of a product. */
static uint64_t
inv_metrics_of_changes(const inv_metrics_slot_t *sum, inv_reply_kind_t reply)
{
    return sum->steps[INV_STEP_APPLY][reply] + sum->steps[INV_STEP_EDIT][reply]
           + sum->steps[INV_STEP_DELETE][reply]
           + sum->steps[INV_STEP_CREATE][reply];
}


static uint64_t
inv_metrics_of_step(const inv_metrics_slot_t *sum, inv_step_kind_t step)
{
    size_t   i;
    uint64_t n = 0;

    for (i = 0; i < INV_METRICS_REPLIES; i++) {
        n += sum->steps[step][i];
    }

    return n;
}


void
inv_metrics_write_guard(inv_metrics_page_t         *page,
                        const inv_metrics_family_t *family)
{
    size_t                    i;
    const inv_metrics_slot_t *sum = &page->sum;

    const struct {
        const char *event;
        uint64_t    n;
    } events[] = {
        { "out_of_stock",
          sum->actions[INV_ACTION_MOVE][INV_VERDICT_OUT_OF_STOCK] },
        { "missed", sum->steps[INV_STEP_APPLY][INV_REPLY_MISSED] },
        { "doubt", inv_metrics_of_changes(sum, INV_REPLY_UNKNOWN) },
        { "fence", inv_metrics_of_step(sum, INV_STEP_FENCE) },
        { "lookup", inv_metrics_of_step(sum, INV_STEP_LOOK) },
        { "undo", sum->counts[INV_COUNT_GUARD_UNDONE] },
        { "corrupt", sum->counts[INV_COUNT_GUARD_CORRUPT] },
        { "kept", sum->counts[INV_COUNT_GUARD_KEPT] },
        { "lost", sum->counts[INV_COUNT_GUARD_LOST] },
    };

    for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        inv_metrics_one(page, family, "event", events[i].event, events[i].n);
    }
}


void
inv_metrics_write_outbox(inv_metrics_page_t         *page,
                         const inv_metrics_family_t *family)
{
    inv_metrics_one(page, family, "state", "waiting", page->gauges.outbox[0]);
    inv_metrics_one(page, family, "state", "stored", page->gauges.outbox[1]);
}


void
inv_metrics_write_oldest(inv_metrics_page_t         *page,
                         const inv_metrics_family_t *family)
{
    int64_t age_ms = 0;

    if (page->gauges.oldest != 0) {
        age_ms = inv_time_now() - page->gauges.oldest;
    }

    inv_metrics_sample_ms(&page->text, family->name, "", NULL, 0,
                          (uint64_t) ngx_max(age_ms, 0));
}


void
inv_metrics_write_breaker(inv_metrics_page_t         *page,
                          const inv_metrics_family_t *family)
{
    size_t i;

    static const char *const states[] = {
        [INV_BREAKER_CLOSED] = "closed",
        [INV_BREAKER_OPEN] = "open",
        [INV_BREAKER_HALF_OPEN] = "half_open",
    };

    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        inv_metrics_one(page, family, "state", states[i],
                        page->zone.mongo == i);
    }
}


void
inv_metrics_write_opened(inv_metrics_page_t         *page,
                         const inv_metrics_family_t *family)
{
    inv_metrics_sample(&page->text, family->name, "", NULL, 0,
                       page->zone.mongo_opened);
}


void
inv_metrics_write_mongo(inv_metrics_page_t         *page,
                        const inv_metrics_family_t *family)
{
    inv_metrics_sample(&page->text, family->name, "", NULL, 0,
                       page->zone.mongo == INV_BREAKER_CLOSED);
}
