
/*
 * store: commands of several statements, and what became of each.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


/* One element of writeErrors.  False: it says nothing, or says it again. */
static bool
inv_store_statement_error(const bson_t          *error,
                          inv_store_statement_t *statements, size_t n)
{
    int64_t     index;
    const char *message;

    if (!inv_bson_find_integer(error, "index", &index) || index < 0
        || (uint64_t) index >= n || statements[index].result != INV_STORE_OK)
    {
        return false;
    }

    statements[index].result =
        inv_store_error_result(error, &statements[index].code, &message);

    return true;
}


static void
inv_store_statements_fill(inv_store_statement_t *statements, size_t n,
                          inv_store_result_t result, int32_t code)
{
    size_t i;

    for (i = 0; i < n; i++) {
        statements[i] = (inv_store_statement_t){ result, code };
    }
}


/* True: the server answered for each of them by itself. */
static bool
inv_store_statements_read(const inv_store_reply_t *reply,
                          inv_store_result_t       whole,
                          inv_store_statement_t *statements, size_t n)
{
    bool        legible;
    bson_t      error;
    bson_iter_t iter, errors;

    /* one code for all of them says nothing of each */
    inv_store_statements_fill(statements, n, whole, n == 1 ? reply->code : 0);

    if (whole == INV_STORE_OK) {
        return true;
    }

    if (!inv_store_reply_ok(reply)) {
        return false;
    }

    /* applied, or refused, but perhaps not to stay */
    if (bson_has_field(&reply->body, "writeConcernError")
        || !bson_iter_init_find(&iter, &reply->body, "writeErrors")
        || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &errors))
    {
        inv_store_statements_fill(statements, n, INV_STORE_UNKNOWN, 0);
        return false;
    }

    inv_store_statements_fill(statements, n, INV_STORE_OK, 0);

    legible = true;

    while (legible && bson_iter_next(&errors)) {
        legible = inv_bson_view(&errors, &error)
                  && inv_store_statement_error(&error, statements, n);
    }

    if (!legible || inv_bson_is_broken(&errors)) {
        inv_store_statements_fill(statements, n, INV_STORE_UNKNOWN, 0);
        return false;
    }

    return true;
}


/* How many statements one command has room for; 0: no memory for the first. */
static size_t
inv_store_several_build(const inv_store_several_t *kind, void *of, size_t first,
                        size_t n, bson_t *command)
{
    bool     built;
    bson_t   array, statement;
    size_t   i;
    uint32_t count;

    count = 0;

    bson_append_utf8(command, kind->command, -1, kind->collection, -1);
    bson_append_bool(command, "ordered", -1, false);
    bson_append_array_begin(
        command, strcmp(kind->command, "insert") == 0 ? "documents" : "updates",
        -1, &array);

    for (i = first; i < first + n && array.len < INV_STORE_COMMAND_BYTES; i++) {
        bson_init(&statement);
        built = kind->build(of, i, &statement);

        if (built) {
            inv_bson_push_document(&array, &count, &statement);
        }

        bson_destroy(&statement);

        if (!built) {
            break;
        }
    }

    bson_append_array_end(command, &array);

    return count;
}


/* Sends a command of the first of n things.  How many it was about. */
static size_t
inv_store_several_send(inv_store_link_t *link, const inv_store_several_t *kind,
                       void *of, size_t first, size_t n, inv_store_sent_t *sent)
{
    bson_t            command;
    size_t            run;
    inv_store_reply_t reply;

    bson_init(&command);
    run = inv_store_several_build(kind, of, first, n, &command);

    sent->apart = false;
    sent->applied = -1;

    if (run == 0) {
        run = 1;
        sent->whole = INV_STORE_NO_MEMORY;
        inv_store_statements_fill(sent->ends, 1, INV_STORE_NO_MEMORY, 0);

    } else {
        sent->whole = inv_store_command(link, kind->kind, &command, &reply);
        sent->apart =
            inv_store_statements_read(&reply, sent->whole, sent->ends, run);

        if (!inv_bson_find_integer(&reply.body, "n", &sent->applied)) {
            sent->applied = -1;
        }

        bson_destroy(&reply.body);
    }

    bson_destroy(&command);

    return run;
}


void
inv_store_several(inv_store_link_t *link, const inv_store_several_t *kind,
                  void *of, size_t n)
{
    size_t                i, run;
    inv_store_sent_t      sent;
    inv_store_statement_t end;

    sent.ends =
        inv_arena_array(link->call->arena, n, sizeof(inv_store_statement_t));

    if (sent.ends == NULL) {
        sent = (inv_store_sent_t){ INV_STORE_NO_MEMORY, false, -1, &end };
        end = (inv_store_statement_t){ INV_STORE_NO_MEMORY, 0 };

        for (i = 0; i < n; i++) {
            kind->sent(link, of, i, 1, &sent);
        }

        return;
    }

    for (i = 0; i < n; i += run) {
        run = inv_store_several_send(link, kind, of, i, n - i, &sent);
        kind->sent(link, of, i, run, &sent);

        /* nobody is there for the rest either */
        if (sent.whole == INV_STORE_UNAVAILABLE && i + run < n) {
            i += run;
            run = n - i;
            inv_store_statements_fill(sent.ends, run, sent.whole, 0);
            kind->sent(link, of, i, run, &sent);
        }
    }
}
