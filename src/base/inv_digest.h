
/*
 * base: SHA-256 of several parts, each with its length before it.
 *
 * Any thread, no state.  The hash is libcrypto's.
 */


#ifndef INV_DIGEST_H
#define INV_DIGEST_H


#include "inv_base.h"


#define INV_DIGEST_SIZE 32

typedef struct {
    void *context; /* libcrypto's; NULL: something failed */
} inv_digest_t;

/* What is begun has to be finished: there is memory behind it. */
void inv_digest_begin(inv_digest_t *digest);

/*
 * Adds one part: its length in 8 bytes, big-endian, and its bytes, so that no
 * two different lists of parts are one text.  An absent part is not an empty
 * one.  Only parts of the same number and order are to be compared.
 */
void inv_digest_add(inv_digest_t *digest, inv_str_t part);

/* Errors stick: false means that out is of no use, for want of memory. */
bool
inv_digest_finish(inv_digest_t *digest, unsigned char out[INV_DIGEST_SIZE]);


#endif /* INV_DIGEST_H */
