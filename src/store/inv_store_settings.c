
/*
 * store: what all nodes of a database share, see inv_store_settings.h.
 *
 * Runs on threads.
 */


#include "inv_store_settings.h"
#include "inv_store_step.h"


#define INV_STORE_SETTINGS "settings"
#define INV_STORE_REDIS    "redis" /* _id */


/* OK; NOT_FOUND: there is no such document. */
static inv_store_result_t
inv_store_secret_take(inv_store_call_t *call, bson_iter_t *documents,
                      unsigned char secret[INV_STORE_SECRET])
{
    bson_t      document;
    bson_iter_t iter;

    if (!bson_iter_next(documents) || !inv_bson_view(documents, &document)) {
        return INV_STORE_NOT_FOUND;
    }

    if (bson_iter_init_find(&iter, &document, "secret")
        && inv_bson_get_binary(&iter, secret, INV_STORE_SECRET))
    {
        return INV_STORE_OK;
    }

    inv_store_call_error(call,
                         "\"%s\" of %s has no secret of %d bytes: remove it, "
                         "and a new one is made",
                         INV_STORE_REDIS, INV_STORE_SETTINGS, INV_STORE_SECRET);

    return INV_STORE_FAILED;
}


static inv_store_result_t
inv_store_secret_find(inv_store_link_t *link,
                      unsigned char     secret[INV_STORE_SECRET])
{
    bson_t             command;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_SETTINGS), "filter", "{",
                "_id", BCON_UTF8(INV_STORE_REDIS), "}", "limit", BCON_INT64(1),
                "singleBatch", BCON_BOOL(true));

    result = inv_store_command(link, INV_COMMAND_READ, &command, &reply);

    if (result == INV_STORE_OK) {
        result = inv_store_reply_documents(link->call, &reply, &documents);
    }

    if (result == INV_STORE_OK) {
        result = inv_store_secret_take(link->call, &documents, secret);
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


/* OK also where another node was first. */
static inv_store_result_t
inv_store_secret_make(inv_store_link_t *link)
{
    bson_t             command, document;
    unsigned char      secret[INV_STORE_SECRET];
    inv_store_reply_t  reply;
    inv_store_result_t result;

    inv_random(secret, sizeof(secret));

    bson_init(&document);
    bson_append_utf8(&document, "_id", -1, INV_STORE_REDIS, -1);
    inv_bson_put_binary(&document, "secret", secret, sizeof(secret));
    bson_append_date_time(&document, "createdAt", -1, inv_time_now());

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_SETTINGS), "documents",
                "[", BCON_DOCUMENT(&document), "]");

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);

    if (result == INV_STORE_FAILED && reply.code == INV_CODE_DUPLICATE) {
        result = INV_STORE_OK;
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&document);

    return result;
}


/* What was made is not used before it is read by majority: it is to stay. */
inv_store_result_t
inv_store_redis_secret(inv_store_t *store, inv_store_call_t *call,
                       unsigned char secret[INV_STORE_SECRET])
{
    inv_store_link_t   link;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_secret_find(&link, secret);

    if (result == INV_STORE_NOT_FOUND) {
        result = inv_store_secret_make(&link);

        if (result == INV_STORE_OK) {
            result = inv_store_secret_find(&link, secret);
        }
    }

    inv_store_link_close(&link);

    if (result == INV_STORE_NOT_FOUND) {
        inv_store_call_error(call, "\"%s\" of %s cannot be read yet",
                             INV_STORE_REDIS, INV_STORE_SETTINGS);
        return INV_STORE_UNAVAILABLE;
    }

    return result;
}
