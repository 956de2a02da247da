
/*
 * store: MongoDB, the only truth; the only user of libmongoc and libbson.
 *
 * Runs on threads: every call here may block.  No nginx, no shared memory, no
 * logging: what went wrong is told in the call, for the event loop to log.
 * The store itself is created on the event loop, which does no I/O.
 */


#ifndef INV_STORE_H
#define INV_STORE_H


#include "../base/inv_cluster_time.h"
#include "../model/inv_header.h"
#include "../model/inv_page.h"
#include "../model/inv_product.h"
#include "../model/inv_stock.h"


typedef struct inv_store_s inv_store_t;

typedef struct {
    const char *uri;        /* mongodb:// or mongodb+srv://, NUL-terminated */
    unsigned    clients;    /* threads that may use it at once */
    int64_t     timeout_ms; /* the longest deadline of a call */
} inv_store_options_t;

/* The version of libmongoc, "1.23.1".  Any thread, no I/O; static. */
const char *inv_store_library(void);

/*
 * Checks a URI without I/O: while the configuration is read.  False: reason is
 * filled in, without the URI's password.
 */
bool inv_store_uri_check(const char *uri, char *reason, size_t size);

/*
 * How many files a URI, which is in order, names for TLS; 0: none.  -1: this
 * process cannot read one of them, and reason says which one and why not.
 */
int inv_store_uri_files(const char *uri, char *reason, size_t size);

/* host:port[,host:port...]/database, fit for a log.  False: no memory. */
bool
inv_store_uri_describe(inv_arena_t *arena, const char *uri, inv_str_t *text);

/*
 * Event loop, in a worker, after fork; no I/O: the connection pool is made by
 * the first call that needs it (SRV records are looked up there).  NULL: no
 * memory.
 */
inv_store_t *inv_store_create(const inv_store_options_t *options);

/* Event loop, when no thread is in a call any more. */
void inv_store_destroy(inv_store_t *store);


typedef enum {
    INV_STORE_OK,
    INV_STORE_NOT_FOUND, /* no such product, or it is deleted */
    INV_STORE_SKU_TAKEN,
    INV_STORE_VERSION_CHANGED, /* If-Match does not match */
    INV_STORE_IN_USE,          /* reserved > 0 */
    INV_STORE_BUSY,            /* outbox full, contended, or no connection free
                                  till the deadline; nothing was applied */
    INV_STORE_UNAVAILABLE,     /* not reached; nothing was applied */
    INV_STORE_UNKNOWN,         /* no answer in time or connection lost: it may
                                  have been applied, or may yet be */
    INV_STORE_FAILED,          /* a definite error; nothing was applied */
    INV_STORE_DAMAGED,         /* what is stored cannot be read; likewise */
    INV_STORE_NO_MEMORY        /* nothing was sent */
} inv_store_result_t;

/* One call from a thread: where its memory comes from and how long it has. */
typedef struct {
    inv_arena_t *arena;
    int64_t      deadline;   /* inv_time_monotonic */
    char         error[512]; /* what went wrong, for the log; no secrets */
    unsigned     commands;   /* sent to the database */
    unsigned     damaged;    /* documents left out; error names them */
    _Atomic int  stage;      /* see inv_store_call_abandon; 0 at first */

    /*
     * The cluster's time; all zero at first where nothing is known.  In: reads
     * are to show at least what was known at this one.  Out: the greatest that
     * replies have told, and one that a server refused (operation 0: none),
     * which nobody is to use any more.
     */
    inv_cluster_time_t after, seen, refused;
} inv_store_call_t;

/*
 * Event loop, at a deadline: true where nothing that changes anything has been
 * sent, nor will be from now on: UNAVAILABLE is certain, whomever else the call
 * was for.  False: only its end can tell.
 */
bool inv_store_call_abandon(inv_store_call_t *call);

/* Who does something, for the ledger; both may be absent. */
typedef struct {
    inv_str_t who;   /* the principal */
    inv_str_t trace; /* 32 hex digits */
} inv_actor_t;


/* Is there a server that takes writes?  OK or UNAVAILABLE. */
inv_store_result_t inv_store_ping(inv_store_t *store, inv_store_call_t *call);

/* What is known of the indexes from one look to the next; zeroed at first. */
typedef struct {
    uint32_t building;   /* those that the server was building, a bit each */
    uint32_t refused;    /* those that were told as impossible: left alone */
    char     named[512]; /* those that are being built, for the log */
} inv_store_builds_t;

/*
 * Makes the indexes that are missing; safe by many at once.  OK: they are
 * there, or builds->building tells that the server is still building some:
 * look again.  FAILED: call->error names those that cannot be made, e.g. for
 * want of the right, and those whose build has failed since the last look; they
 * are not tried again with the same builds.
 */
inv_store_result_t inv_store_prepare(inv_store_t *store, inv_store_call_t *call,
                                     inv_store_builds_t *builds);

/*
 * Reads n products (1 to INV_READ_BATCH_MAX, ids may repeat): found[i] is set
 * for ids[i], NULL where there is no document, a tombstone (deleted, version)
 * where there is one.  A damaged document sets damaged[i], leaves found[i] NULL
 * and is named in call->error; damaged NULL: it is FAILED for all.
 */
inv_store_result_t
inv_store_products_read(inv_store_t *store, inv_store_call_t *call,
                        const inv_oid_t *ids, size_t n, inv_product_t **found,
                        bool *damaged);

/*
 * One page of live products, which query (not by_ids) tells: one command, and
 * one more for the total where a page is asked for by its number.  Damaged ones
 * are left out, counted in call->damaged and named in call->error as far as they
 * were looked at; a page by cursor that they leave short takes more commands,
 * eight at most.  Where so many are damaged that it is short all the same, or
 * empty, page->more is true and page->end is where to go on.
 */
inv_store_result_t
inv_store_products_page(inv_store_t *store, inv_store_call_t *call,
                        const inv_page_query_t *query, inv_page_t *page);


#endif /* INV_STORE_H */
