
/*
 * store: is there a server, and does it take writes?
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


/*
 * A primary, a router or a standalone server; not a secondary, nor a member
 * that is in maintenance, starting or stepping down.
 */
static bool
inv_store_is_writable(const inv_store_reply_t *reply)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, &reply->body, "isWritablePrimary")
           && BSON_ITER_HOLDS_BOOL(&iter) && bson_iter_bool(&iter);
}


inv_store_result_t
inv_store_ping(inv_store_t *store, inv_store_call_t *call)
{
    bson_t             command;
    inv_store_link_t   link;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);

    if (result == INV_STORE_OK) {
        bson_init(&command);
        BCON_APPEND(&command, "hello", BCON_INT32(1));

        result = inv_store_command(&link, INV_COMMAND_PLAIN, &command, &reply);

        if (result == INV_STORE_OK && !inv_store_is_writable(&reply)) {
            inv_store_call_error(call, "the server is not a writable primary");
            result = INV_STORE_UNAVAILABLE;
        }

        bson_destroy(&reply.body);
        bson_destroy(&command);
        inv_store_link_close(&link);
    }

    return result == INV_STORE_OK ? INV_STORE_OK : INV_STORE_UNAVAILABLE;
}
