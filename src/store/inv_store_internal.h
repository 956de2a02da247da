
/*
 * store, inside: what its files promise each other.  Nobody else includes
 * this: libmongoc and libbson stay in this room.
 *
 * Everything here runs on threads, between a link's open and close, but the
 * store's own creation and the pure BSON helpers.
 */


#ifndef INV_STORE_INTERNAL_H
#define INV_STORE_INTERNAL_H


#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <mongoc/mongoc.h>

#include "inv_store.h"


/*
 * libmongoc 1.23 to 2.x.  2.0 renamed what appends arrays element by element;
 * with 1.27 the patience of a socket can follow each call's deadline.
 */
#if MONGOC_CHECK_VERSION(2, 0, 0)
#define bson_append_array_begin bson_append_array_unsafe_begin
#endif

#if MONGOC_CHECK_VERSION(1, 27, 0)
#define INV_STORE_HAVE_SOCKET_TIMEOUT 1
#endif


#define INV_STORE_DATABASE "inventory" /* where the URI names none */
#define INV_STORE_PRODUCTS "products"
#define INV_STORE_LEDGER   "ledger"
#define INV_STORE_CLAIMS   "claims"

/* "<product hex>-<seq>": the _id of a ledger document. */
#define INV_STORE_ENTRY_ID (INV_OID_HEX + 1 + 20 + 1)


/* What a read asks for; see inv_store_concern.h. */
typedef enum {
    INV_CONCERN_AFTER,    /* majority and afterClusterTime */
    INV_CONCERN_LINEAR,   /* linearizable */
    INV_CONCERN_MAJORITY, /* majority alone */
    INV_CONCERN_KINDS
} inv_concern_t;

struct inv_store_s {
    pthread_mutex_t       lock;
    pthread_cond_t        changed; /* a client came back, the pool was made */
    mongoc_client_pool_t *pool;    /* NULL until the first call */
    bool                  making;  /* a thread is making the pool */
    unsigned              clients; /* at most this many links at once */
    unsigned              links;
    int64_t               timeout_ms;
    int64_t               selection_ms; /* the driver looks for a server */
    atomic_bool           routed;       /* by a mongos: shards answer */
    atomic_bool           elects;       /* a set or routed, never standalone */
    _Atomic int64_t       electing;     /* monotonic, ms; 0: never */
    _Atomic int64_t       refused[INV_CONCERN_KINDS]; /* likewise, each */
    _Atomic uint64_t      refused_from; /* the operation time that was */
    char                 *uri;
    char                 *database;
    char                 *password; /* to be scrubbed; NULL: none */
};


/* A call's hold on a connection, from open to close. */
typedef struct {
    inv_store_t      *store;
    inv_store_call_t *call;
    mongoc_client_t  *client;
} inv_store_link_t;

/*
 * Waits for a client till the call's deadline at most.  OK, BUSY (none came
 * free in time), UNAVAILABLE (no pool) or NO_MEMORY; close only after OK.
 */
inv_store_result_t
     inv_store_link_open(inv_store_link_t *link, inv_store_t *store,
                         inv_store_call_t *call);
void inv_store_link_close(inv_store_link_t *link);

/* Milliseconds left to the call's deadline; 0: it has passed. */
int64_t inv_store_call_left(const inv_store_call_t *call);

