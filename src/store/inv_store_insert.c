
/*
 * store: INSERT: entries into the ledger, each exactly once.
 *
 * Runs on threads.  An entry's _id is its product and its last seq.  Where the
 * ledger already has one under it, it must be the same batch: then somebody
 * else was there first, which is as good.
 *
 * By majority and journal: what is in the ledger is pulled out of the outbox
 * next, and a failover that lost the insert, but not the pull, would lose the
 * movement.
 */


#include "inv_store_step.h"


/* An entry's place in one insert. */
typedef struct {
    inv_transit_t     *entry;
    char               id[INV_STORE_ENTRY_ID];
    inv_store_result_t result;
    bool               clash; /* the ledger has something under its _id */
} inv_store_insert_t;


static void
inv_store_insert_id(inv_store_insert_t *insert)
{
    char hex[INV_OID_HEX];

    inv_oid_write(insert->entry->product, hex);
    snprintf(insert->id, sizeof(insert->id), "%.*s-%lld", INV_OID_HEX, hex,
             (long long) insert->entry->to);
}


/* The ledger's document.  False: the payload is not BSON. */
static bool
inv_store_insert_build(void *of, size_t i, bson_t *document)
{
    bson_t               payload;
    inv_store_insert_t  *insert = of;
    const inv_transit_t *entry = insert[i].entry;

    if (!inv_store_payload_view(entry->payload, &payload)) {
        return false;
    }

    bson_append_utf8(document, "_id", -1, insert[i].id, -1);
    inv_bson_put_oid(document, "productId", entry->product);

    if (entry->whole) {
        return bson_concat(document, &payload);
    }

    inv_bson_put_oid(document, "b", entry->batch);
    bson_append_int64(document, "from", -1, entry->from);
    bson_append_int64(document, "to", -1, entry->to);
    bson_append_int64(document, "after", -1, entry->after);
    bson_append_date_time(document, "at", -1, entry->at);

    return bson_append_array(document, "ops", -1, &payload);
}


/* What the ledger holds under an _id that clashed. */
static void
inv_store_insert_compare(inv_store_call_t *call, const bson_t *found,
                         inv_store_insert_t *inserts, size_t n)
{
    size_t      i;
    inv_oid_t   batch;
    bson_iter_t id;

    if (!inv_bson_find_oid(found, "b", &batch)
        || !bson_iter_init_find(&id, found, "_id")
        || !BSON_ITER_HOLDS_UTF8(&id))
    {
        return;
    }

    for (i = 0; i < n; i++) {
        if (!inserts[i].clash
            || strcmp(bson_iter_utf8(&id, NULL), inserts[i].id) != 0) {
            continue;
        }

        inserts[i].result = INV_STORE_OK;

        if (!inv_oid_eq(batch, inserts[i].entry->batch)) {
            inserts[i].entry->corrupt = true;
            inv_store_call_error(
                call, "the ledger holds another batch under %s", inserts[i].id);
        }
    }
}


/*
 * {_id: {$in: ...}, productId: {$in: ...}} of the clashing ones that are not
 * decided on.  How many they are.
 */
static uint32_t
inv_store_insert_clashes(const inv_store_insert_t *inserts, size_t n,
                         bool anywhere, bson_t *filter)
{
    char        digits[16];
    bson_t      ids, products;
    size_t      i;
    uint32_t    nids, nproducts;
    const char *key;

    nids = 0;
    nproducts = 0;
    bson_init(&ids);
    bson_init(&products);

    for (i = 0; i < n; i++) {
        if (inserts[i].clash && inserts[i].result == INV_STORE_UNKNOWN) {
            bson_uint32_to_string(nids++, &key, digits, sizeof(digits));
            bson_append_utf8(&ids, key, -1, inserts[i].id, -1);
            inv_bson_push_oid(&products, &nproducts, inserts[i].entry->product);
        }
    }

    BCON_APPEND(filter, "_id", "{", "$in", BCON_ARRAY(&ids), "}");

    if (!anywhere) {
        BCON_APPEND(filter, "productId", "{", "$in", BCON_ARRAY(&products),
                    "}");
    }

    bson_destroy(&products);
    bson_destroy(&ids);

    return nids;
}


/*
 * Reads the clashing ones by majority: what another drain has put there, but
 * not yet durably, is not found and so not decided.  Their products say where
 * they are in a sharded ledger; anywhere finds also what names another product.
 */
static inv_store_result_t
inv_store_insert_verify(inv_store_link_t *link, inv_store_insert_t *inserts,
                        size_t n, bool anywhere)
{
    bson_t             command, filter, document;
    uint32_t           clashes;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    clashes = inv_store_insert_clashes(inserts, n, anywhere, &filter);

    if (clashes == 0) {
        bson_destroy(&filter);
        return INV_STORE_OK;
    }

    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_LEDGER), "filter",
                BCON_DOCUMENT(&filter), "projection", "{", "b", BCON_INT32(1),
                "}", "batchSize", BCON_INT32((int32_t) clashes), "singleBatch",
                BCON_BOOL(true));

    result = inv_store_command(link, INV_COMMAND_READ, &command, &reply);

    if (result == INV_STORE_OK && inv_store_reply_batch(&reply, &documents)) {
        link->call->error[0] = '\0';

        while (bson_iter_next(&documents)) {
            if (inv_bson_view(&documents, &document)) {
                inv_store_insert_compare(link->call, &document, inserts, n);
            }
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&filter);

    return result;
}


/* Decides on the entries of one insert. */
static void
inv_store_insert_sent(inv_store_link_t *link, void *of, size_t first, size_t n,
                      const inv_store_sent_t *sent)
{
    size_t              i;
    inv_store_insert_t *inserts = of;

    inserts += first;

    for (i = 0; i < n; i++) {
        inserts[i].clash = sent->ends[i].code == INV_CODE_DUPLICATE;
        inserts[i].result =
            inserts[i].clash ? INV_STORE_UNKNOWN : sent->ends[i].result;
    }

    if (inv_store_insert_verify(link, inserts, n, false) == INV_STORE_OK) {
        (void) inv_store_insert_verify(link, inserts, n, true);
    }

    for (i = 0; i < n; i++) {
        inserts[i].entry->stored =
            inserts[i].result == INV_STORE_OK && !inserts[i].entry->corrupt;
        inserts[i].entry->refused = inserts[i].result == INV_STORE_FAILED;
    }
}


static const inv_store_several_t inv_store_insert_several = {
    "insert", INV_STORE_LEDGER, INV_COMMAND_WRITE, inv_store_insert_build,
    inv_store_insert_sent
};


void
inv_store_step_insert(inv_store_link_t *link, inv_step_t *step)
{
    size_t              i;
    inv_store_insert_t *inserts;
    inv_store_result_t  result;

    inserts = inv_arena_array(link->call->arena, step->nentries,
                              sizeof(inv_store_insert_t));
    if (inserts == NULL) {
        inv_store_step_end(step, INV_STORE_NO_MEMORY);
        return;
    }

    for (i = 0; i < step->nentries; i++) {
        inserts[i].entry = step->entries[i];
        inv_store_insert_id(&inserts[i]);
    }

    inv_store_several(link, &inv_store_insert_several, inserts, step->nentries);

    /* of what is not decided the least certain */
    result = INV_STORE_OK;

    for (i = 0; i < step->nentries && result != INV_STORE_UNKNOWN; i++) {
        if (inserts[i].result != INV_STORE_OK) {
            result = inserts[i].result;
        }
    }

    inv_store_step_end(step, result);
}
