
/*
 * base: SHA-256 of several parts.  Any thread; the only user of libcrypto.
 */


#include "inv_digest.h"

#include <openssl/evp.h>


/* Of a part that is absent: no part is as long. */
#define INV_DIGEST_ABSENT UINT64_MAX


static void
digest_fail(inv_digest_t *digest)
{
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}


void
inv_digest_begin(inv_digest_t *digest)
{
    digest->context = EVP_MD_CTX_new();

    if (digest->context != NULL
        && EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
    {
        digest_fail(digest);
    }
}


void
inv_digest_add(inv_digest_t *digest, inv_str_t part)
{
    size_t        i;
    uint64_t      len;
    unsigned char prefix[sizeof(len)];

    if (digest->context == NULL) {
        return;
    }

    len = (part.data != NULL) ? part.len : INV_DIGEST_ABSENT;

    for (i = 0; i < sizeof(len); i++) {
        prefix[i] = (unsigned char) (len >> (8 * (sizeof(len) - 1 - i)));
    }

    if (EVP_DigestUpdate(digest->context, prefix, sizeof(prefix)) != 1
        || (part.len != 0
            && EVP_DigestUpdate(digest->context, part.data, part.len) != 1))
    {
        digest_fail(digest);
    }
}


bool
inv_digest_finish(inv_digest_t *digest, unsigned char out[INV_DIGEST_SIZE])
{
    bool done;

    done = digest->context != NULL
           && EVP_DigestFinal_ex(digest->context, out, NULL) == 1;

    digest_fail(digest);

    return done;
}
