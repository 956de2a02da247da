
/*
 * store: APPLY: batches, each of one product.
 *
 * Runs on threads.  A product by itself goes as findAndModify, which returns
 * its state: one round trip.  Several go as one update, which says only how
 * many of them it applied to, and are read afterwards.
 */


#include "inv_store_apply.h"


static void
inv_store_apply_one(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             ops, filter, set, fields, document;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    if (!inv_store_apply_ops(step, &ops)) {
        inv_store_step_end(step, INV_STORE_NO_MEMORY);
        bson_destroy(&ops);
        return;
    }

    bson_init(&filter);
    inv_store_apply_filter(step, &filter);

    bson_init(&set);
    inv_store_apply_set(step, &set, &ops);

    bson_init(&fields);
    inv_store_state_fields(&fields);

    result =
        inv_store_statement(link, &filter, &set, &fields, &reply, &document);

    /* it has been applied: what cannot be shown is in doubt */
    if (result == INV_STORE_OK
        && inv_store_step_state(link->call, step, &document) != INV_STORE_OK)
    {
        result = INV_STORE_UNKNOWN;
    }

    inv_store_step_sent(step, result);

    bson_destroy(&reply.body);
    bson_destroy(&fields);
    bson_destroy(&set);
    bson_destroy(&filter);
    bson_destroy(&ops);
}


/* {q: filter, u: [{$set: ...}]}; false: no memory. */
static bool
inv_store_apply_statement(bson_t *statements, uint32_t *count, inv_step_t *step)
{
    bool   built;
    bson_t ops, filter, set, statement;

    built = inv_store_apply_ops(step, &ops);

    if (built) {
        bson_init(&filter);
        inv_store_apply_filter(step, &filter);

        bson_init(&set);
        inv_store_apply_set(step, &set, &ops);

        bson_init(&statement);
        BCON_APPEND(&statement, "q", BCON_DOCUMENT(&filter), "u", "[", "{",
                    "$set", BCON_DOCUMENT(&set), "}", "]");
        inv_bson_push_document(statements, count, &statement);

        bson_destroy(&statement);
        bson_destroy(&set);
        bson_destroy(&filter);
    }

    bson_destroy(&ops);

    return built;
}


/*
 * Builds the update of the first steps, as many as one command has room for.
 * How many; 0: no memory.
 */
static size_t
inv_store_apply_command(inv_step_t **steps, size_t n, bson_t *command)
{
    bson_t   statements;
    size_t   i;
    uint32_t count;

    count = 0;

    BCON_APPEND(command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "ordered",
                BCON_BOOL(false));
    bson_append_array_begin(command, "updates", -1, &statements);

    for (i = 0; i < n && statements.len < INV_STORE_COMMAND_BYTES; i++) {
        if (!inv_store_apply_statement(&statements, &count, steps[i])) {
            count = 0;
            break;
        }
    }

    bson_append_array_end(command, &statements);

    return count;
}


/* The step's own entry among those of its product's outbox. */
static bool
inv_store_apply_seen(inv_store_call_t *call, inv_step_t *step,
                     const bson_t *document)
{
    bson_t           entry;
    bson_iter_t      iter, entries;
    inv_entry_view_t view;

    if (!bson_iter_init_find(&iter, document, "outbox")
        || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &entries))
    {
        return false;
    }

    while (bson_iter_next(&entries)) {
        if (!inv_bson_view(&entries, &entry)
            || inv_store_view(call, NULL, &entry, INV_VIEW_NUMBERS,
                              step->product, &view)
                   != INV_STORE_OK
            || !inv_oid_eq(view.batch, step->batch))
        {
            continue;
        }

        step->state.seq = view.to;
        step->state.stock = view.after;

        return true;
    }

    return false;
}


/* A statement of several, and what its command says of them together. */
typedef struct {
    inv_store_statement_t end;
    bool                  seen; /* the read showed the product */
    bool                  none; /* none of them was applied */
} inv_store_apply_end_t;


