
/*
 * read: keys of the zone's lists.  Any thread.
 */


#include "inv_read_private.h"

#include "../base/inv_digest.h"


bool
inv_read_list_key(unsigned char kind, inv_str_t text, inv_shelf_key_t *key)
{
    inv_digest_t  digest;
    unsigned char hash[INV_DIGEST_SIZE];

    inv_digest_begin(&digest);
    inv_digest_add(&digest, text);

    if (!inv_digest_finish(&digest, hash)) {
        return false;
    }

    key->bytes[0] = kind;
    memcpy(key->bytes + 1, hash, INV_SHELF_KEY - 1);

    return true;
}
