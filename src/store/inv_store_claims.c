
/*
 * store: CLAIM, RECALL and TAKE: the arbiters of idempotency keys.
 *
 * Runs on threads.  claims {_id, fp, nonce, by, gen, at, status?, answer?,
 * purgeAt}: _id and fp are SHA-256, status and answer come last and never
 * change.
 */


#include "inv_store_claims.h"


/* A key is remembered for as long as clients may still try again. */
#define INV_STORE_CLAIM_MS INT64_C(172800000)

/* Of the answers that a key keeps: what is 500 and above leaves it open. */
#define INV_STORE_CLAIM_STATUS_MIN 200
#define INV_STORE_CLAIM_STATUS_MAX 499


static void
inv_store_claim_document(const inv_claim_record_t *record, bson_t *document)
{
    inv_bson_put_binary(document, "_id", record->id, sizeof(record->id));
    inv_bson_put_binary(document, "fp", record->fingerprint,
                        sizeof(record->fingerprint));
    inv_bson_put_oid(document, "nonce", record->nonce);
    inv_bson_put_oid(document, "by", record->by);
    bson_append_int64(document, "gen", -1, record->gen);
    bson_append_date_time(document, "at", -1, record->at);
    bson_append_date_time(document, "purgeAt", -1,
                          record->at + INV_STORE_CLAIM_MS);
}


void
inv_store_claim_query(const inv_step_t *step, int64_t gen, bson_t *query)
{
    inv_bson_put_binary(query, "_id", step->record.id, INV_CLAIM_ID);

    if (step->guards_gen) {
        bson_append_int64(query, "gen", -1, gen);
    }

    BCON_APPEND(query, "status", "{", "$exists", BCON_BOOL(false), "}");
}


static bool
inv_store_claim_build(void *of, size_t i, bson_t *document)
{
    inv_step_t **steps = of;

    inv_store_claim_document(&steps[i]->record, document);

    return true;
}


static void
inv_store_claim_sent(inv_store_link_t *link, void *of, size_t first, size_t n,
                     const inv_store_sent_t *sent)
{
    size_t       i, duplicates;
    inv_step_t **steps = of;

    duplicates = 0;

    for (i = 0; i < n; i++) {
        inv_store_step_end(steps[first + i], sent->ends[i].result);

        if (sent->ends[i].code == INV_CODE_DUPLICATE) {
            steps[first + i]->reply = INV_REPLY_MISSED;
            steps[first + i]->verdict = INV_VERDICT_NONE;
            duplicates++;
        }
    }

    /* a duplicate is not what went wrong */
    if (duplicates != 0 && sent->whole == INV_STORE_FAILED) {
        link->call->error[0] = '\0';
    }
}


static const inv_store_several_t inv_store_claim_several = {
    "insert", INV_STORE_CLAIMS, INV_COMMAND_WRITE, inv_store_claim_build,
    inv_store_claim_sent
};


void
inv_store_step_claim(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    inv_store_several(link, &inv_store_claim_several, steps, n);
}


static bool
inv_store_claim_status(const bson_iter_t *iter, int *status)
{
    int64_t value;

    if (!inv_bson_get_integer(iter, &value)
        || value < INV_STORE_CLAIM_STATUS_MIN
        || value > INV_STORE_CLAIM_STATUS_MAX)
    {
        return false;
    }

    *status = (int) value;

    return true;
}


/* A record as it stands.  OK, FAILED (damaged) or NO_MEMORY. */
static inv_store_result_t
inv_store_claim_read(inv_store_call_t *call, const bson_t *document,
                     inv_step_t *step)
{
    uint32_t            len;
    bson_iter_t         iter;
    const uint8_t      *data;
    inv_claim_record_t *found;

    found = &step->found;
    memcpy(found->id, step->record.id, sizeof(found->id));

    if (!bson_iter_init_find(&iter, document, "fp")
        || !inv_bson_get_binary(&iter, found->fingerprint,
                                sizeof(found->fingerprint))
        || !inv_bson_find_oid(document, "nonce", &found->nonce)
        || !inv_bson_find_oid(document, "by", &found->by)
        || !inv_bson_find_count(document, "gen", &found->gen) || found->gen == 0
        || !bson_iter_init_find(&iter, document, "at")
        || !inv_bson_get_time(&iter, &found->at))
    {
        inv_store_call_error(call, "a claim is damaged");
        return INV_STORE_FAILED;
    }

    if (!bson_iter_init_find(&iter, document, "status")) {
        return INV_STORE_OK;
    }

    if (!inv_store_claim_status(&iter, &found->status)
        || !bson_iter_init_find(&iter, document, "answer")
        || !BSON_ITER_HOLDS_BINARY(&iter))
    {
        inv_store_call_error(call, "a claim's answer is damaged");
        return INV_STORE_FAILED;
    }

    bson_iter_binary(&iter, NULL, &len, &data);

    step->arena = inv_arena_create();

    return step->arena != NULL
                   && inv_arena_copy(step->arena,
                                     (inv_str_t){ len, (const char *) data },
                                     &found->answer)
               ? INV_STORE_OK
               : INV_STORE_NO_MEMORY;
}


