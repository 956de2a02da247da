
/*
 * http: Idempotency-Key: the claim of a request.  Event loop.
 */


#include "inv_http.h"
#include "../model/inv_idempotency.h"


_Static_assert(INV_CLAIM_ID == INV_DIGEST_SIZE, "a claim's id is a digest");


static bool
inv_request_fingerprint(inv_request_t *rq, unsigned char *fingerprint);


bool
inv_request_claim(inv_request_t *rq, inv_arena_t *arena, inv_str_t who,
                  inv_engine_op_t *op)
{
    inv_str_t           line, key;
    inv_claim_record_t *record = &op->claim.record;

    switch (inv_request_line(rq, inv_str("idempotency-key"), &line)) {

    case 0:
        return true;

    case 1:
        break;

    default:
        inv_reply_refusal(rq, INV_BAD_REQUEST,
                          "there is more than one Idempotency-Key");
        return false;
    }

    switch (inv_key_read(arena, line, &key)) {

    case INV_KEY_OK:
        break;

    case INV_KEY_MALFORMED:
        inv_reply_refusal(rq, INV_BAD_REQUEST,
                          "Idempotency-Key is not one string or token of 1 to "
                          "255 characters");
        return false;

    case INV_KEY_NO_MEMORY:
        inv_reply_internal(rq, "no memory");
        return false;
    }

    if (!inv_claim_id(who, key, record->id)
        || !inv_request_fingerprint(rq, record->fingerprint))
    {
        inv_reply_internal(rq, "no memory");
        return false;
    }

    op->keyed = true;
    inv_request_claim_begin(record);

    return true;
}


void
inv_request_claim_begin(inv_claim_record_t *record)
{
    record->at = inv_time_now();
    inv_random(record->nonce.bytes, sizeof(record->nonce.bytes));
    record->nonce.bytes[10] = 0;
    record->nonce.bytes[11] = 0;
}


/* What makes it the same request again, wherever the location stands. */
static bool
inv_request_fingerprint(inv_request_t *rq, unsigned char *fingerprint)
{
    size_t              prefix = rq->conf->prefix.len;
    inv_claim_request_t request;
    ngx_http_request_t *r = rq->r;

    request.method.data = (const char *) r->method_name.data;
    request.method.len = r->method_name.len;
    request.path.data = (const char *) r->uri.data + prefix;
    request.path.len = r->uri.len - prefix;
    request.query.data = (const char *) r->args.data;
    request.query.len = r->args.len;
    request.if_match = inv_request_header(rq, inv_str("if-match"));
    request.body = rq->body;

    return inv_claim_fingerprint(&request, fingerprint);
}
