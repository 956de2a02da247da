
/*
 * store: what the end of a command means: done, refused, or in doubt.
 *
 * Runs on threads.  In doubt is the default: a wrong "nothing was applied"
 * sells an item twice, a wrong doubt costs a look-up.
 */


#include "inv_store_internal.h"


/*
 * Errors of the server's for which the default, FAILED, would be wrong: a
 * definite answer is one that says that this command has not been applied.
 */
static const struct {
    int32_t            code;
    inv_store_result_t result;
} inv_store_codes[] = {
    { INV_CODE_INTERNAL, INV_STORE_UNKNOWN }, /* anything */
    { 6, INV_STORE_UNKNOWN },   /* HostUnreachable, from a router */
    { 7, INV_STORE_UNKNOWN },   /* HostNotFound, from a router */
    { 8, INV_STORE_UNKNOWN },   /* UnknownError */
    { 50, INV_STORE_UNKNOWN },  /* MaxTimeMSExpired */
    { 64, INV_STORE_UNKNOWN },  /* WriteConcernFailed */
    { 79, INV_STORE_UNKNOWN },  /* UnknownReplWriteConcern */
    { 89, INV_STORE_UNKNOWN },  /* NetworkTimeout */
    { 91, INV_STORE_UNKNOWN },  /* ShutdownInProgress */
    { 100, INV_STORE_UNKNOWN }, /* UnsatisfiableWriteConcern */
    { INV_CODE_WRITE_CONFLICT, INV_STORE_BUSY },
    { 189, INV_STORE_UNKNOWN },       /* PrimarySteppedDown */
    { 202, INV_STORE_UNKNOWN },       /* NetworkInterfaceExceededTimeLimit */
    { 262, INV_STORE_UNKNOWN },       /* ExceededTimeLimit */
    { 9001, INV_STORE_UNKNOWN },      /* SocketException */
    { 10107, INV_STORE_UNAVAILABLE }, /* NotWritablePrimary */
    { 11600, INV_STORE_UNKNOWN },     /* InterruptedAtShutdown */
    { 11601, INV_STORE_UNKNOWN },     /* Interrupted */
    { 11602, INV_STORE_UNKNOWN },     /* InterruptedDueToReplStateChange */
    { 13435, INV_STORE_UNAVAILABLE }, /* NotPrimaryNoSecondaryOk */
    { 13436, INV_STORE_UNAVAILABLE }, /* NotPrimaryOrSecondary */
    { 16777220, INV_STORE_BUSY },     /* SQLSTATE 40001: serialization */
    { 16908292, INV_STORE_BUSY },     /* SQLSTATE 40P01: deadlock */
    { 50463045, INV_STORE_BUSY },     /* SQLSTATE 55P03: no lock */
};

/*
 * MongoDB assigns no codes from here on; DocumentDB hands on what PostgreSQL
 * said (five characters of an SQLSTATE, six bits each), a crash in the middle
 * of a commit included.
 */
#define INV_CODE_SQLSTATE (1 << 24)


inv_store_result_t
inv_store_code_result(int32_t code)
{
    size_t i;

    for (i = 0; i < sizeof(inv_store_codes) / sizeof(inv_store_codes[0]); i++) {
        if (inv_store_codes[i].code == code) {
            return inv_store_codes[i].result;
        }
    }

    return code >= INV_CODE_SQLSTATE ? INV_STORE_UNKNOWN : INV_STORE_FAILED;
}


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


/*
 * DocumentDB has one code for what PostgreSQL says in a findAndModify; the
 * words tell what is certain.
 */
static const struct {
    const char *words;
    int32_t     code;
} inv_store_words[] = {
    { "exclusion constraint", INV_CODE_DUPLICATE },
    { "deadlock detected", INV_CODE_WRITE_CONFLICT },
    { "could not serialize access", INV_CODE_WRITE_CONFLICT },
};


static int32_t
inv_store_code_named(int32_t code, const char *message)
{
    size_t i;

    if (code != INV_CODE_INTERNAL) {
        return code;
    }

    for (i = 0; i < sizeof(inv_store_words) / sizeof(inv_store_words[0]); i++) {
        if (strstr(message, inv_store_words[i].words) != NULL) {
            return inv_store_words[i].code;
        }
    }

    return code;
}


/* An error document: {code, errmsg, ...}. */
static inv_store_result_t
inv_store_error_result(const bson_t *document, int32_t *code,
                       const char **message)
{
    int64_t     number;
    bson_iter_t iter;

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

    if (mongoc_error_has_label(document, "RetryableWriteError")
        && inv_store_code_result(*code) == INV_STORE_FAILED)
    {
        return INV_STORE_UNKNOWN;
    }

    /* an error that does not say which one says nothing for certain */
    return *code != 0 ? inv_store_code_result(*code) : INV_STORE_UNKNOWN;
}


/*
 * What a reply of the server's says.  ok: 1 may still carry writeErrors, of
 * which the first counts here, and a writeConcernError: applied, but perhaps
 * not to stay.
 */
static inv_store_result_t
inv_store_reply_result(inv_store_reply_t *reply, const char **message)
{
    bson_t      document;
    bson_iter_t iter, errors;

    if (!bson_iter_init_find(&iter, &reply->body, "ok")
        || !bson_iter_as_bool(&iter))
    {
        return inv_store_error_result(&reply->body, &reply->code, message);
    }

    if (bson_iter_init_find(&iter, &reply->body, "writeErrors")
        && BSON_ITER_HOLDS_ARRAY(&iter) && bson_iter_recurse(&iter, &errors)
        && bson_iter_next(&errors) && inv_bson_view(&errors, &document))
    {
        return inv_store_error_result(&document, &reply->code, message);
    }

    if (bson_iter_init_find(&iter, &reply->body, "writeConcernError")
        && inv_bson_view(&iter, &document))
    {
        inv_store_error_result(&document, &reply->code, message);
        return INV_STORE_UNKNOWN;
    }

    return INV_STORE_OK;
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
        result = inv_store_reply_result(reply, &message);
    } else {
        result = inv_store_driver_result(error, sent);
    }

    if (result == INV_STORE_OK) {
        return INV_STORE_OK;
    }

    /* what only reads cannot have been applied */
    if (result == INV_STORE_UNKNOWN
        && (kind == INV_COMMAND_READ || kind == INV_COMMAND_PLAIN))
    {
        result = INV_STORE_UNAVAILABLE;
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
