
/*
 * cache: a connection to Redis that comes back by itself.
 *
 * Event loop of a worker only (names are looked up on a thread).  The object
 * outlives its connections.  Commands go out only while it is ready, are tried
 * once and get INV_REDIS_COMMAND_MS; one that takes longer ends the
 * connection, and all that wait get no reply, at once.  So a Redis that hangs
 * is waited for once, not once for each command.
 *
 * hiredis is used for the protocol only (its reader and its formatter).  Its
 * asynchronous layer is not: it aborts the process when a server sends a reply
 * that nobody asked for, reads replies of any size, and frees what its
 * callbacks still use, differently in each version.
 */


#ifndef INV_REDIS_H
#define INV_REDIS_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_thread_pool.h>

#include "inv_redis_url.h"


typedef struct inv_redis_s         inv_redis_t;
typedef struct inv_redis_command_s inv_redis_command_t;

typedef enum {
    INV_REDIS_STRING,
    INV_REDIS_STATUS,
    INV_REDIS_ERROR,
    INV_REDIS_INTEGER,
    INV_REDIS_NIL
} inv_redis_kind_t;

/* Valid during the call that hands it over. */
typedef struct {
    inv_redis_kind_t kind;
    inv_str_t        text;    /* STRING, STATUS, ERROR */
    int64_t          integer; /* INTEGER */
} inv_redis_reply_t;

/* The version of hiredis that was compiled in, "0.14.1".  Any thread; static. */
const char *inv_redis_library(void);

/*
 * What may be logged of an error: its first word or, where it cannot quote a
 * password, all; cut to INV_REDIS_TEXT_MAX, NUL-terminated, printable.
 */
#define INV_REDIS_TEXT_MAX 100
void
inv_redis_error_text(const inv_redis_reply_t *reply, bool whole, char *out);

/* reply NULL: there is none, the connection was lost or given up. */
typedef void (*inv_redis_reply_pt)(void                    *context,
                                   const inv_redis_reply_t *reply);

/*
 * Starts to connect.  ssl: of the configuration, outlives it; used where the
 * URL asks for TLS, else it may be NULL.  NULL: no memory.  url is copied.
 */
inv_redis_t *inv_redis_create(const inv_redis_url_t *url, ngx_ssl_t *ssl,
                              ngx_thread_pool_t *threads, ngx_log_t *log);

/*
 * A subscription to one channel, on a connection of its own, which takes no
 * commands and comes back by itself as well.  What is published while there is
 * none is missed.
 */
typedef struct {
    inv_str_t channel; /* 1 to INV_REDIS_CHANNEL_MAX bytes */

    /* A message, of at most INV_REDIS_MESSAGE_MAX bytes; longer ones do not
       come.  It may be from anybody who may publish there. */
    void (*message)(void *context, inv_str_t text);

    /* true: subscribed; false: no more.  Messages were missed before the one,
       and are after the other. */
    void (*hears)(void *context, bool hears);

    void *context;
} inv_redis_listener_t;

/*
 * As inv_redis_create; the listener and its channel are copied.  It is ready
 * while it is subscribed.  Its callbacks may not destroy it.
 */
inv_redis_t *inv_redis_subscribe(const inv_redis_url_t *url, ngx_ssl_t *ssl,
                                 ngx_thread_pool_t *threads, ngx_log_t *log,
                                 const inv_redis_listener_t *listener);

/* Both kinds.  Callbacks of commands that wait are not called. */
void inv_redis_destroy(inv_redis_t *redis);

bool inv_redis_is_ready(const inv_redis_t *redis);

/* Where its commands are counted, see inv_metrics_server; at first nowhere. */
void inv_redis_count_as(inv_redis_t *redis, unsigned server);

/*
 * NULL: not sent (not ready, too much pending, no memory), callback is not
 * called.  Else it is called once, later, never from inside this call.  The
 * arguments are copied.
 */
inv_redis_command_t *
inv_redis_send(inv_redis_t *redis, const inv_str_t *args, size_t nargs,
               inv_redis_reply_pt callback, void *context);

/* Its callback is not to be called.  Not from inside it or after it. */
void inv_redis_forget(inv_redis_command_t *command);

/*
 * Hands what was sent to the kernel now; else that happens at the end of the
 * event loop's turn, for all commands of the turn at once.
 */
void inv_redis_flush(inv_redis_t *redis);


#endif /* INV_REDIS_H */
