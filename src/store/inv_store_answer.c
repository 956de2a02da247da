
/*
 * store: ANSWER: what a key keeps, stored before it is told.
 *
 * Runs on threads.
 */


#include "inv_store_claims.h"


static void
inv_store_answer_statement(const inv_step_t *step, bson_t *statement)
{
    bson_t                    query, update, set;
    const inv_claim_record_t *record = &step->record;

    bson_append_document_begin(statement, "q", -1, &query);
    inv_store_claim_query(step, record->gen, &query);
    bson_append_document_end(statement, &query);

    bson_append_document_begin(statement, "u", -1, &update);
    bson_append_document_begin(&update, "$set", -1, &set);
    bson_append_int64(&set, "status", -1, record->status);
    inv_bson_put_binary(&set, "answer", record->answer.data,
                        record->answer.len);
    bson_append_document_end(&update, &set);
    bson_append_document_end(statement, &update);
}


/*
 * Builds the update of the first steps, as many as one command has room for.
 * How many.
 */
static size_t
inv_store_answer_command(inv_step_t **steps, size_t n, bson_t *command)
{
    bson_t   statements, statement;
    size_t   i;
    uint32_t count;

    count = 0;

    BCON_APPEND(command, "update", BCON_UTF8(INV_STORE_CLAIMS), "ordered",
                BCON_BOOL(false));
    bson_append_array_begin(command, "updates", -1, &statements);

    for (i = 0; i < n && statements.len < INV_STORE_COMMAND_BYTES; i++) {
        bson_init(&statement);
        inv_store_answer_statement(steps[i], &statement);
        inv_bson_push_document(&statements, &count, &statement);
        bson_destroy(&statement);
    }

    bson_append_array_end(command, &statements);

    return count;
}


/* Is it this very answer that the claim has? */
static bool
inv_store_answer_kept(const inv_claim_record_t *record, const bson_t *document)
{
    int64_t        gen, status;
    uint32_t       len;
    bson_iter_t    iter;
    const uint8_t *data;

    if (!inv_bson_find_integer(document, "gen", &gen)
        || !inv_bson_find_integer(document, "status", &status)
        || !bson_iter_init_find(&iter, document, "answer")
        || !BSON_ITER_HOLDS_BINARY(&iter))
    {
        return false;
    }

    bson_iter_binary(&iter, NULL, &len, &data);

    return gen == record->gen && status == record->status
           && len == record->answer.len
           && (len == 0 || memcmp(data, record->answer.data, len) == 0);
}


/*
 * An update says how many it applied to, not which.  One gen has one answer:
 * where it stands it was stored, by this or by an earlier try.
 */
static void
inv_store_answer_verify(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    result = inv_store_claim_find(link, &step, 1, &reply, &documents);

    if (result != INV_STORE_OK) {
        inv_store_step_end(step, INV_STORE_UNKNOWN);

    } else {
        inv_store_step_end(step, INV_STORE_OK);

        if (!bson_iter_next(&documents) || !inv_bson_view(&documents, &document)
            || !inv_store_answer_kept(&step->record, &document))
        {
            step->reply = INV_REPLY_MISSED;
        }
    }

    bson_destroy(&reply.body);
}


static void
inv_store_answer_send(inv_store_link_t *link, inv_step_t **steps, size_t n,
                      inv_store_statement_t *ends, bson_t *command)
{
    bool               all;
    size_t             i;
    int64_t            stored;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    result = inv_store_command(link, INV_COMMAND_WRITE, command, &reply);

    inv_store_statements(&reply, result, ends, n);

    all = inv_bson_find_integer(&reply.body, "n", &stored)
          && stored == (int64_t) n;

    for (i = 0; i < n; i++) {
        inv_store_step_end(steps[i], ends[i].result);

        if (ends[i].result != INV_STORE_OK || all) {
            continue;
        }

        if (n == 1) {
            steps[i]->reply = INV_REPLY_MISSED;
        } else {
            inv_store_answer_verify(link, steps[i]);
        }
    }

    bson_destroy(&reply.body);
}


void
inv_store_step_answer(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    bson_t                 command;
    size_t                 i, run;
    inv_store_statement_t *ends;

    ends = inv_arena_array(link->call->arena, n, sizeof(inv_store_statement_t));
    if (ends == NULL) {
        inv_store_steps_end(steps, n, INV_STORE_NO_MEMORY);
        return;
    }

    for (i = 0; i < n; i += run) {
        bson_init(&command);
        run = inv_store_answer_command(&steps[i], n - i, &command);
        inv_store_answer_send(link, &steps[i], run, ends, &command);
        bson_destroy(&command);
    }
}
