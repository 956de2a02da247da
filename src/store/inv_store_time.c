
/*
 * store: the cluster's time, out of replies and into reads; see
 * inv_store_time.h.
 *
 * Runs on threads.
 */


#include "inv_store_time.h"


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
    if (kind != INV_COMMAND_READ && kind != INV_COMMAND_PROOF) {
        return false;
    }

    *time = call->after;
    inv_cluster_time_raise(time, &call->seen);

    return time->operation != 0;
}


bool
inv_store_reads_may_be_old(const inv_store_link_t *link)
{
    const inv_store_call_t *call = link->call;

    return call->after.operation != 0 || call->seen.operation != 0
           || call->refused.operation != 0;
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
inv_store_time_hear(inv_store_link_t *link, inv_command_kind_t kind,
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

    if (told.operation != 0) {
        atomic_store(&link->store->elects, true);
    }

    if (bson_iter_init_find(&iter, reply, "$clusterTime")) {
        inv_store_time_clock(&iter, &told);
    }

    inv_cluster_time_raise(&link->call->seen, &told);
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
