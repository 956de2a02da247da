
/*
 * model: idempotency keys: how they are written, and what a claim on one is.
 *
 * Any thread, no I/O.
 */


#ifndef INV_IDEMPOTENCY_H
#define INV_IDEMPOTENCY_H


#include "../base/inv_base.h"
#include "../base/inv_digest.h"
#include "../base/inv_limits.h"


typedef enum {
    INV_KEY_OK,
    INV_KEY_MALFORMED, /* 400 where it is a header */
    INV_KEY_NO_MEMORY
} inv_key_result_t;

/*
 * Reads the value of one Idempotency-Key line: an sf-string (RFC 8941, 3.3.3)
 * without parameters, or a token (RFC 9110, 5.6.2), spaces and tabs around it
 * apart.  key gets what it says, 1 to INV_KEY_MAX printable ASCII characters,
 * copied into the arena: "abc" and abc are one key.
 *
 * A list is malformed.  Two header lines are as well, which the caller has to
 * tell before it joins them: joined, two halves of a string are one.
 */
inv_key_result_t
inv_key_read(inv_arena_t *arena, inv_str_t text, inv_str_t *key);


/*
 * The _id of the claim on a principal's key, the principal absent or empty
 * where there is none.  False: no memory.
 */
bool inv_claim_id(inv_str_t principal, inv_str_t key,
                  unsigned char id[INV_DIGEST_SIZE]);

/*
 * What makes a request the same one again.  Absent and empty are one, but for
 * if_match.
 */
typedef struct {
    inv_str_t method;
    inv_str_t path;     /* below the prefix of the location, as it was sent */
    inv_str_t query;    /* without its question mark */
    inv_str_t if_match; /* absent: no such header */
    inv_str_t body;     /* the bytes, before they are read */
} inv_claim_request_t;

/* Its fingerprint.  False: no memory. */
bool inv_claim_fingerprint(const inv_claim_request_t *request,
                           unsigned char fingerprint[INV_DIGEST_SIZE]);


#endif /* INV_IDEMPOTENCY_H */
