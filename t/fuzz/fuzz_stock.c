
/*
 * Any body as a stock batch, and as a purchase, a restock and an adjust.  A
 * line without fault keeps its bounds, and written again it asks for the same;
 * everything else becomes a problem document, and all of them one answer.
 */


#include "../../src/model/inv_stock_batch.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


static void
fuzz_bounds(const inv_stock_operation_t *operation)
{
    int64_t quantity;

    quantity = (operation->delta < 0) ? -operation->delta : operation->delta;

    fuzz_must(quantity >= 1 && quantity <= INV_QUANTITY_MAX);
    fuzz_must(
        operation->reference.data == NULL
        || (inv_utf8_length(operation->reference) >= 1
            && inv_utf8_length(operation->reference) <= INV_REFERENCE_MAX));

    switch (operation->type) {

    case INV_MOVE_PURCHASE:
        fuzz_must(operation->delta < 0 && operation->reason.data == NULL);
        break;

    case INV_MOVE_RESTOCK:
        fuzz_must(operation->delta > 0 && operation->reason.data == NULL);
        break;

    default:
        fuzz_must(operation->type == INV_MOVE_ADJUST);
        fuzz_must(operation->reason.data == NULL
                  || (inv_utf8_length(operation->reason) >= 1
                      && inv_utf8_length(operation->reason) <= INV_REASON_MAX));
    }
}


static void
fuzz_write_text(inv_json_writer_t *w, const char *name, inv_str_t text)
{
    if (text.data != NULL) {
        inv_json_name(w, name);
        inv_json_string(w, text);
    }
}


/* The key in quotes, which is the form that every key has. */
static void
fuzz_write_key(inv_arena_t *arena, inv_json_writer_t *w, inv_str_t key)
{
    char  *text;
    size_t i, n;

    if (key.data == NULL) {
        return;
    }

    text = inv_arena_alloc(arena, 2 * key.len + 2);
    fuzz_must(text != NULL);
    n = 0;
    text[n++] = '"';

    for (i = 0; i < key.len; i++) {
        if (key.data[i] == '"' || key.data[i] == '\\') {
            text[n++] = '\\';
        }

        text[n++] = key.data[i];
    }

    text[n++] = '"';
    fuzz_write_text(w, "key", (inv_str_t){ n, text });
}


static void
fuzz_write_line(inv_arena_t *arena, inv_json_writer_t *w,
                const inv_stock_line_t *line)
{
    char        id[INV_OID_HEX];
    bool        adjust;
    int64_t     delta;
    const char *type;

    delta = line->operation.delta;
    adjust = line->operation.type == INV_MOVE_ADJUST;
    type = inv_move_name(line->operation.type);

    inv_json_open_object(w);
    fuzz_write_key(arena, w, line->key);
    fuzz_write_text(w, "reason", line->operation.reason);
    fuzz_write_text(w, "reference", line->operation.reference);
    inv_json_name(w, adjust ? "delta" : "quantity");
    inv_json_integer(w, (adjust || delta > 0) ? delta : -delta);
    fuzz_write_text(w, "type", (inv_str_t){ strlen(type), type });
    fuzz_write_text(w, "sku", line->sku);

    if (line->sku.data == NULL) {
        inv_oid_write(line->product, id);
        fuzz_write_text(w, "productId", (inv_str_t){ INV_OID_HEX, id });
    }

    inv_json_close_object(w);
}


