
/*
 * http: metrics: the table of all of them; how counts and histograms are
 * written.  Event loop.  A new metric begins with a row here.
 */


#include "inv_metrics_http.h"


static inv_metrics_write_t inv_metrics_write_counts;
static inv_metrics_write_t inv_metrics_write_histograms;


/* The names of numbers, in the order of their enums. */

static const char *const inv_metrics_lane_names[INV_METRICS_LANES] = {
    [INV_METRICS_READ] = "read",       [INV_METRICS_QUERY] = "query",
    [INV_METRICS_CHECK] = "check",     [INV_METRICS_STOCK] = "stock",
    [INV_METRICS_CATALOG] = "catalog", [INV_METRICS_CLAIM] = "claim",
    [INV_METRICS_LEDGER] = "ledger",
};

static const char *const inv_metrics_queue_names[INV_METRICS_QUEUES] = {
    [INV_METRICS_READ] = "read",
    [INV_METRICS_QUERY] = "query",
    [INV_METRICS_CHECK] = "check",
    [INV_METRICS_ENGINE] = "engine",
};

static const char *const inv_metrics_refusal_names[INV_METRICS_REFUSALS] = {
    [INV_METRICS_OVERLOADED] = "overloaded",
    [INV_METRICS_UNAVAILABLE] = "unavailable",
};

static const char *const inv_metrics_level_names[INV_METRICS_LEVELS] = {
    [INV_METRICS_LOCAL] = "local",
    [INV_METRICS_REDIS] = "redis",
    [INV_METRICS_MISS] = "miss",
    [INV_METRICS_STALE] = "stale",
};

static const char *const inv_metrics_found_names[] = { "found", "absent" };

static const char *const inv_metrics_step_names[INV_STEPS] = {
    [INV_STEP_APPLY] = "apply",   [INV_STEP_READ] = "read",
    [INV_STEP_FENCE] = "fence",   [INV_STEP_LOOK] = "look",
    [INV_STEP_EDIT] = "edit",     [INV_STEP_DELETE] = "delete",
    [INV_STEP_CREATE] = "create", [INV_STEP_TOMBSTONE] = "tombstone",
    [INV_STEP_CLAIM] = "claim",   [INV_STEP_RECALL] = "recall",
    [INV_STEP_TAKE] = "take",     [INV_STEP_ANSWER] = "answer",
    [INV_STEP_INSERT] = "insert", [INV_STEP_PULL] = "pull",
    [INV_STEP_OUTBOX] = "outbox", [INV_STEP_SWEEP] = "sweep",
};

static const char *const inv_metrics_reply_names[] = {
    [INV_REPLY_DONE] = "done",
    [INV_REPLY_MISSED] = "missed",
    [INV_REPLY_REFUSED] = "refused",
    [INV_REPLY_BUSY] = "busy",
    [INV_REPLY_UNAVAILABLE] = "unavailable",
    [INV_REPLY_UNKNOWN] = "unknown",
};

static const char *const inv_metrics_action_names[INV_METRICS_ACTIONS] = {
    [INV_ACTION_MOVE] = "move",
    [INV_ACTION_EDIT] = "edit",
    [INV_ACTION_DELETE] = "delete",
    [INV_ACTION_CREATE] = "create",
};

static const char *const inv_metrics_verdict_names[INV_METRICS_VERDICTS] = {
    [INV_VERDICT_OK] = "ok",
    [INV_VERDICT_NOT_FOUND] = "not_found",
    [INV_VERDICT_OUT_OF_STOCK] = "out_of_stock",
    [INV_VERDICT_ABOVE_MAX] = "above_max",
    [INV_VERDICT_VERSION_CHANGED] = "version_changed",
    [INV_VERDICT_SKU_TAKEN] = "sku_taken",
    [INV_VERDICT_IN_USE] = "in_use",
    [INV_VERDICT_UNAVAILABLE] = "unavailable",
    [INV_VERDICT_FAILED] = "failed",
    [INV_VERDICT_DAMAGED] = "damaged",
    [INV_VERDICT_NO_MEMORY] = "no_memory",
    [INV_VERDICT_WITHDRAWN] = "withdrawn",
};