/*
 * Gives the record to the step that asks for its id, and takes it from the n
 * steps that are left to be found.  How many are left then.
 */
static size_t
inv_store_claim_found(inv_store_call_t *call, inv_step_t **left, size_t n,
                      const unsigned char id[INV_CLAIM_ID],
                      const bson_t       *document)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (memcmp(left[i]->record.id, id, INV_CLAIM_ID) == 0) {
            inv_store_step_end(left[i],
                               inv_store_claim_read(call, document, left[i]));
            left[i] = left[--n];
            break;
        }
    }

    return n;
}


static bool
inv_store_claim_id(const bson_t *document, unsigned char id[INV_CLAIM_ID])
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, document, "_id")
           && inv_bson_get_binary(&iter, id, INV_CLAIM_ID);
}


inv_store_result_t
inv_store_claim_find(inv_store_link_t *link, inv_step_t **steps, size_t n,
                     inv_store_reply_t *reply, bson_iter_t *documents)
{
    char               digits[16];
    bson_t             command, in;
    size_t             i;
    const char        *key;
    inv_store_result_t result;

    bson_init(&in);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_binary(&in, key, steps[i]->record.id, INV_CLAIM_ID);
    }

    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_CLAIMS), "filter", "{",
                "_id", "{", "$in", BCON_ARRAY(&in), "}", "}", "batchSize",
                BCON_INT32((int32_t) n), "singleBatch", BCON_BOOL(true));

    result = inv_store_command(link, INV_COMMAND_READ, &command, reply);

    if (result == INV_STORE_OK) {
        result = inv_store_reply_documents(link->call, reply, documents);
    }

    bson_destroy(&command);
    bson_destroy(&in);

    return result;
}


/* left: the steps, to be reordered. */
static void
inv_store_claim_recall(inv_store_link_t *link, inv_step_t **left, size_t n)
{
    bool               cut;
    bson_t             document;
    bson_iter_t        documents;
    unsigned char      id[INV_CLAIM_ID];
    inv_store_reply_t  reply;
    inv_store_result_t result;

    do {
        result = inv_store_claim_find(link, left, n, &reply, &documents);

        /* a batch so large may not be all of it */
        cut = reply.body.len > INV_STORE_COMMAND_BYTES;

        while (result == INV_STORE_OK && bson_iter_next(&documents)) {
            if (inv_bson_view(&documents, &document)
                && inv_store_claim_id(&document, id)) {
                n = inv_store_claim_found(link->call, left, n, id, &document);
            } else {
                result = inv_store_unidentified(link->call);
            }
        }

        bson_destroy(&reply.body);

    } while (result == INV_STORE_OK && cut && n != 0);

    inv_store_steps_end(left, n, inv_store_read_failure(result));

    while (result == INV_STORE_OK && n != 0) {
        left[--n]->reply = INV_REPLY_MISSED;
    }
}


void
inv_store_step_recall(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    inv_step_t **left;

    left = inv_arena_array(link->call->arena, n, sizeof(inv_step_t *));
    if (left == NULL) {
        inv_store_steps_end(steps, n, INV_STORE_NO_MEMORY);
        return;
    }

    memcpy(left, steps, n * sizeof(inv_step_t *));
    inv_store_claim_recall(link, left, n);
}


void
inv_store_step_take(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             command, query, document;
    bson_oid_t         by;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_oid_init_from_data(&by, step->record.by.bytes);

    bson_init(&query);
    inv_store_claim_query(step, step->record.gen - 1, &query);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_CLAIMS), "query",
                BCON_DOCUMENT(&query), "update", "{", "$set", "{", "gen",
                BCON_INT64(step->record.gen), "by", BCON_OID(&by), "}", "}",
                "fields", "{", "gen", BCON_INT32(1), "}");

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);

    if (result == INV_STORE_OK) {
        result = inv_store_modified(link->call, &reply, &document);
    }

    inv_store_step_sent(step, result);

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&query);
}