static void
fuzz_again(inv_arena_t *arena, const inv_stock_line_t *line)
{
    inv_str_t          text;
    inv_json_t        *root;
    inv_faults_t       faults;
    unsigned char      prints[2][INV_DIGEST_SIZE];
    inv_json_error_t   error;
    inv_stock_batch_t  batch;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    fuzz_must(w != NULL);

    inv_json_open_object(w);
    inv_json_name(w, "operations");
    inv_json_open_array(w);
    fuzz_write_line(arena, w, line);
    inv_json_close_array(w);
    inv_json_close_object(w);

    fuzz_must(inv_json_finish(w, &text));
    fuzz_must(inv_json_read(arena, text, &root, &error) == INV_JSON_OK);

    inv_faults_init(&faults, arena);
    inv_stock_batch_read(root, &batch, &faults);

    fuzz_must(faults.count == 0 && batch.n == 1);
    fuzz_must(batch.lines[0].problem == INV_OK);
    fuzz_must(inv_str_eq(batch.lines[0].key, line->key));
    fuzz_must(inv_stock_line_fingerprint(line, prints[0]));
    fuzz_must(inv_stock_line_fingerprint(&batch.lines[0], prints[1]));
    fuzz_must(memcmp(prints[0], prints[1], INV_DIGEST_SIZE) == 0);
}


/* result: an answer, or a problem document. */
static void
fuzz_line(inv_arena_t *arena, const inv_stock_line_t *line, inv_str_t *result)
{
    fuzz_must((line->problem == INV_INVALID_REQUEST)
              == (line->faults.count != 0));
    fuzz_must(line->key.data == NULL
              || (line->key.len >= 1 && line->key.len <= INV_KEY_MAX));

    if (line->problem != INV_OK) {
        fuzz_must(inv_stock_line_problem(arena, line, result));
        return;
    }

    fuzz_bounds(&line->operation);
    fuzz_again(arena, line);
    fuzz_must(inv_stock_answer(arena, line->product, 1, line->operation.type,
                               line->operation.delta, 0, result));
}


static void
fuzz_batch(inv_arena_t *arena, const inv_json_t *body)
{
    size_t            i;
    inv_str_t         text, *results;
    inv_json_t       *root;
    inv_faults_t      faults;
    inv_json_error_t  error;
    inv_json_result_t result;
    inv_stock_batch_t batch;

    inv_faults_init(&faults, arena);
    inv_stock_batch_read(body, &batch, &faults);
    fuzz_must(!faults.no_memory);
    fuzz_must((faults.count == 0) == (batch.n != 0));
    fuzz_must(batch.n <= INV_STOCK_BATCH_MAX);

    if (batch.n == 0) {
        return;
    }

    fuzz_must(inv_json_member(body, inv_str("operations"))->count == batch.n);

    results = inv_arena_array(arena, batch.n, sizeof(inv_str_t));
    fuzz_must(results != NULL);

    for (i = 0; i < batch.n; i++) {
        fuzz_line(arena, &batch.lines[i], &results[i]);
    }

    fuzz_must(inv_stock_batch_answer(arena, results, batch.n, &text));

    result = inv_json_read(arena, text, &root, &error);
    fuzz_must(result == INV_JSON_OK || result == INV_JSON_TOO_MANY);
    fuzz_must(result != INV_JSON_OK || root->first->count == batch.n);
}


static void
fuzz_single(inv_arena_t *arena, const inv_json_t *body, inv_move_t type)
{
    inv_faults_t          faults;
    inv_stock_operation_t operation;

    inv_faults_init(&faults, arena);
    inv_stock_read(body, type, &operation, &faults);
    fuzz_must(!faults.no_memory);

    if (faults.count == 0) {
        fuzz_must(operation.type == type);
        fuzz_bounds(&operation);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    inv_str_t        text;
    inv_json_t      *root;
    inv_arena_t     *arena;
    inv_json_error_t error;

    arena = inv_arena_create();
    fuzz_must(arena != NULL);
    text = (inv_str_t){ size, (const char *) input };

    if (inv_json_read(arena, text, &root, &error) == INV_JSON_OK) {
        fuzz_batch(arena, root);
        fuzz_single(arena, root, INV_MOVE_PURCHASE);
        fuzz_single(arena, root, INV_MOVE_RESTOCK);
        fuzz_single(arena, root, INV_MOVE_ADJUST);
    }

    inv_arena_destroy(arena);

    return 0;
}
