
/*
 * store: documents that something else has put among the products become
 * products, one statement each.
 *
 * Runs on threads.
 */


#include "inv_store_adopt_private.h"


/* Documents that are read together: of 10 KiB each half a MiB. */
#define INV_ADOPT_CHUNK 50

/* How often a document that changes while it is taken up is tried again. */
#define INV_ADOPT_TRIES 4


typedef struct {
    inv_store_link_t        *link;
    const inv_adopt_query_t *query;
    const inv_actor_t       *actor;
    inv_adopt_t             *report;
    inv_arena_t             *arena; /* of the chunk */
} inv_adopt_run_t;


static size_t
inv_adopt_looked(const inv_adopt_run_t *run)
{
    return run->report->nadopted + run->report->nfailed
           + (size_t) run->report->already;
}


static bool
inv_adopt_is_full(const inv_adopt_run_t *run)
{
    return inv_adopt_looked(run) >= run->query->limit
           || run->report->nfailed == INV_ADOPT_FAILED_MAX;
}


/* Keeps a failure beyond its chunk.  OK or NO_MEMORY. */
static inv_store_result_t
inv_adopt_fail(inv_adopt_run_t *run, inv_str_t id,
               const inv_adopt_failure_t *failure)
{
    inv_arena_t         *arena = run->link->call->arena;
    inv_adopt_failure_t *kept = &run->report->failed[run->report->nfailed];

    if (failure->reason.data == NULL || !inv_arena_copy(arena, id, &kept->id)
        || !inv_arena_copy(arena, failure->reason, &kept->reason)
        || !inv_arena_copy(arena, failure->member, &kept->member))
    {
        return INV_STORE_NO_MEMORY;
    }

    run->report->nfailed++;

    return INV_STORE_OK;
}


static inv_store_result_t
inv_adopt_fail_product(inv_adopt_run_t *run, inv_oid_t id,
                       const inv_adopt_failure_t *failure)
{
    char hex[INV_OID_HEX];

    inv_oid_write(id, hex);

    return inv_adopt_fail(run, (inv_str_t){ sizeof(hex), hex }, failure);
}


/* Live documents, by id. */
static inv_store_result_t
inv_adopt_find(inv_adopt_run_t *run, bson_t *filter, int64_t limit,
               inv_store_reply_t *reply, bson_iter_t *documents)
{
    bson_t             options, fields;
    inv_store_result_t result;

    BCON_APPEND(filter, "deleted", "{", "$exists", BCON_BOOL(false), "}");

    bson_init(&options);
    BCON_APPEND(&options, "sort", "{", "_id", BCON_INT32(1), "}");
    bson_append_document_begin(&options, "projection", -1, &fields);
    inv_store_adopt_fields(&fields);
    bson_append_document_end(&options, &fields);

    result =
        inv_store_find(run->link, filter, &options, limit, reply, documents);
    bson_destroy(&options);

    return result;
}


/* NOT_FOUND: it is not any more as it was read. */
static inv_store_result_t
inv_adopt_send(inv_adopt_run_t *run, const bson_t *document,
               const inv_adopt_plan_t *plan)
{
    bson_t             command, filter, update, before;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&update);

    if (!inv_store_adopt_update(run->arena, document, plan, run->actor,
                                &update)) {
        bson_destroy(&update);
        return INV_STORE_NO_MEMORY;
    }

    bson_init(&filter);
    inv_store_adopt_filter(document, &filter);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", BCON_DOCUMENT(&filter), "update",
                BCON_DOCUMENT(&update), "fields", "{", "_id", BCON_INT32(1),
                "}");

    result = inv_store_command(run->link, INV_COMMAND_WRITE, &command, &reply);

    if (result == INV_STORE_OK) {
        result = inv_store_modified(run->link->call, &reply, &before);
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&filter);
    bson_destroy(&update);

    return result;
}


/*
 * One document as it was read.  OK: it is counted; NOT_FOUND or BUSY: it is to
 * be read again; or a failure.
 */
