
/*
 * store: the one way to run a command.
 *
 * Runs on threads.  What the outcome was is told by inv_store_outcome.c.
 */


#include "inv_store_concern.h"
#include "inv_store_time.h"


/* What a reply may take on its way back. */
#define INV_STORE_REPLY_SLACK_MS 100

/* How late a busy machine may be in telling that no server was found. */
#define INV_STORE_SELECTION_SLACK_MS 250

/* How far a call has come: from idle to one of the others, and no further. */
typedef enum {
    INV_CALL_IDLE,     /* it has changed nothing yet */
    INV_CALL_CHANGES,  /* a command that changes something is on its way */
    INV_CALL_ABANDONED /* nobody waits for it, and it must not change a thing */
} inv_call_stage_t;


/* The call whose command this thread is about to send. */
static _Thread_local inv_store_call_t *inv_store_sending;


/*
 * The driver tells that a command goes out, which is after a server has been
 * chosen, connected to and shaken hands with: what fails before has not been
 * applied, whatever the error is called.
 */
static void
inv_store_command_started(const mongoc_apm_command_started_t *event)
{
    if (inv_store_sending != NULL) {
        inv_store_sending->commands++;
    }
}


void
inv_store_command_watch(inv_store_t *store, mongoc_client_pool_t *pool)
{
    mongoc_apm_callbacks_t *callbacks;

    callbacks = mongoc_apm_callbacks_new();
    mongoc_apm_set_command_started_cb(callbacks, inv_store_command_started);
    inv_store_servers_watch(callbacks);
    mongoc_client_pool_set_apm_callbacks(pool, callbacks, store);
    mongoc_apm_callbacks_destroy(callbacks);
}


bool
inv_store_call_abandon(inv_store_call_t *call)
{
    int stage = INV_CALL_IDLE;

    return atomic_compare_exchange_strong(&call->stage, &stage,
                                          INV_CALL_ABANDONED)
           || stage == INV_CALL_ABANDONED;
}


/* The other side of it.  False: it was abandoned. */
static bool
inv_store_call_enter(inv_store_call_t *call, inv_command_kind_t kind)
{
    int stage = INV_CALL_IDLE;

    if (inv_store_only_reads(kind)) {
        return atomic_load(&call->stage) != INV_CALL_ABANDONED;
    }

    return atomic_compare_exchange_strong(&call->stage, &stage,
                                          INV_CALL_CHANGES)
           || stage == INV_CALL_CHANGES;
}


/*
 * Waits for a server where the driver might find none before the deadline: it
 * cannot be told when to stop looking, and until it has found one the call can
 * still be abandoned.  With a time it would look twice, for the session too.
 * False: there is none.
 */
static bool
inv_store_command_select(const inv_store_link_t   *link,
                         const inv_cluster_time_t *time, bson_error_t *error)
{
    mongoc_server_description_t *server;

    if (time == NULL
        && inv_store_call_left(link->call)
               > link->store->selection_ms + INV_STORE_SELECTION_SLACK_MS)
    {
        return true;
    }

    server = mongoc_client_select_server(link->client, true, NULL, error);
    if (server == NULL) {
        return false;
    }

    mongoc_server_description_destroy(server);

    return true;
}


static void
inv_store_command_limits(const inv_store_link_t *link, inv_command_kind_t kind,
                         const inv_cluster_time_t *time, bson_t *command,
                         int64_t left)
{
    switch (kind) {

    case INV_COMMAND_READ:
        inv_store_time_concern(command, time);
        break;

    case INV_COMMAND_PROOF:
        BCON_APPEND(command, "readConcern", "{", "level",
                    BCON_UTF8("linearizable"), "}");
        break;

    /* what a deployment sets as its default may be another one */
    case INV_COMMAND_LOCAL:
        BCON_APPEND(command, "readConcern", "{", "level", BCON_UTF8("local"),
                    "}");
        break;

    case INV_COMMAND_TIDY:
        BCON_APPEND(command, "writeConcern", "{", "w", BCON_INT32(1), "}");
        break;

    case INV_COMMAND_WRITE:
    case INV_COMMAND_BUILD:
        BCON_APPEND(command, "writeConcern", "{", "w", BCON_UTF8("majority"),
                    "j", BCON_BOOL(true), "wtimeout", BCON_INT64(left), "}");
        break;

    case INV_COMMAND_PLAIN:
        break;
    }

    /* an index on a large collection takes as long as it takes */
    if (kind != INV_COMMAND_BUILD) {
        BCON_APPEND(command, "maxTimeMS", BCON_INT64(left));
    }

#if (INV_STORE_HAVE_SOCKET_TIMEOUT)
    if (left < link->store->timeout_ms) {
        mongoc_client_set_sockettimeoutms(
            link->client, (int32_t) left + INV_STORE_REPLY_SLACK_MS);
    }
#endif
}


/* Sends it.  With a time, the server is told the clock that it is of as well. */
static void
inv_store_command_send(inv_store_link_t *link, const inv_cluster_time_t *time,
                       const bson_t *command, bson_t *reply,
                       bson_error_t *error)
{
    bson_t                   options = BSON_INITIALIZER;
    mongoc_client_session_t *session;

    session = time != NULL ? inv_store_time_session(link->client, time) : NULL;

    if (session != NULL) {
        (void) mongoc_client_session_append(session, &options, NULL);
    }

    inv_store_sending = link->call;

    mongoc_client_command_with_opts(link->client, link->store->database,
                                    command, NULL, &options, reply, error);

    inv_store_sending = NULL;

    if (session != NULL) {
        mongoc_client_session_destroy(session);
    }

    bson_destroy(&options);
}


