
/*
 * store: pulling out of outboxes what is in the ledger.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


void
inv_store_outbox_kept(bson_t *bson, const char *name, const bson_t *batches)
{
    /* clang-format off */
    BCON_APPEND(bson, name, "{", "$filter", "{",
        "input", BCON_UTF8("$outbox"), "as", BCON_UTF8("entry"),
        "cond", "{", "$not", "[",
            "{", "$in", "[", BCON_UTF8("$$entry.b"),
                             BCON_ARRAY(batches), "]", "}",
        "]", "}",
    "}", "}");
    /* clang-format on */
}


void
inv_store_pull_pipeline(bson_t *statement, const bson_t *batches)
{
    bson_t     kept;
    inv_time_t purge_at;

    purge_at = inv_time_now() + INV_PURGE_AFTER_MS;

    bson_init(&kept);
    inv_store_outbox_kept(&kept, "outbox", batches);

    /* clang-format off */
    BCON_APPEND(statement, "u", "[",
        "{", "$set", BCON_DOCUMENT(&kept), "}",
        "{", "$set", "{",
            "dirty", "{", "$cond", "[",
                "{", "$eq", "[", "{", "$size", BCON_UTF8("$outbox"), "}",
                                 BCON_INT32(0), "]", "}",
                BCON_UTF8("$$REMOVE"), BCON_BOOL(true),
            "]", "}",
            "purgeAt", "{", "$cond", "[",
                "{", "$and", "[",
                    "{", "$eq", "[", "{", "$size", BCON_UTF8("$outbox"), "}",
                                     BCON_INT32(0), "]", "}",
                    "{", "$eq", "[", BCON_UTF8("$deleted"),
                                     BCON_BOOL(true), "]", "}",
                "]", "}",
                BCON_DATE_TIME(purge_at), BCON_UTF8("$$REMOVE"),
            "]", "}",
        "}", "}",
    "]");
    /* clang-format on */

    bson_destroy(&kept);
}


static void
inv_store_step_pull_statement(bson_t *statements, uint32_t *count,
                              const inv_step_t *step)
{
    bson_t     statement, batches;
    size_t     i;
    uint32_t   n;
    bson_oid_t id;

    n = 0;
    bson_init(&batches);

    for (i = 0; i < step->nbatches; i++) {
        inv_bson_push_oid(&batches, &n, step->batches[i]);
    }

    bson_oid_init_from_data(&id, step->product.bytes);

    bson_init(&statement);
    BCON_APPEND(&statement, "q", "{", "_id", BCON_OID(&id), "outbox.b", "{",
                "$in", BCON_ARRAY(&batches), "}", "}");
    inv_store_pull_pipeline(&statement, &batches);

    inv_bson_push_document(statements, count, &statement);

    bson_destroy(&statement);
    bson_destroy(&batches);
}


/* What is not there to be pulled has been pulled. */
void
inv_store_step_pull(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    bson_t                 command, statements;
    size_t                 i;
    uint32_t               count;
    inv_store_statement_t *ends;
    inv_store_reply_t      reply;
    inv_store_result_t     result;

    ends = inv_arena_array(link->call->arena, n, sizeof(inv_store_statement_t));
    if (ends == NULL) {
        inv_store_steps_end(steps, n, INV_STORE_NO_MEMORY);
        return;
    }

    count = 0;

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "ordered",
                BCON_BOOL(false));

    bson_append_array_begin(&command, "updates", -1, &statements);

    for (i = 0; i < n; i++) {
        inv_store_step_pull_statement(&statements, &count, steps[i]);
    }

    bson_append_array_end(&command, &statements);

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);
    inv_store_statements(&reply, result, ends, n);

    for (i = 0; i < n; i++) {
        inv_store_step_end(steps[i], ends[i].result);
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
}
