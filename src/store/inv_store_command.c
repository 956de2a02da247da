
/*
 * store: the one way to run a command.
 *
 * Runs on threads.  What the outcome was is told by inv_store_outcome.c.
 */


#include "inv_store_internal.h"


/* With mongoc 1.27 a socket's patience follows each call's deadline. */
#if MONGOC_CHECK_VERSION(1, 27, 0)
#define INV_STORE_HAVE_SOCKET_TIMEOUT 1
#endif

#define INV_STORE_REPLY_SLACK_MS 100


static void
inv_store_command_limits(const inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, int64_t left)
{
    switch (kind) {

    case INV_COMMAND_READ:
        BCON_APPEND(command, "readConcern", "{", "level", BCON_UTF8("majority"),
                    "}");
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


inv_store_result_t
inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                  bson_t *command, inv_store_reply_t *reply)
{
    bool         ok;
    int64_t      left;
    bson_error_t error;

    reply->code = 0;

    left = inv_store_call_left(link->call);

    if (left == 0) {
        bson_init(&reply->body);
        inv_store_call_error(link->call, "the deadline had passed");
        return INV_STORE_BUSY;
    }

    inv_store_command_limits(link, kind, command, left);

    memset(&error, 0, sizeof(error));

    link->call->commands++;

    ok = mongoc_client_command_simple(link->client, link->store->database,
                                      command, NULL, &reply->body, &error);

    return inv_store_outcome(link, kind, command, ok, &error, reply);
}


bool
inv_store_reply_batch(const inv_store_reply_t *reply, bson_iter_t *docs)
{
    bson_iter_t iter, batch;

    return bson_iter_init(&iter, &reply->body)
           && bson_iter_find_descendant(&iter, "cursor.firstBatch", &batch)
           && BSON_ITER_HOLDS_ARRAY(&batch) && bson_iter_recurse(&batch, docs);
}
