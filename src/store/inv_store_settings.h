
/*
 * store: what all nodes of a database share that is no product's: a document
 * each in the collection "settings", made by whoever needs it first.
 *
 * Runs on threads.
 */


#ifndef INV_STORE_SETTINGS_H
#define INV_STORE_SETTINGS_H


#include "inv_store.h"


/* Bytes of a secret. */
#define INV_STORE_SECRET 16

/*
 * The secret of the copies in Redis, made if there is none: {_id: "redis",
 * secret: <16 random bytes>, createdAt}.  By majority, so all nodes have the
 * same one.  OK; FAILED: the document is there and is not like that, or the
 * right to read or to make it is lacking; else it is to be tried again.
 */
inv_store_result_t
inv_store_redis_secret(inv_store_t *store, inv_store_call_t *call,
                       unsigned char secret[INV_STORE_SECRET]);


#endif /* INV_STORE_SETTINGS_H */
