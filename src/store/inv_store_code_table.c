
/*
 * store: MongoDB's error codes: what each says about a write and about a read.
 *
 * Any thread, no state.  A code is definite for a write only where it is known
 * that the server raises it before it applies anything, or undoes what it had
 * begun: a wrong "nothing was applied" sells an item twice, a wrong doubt costs
 * a look-up.  Listed are the codes that this module can provoke, and of
 * MongoDB's error_codes.yml all that are retriable, an interruption, a network
 * error, a shutdown or overload; with the names that they have there, or what
 * raises them.
 */


#include "inv_store_code.h"


/* clang-format off */
const inv_store_codes_t inv_store_code_table[] = {

    /* anything may have happened */
    { INV_CODE_DOUBT, INV_STORE_UNAVAILABLE,
      "1 InternalError\n"
      "8 UnknownError\n"
      "8000 AtlasError\n" },

    /* refused as it stands: the server could not or would not read it */
    { INV_CODE_REFUSED, INV_STORE_FAILED,
      "2 BadValue\n"
      "9 FailedToParse\n"
      "14 TypeMismatch\n"
      "20 IllegalOperation\n"
      "22 InvalidBSON\n"
      "40 ConflictingUpdateOperators\n"
      "59 CommandNotFound\n"
      "72 InvalidOptions\n"
      "73 InvalidNamespace\n"
      "115 CommandNotSupported\n"
      "166 CommandNotSupportedOnView\n"
      "167 OptionNotSupportedOnView\n"
      "168 InvalidPipelineOperator\n"
      "238 NotImplemented\n"
      "40324 unrecognized pipeline stage\n"
      "40413 IDLDuplicateField\n"
      "40414 IDLFailedToParse\n"
      "40415 IDLUnknownField\n"
      "51024 field out of its range\n"
      "51181 arrayFilters with a pipeline\n"
      "51198 constants without a pipeline\n" },

    /* rights are looked at before anything is done */
    { INV_CODE_REFUSED, INV_STORE_FAILED,
      "11 UserNotFound\n"
      "13 Unauthorized\n"
      "18 AuthenticationFailed\n" },

    /* what is written to is not there, or is not what it should be */
    { INV_CODE_REFUSED, INV_STORE_FAILED,
      "26 NamespaceNotFound\n"
      "27 IndexNotFound\n"
      "48 NamespaceExists\n"
      "61 ShardKeyNotFound\n"
      "67 CannotCreateIndex\n"
      "68 IndexAlreadyExists\n"
      "85 IndexOptionsConflict\n"
      "86 IndexKeySpecsConflict\n" },

    /* the document that would result is not allowed, so it is not stored */
    { INV_CODE_REFUSED, INV_STORE_FAILED,
      "15 Overflow\n"
      "28 PathNotViable\n"
      "34 CannotBackfillArray\n"
      "52 DollarPrefixedFieldName\n"
      "53 InvalidIdField\n"
      "54 NotSingleValueField\n"
      "55 InvalidDBRef\n"
      "56 EmptyFieldName\n"
      "57 DottedFieldName\n"
      "66 ImmutableField\n"
      "111 NotExactValueField\n"
      "121 DocumentValidationFailure\n"
      "171 CannotIndexParallelArrays\n"
      "241 ConversionFailure\n"
      "10334 BSONObjectTooLarge\n"
      "11000 DuplicateKey\n"
      "17280 KeyTooLong\n" },

    /* gave way to others, and undid what it had begun */
    { INV_CODE_UNDONE, INV_STORE_BUSY,
      "112 WriteConflict\n"
      "365 TemporarilyUnavailable\n" },

    /* turned away at the door: the first thing that is looked at */
    { INV_CODE_NOT_BEGUN, INV_STORE_BUSY,
      "10058 LegacyNotPrimary\n"
      "10107 NotWritablePrimary\n"
      "13435 NotPrimaryNoSecondaryOk\n"
      "13436 NotPrimaryOrSecondary\n" },

    /* likewise, but the login has to be renewed before */
    { INV_CODE_BARRED, INV_STORE_UNAVAILABLE,
      "391 ReauthenticationRequired\n" },

    /* looked at for each write, and lasts until an administrator acts */
    { INV_CODE_BLOCKED, INV_STORE_UNAVAILABLE, "371 UserWritesBlocked\n" },

    /* interrupted, which may be while a commit waits for its copies */
    { INV_CODE_DOUBT, INV_STORE_BUSY,
      "24 LockTimeout\n"
      "90 CallbackCanceled\n"
      "91 ShutdownInProgress\n"
      "175 QueryPlanKilled\n"
      "189 PrimarySteppedDown\n"
      "237 CursorKilled\n"
      "262 ExceededTimeLimit\n"
      "279 ClientDisconnect\n"
      "281 TransactionCoordinatorSteppingDown\n"
      "282 TransactionCoordinatorReachedAbortDecision\n"
      "290 TransactionExceededLifetimeLimitSeconds\n"
      "333 ServiceExecutorInShutdown\n"
      "355 InterruptedDueToStorageChange\n"
      "453 InterruptedDueToReshardingCriticalSection\n"
      "11600 InterruptedAtShutdown\n"
      "11601 Interrupted\n"
      "11602 InterruptedDueToReplStateChange\n"
      "46841 ClientMarkedKilled\n"
      "91331 RetriableRemoteCommandFailure\n"
      "10045600 InterruptedDueToFCVChange\n" },

    /* interrupted because its own time is over */
    { INV_CODE_DOUBT, INV_STORE_UNAVAILABLE,
      "50 MaxTimeMSExpired\n" },

    /* applied, but not, or not yet, as durably as was asked for */
    { INV_CODE_DOUBT, INV_STORE_UNAVAILABLE,
      "64 WriteConcernTimeout\n"
      "79 UnknownReplWriteConcern\n"
      "100 UnsatisfiableWriteConcern\n" },

    /* a router that lost a shard, or a shard's reply */
    { INV_CODE_DOUBT, INV_STORE_BUSY,
      "6 HostUnreachable\n"
      "7 HostNotFound\n"
      "89 NetworkTimeout\n"
      "133 FailedToSatisfyReadPreference\n"
      "202 NetworkInterfaceExceededTimeLimit\n"
      "317 ConnectionPoolExpired\n"
      "384 ConnectionError\n"
      "407 PooledConnectionAcquisitionExceededTimeLimit\n"
      "9001 SocketException\n" },

    /* who has what is changing: another shard may have been asked as well */
    { INV_CODE_DOUBT, INV_STORE_BUSY,
      "150 StaleEpoch\n"
      "249 StaleDbVersion\n"
      "343 ShardCannotRefreshDueToLocksHeld\n"
      "358 InternalTransactionNotSupported\n"
      "406 MigrationBlockingOperationCoordinatorCleaningUp\n"
      "412 UpdatesStillPending\n"
      "13388 StaleConfig\n" },

    /* a server that is not as far as the command wants it to be */
    { INV_CODE_DOUBT, INV_STORE_BUSY,
      "134 ReadConcernMajorityNotAvailableYet\n"
      "187 LinearizableReadConcernError\n"
      "211 KeyNotFound\n"
      "239 SnapshotTooOld\n"
      "246 SnapshotUnavailable\n"
      "250 StaleChunkHistory\n"
      "272 MigrationConflict\n"
      "50915 BackupCursorOpenConflictWithCheckpoint\n" },

    /* overload; how far the command came is told by labels only */
    { INV_CODE_DOUBT, INV_STORE_BUSY,
      "402 ResourceExhausted\n"
      "433 AdmissionQueueOverflow\n"
      "449 RateLimitExceeded\n"
      "450 PooledConnectionAcquisitionRejected\n"
      "462 IngressRequestRateLimitExceeded\n"
      "463 IngressOperationRateLimitExceeded\n"
      "473 InterruptedDueToOverload\n"
      "512 WriteConflictRetryLimitExceeded\n" },

    /* a query that would fail again */
    { INV_CODE_DOUBT, INV_STORE_FAILED,
      "146 ExceededMemoryLimit\n"
      "291 NoQueryExecutionPlans\n"
      "292 QueryExceededMemoryLimitNoDiskUseAllowed\n" },

    /* an expression met a value that it does not take: a damaged product */
    { INV_CODE_REFUSED, INV_STORE_FAILED,
      "16554 $add\n"
      "16555 $multiply\n"
      "16556 $subtract\n"
      "16878 $map\n"
      "16879 $map\n"
      "16880 $map\n"
      "16881 $map\n"
      "16882 $map\n"
      "16883 $map\n"
      "17080 $cond\n"
      "17081 $cond\n"
      "17082 $cond\n"
      "17083 $cond\n"
      "17124 $size\n"
      "28646 $filter\n"
      "28647 $filter\n"
      "28648 $filter\n"
      "28649 $filter\n"
      "28650 $filter\n"
      "28651 $filter\n"
      "28664 $concatArrays\n"
      "28689 $arrayElemAt\n"
      "28690 $arrayElemAt\n"
      "28691 $arrayElemAt\n"
      "28724 $slice\n"
      "28725 $slice\n"
      "28726 $slice\n"
      "28727 $slice\n"
      "28728 $slice\n"
      "28729 $slice\n"
      "40075 $reduce\n"
      "40076 $reduce\n"
      "40077 $reduce\n"
      "40078 $reduce\n"
      "40079 $reduce\n"
      "40080 $reduce\n"
      "40081 $in\n"
      "40400 $mergeObjects\n" },
};
/* clang-format on */

const size_t inv_store_code_count =
    sizeof(inv_store_code_table) / sizeof(inv_store_code_table[0]);
