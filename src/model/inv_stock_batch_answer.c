
/*
 * model: what is told and kept of a batch's lines.  Any thread.
 */


#include "inv_stock_batch.h"

#include <inttypes.h>
#include <stdio.h>


/* An int64 in decimal and a NUL. */
#define INV_DELTA_TEXT 21


bool
inv_stock_line_problem(inv_arena_t *arena, const inv_stock_line_t *line,
                       inv_str_t *text)
{
    inv_problem_t problem;

    memset(&problem, 0, sizeof(inv_problem_t));

    problem.kind = line->problem;
    problem.faults = &line->faults;

    return inv_problem_render(arena, &problem, INV_STR_ABSENT, INV_STR_ABSENT,
                              text);
}


bool
inv_stock_line_fingerprint(const inv_stock_line_t *line,
                           unsigned char           fingerprint[INV_DIGEST_SIZE])
{
    int          n;
    char         id[INV_OID_HEX], delta[INV_DELTA_TEXT];
    inv_str_t    product;
    const char  *type;
    inv_digest_t digest;

    product = INV_STR_ABSENT;

    if (line->sku.data == NULL) {
        inv_oid_write(line->product, id);
        product = (inv_str_t){ INV_OID_HEX, id };
    }

    n = snprintf(delta, sizeof(delta), "%" PRId64, line->operation.delta);
    type = inv_move_name(line->operation.type);

    /* No method is called so: a line is never the same as a request. */

    inv_digest_begin(&digest);
    inv_digest_add(&digest, inv_str("stock batch line"));
    inv_digest_add(&digest, product);
    inv_digest_add(&digest, line->sku);
    inv_digest_add(&digest, (inv_str_t){ strlen(type), type });
    inv_digest_add(&digest, (inv_str_t){ (size_t) n, delta });
    inv_digest_add(&digest, line->operation.reference);
    inv_digest_add(&digest, line->operation.reason);

    return inv_digest_finish(&digest, fingerprint);
}


bool
inv_stock_batch_answer(inv_arena_t *arena, const inv_str_t *results, size_t n,
                       inv_str_t *text)
{
    size_t             i;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);
    inv_json_name(w, "results");
    inv_json_open_array(w);

    for (i = 0; i < n; i++) {
        inv_json_raw(w, results[i]);
    }

    inv_json_close_array(w);
    inv_json_close_object(w);

    return inv_json_finish(w, text);
}