static inv_store_result_t
inv_store_command_late(inv_store_link_t *link, inv_store_reply_t *reply)
{
    bson_init(&reply->body);
    inv_store_call_error(link->call, "the deadline had passed");

    return INV_STORE_BUSY;
}


/*
 * One try, with the concerns and the time limit appended to the command.  time
 * NULL: a read says no afterClusterTime.
 */
static inv_store_result_t
inv_store_command_try(inv_store_link_t *link, inv_command_kind_t kind,
                      const inv_cluster_time_t *time, bson_t *command,
                      inv_store_reply_t *reply)
{
    unsigned     before;
    int64_t      left;
    bson_error_t error;

    reply->code = 0;
    memset(&error, 0, sizeof(error));

    if (!inv_store_command_select(link, time, &error)) {
        bson_init(&reply->body);
        return inv_store_outcome(link, kind, command, false, &error, reply);
    }

    left = inv_store_call_left(link->call);

    if (left == 0) {
        return inv_store_command_late(link, reply);
    }

    /* not BUSY, which would be tried again */
    if (!inv_store_call_enter(link->call, kind)) {
        bson_init(&reply->body);
        inv_store_call_error(link->call, "nobody waits for it any more");
        return INV_STORE_UNAVAILABLE;
    }

    inv_store_command_limits(link, kind, time, command, left);

    before = link->call->commands;
    inv_store_command_send(link, time, command, &reply->body, &error);
    inv_store_time_hear(link, kind, &reply->body);

    return inv_store_outcome(link, kind, command,
                             link->call->commands != before, &error, reply);
}


/* The same of a copy: the command may be sent again. */
static inv_store_result_t
inv_store_command_once(inv_store_link_t *link, inv_command_kind_t kind,
                       const inv_cluster_time_t *time, const bson_t *command,
                       inv_store_reply_t *reply)
{
    bson_t             once;
    inv_store_result_t result;

    bson_copy_to(command, &once);
    result = inv_store_command_try(link, kind, time, &once, reply);
    bson_destroy(&once);

    return result;
}


/*
 * The nth try of a read.  What was refused is told in call->error where it was
 * not known before, though the read is answered.
 */
static inv_store_result_t
inv_store_command_read(inv_store_link_t *link, inv_command_kind_t kind,
                       unsigned nth, const bson_t *command,
                       inv_store_reply_t *reply)
{
    unsigned           i, refused;
    inv_concern_t      concern;
    inv_store_result_t result;
    inv_cluster_time_t time;

    if (!inv_store_time_carried(link->call, kind, &time)
        && kind != INV_COMMAND_PROOF)
    {
        return inv_store_command_once(link, kind, NULL, command, reply);
    }

    refused = 0;

    for (i = 0;; i++) {
        concern = inv_store_concern(kind, i);

        if (inv_store_concern_is_away(link->store, concern, &time)) {
            continue;
        }

        if (refused != 0) {
            bson_destroy(&reply->body);
        }

        result = inv_store_command_once(
            link,
            concern == INV_CONCERN_LINEAR ? INV_COMMAND_PROOF
                                          : INV_COMMAND_READ,
            concern == INV_CONCERN_AFTER ? &time : NULL, command, reply);

        if (!inv_store_concern_is_refused(concern, reply->code, nth)) {
            break;
        }

        refused |= 1u << concern;
    }

    if (result == INV_STORE_OK && refused != 0) {
        inv_store_concern_settle(link, refused, &time, &reply->body);
    }

    return result;
}


/*
 * A write that was not applied is tried again by whoever asked for it, without
 * a thread meanwhile.  A read is tried again here: while the primary changes,
 * which takes a second or so, it is only late.
 */
inv_store_result_t
inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                  bson_t *command, inv_store_reply_t *reply)
{
    unsigned           nth;
    inv_store_result_t result;

    if (inv_store_call_left(link->call) == 0) {
        reply->code = 0;
        return inv_store_command_late(link, reply);
    }

    if (!inv_store_only_reads(kind)) {
        return inv_store_command_try(link, kind, NULL, command, reply);
    }

    for (nth = 0;; nth++) {
        result = inv_store_command_read(link, kind, nth, command, reply);

        if (result != INV_STORE_BUSY) {
            return result;
        }

        if (!inv_store_pause(link->call, nth)) {
            return INV_STORE_UNAVAILABLE;
        }

        bson_destroy(&reply->body);
        link->call->error[0] = '\0';
    }
}


bool
inv_store_reply_batch(const inv_store_reply_t *reply, bson_iter_t *docs)
{
    bson_iter_t iter, batch;

    return bson_iter_init(&iter, &reply->body)
           && bson_iter_find_descendant(&iter, "cursor.firstBatch", &batch)
           && inv_bson_get_elements(&batch, docs);
}


inv_store_result_t
inv_store_reply_documents(inv_store_call_t        *call,
                          const inv_store_reply_t *reply, bson_iter_t *docs)
{
    if (inv_store_reply_batch(reply, docs)) {
        return INV_STORE_OK;
    }

    inv_store_call_error(call, "a reply without a batch that can be read");

    return INV_STORE_UNAVAILABLE;
}