static const char *const inv_metrics_list_names[] = { "page", "sku" };

static const char *const inv_metrics_hit_names[] = { "local", "miss" };

static const char *const inv_metrics_key_names[] = { "replayed", "joined",
                                                     "conflict", "lost" };

static const char *const inv_metrics_copy_names[] = { "layout", "tag",
                                                      "product" };

_Static_assert(INV_STEPS <= INV_METRICS_STEPS
                   && INV_REPLY_UNKNOWN < INV_METRICS_REPLIES
                   && INV_ACTION_CREATE < INV_METRICS_ACTIONS
                   && INV_VERDICT_WITHDRAWN < INV_METRICS_VERDICTS
                   && INV_METRICS_STOCK + INV_GROUPS == INV_METRICS_LANES,
               "the machine's numbers have room in a slot");

#define inv_metrics_axis(label, names)                       \
    {                                                        \
        (label), (names), sizeof(names) / sizeof((names)[0]) \
    }

static const inv_metrics_axis_t inv_metrics_lane_axis =
    inv_metrics_axis("lane", inv_metrics_lane_names);
static const inv_metrics_axis_t inv_metrics_queue_axis =
    inv_metrics_axis("lane", inv_metrics_queue_names);
static const inv_metrics_axis_t inv_metrics_refusal_axis =
    inv_metrics_axis("reason", inv_metrics_refusal_names);
static const inv_metrics_axis_t inv_metrics_level_axis =
    inv_metrics_axis("level", inv_metrics_level_names);
static const inv_metrics_axis_t inv_metrics_found_axis =
    inv_metrics_axis("result", inv_metrics_found_names);
static const inv_metrics_axis_t inv_metrics_step_axis =
    inv_metrics_axis("step", inv_metrics_step_names);
static const inv_metrics_axis_t inv_metrics_reply_axis =
    inv_metrics_axis("reply", inv_metrics_reply_names);
static const inv_metrics_axis_t inv_metrics_action_axis =
    inv_metrics_axis("action", inv_metrics_action_names);
static const inv_metrics_axis_t inv_metrics_verdict_axis =
    inv_metrics_axis("verdict", inv_metrics_verdict_names);
static const inv_metrics_axis_t inv_metrics_list_axis =
    inv_metrics_axis("list", inv_metrics_list_names);
static const inv_metrics_axis_t inv_metrics_hit_axis =
    inv_metrics_axis("level", inv_metrics_hit_names);
static const inv_metrics_axis_t inv_metrics_key_axis =
    inv_metrics_axis("event", inv_metrics_key_names);
static const inv_metrics_axis_t inv_metrics_copy_axis =
    inv_metrics_axis("reason", inv_metrics_copy_names);


#define inv_metrics_at(member) offsetof(inv_metrics_slot_t, member)