static inv_store_result_t
inv_adopt_one(inv_adopt_run_t *run, inv_oid_t id, const bson_t *document)
{
    bool               found;
    inv_adopt_plan_t   plan;
    inv_store_result_t result;

    inv_store_adopt_plan(run->arena, document, &plan);

    if (plan.kind == INV_ADOPT_WHOLE) {
        run->report->already++;
        return INV_STORE_OK;
    }

    if (plan.kind == INV_ADOPT_REFUSED) {
        return inv_adopt_fail_product(run, id, &plan.failure);
    }

    found = false;
    result = INV_STORE_OK;

    /* its movements, of which seq is missing */
    if (!plan.has_seq) {
        result = inv_store_read_failure(
            inv_store_exists(run->link, INV_COMMAND_READ, INV_STORE_LEDGER,
                             "productId", id, &found));
    }

    if (result != INV_STORE_OK) {
        return result;
    }

    if (found) {
        plan.failure.member = inv_str("seq");
        plan.failure.reason =
            inv_str("is missing, and the ledger has movements of it");
        return inv_adopt_fail_product(run, id, &plan.failure);
    }

    result = inv_adopt_send(run, document, &plan);

    if (result == INV_STORE_OK) {
        run->report->adopted[run->report->nadopted++] = id;

    } else if (result == INV_STORE_FAILED) {
        plan.failure.member = INV_STR_ABSENT;
        plan.failure.reason = inv_str("the database refuses it; see the log");
        result = inv_adopt_fail_product(run, id, &plan.failure);
    }

    return result;
}


/* The same of one that has changed meanwhile, as it is now. */
static inv_store_result_t
inv_adopt_again(inv_adopt_run_t *run, inv_oid_t id)
{
    bson_t             filter, document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", id);

    result = inv_adopt_find(run, &filter, 1, &reply, &documents);

    /* deleted meanwhile: it is nobody's any more */
    if (result == INV_STORE_OK && bson_iter_next(&documents)
        && inv_bson_view(&documents, &document))
    {
        result = inv_adopt_one(run, id, &document);
    }

    bson_destroy(&reply.body);
    bson_destroy(&filter);

    return result;
}


static inv_store_result_t
inv_adopt_document(inv_adopt_run_t *run, inv_oid_t id, const bson_t *document)
{
    unsigned            nth;
    inv_adopt_failure_t failure;
    inv_store_result_t  result;

    result = inv_adopt_one(run, id, document);

    for (nth = 0; (result == INV_STORE_NOT_FOUND || result == INV_STORE_BUSY)
                  && nth < INV_ADOPT_TRIES;
         nth++)
    {
        if (!inv_store_pause(run->link->call, nth)) {
            return INV_STORE_BUSY;
        }

        result = inv_adopt_again(run, id);
    }

    if (result == INV_STORE_NOT_FOUND || result == INV_STORE_BUSY) {
        failure.member = INV_STR_ABSENT;
        failure.reason = inv_str("it changes all the time: ask again");
        result = inv_adopt_fail_product(run, id, &failure);
    }

    return result;
}


/* The next ones behind report->next; more: there may be others behind them. */
static inv_store_result_t
inv_adopt_next(inv_adopt_run_t *run, bool *more)
{
    bson_t             filter, document;
    size_t             n, max;
    inv_oid_t          id;
    bson_oid_t         last;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    n = 0;
    max = run->query->limit - inv_adopt_looked(run);
    max = max < INV_ADOPT_CHUNK ? max : INV_ADOPT_CHUNK;

    bson_oid_init_from_data(&last, run->report->next.bytes);
    bson_init(&filter);
    BCON_APPEND(&filter, "_id", "{", run->report->has_next ? "$gt" : "$gte",
                BCON_OID(&last), "}");

    result = inv_adopt_find(run, &filter, (int64_t) max, &reply, &documents);

    while (result == INV_STORE_OK && !inv_adopt_is_full(run)
           && bson_iter_next(&documents))
    {
        n++;

        if (!inv_bson_view(&documents, &document)
            || !inv_bson_find_oid(&document, "_id", &id))
        {
            continue;
        }

        result = inv_adopt_document(run, id, &document);

        if (result == INV_STORE_OK) {
            run->report->has_next = true;
            run->report->next = id;
        }
    }

    *more = result == INV_STORE_OK && (n == max || inv_adopt_is_full(run));

    bson_destroy(&reply.body);
    bson_destroy(&filter);

    return result;
}


