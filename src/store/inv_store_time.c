
/*
 * store: the cluster's time, out of replies and into reads; see
 * inv_store_time.h.
 *
 * Runs on threads.
 */


#include "inv_store_code.h"
#include "inv_store_time.h"


/*
 * Refused because of a time, though the same read may be fine without it: the
 * cluster was replaced, or restored from a backup, or what told it was wrong.
 */
#define INV_CODE_CLOCK_TOO_FAR     205 /* ClusterTimeFailsRateLimiter */
#define INV_CODE_CLOCK_FORGED      204 /* TimeProofMismatch */
#define INV_CODE_CLOCK_KEY_UNKNOWN 211 /* KeyNotFound */


/* 0: it is none, whatever it is. */
static uint64_t
inv_store_time_of(const bson_iter_t *iter)
{
    uint32_t seconds, ordinal;

    if (!BSON_ITER_HOLDS_TIMESTAMP(iter)) {
        return 0;
    }

    bson_iter_timestamp(iter, &seconds, &ordinal);

    return inv_cluster_timestamp(seconds, ordinal);
}


bool
inv_store_time_carried(const inv_store_call_t *call, inv_command_kind_t kind,
                       inv_cluster_time_t *time)
{
    if (kind != INV_COMMAND_READ) {
        return false;
    }

    *time = call->after;
    inv_cluster_time_raise(time, &call->seen);

    return time->operation != 0;
}


bool
inv_store_reads_may_be_old(const inv_store_link_t *link)
{
    return link->call->after.operation != 0 || link->call->seen.operation != 0;
}


void
inv_store_time_concern(bson_t *command, const inv_cluster_time_t *time)
{
    bson_t concern;

    bson_append_document_begin(command, "readConcern", -1, &concern);
    bson_append_utf8(&concern, "level", -1, "majority", -1);

    if (time != NULL) {
        bson_append_timestamp(&concern, "afterClusterTime", -1,
                              (uint32_t) (time->operation >> 32),
                              (uint32_t) time->operation);
    }

    bson_append_document_end(command, &concern);
}


/* A $clusterTime: kept as it is, since its signature is the server's. */
static void
inv_store_time_clock(const bson_iter_t *iter, inv_cluster_time_t *told)
{
    bson_t      clock;
    bson_iter_t time;

    if (!inv_bson_view(iter, &clock) || clock.len > INV_CLUSTER_CLOCK_MAX
        || !bson_validate(&clock, BSON_VALIDATE_NONE, NULL)
        || !bson_iter_init_find(&time, &clock, "clusterTime"))
    {
        return;
    }

    told->clock = inv_store_time_of(&time);
    told->len = clock.len;
    memcpy(told->document, bson_get_data(&clock), clock.len);
}


void
inv_store_time_hear(inv_store_call_t *call, inv_command_kind_t kind,
                    const bson_t *reply)
{
    bson_iter_t        iter;
    inv_cluster_time_t told;

    if (kind == INV_COMMAND_LOCAL || kind == INV_COMMAND_TIDY
        || kind == INV_COMMAND_PLAIN)
    {
        return;
    }

    memset(&told, 0, sizeof(told));

    if (bson_iter_init_find(&iter, reply, "operationTime")) {
        told.operation = inv_store_time_of(&iter);
    }

    if (bson_iter_init_find(&iter, reply, "$clusterTime")) {
        inv_store_time_clock(&iter, &told);
    }

    inv_cluster_time_raise(&call->seen, &told);
}


/*
 * A standalone server says 20, one whose clock is behind 72, and one that has
 * no such thing whatever it likes.  A read that is refused for another reason
 * is refused again without the time.
 */
bool
inv_store_time_refused(inv_store_result_t result, int32_t code)
{
    return inv_store_code_refuses(result, code)
           || code == INV_CODE_CLOCK_TOO_FAR || code == INV_CODE_CLOCK_FORGED
           || code == INV_CODE_CLOCK_KEY_UNKNOWN;
}


void
inv_store_time_forget(inv_store_call_t *call, const inv_cluster_time_t *time)
{
    inv_cluster_time_forget(&call->after, time);
    inv_cluster_time_forget(&call->seen, time);
    call->refused = *time;
}


mongoc_client_session_t *
inv_store_time_session(mongoc_client_t *client, const inv_cluster_time_t *time)
{
    bson_t                   clock;
    mongoc_session_opt_t    *options;
    mongoc_client_session_t *session;

    if (time->clock == 0
        || !bson_init_static(&clock, time->document, time->len)) {
        return NULL;
    }

    /* the read concern is ours, to which it is to add nothing */
    options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(options, false);

    session = mongoc_client_start_session(client, options, NULL);
    mongoc_session_opts_destroy(options);

    if (session != NULL) {
        mongoc_client_session_advance_cluster_time(session, &clock);
    }

    return session;
}