/* Writes call->error: the first word, then whatever format says. */
void inv_store_call_error(inv_store_call_t *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A short random pause before the nth try (from 0) of what was contended,
 * within the deadline.  False: the deadline has passed.
 */
bool inv_store_pause(const inv_store_call_t *call, unsigned nth);

/* The database that a URI names, else INV_STORE_DATABASE. */
const char *inv_store_uri_database(const mongoc_uri_t *uri);

/* As inv_store_uri_files, of a URI that has been parsed. */
int
inv_store_uri_read_files(const mongoc_uri_t *uri, char *reason, size_t size);

/*
 * Replaces the secret (NULL: none) in text by ****, and control bytes by '?'.
 * One of fewer than four bytes is looked for as a URI's password alone: it is
 * part of any text.  size: that of text, which may grow.
 */
void inv_store_scrub(char *text, size_t size, const char *secret);

/* libmongoc writes to stderr unless it is told not to. */
void inv_store_quiet(void);


typedef enum {
    INV_COMMAND_READ,  /* readConcern majority and afterClusterTime, see
                          inv_store_time.h; maxTimeMS */
    INV_COMMAND_PROOF, /* readConcern linearizable, maxTimeMS; both: else see
                          inv_store_concern.h */
    INV_COMMAND_LOCAL, /* readConcern local: what may yet be lost, too */
    INV_COMMAND_WRITE, /* writeConcern majority and journal, maxTimeMS */
    INV_COMMAND_TIDY,  /* w: 1, a write that does no harm if it is lost */
    INV_COMMAND_BUILD, /* an index: a write that may outlast the call */
    INV_COMMAND_PLAIN  /* neither concern fits; maxTimeMS */
} inv_command_kind_t;

/* Does it change nothing? */
static inline bool
inv_store_only_reads(inv_command_kind_t kind)
{
    return kind == INV_COMMAND_READ || kind == INV_COMMAND_PROOF
           || kind == INV_COMMAND_LOCAL || kind == INV_COMMAND_PLAIN;
}

/* What came back.  To be destroyed also after a failure. */
typedef struct {
    bson_t  body;
    int32_t code; /* of the first error; 0: none, or not the server's */
    bool    cut;  /* see inv_store_documents */
} inv_store_reply_t;

#define INV_CODE_INTERNAL          1
#define INV_CODE_WRITE_CONFLICT    112
#define INV_CODE_TOO_LARGE         10334 /* outgrew 16 MiB; definite */
#define INV_CODE_DUPLICATE         11000
#define INV_CODE_NO_SUCH_NAMESPACE 26

/*
 * Runs one command on the primary; a write gets its concerns and its time limit
 * appended.  OK; UNAVAILABLE, UNKNOWN (writes only) or FAILED; BUSY: definitely
 * not applied, and worth another try: it gave way to another command, there is
 * a new primary, or too much is happening there.  A read is tried again until
 * the deadline, and is then UNAVAILABLE; BUSY: there was no time to send it.
 */
inv_store_result_t
inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                  bson_t *command, inv_store_reply_t *reply);

/* Has the pool's driver tell when a command is sent, and to what servers. */
void inv_store_command_watch(inv_store_t *store, mongoc_client_pool_t *pool);

/* Has it told of the servers; the callbacks' context is the store. */
void inv_store_servers_watch(mongoc_apm_callbacks_t *callbacks);

/*
 * The code of an error: a server may say that it is not the primary, and where
 * servers elect one they are electing another.
 */
void inv_store_servers_hear(inv_store_t *store, int32_t code);

/*
 * Was that said so lately that a primary which is not found is still being
 * elected, and not gone?
 */
bool inv_store_is_electing(inv_store_t *store);

/*
 * What the end of a command means: whether it was sent, and the driver's own
 * error.  The reply's code is set, and call->error where something went wrong.
 * FAILED or BUSY of several statements is about those that the writeErrors
 * list: the others are applied.  Where the reply is not ok it is about all.
 */
inv_store_result_t
inv_store_outcome(inv_store_link_t *link, inv_command_kind_t kind,
                  const bson_t *command, bool sent, const bson_error_t *error,
                  inv_store_reply_t *reply);

/*
 * One error of a command that writes: the reply itself, or an element of its
 * writeErrors: {code, errmsg, errorLabels}.  code is the one by which it is
 * known here; message is valid as long as the document.  FAILED, BUSY,
 * UNAVAILABLE or UNKNOWN.
 */
inv_store_result_t inv_store_error_result(const bson_t *document, int32_t *code,
                                          const char **message);

/* Does the reply say that the command was carried out? */
bool inv_store_reply_ok(const inv_store_reply_t *reply);

/* Has an error that label among its errorLabels?  Any types are put up with. */
bool inv_store_has_label(const bson_t *error, const char *label);

/*
 * The documents of a find's or an aggregate's first batch.  False: the reply has
 * none, or one that cannot be read to its end, so it says nothing of anything.
 */
