
/*
 * store: what the end of a command means: done, refused, or in doubt.
 *
 * Runs on threads.  What each code says stands in inv_store_code.c.
 */


#include "inv_store_internal.h"


/* No reply: it has not been sent, or anything may have become of it. */
static inv_store_result_t
inv_store_driver_result(const bson_error_t *error, bool sent)
{
    if (sent) {
        return INV_STORE_UNKNOWN;
    }

    /* the driver would not have it: no server will */
    if (error->domain == MONGOC_ERROR_BSON
        || (error->domain == MONGOC_ERROR_COMMAND
            && error->code == MONGOC_ERROR_COMMAND_INVALID_ARG))
    {
        return INV_STORE_FAILED;
    }

    return INV_STORE_UNAVAILABLE;
}


/* An error document: {code, errmsg, ...}. */
static inv_store_result_t
inv_store_error_result(const bson_t *document, int32_t *code,
                       const char **message)
{
    int64_t            number;
    bson_iter_t        iter;
    inv_store_result_t result;

    *code = 0;
    *message = "no reason given";

    if (inv_bson_find_integer(document, "code", &number)) {
        *code = (int32_t) number;
    }

    if (bson_iter_init_find(&iter, document, "errmsg")
        && BSON_ITER_HOLDS_UTF8(&iter))
    {
        *message = bson_iter_utf8(&iter, NULL);
    }

    *code = inv_store_code_named(*code, *message);

    /* 0, an error that does not say which one, is not listed: in doubt */
    result = inv_store_code_result(*code);

    if (result == INV_STORE_FAILED
        && mongoc_error_has_label(document, "RetryableWriteError"))
    {
        return INV_STORE_UNKNOWN;
    }

    return result;
}


/* How much is in doubt: of several errors the worst one counts. */
static unsigned
inv_store_doubt(inv_store_result_t result)
{
    switch (result) {

    case INV_STORE_UNKNOWN:
        return 3;

    case INV_STORE_UNAVAILABLE:
        return 2;

    case INV_STORE_BUSY:
        return 1;

    default:
        return 0;
    }
}


/* The statements of one command that were refused; at least one. */
static inv_store_result_t
inv_store_errors_result(bson_iter_t *errors, int32_t *code,
                        const char **message)
{
    bson_t             document;
    int32_t            next_code;
    const char        *next_message;
    inv_store_result_t result, next;

    result = INV_STORE_OK;

    do {
        if (!inv_bson_view(errors, &document)) {
            *message = "writeErrors cannot be read";
            return INV_STORE_UNKNOWN;
        }

        next = inv_store_error_result(&document, &next_code, &next_message);

        if (result == INV_STORE_OK
            || inv_store_doubt(next) > inv_store_doubt(result)) {
            result = next;
            *code = next_code;
            *message = next_message;
        }

    } while (bson_iter_next(errors));

    return result;
}


/*
 * What a reply of the server's says.  ok: 1 may still carry writeErrors, and a
 * writeConcernError: what was applied is perhaps not to stay, and what was
 * refused was perhaps refused because of something that is not to stay.
 */
static inv_store_result_t
inv_store_reply_result(inv_store_reply_t *reply, const char **message)
{
    bson_t             document;
    bson_iter_t        iter, errors;
    inv_store_result_t result;

    if (!bson_iter_init_find(&iter, &reply->body, "ok")
        || !bson_iter_as_bool(&iter))
    {
        return inv_store_error_result(&reply->body, &reply->code, message);
    }

    result = INV_STORE_OK;

    if (bson_iter_init_find(&iter, &reply->body, "writeErrors")) {
        if (!BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &errors))
        {
            *message = "writeErrors cannot be read";
            return INV_STORE_UNKNOWN;
        }

        if (bson_iter_next(&errors)) {
            result = inv_store_errors_result(&errors, &reply->code, message);
        }
    }

    if (!bson_iter_init_find(&iter, &reply->body, "writeConcernError")) {
        return result;
    }

    if (result == INV_STORE_OK && inv_bson_view(&iter, &document)) {
        inv_store_error_result(&document, &reply->code, message);
    }

    return INV_STORE_UNKNOWN;
}


/* Has the command more than one statement? */
static bool
inv_store_is_several(const bson_t *command)
{
    size_t      i;
    bson_t      statements;
    bson_iter_t iter;

    static const char *const names[] = { "documents", "updates", "deletes" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (bson_iter_init_find(&iter, command, names[i])
            && inv_bson_view(&iter, &statements))
        {
            return bson_count_keys(&statements) > 1;
        }
    }

    return false;
}


/* The outcome of a command that the server answered. */
static inv_store_result_t
inv_store_answer_result(const bson_t *command, inv_store_reply_t *reply,
                        const char **message)
{
    bson_iter_t        ok;
    inv_store_result_t result;

    result = inv_store_reply_result(reply, message);

    /*
     * One error for all statements says nothing of those before the one that
     * met it, unless the command could not be begun at all.
     */
    if ((result == INV_STORE_BUSY || result == INV_STORE_UNAVAILABLE)
        && bson_iter_init_find(&ok, &reply->body, "ok")
        && !bson_iter_as_bool(&ok) && inv_store_is_several(command))
    {
        return INV_STORE_UNKNOWN;
    }

    return result;
}


/*
 * What only reads cannot have been applied.  A code that nobody knows would
 * most likely be the same again: it says nothing of the server's health.
 */
static inv_store_result_t
inv_store_read_result(inv_store_result_t result, int32_t code)
{
    inv_store_result_t known;

    if (result != INV_STORE_UNKNOWN) {
        return result;
    }

    return code == 0 || inv_store_code_find(code, &known)
               ? INV_STORE_UNAVAILABLE
               : INV_STORE_FAILED;
}


inv_store_result_t
inv_store_outcome(inv_store_link_t *link, inv_command_kind_t kind,
                  const bson_t *command, bool sent, const bson_error_t *error,
                  inv_store_reply_t *reply)
{
    const char        *message, *name, *collection;
    bson_iter_t        iter;
    inv_store_result_t result;

    message = error->message;

    if (bson_has_field(&reply->body, "ok")) {
        result = inv_store_answer_result(command, reply, &message);
    } else {
        result = inv_store_driver_result(error, sent);
    }

    if (result == INV_STORE_OK) {
        return INV_STORE_OK;
    }

    if (inv_store_only_reads(kind)) {
        result = inv_store_read_result(result, reply->code);
    }

    name = "";
    collection = "";

    if (bson_iter_init(&iter, command) && bson_iter_next(&iter)) {
        name = bson_iter_key(&iter);
        collection =
            BSON_ITER_HOLDS_UTF8(&iter) ? bson_iter_utf8(&iter, NULL) : "";
    }

    inv_store_call_error(link->call, "%s %s: %s (%d)", name, collection,
                         message, (int) reply->code);
    inv_store_scrub(link->call->error, link->store->password);

    return result;
}
