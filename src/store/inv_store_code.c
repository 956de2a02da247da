
/*
 * store: what a server's error code says about a write.
 *
 * Any thread, no state.  A code is definite only where it is known that the
 * server raises it before it applies anything, or undoes what it had begun.
 * What is not listed is in doubt: a wrong "nothing was applied" sells an item
 * twice, a wrong doubt costs a look-up.
 */


#include "inv_store_internal.h"


typedef struct {
    int32_t            first, last;
    inv_store_result_t result;
} inv_store_code_t;


/*
 * MongoDB's codes, those of its compatible servers among them.  Codes that a
 * router may hand on from a shard, or that a server may find after its commit,
 * are in doubt and stand here only so that a read knows them as passing.
 */
static const inv_store_code_t inv_store_codes[] = {

    /* Refused as it stands: the server could not or would not read it. */
    { 2, 2, INV_STORE_FAILED },         /* BadValue */
    { 9, 9, INV_STORE_FAILED },         /* FailedToParse */
    { 14, 14, INV_STORE_FAILED },       /* TypeMismatch */
    { 20, 20, INV_STORE_FAILED },       /* IllegalOperation */
    { 22, 22, INV_STORE_FAILED },       /* InvalidBSON */
    { 40, 40, INV_STORE_FAILED },       /* ConflictingUpdateOperators */
    { 59, 59, INV_STORE_FAILED },       /* CommandNotFound */
    { 72, 73, INV_STORE_FAILED },       /* InvalidOptions, InvalidNamespace */
    { 115, 115, INV_STORE_FAILED },     /* CommandNotSupported */
    { 166, 168, INV_STORE_FAILED },     /* a view; InvalidPipelineOperator */
    { 238, 238, INV_STORE_FAILED },     /* NotImplemented */
    { 40324, 40324, INV_STORE_FAILED }, /* unrecognized pipeline stage */
    { 40413, 40415, INV_STORE_FAILED }, /* a field twice, missing, unknown */
    { 51024, 51024, INV_STORE_FAILED }, /* a field's value out of its range */
    { 51181, 51181, INV_STORE_FAILED }, /* no arrayFilters with pipelines */
    { 51198, 51198, INV_STORE_FAILED }, /* no constants without pipelines */

    /* Rights are looked at before anything is done. */
    { 11, 11, INV_STORE_FAILED }, /* UserNotFound */
    { 13, 13, INV_STORE_FAILED }, /* Unauthorized */
    { 18, 18, INV_STORE_FAILED }, /* AuthenticationFailed */

    /* What is written to is not there, or is not what it should be. */
    { 26, 27, INV_STORE_FAILED }, /* NamespaceNotFound, IndexNotFound */
    { 48, 48, INV_STORE_FAILED }, /* NamespaceExists */
    { 61, 61, INV_STORE_FAILED }, /* ShardKeyNotFound */
    { 67, 68, INV_STORE_FAILED }, /* CannotCreateIndex, IndexAlreadyExists */
    { 85, 86, INV_STORE_FAILED }, /* conflicting index options, keys */

    /* The document that would result is not allowed, so it is not stored. */
    { 15, 15, INV_STORE_FAILED },       /* Overflow */
    { 28, 28, INV_STORE_FAILED },       /* PathNotViable */
    { 34, 34, INV_STORE_FAILED },       /* CannotBackfillArray */
    { 52, 57, INV_STORE_FAILED },       /* names and values of fields */
    { 66, 66, INV_STORE_FAILED },       /* ImmutableField */
    { 111, 111, INV_STORE_FAILED },     /* NotExactValueField */
    { 121, 121, INV_STORE_FAILED },     /* DocumentValidationFailure */
    { 171, 171, INV_STORE_FAILED },     /* CannotIndexParallelArrays */
    { 10334, 10334, INV_STORE_FAILED }, /* BSONObjectTooLarge */
    { 11000, 11000, INV_STORE_FAILED }, /* DuplicateKey */
    { 17280, 17280, INV_STORE_FAILED }, /* KeyTooLong, before 4.2 */

    /* An expression met a value that it does not take: a damaged product. */
    { 241, 241, INV_STORE_FAILED },     /* ConversionFailure: $toLong */
    { 16554, 16556, INV_STORE_FAILED }, /* $add, $multiply, $subtract */
    { 16878, 16883, INV_STORE_FAILED }, /* $map */
    { 17080, 17083, INV_STORE_FAILED }, /* $cond */
    { 17124, 17124, INV_STORE_FAILED }, /* $size */
    { 28646, 28651, INV_STORE_FAILED }, /* $filter */
    { 28664, 28664, INV_STORE_FAILED }, /* $concatArrays */
    { 28689, 28691, INV_STORE_FAILED }, /* $arrayElemAt */
    { 28724, 28729, INV_STORE_FAILED }, /* $slice */
    { 40075, 40081, INV_STORE_FAILED }, /* $reduce, $in */
    { 40400, 40400, INV_STORE_FAILED }, /* $mergeObjects */

    /* It gave way to others, and undid what it had begun. */
    { 112, 112, INV_STORE_BUSY }, /* WriteConflict */
    { 365, 365, INV_STORE_BUSY }, /* TemporarilyUnavailable: cache is full */

    /* Turned away at the door: the first thing that is looked at. */
    { 371, 371, INV_STORE_UNAVAILABLE },     /* UserWritesBlocked */
    { 10107, 10107, INV_STORE_UNAVAILABLE }, /* NotWritablePrimary */
    { 13435, 13436, INV_STORE_UNAVAILABLE }, /* NotPrimary..., recovering */

    /* Interrupted, which may be while a commit waits for its copies. */
    { 50, 50, INV_STORE_UNKNOWN },       /* MaxTimeMSExpired */
    { 91, 91, INV_STORE_UNKNOWN },       /* ShutdownInProgress */
    { 189, 189, INV_STORE_UNKNOWN },     /* PrimarySteppedDown */
    { 262, 262, INV_STORE_UNKNOWN },     /* ExceededTimeLimit */
    { 11600, 11602, INV_STORE_UNKNOWN }, /* at shutdown, killed, stepped down */

    /* Applied, but not, or not yet, as durably as was asked for. */
    { 64, 64, INV_STORE_UNKNOWN },   /* WriteConcernTimeout */
    { 79, 79, INV_STORE_UNKNOWN },   /* UnknownReplWriteConcern */
    { 100, 100, INV_STORE_UNKNOWN }, /* UnsatisfiableWriteConcern */

    /* A router that lost a shard's reply. */
    { 6, 7, INV_STORE_UNKNOWN },       /* HostUnreachable, HostNotFound */
    { 89, 89, INV_STORE_UNKNOWN },     /* NetworkTimeout */
    { 202, 202, INV_STORE_UNKNOWN },   /* NetworkInterfaceExceededTimeLimit */
    { 9001, 9001, INV_STORE_UNKNOWN }, /* SocketException */

    /* Anything. */
    { 1, 1, INV_STORE_UNKNOWN }, /* InternalError */
    { 8, 8, INV_STORE_UNKNOWN }, /* UnknownError */
};