bool inv_store_reply_batch(const inv_store_reply_t *reply, bson_iter_t *docs);
/* The same: OK, or UNAVAILABLE, and the call's error says so. */
inv_store_result_t
inv_store_reply_documents(inv_store_call_t        *call,
                          const inv_store_reply_t *reply, bson_iter_t *docs);


/* Typed appends and tolerant reads; none of them keeps a pointer. */
void inv_bson_put_text(bson_t *bson, const char *name, inv_str_t text);
void inv_bson_put_oid(bson_t *bson, const char *name, inv_oid_t id);
void inv_bson_put_price(bson_t *bson, const char *name, inv_price_t price);

/* Appends {name: value} to an array: a stage of a pipeline, a condition. */
void inv_bson_push_member(bson_t *array, const char *name, const bson_t *value);

/* Any numeric type that holds an integer.  False: it does not. */
bool inv_bson_get_integer(const bson_iter_t *iter, int64_t *value);
bool inv_bson_get_price(const bson_iter_t *iter, inv_price_t *price);
/* A date or an integer, INV_TIME_MIN to INV_TIME_MAX. */
bool inv_bson_get_time(const bson_iter_t *iter, inv_time_t *t);
bool inv_bson_get_oid(const bson_iter_t *iter, inv_oid_t *id);
/* Valid UTF-8.  True, and text absent, where there is no memory. */
bool
inv_bson_get_text(inv_arena_t *arena, const bson_iter_t *iter, inv_str_t *text);
/* The named integer of a document.  False: none such. */
bool
inv_bson_find_integer(const bson_t *bson, const char *name, int64_t *value);
/*
 * What a stock, a seq or a version can be, 0 to INV_STOCK_MAX, and what a delta
 * can be, as much either way.  False: none such, or the document is damaged.
 */
bool inv_bson_find_count(const bson_t *bson, const char *name, int64_t *value);
bool inv_bson_find_amount(const bson_t *bson, const char *name, int64_t *value);
bool inv_bson_get_amount(const bson_iter_t *iter, int64_t *value);
/* Did the iteration end where the bytes make no sense any more? */
bool inv_bson_is_broken(const bson_iter_t *iter);
/* Views the document or array at iter; nothing to destroy. */
bool inv_bson_view(const bson_iter_t *iter, bson_t *view);
/* Can its members be read to the last one?  What is inside them may be broken. */
bool inv_bson_is_whole(const bson_t *bson);
/*
 * The elements of the array at iter, or of the named one, to be iterated.
 * False: it is none, or cannot be read to its end, and half of it would show
 * as absent what is in the other half.
 */
bool inv_bson_get_elements(const bson_iter_t *iter, bson_iter_t *elements);
bool inv_bson_find_elements(const bson_t *bson, const char *name,
                            bson_iter_t *elements);

/* One member of a catalogue entry under any name. */
void inv_store_member_put(bson_t *bson, const char *name, inv_member_t member,
                          const inv_catalog_t *catalog);
/*
 * The member by which q finds a product: the words of its name and description.
 * It is written with them, and never read here.
 */
#define INV_STORE_WORDS "words"

/* The words of a catalogue entry.  False: no memory. */
bool inv_store_words_of(inv_arena_t *arena, const inv_catalog_t *catalog,
                        inv_words_t *words);
void
inv_store_words_put(bson_t *bson, const char *name, const inv_words_t *words);

/* A whole product but for its outbox and its words. */
void inv_store_product_put(bson_t *bson, const inv_product_t *product);

/* The projection of all that a product is read from. */
void inv_store_product_fields(bson_t *fields);

/*
 * Only documents, but tombstones, that a product may be read from, as far as
 * the database can tell: by negations, of which its planner makes no use.
 */
void inv_store_product_sound(bson_t *filter);

/*
 * A product from its document.  OK; DAMAGED, call->error says where;
 * NO_MEMORY.
 */
inv_store_result_t
inv_store_product_parse(inv_store_call_t *call, const bson_t *document,
                        inv_product_t **product);

/*
 * The same for one of many: a damaged one is OK and NULL, and is counted and
 * named in the call.
 */
inv_store_result_t
inv_store_product_try(inv_store_call_t *call, const bson_t *document,
                      inv_product_t **product);