/* What the read says of a step.  Its state is set where it is DONE or UNSEEN. */
static void
inv_store_apply_found(inv_store_call_t *call, inv_step_t *step,
                      const bson_t *document, inv_store_apply_end_t *end)
{
    inv_store_result_t result;

    end->seen = true;

    result = inv_store_step_state(call, step, document);

    if (result == INV_STORE_OK) {
        result = inv_store_step_outbox_ops(call, step, document);
    }

    if (step->has_state && inv_store_apply_seen(call, step, document)) {
        inv_store_step_end(step, INV_STORE_OK);
        return;
    }

    if (end->end.result != INV_STORE_OK) {
        step->has_state = false;
        inv_store_step_end(step, end->end.result);
        return;
    }

    /* damaged: it may have been applied all the same */
    if (result != INV_STORE_OK) {
        step->has_state = false;
        inv_store_step_end(step, end->none ? result : INV_STORE_UNKNOWN);
        return;
    }

    step->reply = end->none ? INV_REPLY_MISSED : INV_REPLY_UNSEEN;
}


/* What is to be said of a step that the read did not show. */
static void
inv_store_apply_unseen(inv_step_t *step, const inv_store_apply_end_t *end,
                       bool read)
{
    if (end->end.result == INV_STORE_OK && (read || end->none)) {
        step->reply = INV_REPLY_MISSED;
        return;
    }

    inv_store_step_end(step, end->end.result == INV_STORE_OK ? INV_STORE_UNKNOWN
                                                             : end->end.result);
}


static void
inv_store_apply_read(inv_store_link_t *link, inv_step_t **steps, size_t n,
                     inv_store_apply_end_t *ends)
{
    bson_t             filter, options, fields, document;
    size_t             i;
    inv_oid_t          id;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_step_products(&filter, steps, n);

    bson_init(&options);
    bson_append_document_begin(&options, "projection", -1, &fields);
    inv_store_outbox_fields(&fields, INV_VIEW_NUMBERS);
    bson_append_document_end(&options, &fields);

    result = inv_store_find(link, &filter, &options, (int64_t) n, &reply,
                            &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (!inv_bson_view(&documents, &document)
            || !inv_bson_find_oid(&document, "_id", &id))
        {
            continue;
        }

        i = inv_store_step_of(steps, n, id);

        if (i < n) {
            inv_store_apply_found(link->call, steps[i], &document, &ends[i]);
        }
    }

    for (i = 0; i < n; i++) {
        if (!ends[i].seen) {
            inv_store_apply_unseen(steps[i], &ends[i], result == INV_STORE_OK);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);
}


static void
inv_store_apply_several(inv_store_link_t *link, inv_step_t **steps, size_t n,
                        bson_t *command, inv_store_apply_end_t *ends)
{
    size_t                 i;
    int64_t                applied;
    inv_store_statement_t *statements;
    inv_store_reply_t      reply;
    inv_store_result_t     result;

    statements =
        inv_arena_array(link->call->arena, n, sizeof(inv_store_statement_t));
    if (statements == NULL) {
        inv_store_steps_end(steps, n, INV_STORE_NO_MEMORY);
        return;
    }

    result = inv_store_command(link, INV_COMMAND_WRITE, command, &reply);

    if (!inv_store_statements(&reply, result, statements, n)
        && result != INV_STORE_UNKNOWN)
    {
        inv_store_steps_end(steps, n, result);
        bson_destroy(&reply.body);
        return;
    }

    for (i = 0; i < n; i++) {
        ends[i].end = statements[i];
        ends[i].none =
            inv_bson_find_integer(&reply.body, "n", &applied) && applied == 0;
    }

    bson_destroy(&reply.body);

    inv_store_apply_read(link, steps, n, ends);
}


void
inv_store_step_apply(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    bson_t                 command;
    size_t                 i, run;
    inv_store_apply_end_t *ends;

    if (n == 1) {
        inv_store_apply_one(link, steps[0]);
        return;
    }

    ends = inv_arena_array(link->call->arena, n, sizeof(inv_store_apply_end_t));
    if (ends == NULL) {
        inv_store_steps_end(steps, n, INV_STORE_NO_MEMORY);
        return;
    }

    for (i = 0; i < n; i += run) {
        bson_init(&command);
        run = inv_store_apply_command(&steps[i], n - i, &command);

        if (run == 0) {
            inv_store_steps_end(&steps[i], n - i, INV_STORE_NO_MEMORY);
            run = n - i;
        } else {
            inv_store_apply_several(link, &steps[i], run, &command, &ends[i]);
        }

        bson_destroy(&command);
    }
}
