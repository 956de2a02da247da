
/*
 * sim: whether what clients are told is true.
 */


#include "sim.h"


/* Whether a refusal was true of one moment. */
static bool
sim_check_moment(const sim_line_t *line, const sim_result_t *result,
                 const sim_moment_t *moment)
{
    switch ((inv_verdict_t) result->verdict) {

    case INV_VERDICT_NOT_FOUND:
        return !moment->live;

    case INV_VERDICT_OUT_OF_STOCK:
        return moment->live && moment->stock == result->available
               && moment->stock + line->delta < 0;

    case INV_VERDICT_ABOVE_MAX:
        return moment->live && moment->stock > INV_STOCK_MAX - line->delta;

    case INV_VERDICT_VERSION_CHANGED:
        return moment->live && moment->version != line->version;

    default:
        return true;
    }
}


/* Somebody had the sku, at some moment since. */
static bool
sim_check_sku(const sim_t *sim, const sim_line_t *line, int64_t since)
{
    size_t               i;
    unsigned             p;
    const sim_product_t *product;

    for (p = 0; p < sim->nproducts; p++) {
        product = &sim->products[p];

        for (i = product->nmoments; i-- > 0;) {
            if (product->moments[i].live
                && product->moments[i].sku == line->sku) {
                return true;
            }

            if (product->moments[i].time <= since) {
                break;
            }
        }
    }

    return false;
}


static bool
sim_check_refusal(const sim_t *sim, const sim_line_t *line,
                  const sim_result_t *result, int64_t since)
{
    size_t               i;
    const sim_product_t *product = line->product;

    if (result->verdict == INV_VERDICT_SKU_TAKEN) {
        return sim_check_sku(sim, line, since);
    }

    if (result->verdict == INV_VERDICT_IN_USE) {
        return product->reserved != 0;
    }

    for (i = product->nmoments; i-- > 0;) {
        if (sim_check_moment(line, result, &product->moments[i])) {
            return true;
        }

        if (product->moments[i].time <= since) {
            break;
        }
    }

    return product->nmoments == 0;
}


static void
sim_check_result(sim_t *sim, const sim_line_t *line, const sim_result_t *result,
                 int64_t since)
{
    if (result->verdict == INV_VERDICT_OK) {
        if (line->kind == INV_ACTION_MOVE
            && (line->applied != 1 || line->undone != 0
                || result->seq != line->seq || result->after != line->after))
        {
            sim_fail(sim, line->product,
                     "request %u is told seq %lld; applied %u, undone %u, "
                     "seq %lld",
                     line->request->number, (long long) result->seq,
                     line->applied, line->undone, (long long) line->seq);
        }

        return;
    }

    if (line->applied != 0) {
        sim_fail(sim, line->product,
                 "request %u is told verdict %d, and was applied",
                 line->request->number, result->verdict);
    }

    if (!sim_check_refusal(sim, line, result, since)) {
        sim_fail(sim, line->product,
                 "request %u is told verdict %d (%lld), which was never so",
                 line->request->number, result->verdict,
                 (long long) result->available);
    }
}


void
sim_check_answer(sim_t *sim, const sim_waiter_t *waiter,
                 const sim_answer_t *answer)
{
    int            i;
    sim_request_t *request = waiter->request;

    if (answer->n == 0) {
        if (!request->mismatched) {
            sim_fail(sim, request->lines[0].product,
                     "request %u is told of another's key", request->number);
        }

        return;
    }

    if (request->answer.status == 0) {
        request->answer = *answer;

    } else if (memcmp(answer, &request->answer, sizeof(sim_answer_t)) != 0) {
        sim_fail(sim, request->lines[0].product,
                 "request %u gets another answer than before: %d, not %d",
                 request->number, answer->status, request->answer.status);
    }

    for (i = 0; i < answer->n; i++) {
        sim_check_result(sim, &request->lines[i], &answer->results[i],
                         request->began);
    }
}
