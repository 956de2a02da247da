
/*
 * store: ANSWER: what a key keeps, stored before it is told.
 *
 * Runs on threads.
 */


#include "inv_store_claims.h"


static bool
inv_store_answer_build(void *of, size_t i, bson_t *statement)
{
    bson_t                    query, update, set;
    inv_step_t              **steps = of;
    const inv_claim_record_t *record = &steps[i]->record;

    bson_append_document_begin(statement, "q", -1, &query);
    inv_store_claim_query(steps[i], record->gen, &query);
    bson_append_document_end(statement, &query);

    bson_append_document_begin(statement, "u", -1, &update);
    bson_append_document_begin(&update, "$set", -1, &set);
    bson_append_int64(&set, "status", -1, record->status);
    inv_bson_put_binary(&set, "answer", record->answer.data,
                        record->answer.len);
    bson_append_document_end(&update, &set);
    bson_append_document_end(statement, &update);

    return true;
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
        result = INV_STORE_UNKNOWN;

    } else if (!bson_iter_next(&documents)) {
        result = INV_STORE_NOT_FOUND;

    } else if (!inv_bson_view(&documents, &document)
               || !inv_bson_is_whole(&document))
    {
        result = INV_STORE_UNKNOWN;

    } else if (!inv_store_answer_kept(&step->record, &document)) {
        result = INV_STORE_NOT_FOUND;
    }

    inv_store_step_sent(step, result);

    bson_destroy(&reply.body);
}


static void
inv_store_answer_sent(inv_store_link_t *link, void *of, size_t first, size_t n,
                      const inv_store_sent_t *sent)
{
    size_t       i;
    inv_step_t **steps = of;

    steps += first;

    for (i = 0; i < n; i++) {
        inv_store_step_end(steps[i], sent->ends[i].result);

        if (sent->ends[i].result != INV_STORE_OK
            || sent->applied == (int64_t) n) {
            continue;
        }

        if (n == 1 && sent->applied == 0) {
            steps[i]->reply = INV_REPLY_MISSED;
        } else {
            inv_store_answer_verify(link, steps[i]);
        }
    }
}


static const inv_store_several_t inv_store_answer_several = {
    "update", INV_STORE_CLAIMS, INV_COMMAND_WRITE, inv_store_answer_build,
    inv_store_answer_sent
};


void
inv_store_step_answer(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    inv_store_several(link, &inv_store_answer_several, steps, n);
}