/* An id of another type, as text. */
static inv_str_t
inv_adopt_id_text(const bson_iter_t *iter, char text[INV_ADOPT_ID_MAX + 1])
{
    uint32_t    len;
    const char *data;

    if (BSON_ITER_HOLDS_UTF8(iter)) {
        data = bson_iter_utf8(iter, &len);

        if (len <= INV_ADOPT_ID_MAX && bson_utf8_validate(data, len, false)) {
            return (inv_str_t){ len, data };
        }

    } else if (BSON_ITER_HOLDS_INT32(iter) || BSON_ITER_HOLDS_INT64(iter)) {
        snprintf(text, INV_ADOPT_ID_MAX + 1, "%lld",
                 (long long) bson_iter_as_int64(iter));
        return (inv_str_t){ strlen(text), text };
    }

    return inv_str("(another type, or too long)");
}


/* Behind the last product: those whose _id is none of a product's. */
static inv_store_result_t
inv_adopt_others(inv_adopt_run_t *run)
{
    char                text[INV_ADOPT_ID_MAX + 1];
    bson_t              filter, document;
    bson_iter_t         documents, id;
    inv_store_reply_t   reply;
    inv_store_result_t  result;
    inv_adopt_failure_t failure;

    failure.member = inv_str("_id");
    failure.reason = inv_str("must be an ObjectId");

    bson_init(&filter);
    BCON_APPEND(&filter, "_id", "{", "$not", "{", "$type",
                BCON_UTF8("objectId"), "}", "}");

    result = inv_adopt_find(
        run, &filter, (int64_t) (INV_ADOPT_FAILED_MAX - run->report->nfailed),
        &reply, &documents);

    while (result == INV_STORE_OK && run->report->nfailed < INV_ADOPT_FAILED_MAX
           && bson_iter_next(&documents))
    {
        if (inv_bson_view(&documents, &document)
            && bson_iter_init_find(&id, &document, "_id"))
        {
            result =
                inv_adopt_fail(run, inv_adopt_id_text(&id, text), &failure);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&filter);

    return result;
}


/* Goes on as long as there is time for two chunks like the longest one. */
static inv_store_result_t
inv_adopt_all(inv_adopt_run_t *run)
{
    bool               more;
    int64_t            left, before, longest;
    inv_store_result_t result;

    longest = 0;

    do {
        before = inv_store_call_left(run->link->call);

        run->arena = inv_arena_create();
        if (run->arena == NULL) {
            return INV_STORE_NO_MEMORY;
        }

        result = inv_adopt_next(run, &more);
        inv_arena_destroy(run->arena);

        left = inv_store_call_left(run->link->call);
        longest = before - left > longest ? before - left : longest;

    } while (more && !inv_adopt_is_full(run) && left > 2 * longest);

    if (result == INV_STORE_OK && !more) {
        run->report->has_next = false;
        return inv_adopt_others(run);
    }

    /* what was done is told, and where to go on; but no doubt is hidden */
    if (result != INV_STORE_OK && result != INV_STORE_UNKNOWN
        && inv_adopt_looked(run) != 0)
    {
        return INV_STORE_OK;
    }

    return result;
}


/* False: no memory. */
static bool
inv_adopt_begin(inv_store_call_t *call, const inv_adopt_query_t *query,
                inv_adopt_t *report)
{
    memset(report, 0, sizeof(*report));
    report->has_next = query->has_after;
    report->next = query->after;
    report->adopted =
        inv_arena_array(call->arena, INV_ADOPT_MAX, sizeof(inv_oid_t));
    report->failed = inv_arena_array(call->arena, INV_ADOPT_FAILED_MAX,
                                     sizeof(inv_adopt_failure_t));

    return report->adopted != NULL && report->failed != NULL;
}


inv_store_result_t
inv_store_adopt(inv_store_t *store, inv_store_call_t *call,
                const inv_adopt_query_t *query, const inv_actor_t *actor,
                inv_adopt_t *report)
{
    inv_adopt_run_t    run;
    inv_store_link_t   link;
    inv_store_result_t result;

    if (!inv_adopt_begin(call, query, report)) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    run = (inv_adopt_run_t){
        .link = &link, .query = query, .actor = actor, .report = report
    };

    result = inv_adopt_all(&run);
    inv_store_link_close(&link);

    return result;
}