/* What an entry of one op says, apart from its numbers. */
typedef struct {
    inv_oid_t          batch;
    inv_move_t         type;
    inv_time_t         at;
    const inv_actor_t *actor;
    const bson_t      *changes; /* {member: [old, new]}; NULL: none */
} inv_store_move_t;

/* Random batch id. */
inv_oid_t inv_store_batch(void);

/*
 * Builds an entry of one op.  numbers holds from, to, after and d: values, or
 * (quoted) expressions of an update pipeline; what a client said then stands
 * under $literal.
 */
void inv_store_entry_build(bson_t *entry, const inv_store_move_t *move,
                           const bson_t *numbers, bool quoted);


/*
 * Is the index found, as listIndexes tells it, what is wanted, as createIndexes
 * takes it?  Names and the server's bookkeeping do not count.
 */
bool inv_store_index_same(const bson_t *wanted, const bson_t *found);


/*
 * The largest seq, version and epoch that a product can be changed at: whatever
 * one statement adds, they remain in range.
 */
#define INV_STORE_COUNT_MAX (INV_STOCK_MAX - INV_OUTBOX_OPS_MAX)

/* The condition that ops more fit into the outbox, as an expression. */
void inv_store_room(bson_t *room, unsigned ops);

/*
 * Only while the product has all that statements count with, in numbers as
 * inv_store_step_state takes them, and meets the condition.  What the filter
 * asks of a number by itself already is asked before this.
 */
void inv_store_filter_state(bson_t *filter, const bson_t *room);

/* Sets {name: name + 1} for an update pipeline; name is short. */
void inv_store_raise(bson_t *set, const char *name);

/* Sets outbox to itself and entry, and dirty. */
void inv_store_outbox_append(bson_t *set, const bson_t *entry);

/*
 * One findAndModify on products: {$set: set} as a pipeline, fields the
 * projection of what comes back.  OK: document is a view of it in reply;
 * NOT_FOUND: nothing matched, definitely.  Else as inv_store_command.
 */
inv_store_result_t
inv_store_statement(inv_store_link_t *link, const bson_t *filter,
                    const bson_t *set, const bson_t *fields,
                    inv_store_reply_t *reply, bson_t *document);

/*
 * What a findAndModify did.  OK: it was applied, and document is a view of what
 * is shown of it, in reply; NOT_FOUND: nothing matched; UNKNOWN: it does not say.
 */
inv_store_result_t
inv_store_modified(inv_store_call_t *call, const inv_store_reply_t *reply,
                   bson_t *document);

/* Of a document that was found by its _id, but does not show it: UNAVAILABLE. */
inv_store_result_t inv_store_unidentified(inv_store_call_t *call);

/*
 * One find on products: at most limit documents, in one batch.  options:
 * sort, skip, projection.  documents iterates over reply.
 */
inv_store_result_t
inv_store_find(inv_store_link_t *link, const bson_t *filter,
               const bson_t *options, int64_t limit, inv_store_reply_t *reply,
               bson_iter_t *documents);

/*
 * The same for documents that are named by their _id, and proven: no write that
 * was acknowledged before this was called is missing from what it shows.
 */
inv_store_result_t
inv_store_find_proven(inv_store_link_t *link, const bson_t *filter,
                      const bson_t *options, int64_t limit,
                      inv_store_reply_t *reply, bson_iter_t *documents);

/*
 * Whether a majority read may be older than an acknowledged write: servers that
 * tell an operationTime, or have told the one that was refused, are members of
 * a replica set or of a cluster, whose primary may have changed.
 */
bool inv_store_reads_may_be_old(const inv_store_link_t *link);

/* Whether collection has a document with this id under name. */
inv_store_result_t
inv_store_exists(inv_store_link_t *link, inv_command_kind_t kind,
                 const char *collection, const char *name, inv_oid_t id,
                 bool *exists);

/* The option that leaves outboxes, and words, where they are. */
void inv_store_without_outbox(bson_t *options);

/*
 * Reads one product without its outbox, proven: what it shows decides what is
 * written or refused.  NOT_FOUND: product is NULL, or a tombstone.
 */
inv_store_result_t inv_store_product_load(inv_store_link_t *link, inv_oid_t id,
                                          inv_product_t **product);


#endif /* INV_STORE_INTERNAL_H */