const inv_metrics_family_t inv_metrics_families[] = {

    { .name = "inventory_build_info",
      .type = "gauge",
      .help = "The version of the module; always 1.",
      .write = inv_metrics_write_build },

    { .name = "inventory_start_time_seconds",
      .type = "gauge",
      .help = "When the counts began, seconds since 1970; reloads keep them.",
      .write = inv_metrics_write_start },

    { .name = "inventory_workers",
      .type = "gauge",
      .help = "Worker processes that are alive, those that end included.",
      .write = inv_metrics_write_workers },

    { .name = "inventory_worker_starts_total",
      .type = "counter",
      .help =
          "Worker processes that were started: at start, by reloads, and in "
          "place of those that died.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(counts[INV_COUNT_WORKER_STARTS]) },

    { .name = "inventory_http_requests_total",
      .type = "counter",
      .help =
          "Requests that have ended, by face, method, route and status; 499 "
          "is a client that left.",
      .write = inv_metrics_write_requests },

    { .name = "inventory_http_request_duration_seconds",
      .type = "histogram",
      .help = "From the first byte of a request to the last of its response.",
      .write = inv_metrics_write_durations,
      .is_time = 1 },

    { .name = "inventory_cache_reads_total",
      .type = "counter",
      .help =
          "Products that were read, by where they came from: the shared "
          "zone, Redis, a stale copy, or MongoDB (miss); absent: that there "
          "is no such product.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(reads),
      .rows = &inv_metrics_level_axis,
      .columns = &inv_metrics_found_axis,
      .stride = sizeof(((inv_metrics_slot_t *) NULL)->reads[0]) },

    { .name = "inventory_cache_reads_failed_total",
      .type = "counter",
      .help = "Products that could not be read from anywhere.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(counts[INV_COUNT_READ_FAILED]) },

    { .name = "inventory_damaged_documents_total",
      .type = "counter",
      .help = "Products and movements that were met in MongoDB and cannot be "
              "shown, each time: left out of a list, or answered with 500.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(counts[INV_COUNT_DAMAGED]) },

    { .name = "inventory_cache_lists_total",
      .type = "counter",
      .help = "Which products are on a page, and which has a sku: asked of the "
              "shared zone.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(counts[INV_COUNT_PAGE_LOCAL]),
      .rows = &inv_metrics_list_axis,
      .columns = &inv_metrics_hit_axis,
      .stride = 2 * sizeof(uint64_t) },

    { .name = "inventory_operations_waiting",
      .type = "gauge",
      .help =
          "Operations that wait for MongoDB: in the lanes, not sent yet; in "
          "the engine (changes), not settled yet.",
      .write = inv_metrics_write_waiting,
      .rows = &inv_metrics_queue_axis },

    { .name = "inventory_operations_refused_total",
      .type = "counter",
      .help =
          "Operations that were refused: too many wait (overloaded), or the "
          "breaker is open (unavailable).",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(refused),
      .rows = &inv_metrics_queue_axis,
      .columns = &inv_metrics_refusal_axis,
      .stride = sizeof(((inv_metrics_slot_t *) NULL)->refused[0]) },

    { .name = "inventory_jobs_in_flight",
      .type = "gauge",
      .help = "Jobs that threads are at, by lane or group of steps.",
      .write = inv_metrics_write_jobs,
      .rows = &inv_metrics_lane_axis },

    { .name = "inventory_job_duration_seconds",
      .type = "histogram",
      .help = "Jobs, from their handing to a thread until they are back.",
      .write = inv_metrics_write_histograms,
      .offset = inv_metrics_at(job_ms),
      .rows = &inv_metrics_lane_axis,
      .stride = sizeof(inv_metrics_histogram_t),
      .is_time = 1 },

    { .name = "inventory_job_operations",
      .type = "histogram",
      .help = "What shared one job: operations of a lane, steps of a group.",
      .write = inv_metrics_write_histograms,
      .offset = inv_metrics_at(job_size),
      .rows = &inv_metrics_lane_axis,
      .stride = sizeof(inv_metrics_histogram_t) },

    { .name = "inventory_stock_batch_operations",
      .type = "histogram",
      .help = "Purchases, restocks and adjustments that shared one statement.",
      .write = inv_metrics_write_histograms,
      .offset = inv_metrics_at(batch_size) },

    { .name = "inventory_steps_total",
      .type = "counter",
      .help = "What the stock protocol asked MongoDB, and what it replied.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(steps),
      .rows = &inv_metrics_step_axis,
      .columns = &inv_metrics_reply_axis,
      .stride = sizeof(((inv_metrics_slot_t *) NULL)->steps[0]),
      .sparse = 1 },

    { .name = "inventory_actions_total",
      .type = "counter",
      .help = "Changes of products, and what became of them.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(actions),
      .rows = &inv_metrics_action_axis,
      .columns = &inv_metrics_verdict_axis,
      .stride = sizeof(((inv_metrics_slot_t *) NULL)->actions[0]),
      .sparse = 1 },

    { .name = "inventory_stock_guard_events_total",
      .type = "counter",
      .help =
          "What keeps stock exact: refusals (out_of_stock), statements that "
          "their conditions kept from applying (missed), replies that were "
          "lost (doubt), fences and lookups to settle these, what was undone "
          "for clients who got an error, and the alarms corrupt, kept and "
          "lost.",
      .write = inv_metrics_write_guard },

    { .name = "inventory_idempotency_keys_total",
      .type = "counter",
      .help = "Requests whose Idempotency-Key was known: the answer again "
              "(replayed), the same request under way (joined), another "
              "request's key (conflict), taken over by another process (lost).",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(counts[INV_COUNT_KEY_REPLAYED]),
      .columns = &inv_metrics_key_axis },

    { .name = "inventory_outbox_entries",
      .type = "gauge",
      .help = "Changes of this node on their way to the ledger: waiting, or "
              "stored there and to be taken out of the outbox.",
      .write = inv_metrics_write_outbox },

    { .name = "inventory_outbox_oldest_entry_age_seconds",
      .type = "gauge",
      .help = "How long the oldest change of this node has not been in the "
              "ledger; 0: none.",
      .write = inv_metrics_write_oldest },

    { .name = "inventory_outbox_swept_entries_total",
      .type = "counter",
      .help = "Changes that another process had left in an outbox, found and "
              "drained "
              "here.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(counts[INV_COUNT_SWEPT]) },

    { .name = "inventory_breaker_state",
      .type = "gauge",
      .help = "The breaker of MongoDB: 1 at the state that it is in.",
      .write = inv_metrics_write_breaker },

    { .name = "inventory_breaker_opened_total",
      .type = "counter",
      .help = "How often the breaker of MongoDB has opened.",
      .write = inv_metrics_write_opened },

    { .name = "inventory_mongo_up",
      .type = "gauge",
      .help = "Whether MongoDB is taken to be there: 1 while its breaker is "
              "closed.",
      .write = inv_metrics_write_mongo },

    { .name = "inventory_redis_connected_workers",
      .type = "gauge",
      .help = "Workers that use a Redis server.",
      .write = inv_metrics_write_redis_up },

    { .name = "inventory_redis_commands_total",
      .type = "counter",
      .help = "Commands that were sent to a Redis server.",
      .write = inv_metrics_write_redis,
      .offset = INV_METRICS_REDIS_COMMANDS },

    { .name = "inventory_redis_command_errors_total",
      .type = "counter",
      .help = "Commands that a Redis server answered with an error.",
      .write = inv_metrics_write_redis,
      .offset = INV_METRICS_REDIS_ERRORS },

    { .name = "inventory_redis_commands_lost_total",
      .type = "counter",
      .help = "Commands that a Redis server never answered.",
      .write = inv_metrics_write_redis,
      .offset = INV_METRICS_REDIS_LOST },

    { .name = "inventory_redis_timeouts_total",
      .type = "counter",
      .help =
          "Connections to a Redis server that were given up because a reply "
          "took too long.",
      .write = inv_metrics_write_redis,
      .offset = INV_METRICS_REDIS_TIMEOUTS },

    { .name = "inventory_redis_connects_total",
      .type = "counter",
      .help = "Connections to a Redis server that came to be of use.",
      .write = inv_metrics_write_redis,
      .offset = INV_METRICS_REDIS_CONNECTS },

    { .name = "inventory_redis_copies_refused_total",
      .type = "counter",
      .help =
          "Values found in Redis and not believed: no copy of this layout, not "
          "tagged with this database's secret, or another product's.",
      .write = inv_metrics_write_counts,
      .offset = inv_metrics_at(counts[INV_COUNT_COPY_LAYOUT]),
      .columns = &inv_metrics_copy_axis },

    { .name = "inventory_zone_entries",
      .type = "gauge",
      .help = "Copies in the shared zone: of products, that there is none "
              "(short), of lists.",
      .write = inv_metrics_write_shelf,
      .offset = offsetof(inv_shelf_counters_t, entries) },

    { .name = "inventory_zone_used_chunks",
      .type = "gauge",
      .help = "Chunks of 256 bytes that these copies occupy.",
      .write = inv_metrics_write_shelf,
      .offset = offsetof(inv_shelf_counters_t, chunks) },

    { .name = "inventory_zone_chunks",
      .type = "gauge",
      .help = "Chunks that there are.",
      .write = inv_metrics_write_shelf,
      .offset = offsetof(inv_shelf_counters_t, chunks_total) },

    { .name = "inventory_zone_evicted_total",
      .type = "counter",
      .help = "Copies that made room for others.",
      .write = inv_metrics_write_shelf,
      .offset = offsetof(inv_shelf_counters_t, evicted) },

    { .name = "inventory_zone_floors_raised_total",
      .type = "counter",
      .help = "Writes after which no older copy is served.",
      .write = inv_metrics_write_floors },

    { .name = "inventory_zone_floors_lost_total",
      .type = "counter",
      .help = "How often such floors were lost and copies of others not used "
              "for a while, by cause; overflow: the zone is too small.",
      .write = inv_metrics_write_losses },
};

const size_t inv_metrics_nfamilies =
    sizeof(inv_metrics_families) / sizeof(inv_metrics_families[0]);


/* A label where there is an axis; how many labels that are. */
static size_t
inv_metrics_name(inv_metrics_label_t *label, const inv_metrics_axis_t *axis,
                 size_t i)
{
    if (axis == NULL) {
        return 0;
    }

    label->name = axis->label;
    label->value = axis->values[i];

    return 1;
}


static void
inv_metrics_write_counts(inv_metrics_page_t         *page,
                         const inv_metrics_family_t *family)
{
    size_t              i, j, n, nrows, ncolumns;
    const uint64_t     *counts;
    inv_metrics_label_t labels[2];

    nrows = family->rows != NULL ? family->rows->n : 1;
    ncolumns = family->columns != NULL ? family->columns->n : 1;

    for (i = 0; i < nrows; i++) {
        counts = (const uint64_t *) ((const u_char *) &page->sum
                                     + family->offset + i * family->stride);

        for (j = 0; j < ncolumns; j++) {
            n = inv_metrics_name(labels, family->rows, i);
            n += inv_metrics_name(labels + n, family->columns, j);

            if (counts[j] == 0 && family->sparse) {
                continue;
            }

            inv_metrics_sample(&page->text, family->name, "", labels, n,
                               counts[j]);
        }
    }
}


static void
inv_metrics_write_histograms(inv_metrics_page_t         *page,
                             const inv_metrics_family_t *family)
{
    size_t              i, n, nrows;
    const void         *at;
    inv_metrics_label_t label;

    nrows = family->rows != NULL ? family->rows->n : 1;

    for (i = 0; i < nrows; i++) {
        at = (const u_char *) &page->sum + family->offset + i * family->stride;
        n = inv_metrics_name(&label, family->rows, i);

        inv_metrics_write_histogram(page, family, &label, n, at);
    }
}


void
inv_metrics_write_histogram(inv_metrics_page_t         *page,
                            const inv_metrics_family_t *family,
                            const inv_metrics_label_t *labels, size_t nlabels,
                            const inv_metrics_histogram_t *histogram)
{
    char                bound[INV_METRICS_SECONDS];
    size_t              i;
    uint64_t            n;
    inv_metrics_label_t all[INV_METRICS_REQUEST_LABELS + 1];

    n = 0;

    for (i = 0; i < nlabels; i++) {
        all[i] = labels[i];
    }

    all[nlabels].name = "le";

    for (i = 0; i <= INV_METRICS_BOUNDS; i++) {
        n += histogram->buckets[i];
        all[nlabels].value = bound;

        if (i == INV_METRICS_BOUNDS) {
            all[nlabels].value = "+Inf";

        } else if (family->is_time) {
            (void) inv_metrics_seconds(inv_metrics_times[i], bound);

        } else {
            *ngx_sprintf((u_char *) bound, "%uD", inv_metrics_sizes[i]) = '\0';
        }

        inv_metrics_sample(&page->text, family->name, "_bucket", all,
                           nlabels + 1, n);
    }

    if (family->is_time) {
        inv_metrics_sample_ms(&page->text, family->name, "_sum", labels,
                              nlabels, histogram->sum);

    } else {
        inv_metrics_sample(&page->text, family->name, "_sum", labels, nlabels,
                           histogram->sum);
    }

    inv_metrics_sample(&page->text, family->name, "_count", labels, nlabels, n);
}
