
/*
 * store: what a server's error code says about a write.
 *
 * Any thread, no state.  A code is definite only where it is known that the
 * server raises it before it applies anything, or undoes what it had begun.
 * What is not listed is in doubt: a wrong "nothing was applied" sells an item
 * twice, a wrong doubt costs a look-up.
 */


#include "inv_store_internal.h"


/*
 * MongoDB's codes, those of its compatible servers among them.  Each list ends
 * with 0, which is none.
 */

/* Definitely not applied, and no better if it is tried again. */
static const int32_t inv_store_refused[] = {

    /* Refused as it stands: the server could not or would not read it. */
    2,  /* BadValue */
    9,  /* FailedToParse */
    14, /* TypeMismatch */
    20, /* IllegalOperation */
    22, /* InvalidBSON */
    40, /* ConflictingUpdateOperators */
    59, /* CommandNotFound */
    72,
    73,  /* InvalidOptions, InvalidNamespace */
    115, /* CommandNotSupported */
    166,
    167,
    168,   /* a view; InvalidPipelineOperator */
    238,   /* NotImplemented */
    40324, /* unrecognized pipeline stage */
    40413,
    40414,
    40415, /* a field twice, missing, unknown */
    51024, /* a field's value out of its range */
    51181, /* no arrayFilters with pipelines */
    51198, /* no constants without pipelines */

    /* Rights are looked at before anything is done. */
    11, /* UserNotFound */
    13, /* Unauthorized */
    18, /* AuthenticationFailed */

    /* What is written to is not there, or is not what it should be. */
    26,
    27, /* NamespaceNotFound, IndexNotFound */
    48, /* NamespaceExists */
    61, /* ShardKeyNotFound */
    67,
    68, /* CannotCreateIndex, IndexAlreadyExists */
    85,
    86, /* conflicting index options, keys */

    /* The document that would result is not allowed, so it is not stored. */
    15, /* Overflow */
    28, /* PathNotViable */
    34, /* CannotBackfillArray */
    52,
    53,
    54,
    55,
    56,
    57,    /* names and values of fields */
    66,    /* ImmutableField */
    111,   /* NotExactValueField */
    121,   /* DocumentValidationFailure */
    171,   /* CannotIndexParallelArrays */
    10334, /* BSONObjectTooLarge */
    11000, /* DuplicateKey */
    17280, /* KeyTooLong, before 4.2 */

    /* An expression met a value that it does not take: a damaged product. */
    241, /* ConversionFailure: $toLong */
    16554,
    16555,
    16556, /* $add, $multiply, $subtract */
    16878,
    16879,
    16880,
    16881,
    16882,
    16883, /* $map */
    17080,
    17081,
    17082,
    17083, /* $cond */
    17124, /* $size */
    28646,
    28647,
    28648,
    28649,
    28650,
    28651, /* $filter */
    28664, /* $concatArrays */
    28689,
    28690,
    28691, /* $arrayElemAt */
    28724,
    28725,
    28726,
    28727,
    28728,
    28729, /* $slice */
    40075,
    40076,
    40077,
    40078,
    40079,
    40080,
    40081, /* $reduce, $in */
    40400, /* $mergeObjects */

    0,
};

/* Definitely not applied this time. */
static const int32_t inv_store_contended[] = {

    /* It gave way to others, and undid what it had begun. */
    112, /* WriteConflict */
    365, /* TemporarilyUnavailable: cache is full */

    0,
};

/* Definitely not applied here. */
static const int32_t inv_store_turned_away[] = {

    /* Turned away at the door: the first thing that is looked at. */
    371,          /* UserWritesBlocked */
    10107,        /* NotWritablePrimary */
    13435, 13436, /* NotPrimary..., recovering */

    0,
};

/*
 * In doubt, as is all that is not listed; but these pass, so that a read that
 * meets one is to be tried again.
 */
static const int32_t inv_store_doubtful[] = {

    /* Interrupted, which may be while a commit waits for its copies. */
    50,  /* MaxTimeMSExpired */
    91,  /* ShutdownInProgress */
    189, /* PrimarySteppedDown */
    262, /* ExceededTimeLimit */
    11600,
    11601,
    11602, /* at shutdown, killed, stepped down */

    /* Applied, but not, or not yet, as durably as was asked for. */
    64,  /* WriteConcernTimeout */
    79,  /* UnknownReplWriteConcern */
    100, /* UnsatisfiableWriteConcern */

    /* A router that lost a shard's reply. */
    6,
    7,    /* HostUnreachable, HostNotFound */
    89,   /* NetworkTimeout */
    202,  /* NetworkInterfaceExceededTimeLimit */
    9001, /* SocketException */

    /* Anything. */
    1, /* InternalError */
    8, /* UnknownError */

    0,
};

static const struct {
    const int32_t     *codes;
    inv_store_result_t result;
} inv_store_codes[] = {
    { inv_store_refused, INV_STORE_FAILED },
    { inv_store_contended, INV_STORE_BUSY },
    { inv_store_turned_away, INV_STORE_UNAVAILABLE },
    { inv_store_doubtful, INV_STORE_UNKNOWN },
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
    size_t i, j;

    if (code >= INV_CODE_SQLSTATE) {
        *result = inv_store_state_result(code);
        return true;
    }

    for (i = 0; i < sizeof(inv_store_codes) / sizeof(inv_store_codes[0]); i++) {
        for (j = 0; inv_store_codes[i].codes[j] != 0; j++) {
            if (inv_store_codes[i].codes[j] == code) {
                *result = inv_store_codes[i].result;
                return true;
            }
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
