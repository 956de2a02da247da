
/*
 * store: MongoDB's error codes: what each says about a write and about a read.
 *
 * Any thread, no state.  A code is definite for a write only where it is known
 * that the server raises it before it applies anything, or undoes what it had
 * begun: a wrong "nothing was applied" sells an item twice, a wrong doubt costs
 * a look-up.  Listed are the codes that this module can provoke, and of
 * MongoDB's error_codes.yml all that are retriable, an interruption, a network
 * error, a shutdown or overload.  Numbers without a name there are expressions
 * that met a value which they do not take: a damaged product.
 */


#include "inv_store_code.h"


#define REFUSED   INV_CODE_REFUSED, INV_STORE_FAILED
#define UNDONE    INV_CODE_UNDONE, INV_STORE_BUSY
#define NOT_BEGUN INV_CODE_NOT_BEGUN, INV_STORE_BUSY
#define BLOCKED   INV_CODE_BLOCKED, INV_STORE_UNAVAILABLE

/* In doubt for a write; a read is tried again, or ends. */
#define DOUBT_AGAIN INV_CODE_DOUBT, INV_STORE_BUSY
#define DOUBT_AWAY  INV_CODE_DOUBT, INV_STORE_UNAVAILABLE
#define DOUBT_FAILS INV_CODE_DOUBT, INV_STORE_FAILED


