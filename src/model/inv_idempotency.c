
/*
 * model: what a claim on a key is called, and of which request it is.
 *
 * Any thread.
 */


#include "inv_idempotency.h"


/* Nothing said is the same as nothing at all. */
static inv_str_t
claim_text(inv_str_t text)
{
    return (text.data != NULL) ? text : inv_str("");
}


bool
inv_claim_id(inv_str_t principal, inv_str_t key,
             unsigned char id[INV_DIGEST_SIZE])
{
    inv_digest_t digest;

    inv_digest_begin(&digest);
    inv_digest_add(&digest, claim_text(principal));
    inv_digest_add(&digest, key);

    return inv_digest_finish(&digest, id);
}


bool
inv_claim_fingerprint(const inv_claim_request_t *request,
                      unsigned char              fingerprint[INV_DIGEST_SIZE])
{
    inv_digest_t digest;

    inv_digest_begin(&digest);
    inv_digest_add(&digest, request->method);
    inv_digest_add(&digest, claim_text(request->path));
    inv_digest_add(&digest, claim_text(request->query));
    inv_digest_add(&digest, request->if_match);
    inv_digest_add(&digest, claim_text(request->body));

    return inv_digest_finish(&digest, fingerprint);
}
