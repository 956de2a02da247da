
/*
 * store: what the end of a command means: done, refused, or in doubt.
 *
 * Runs on threads.  What each code says stands in inv_store_code_table.c, the
 * errors of a reply are read in inv_store_error.c.
 */


#include "inv_store_code.h"


/* No reply: it has not been sent, or anything may have become of it. */
static inv_store_result_t
inv_store_driver_result(const inv_store_link_t *link, const bson_error_t *error,
                        bool sent)
{
    if (sent) {
        return INV_STORE_UNKNOWN;
    }

    if (error->domain == MONGOC_ERROR_SERVER_SELECTION
        && inv_store_is_electing(link->store))
    {
        return INV_STORE_BUSY;
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


/* What the driver's words leave to be guessed. */
static const char *
inv_store_driver_hint(const bson_error_t *error)
{
    return error->domain == MONGOC_ERROR_CLIENT
                   && error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE
               ? "MongoDB refuses the login, see user, password and authSource "
                 "of its URI: "
               : "";
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

    return inv_bson_is_broken(errors) ? INV_STORE_UNKNOWN : result;
}


/*
 * A reply that says ok may still carry writeErrors, and a writeConcernError:
 * what was applied is perhaps not to stay, and what was refused was perhaps
 * refused because of something that is not to stay.
 */
static inv_store_result_t
inv_store_done_result(inv_store_reply_t *reply, const char **message)
{
    bson_t             document;
    bson_iter_t        iter, errors;
    inv_store_result_t result;

    result = INV_STORE_OK;

    if (bson_iter_init_find(&iter, &reply->body, "writeErrors")) {
        if (!BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &errors))
        {
            *message = "writeErrors cannot be read";
            return INV_STORE_UNKNOWN;
        }

        if (bson_iter_next(&errors)) {
            result = inv_store_errors_result(&errors, &reply->code, message);
        } else if (inv_bson_is_broken(&errors)) {
            result = INV_STORE_UNKNOWN;
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


/*
 * Do its labels say that nothing of the command was applied?  RetryableError
 * comes with overload only, from a server that has not begun with the command;
 * behind a router that was one shard's, and others may have begun.
 */
static bool
inv_store_none_applied(const inv_store_link_t *link, const bson_t *error)
{
    return inv_store_has_label(error, "NoWritesPerformed")
           || (inv_store_has_label(error, "SystemOverloadedError")
               && inv_store_has_label(error, "RetryableError")
               && !atomic_load(&link->store->routed));
}


/* Is it met before the first statement of a command? */
static bool
inv_store_is_at_the_door(int32_t code)
{
    inv_code_write_t write = inv_store_code_write(code);

    return write == INV_CODE_NOT_BEGUN || write == INV_CODE_BARRED;
}


/* A reply that does not say ok: one error for the whole command. */
static inv_store_result_t
inv_store_failed_result(const inv_store_link_t *link, const bson_t *command,
                        inv_store_reply_t *reply, const char **message)
{
    inv_store_result_t result;

    result = inv_store_error_result(&reply->body, &reply->code, message);

    /* refused because of something that is perhaps not to stay */
    if (result == INV_STORE_FAILED
        && bson_has_field(&reply->body, "writeConcernError"))
    {
        result = INV_STORE_UNKNOWN;
    }

    /*
     * It says nothing of the statements before the one that met it, unless it
     * was met before the first.
     */
    if ((result == INV_STORE_BUSY || result == INV_STORE_UNAVAILABLE)
        && inv_store_is_several(command)
        && (!inv_store_is_at_the_door(reply->code)
            || atomic_load(&link->store->routed)))
    {
        result = INV_STORE_UNKNOWN;
    }

    if (result == INV_STORE_UNKNOWN
        && inv_store_none_applied(link, &reply->body)) {
        return INV_STORE_BUSY;
    }

    return result;
}


/* What is told to the log: the command, the reason, the code and its name. */
static void
inv_store_outcome_say(const inv_store_link_t *link, const bson_t *command,
                      const char *hint, const char *message, int32_t code)
{
    bson_iter_t iter;
    inv_str_t   known;
    const char *name, *collection;

    name = "";
    collection = "";
    known = inv_store_code_name(code);

    if (bson_iter_init(&iter, command) && bson_iter_next(&iter)) {
        name = bson_iter_key(&iter);
        collection =
            BSON_ITER_HOLDS_UTF8(&iter) ? bson_iter_utf8(&iter, NULL) : "";
    }

    inv_store_call_error(link->call, "%s %s: %s%s (%d%s%.*s)", name, collection,
                         hint, message, (int) code, known.len != 0 ? " " : "",
                         (int) known.len, known.data);
    inv_store_scrub(link->call->error, sizeof(link->call->error),
                    link->store->password);
}


inv_store_result_t
inv_store_outcome(inv_store_link_t *link, inv_command_kind_t kind,
                  const bson_t *command, bool sent, const bson_error_t *error,
                  inv_store_reply_t *reply)
{
    const char        *message;
    inv_store_result_t result;

    message = error->message;

    if (!bson_has_field(&reply->body, "ok")) {
        result = inv_store_driver_result(link, error, sent);

    } else if (!inv_bson_is_whole(&reply->body)) {
        /* what it does not show may be what counts */
        message = "the reply cannot be read";
        result = INV_STORE_UNKNOWN;

    } else if (inv_store_reply_ok(reply)) {
        result = inv_store_done_result(reply, &message);

    } else {
        result = inv_store_failed_result(link, command, reply, &message);
    }

    if (result == INV_STORE_OK) {
        return INV_STORE_OK;
    }

    /* what only reads cannot have been applied */
    if (result == INV_STORE_UNKNOWN && inv_store_only_reads(kind)) {
        result = inv_store_code_read(reply->code);
    }

    inv_store_servers_hear(link->store, reply->code);
    inv_store_outcome_say(link, command, inv_store_driver_hint(error), message,
                          reply->code);

    return result;
}