/*
 * MongoDB assigns no codes from here on; DocumentDB hands on what PostgreSQL
 * said: five characters of an SQLSTATE from '0' on, six bits each, the first in
 * the lowest.  A state that ends in 0 looks like a small code; where that code
 * is listed above as definite (20000, 21000), a statement that failed is meant.
 */
#define INV_CODE_SQLSTATE  (1 << 24)
#define INV_SQLSTATE_CHARS 5


/*
 * By the beginning of an SQLSTATE.  A statement that fails is rolled back, but
 * a server that is shut down, crashes or is cut off may do so after its commit.
 */
static const struct {
    const char        *prefix;
    inv_store_result_t result;
} inv_store_states[] = {
    { "M", INV_STORE_FAILED },   /* DocumentDB's own, as MongoDB's above */
    { "22", INV_STORE_FAILED },  /* a value that cannot be */
    { "23", INV_STORE_FAILED },  /* a constraint */
    { "42", INV_STORE_FAILED },  /* syntax, rights, names */
    { "40001", INV_STORE_BUSY }, /* serialization */
    { "40P01", INV_STORE_BUSY }, /* deadlock */
    { "55P03", INV_STORE_BUSY }, /* a lock was not free */
    { "", INV_STORE_UNKNOWN },
};


/* What one thing is called by different servers. */
static const struct {
    int32_t code, same;
} inv_store_aliases[] = {
    { 11001, INV_CODE_DUPLICATE },     /* an update's, before 4.2 */
    { 12582, INV_CODE_DUPLICATE },     /* a router's, before 4.2 */
    { 319029277, INV_CODE_DUPLICATE }, /* DocumentDB's M001C */
    { 17419, INV_CODE_TOO_LARGE },     /* an update's */
    { 17420, INV_CODE_TOO_LARGE },     /* an upsert's */
    { 285999133, INV_CODE_TOO_LARGE }, /* DocumentDB's M003A */
};


/*
 * DocumentDB has one code for what PostgreSQL says in a findAndModify; the
 * words tell what is certain.
 */
static const struct {
    const char *words;
    int32_t     code;
} inv_store_words[] = {
    { "exclusion constraint", INV_CODE_DUPLICATE },
    { "deadlock detected", INV_CODE_WRITE_CONFLICT },
    { "could not serialize access", INV_CODE_WRITE_CONFLICT },
};


int32_t
inv_store_code_named(int32_t code, const char *message)
{
    size_t i;

    for (i = 0; i < sizeof(inv_store_aliases) / sizeof(inv_store_aliases[0]);
         i++) {
        if (inv_store_aliases[i].code == code) {
            return inv_store_aliases[i].same;
        }
    }

    if (code != INV_CODE_INTERNAL) {
        return code;
    }

    for (i = 0; i < sizeof(inv_store_words) / sizeof(inv_store_words[0]); i++) {
        if (strstr(message, inv_store_words[i].words) != NULL) {
            return inv_store_words[i].code;
        }
    }

    return code;
}


static inv_store_result_t
inv_store_state_result(int32_t code)
{
    char   state[INV_SQLSTATE_CHARS + 1];
    size_t i;

    for (i = 0; i < INV_SQLSTATE_CHARS; i++) {
        state[i] = (char) ('0' + ((code >> (6 * i)) & 0x3f));
    }

    state[i] = '\0';

    i = 0;

    /* the last prefix fits everything */
    while (strncmp(state, inv_store_states[i].prefix,
                   strlen(inv_store_states[i].prefix))
           != 0)
    {
        i++;
    }

    return inv_store_states[i].result;
}


bool
inv_store_code_find(int32_t code, inv_store_result_t *result)
{
    size_t i;

    if (code >= INV_CODE_SQLSTATE) {
        *result = inv_store_state_result(code);
        return true;
    }

    for (i = 0; i < sizeof(inv_store_codes) / sizeof(inv_store_codes[0]); i++) {
        if (code >= inv_store_codes[i].first && code <= inv_store_codes[i].last)
        {
            *result = inv_store_codes[i].result;
            return true;
        }
    }

    return false;
}


inv_store_result_t
inv_store_code_result(int32_t code)
{
    inv_store_result_t result;

    return inv_store_code_find(code, &result) ? result : INV_STORE_UNKNOWN;
}