/* clang-format off */
const inv_store_code_t inv_store_code_table[] = {

    /* anything may have happened */
    { 1, "InternalError", DOUBT_AWAY },
    { 8, "UnknownError", DOUBT_AWAY },
    { 8000, "AtlasError", DOUBT_AWAY },

    /* refused as it stands: the server could not or would not read it */
    { 2, "BadValue", REFUSED },
    { 9, "FailedToParse", REFUSED },
    { 14, "TypeMismatch", REFUSED },
    { 20, "IllegalOperation", REFUSED },
    { 22, "InvalidBSON", REFUSED },
    { 40, "ConflictingUpdateOperators", REFUSED },
    { 59, "CommandNotFound", REFUSED },
    { 72, "InvalidOptions", REFUSED },
    { 73, "InvalidNamespace", REFUSED },
    { 115, "CommandNotSupported", REFUSED },
    { 166, "CommandNotSupportedOnView", REFUSED },
    { 167, "OptionNotSupportedOnView", REFUSED },
    { 168, "InvalidPipelineOperator", REFUSED },
    { 238, "NotImplemented", REFUSED },
    { 40324, "unrecognized pipeline stage", REFUSED },
    { 40413, "IDLDuplicateField", REFUSED },
    { 40414, "IDLFailedToParse", REFUSED },
    { 40415, "IDLUnknownField", REFUSED },
    { 51024, "field out of its range", REFUSED },
    { 51181, "arrayFilters with a pipeline", REFUSED },
    { 51198, "constants without a pipeline", REFUSED },

    /* rights are looked at before anything is done */
    { 11, "UserNotFound", REFUSED },
    { 13, "Unauthorized", REFUSED },
    { 18, "AuthenticationFailed", REFUSED },

    /* what is written to is not there, or is not what it should be */
    { 26, "NamespaceNotFound", REFUSED },
    { 27, "IndexNotFound", REFUSED },
    { 48, "NamespaceExists", REFUSED },
    { 61, "ShardKeyNotFound", REFUSED },
    { 67, "CannotCreateIndex", REFUSED },
    { 68, "IndexAlreadyExists", REFUSED },
    { 85, "IndexOptionsConflict", REFUSED },
    { 86, "IndexKeySpecsConflict", REFUSED },

    /* the document that would result is not allowed, so it is not stored */
    { 15, "Overflow", REFUSED },
    { 28, "PathNotViable", REFUSED },
    { 34, "CannotBackfillArray", REFUSED },
    { 52, "DollarPrefixedFieldName", REFUSED },
    { 53, "InvalidIdField", REFUSED },
    { 54, "NotSingleValueField", REFUSED },
    { 55, "InvalidDBRef", REFUSED },
    { 56, "EmptyFieldName", REFUSED },
    { 57, "DottedFieldName", REFUSED },
    { 66, "ImmutableField", REFUSED },
    { 111, "NotExactValueField", REFUSED },
    { 121, "DocumentValidationFailure", REFUSED },
    { 171, "CannotIndexParallelArrays", REFUSED },
    { 241, "ConversionFailure", REFUSED },
    { 10334, "BSONObjectTooLarge", REFUSED },
    { 11000, "DuplicateKey", REFUSED },
    { 17280, "KeyTooLong", REFUSED },

    /* gave way to others, and undid what it had begun */
    { 112, "WriteConflict", UNDONE },
    { 365, "TemporarilyUnavailable", UNDONE },

    /* turned away at the door: the first thing that is looked at */
    { 10058, "LegacyNotPrimary", NOT_BEGUN },
    { 10107, "NotWritablePrimary", NOT_BEGUN },
    { 13435, "NotPrimaryNoSecondaryOk", NOT_BEGUN },
    { 13436, "NotPrimaryOrSecondary", NOT_BEGUN },

    /* likewise, but it lasts until an administrator acts */
    { 371, "UserWritesBlocked", BLOCKED },
    { 391, "ReauthenticationRequired", BLOCKED },

    /* interrupted, which may be while a commit waits for its copies */
    { 24, "LockTimeout", DOUBT_AGAIN },
    { 50, "MaxTimeMSExpired", DOUBT_AWAY },
    { 90, "CallbackCanceled", DOUBT_AGAIN },
    { 91, "ShutdownInProgress", DOUBT_AGAIN },
    { 175, "QueryPlanKilled", DOUBT_AGAIN },
    { 189, "PrimarySteppedDown", DOUBT_AGAIN },
    { 237, "CursorKilled", DOUBT_AGAIN },
    { 262, "ExceededTimeLimit", DOUBT_AGAIN },
    { 279, "ClientDisconnect", DOUBT_AGAIN },
    { 281, "TransactionCoordinatorSteppingDown", DOUBT_AGAIN },
    { 282, "TransactionCoordinatorReachedAbortDecision", DOUBT_AGAIN },
    { 290, "TransactionExceededLifetimeLimitSeconds", DOUBT_AGAIN },
    { 333, "ServiceExecutorInShutdown", DOUBT_AGAIN },
    { 355, "InterruptedDueToStorageChange", DOUBT_AGAIN },
    { 453, "InterruptedDueToReshardingCriticalSection", DOUBT_AGAIN },
    { 11600, "InterruptedAtShutdown", DOUBT_AGAIN },
    { 11601, "Interrupted", DOUBT_AGAIN },
    { 11602, "InterruptedDueToReplStateChange", DOUBT_AGAIN },
    { 46841, "ClientMarkedKilled", DOUBT_AGAIN },
    { 91331, "RetriableRemoteCommandFailure", DOUBT_AGAIN },
    { 10045600, "InterruptedDueToFCVChange", DOUBT_AGAIN },

    /* applied, but not, or not yet, as durably as was asked for */
    { 64, "WriteConcernTimeout", DOUBT_AWAY },
    { 79, "UnknownReplWriteConcern", DOUBT_AWAY },
    { 100, "UnsatisfiableWriteConcern", DOUBT_AWAY },

    /* a router that lost a shard, or a shard's reply */
    { 6, "HostUnreachable", DOUBT_AGAIN },
    { 7, "HostNotFound", DOUBT_AGAIN },
    { 89, "NetworkTimeout", DOUBT_AGAIN },
    { 133, "FailedToSatisfyReadPreference", DOUBT_AGAIN },
    { 202, "NetworkInterfaceExceededTimeLimit", DOUBT_AGAIN },
    { 317, "ConnectionPoolExpired", DOUBT_AGAIN },
    { 384, "ConnectionError", DOUBT_AGAIN },
    { 407, "PooledConnectionAcquisitionExceededTimeLimit", DOUBT_AGAIN },
    { 9001, "SocketException", DOUBT_AGAIN },

    /* who has what is changing: another shard may have been asked as well */
    { 150, "StaleEpoch", DOUBT_AGAIN },
    { 249, "StaleDbVersion", DOUBT_AGAIN },
    { 343, "ShardCannotRefreshDueToLocksHeld", DOUBT_AGAIN },
    { 358, "InternalTransactionNotSupported", DOUBT_AGAIN },
    { 406, "MigrationBlockingOperationCoordinatorCleaningUp", DOUBT_AGAIN },
    { 412, "UpdatesStillPending", DOUBT_AGAIN },
    { 13388, "StaleConfig", DOUBT_AGAIN },

    /* a server that is not as far as the command wants it to be */
    { 134, "ReadConcernMajorityNotAvailableYet", DOUBT_AGAIN },
    { 187, "LinearizableReadConcernError", DOUBT_AGAIN },
    { 211, "KeyNotFound", DOUBT_AGAIN },
    { 239, "SnapshotTooOld", DOUBT_AGAIN },
    { 246, "SnapshotUnavailable", DOUBT_AGAIN },
    { 250, "StaleChunkHistory", DOUBT_AGAIN },
    { 272, "MigrationConflict", DOUBT_AGAIN },
    { 50915, "BackupCursorOpenConflictWithCheckpoint", DOUBT_AGAIN },

    /* overload; how far the command came is told by labels only */
    { 402, "ResourceExhausted", DOUBT_AGAIN },
    { 433, "AdmissionQueueOverflow", DOUBT_AGAIN },
    { 449, "RateLimitExceeded", DOUBT_AGAIN },
    { 450, "PooledConnectionAcquisitionRejected", DOUBT_AGAIN },
    { 462, "IngressRequestRateLimitExceeded", DOUBT_AGAIN },
    { 463, "IngressOperationRateLimitExceeded", DOUBT_AGAIN },
    { 473, "InterruptedDueToOverload", DOUBT_AGAIN },
    { 512, "WriteConflictRetryLimitExceeded", DOUBT_AGAIN },

    /* a query that would fail again */
    { 146, "ExceededMemoryLimit", DOUBT_FAILS },
    { 291, "NoQueryExecutionPlans", DOUBT_FAILS },
    { 292, "QueryExceededMemoryLimitNoDiskUseAllowed", DOUBT_FAILS },

    /* expressions */
    { 16554, "$add", REFUSED },
    { 16555, "$multiply", REFUSED },
    { 16556, "$subtract", REFUSED },
    { 16878, "$map", REFUSED },
    { 16879, "$map", REFUSED },
    { 16880, "$map", REFUSED },
    { 16881, "$map", REFUSED },
    { 16882, "$map", REFUSED },
    { 16883, "$map", REFUSED },
    { 17080, "$cond", REFUSED },
    { 17081, "$cond", REFUSED },
    { 17082, "$cond", REFUSED },
    { 17083, "$cond", REFUSED },
    { 17124, "$size", REFUSED },
    { 28646, "$filter", REFUSED },
    { 28647, "$filter", REFUSED },
    { 28648, "$filter", REFUSED },
    { 28649, "$filter", REFUSED },
    { 28650, "$filter", REFUSED },
    { 28651, "$filter", REFUSED },
    { 28664, "$concatArrays", REFUSED },
    { 28689, "$arrayElemAt", REFUSED },
    { 28690, "$arrayElemAt", REFUSED },
    { 28691, "$arrayElemAt", REFUSED },
    { 28724, "$slice", REFUSED },
    { 28725, "$slice", REFUSED },
    { 28726, "$slice", REFUSED },
    { 28727, "$slice", REFUSED },
    { 28728, "$slice", REFUSED },
    { 28729, "$slice", REFUSED },
    { 40075, "$reduce", REFUSED },
    { 40076, "$reduce", REFUSED },
    { 40077, "$reduce", REFUSED },
    { 40078, "$reduce", REFUSED },
    { 40079, "$reduce", REFUSED },
    { 40080, "$reduce", REFUSED },
    { 40081, "$in", REFUSED },
    { 40400, "$mergeObjects", REFUSED },
};
/* clang-format on */

const size_t inv_store_code_count =
    sizeof(inv_store_code_table) / sizeof(inv_store_code_table[0]);
