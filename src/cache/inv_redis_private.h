
/*
 * cache: what the files of the Redis client share; nobody else includes it.
 *
 *   inv_redis.c         the client: its states, and the way down and up again
 *   inv_redis_lookup.c  where the server is: addresses, on a thread for names
 *   inv_redis_open.c    the connection: made, watched, closed
 *   inv_redis_tls.c     TLS over it, where the URL says so
 *   inv_redis_io.c      what goes over it: bytes in and out
 *   inv_redis_reader.c  what came, taken apart within bounds
 *   inv_redis_command.c commands and their replies
 *   inv_redis_hear.c    a subscription: messages, and whether it still stands
 *
 * Event loop only, but for inv_redis_lookup_run.
 */


#ifndef INV_REDIS_PRIVATE_H
#define INV_REDIS_PRIVATE_H


#include "inv_redis.h"
#include "inv_redis_reader.h"
#include "../shared/inv_metrics.h"

#include <ngx_event.h>


typedef enum {
    INV_REDIS_DOWN,       /* the timer tells when to try again */
    INV_REDIS_LOOKING_UP, /* a thread asks for the address */
    INV_REDIS_CONNECTING,
    INV_REDIS_SECURING, /* TLS; within the time of connecting */
    INV_REDIS_GREETING, /* what makes it ready is sent, but not all answered */
    INV_REDIS_READY
} inv_redis_state_t;

typedef struct {
    struct sockaddr_storage sockaddr;
    socklen_t               len;
} inv_redis_address_t;

typedef struct {
    inv_redis_address_t list[INV_REDIS_ADDRESSES_MAX];
    size_t              count;
} inv_redis_addresses_t;

/* A name that is being looked up; freed on the loop when it is done. */
typedef struct {
    ngx_thread_task_t     task;
    inv_redis_t          *redis; /* NULL: nobody waits for it any more */
    char                  host[INV_REDIS_HOST_MAX + 1];
    uint16_t              port;
    inv_redis_addresses_t found;
    const char           *error; /* static; NULL: found */
} inv_redis_lookup_t;

#define INV_REDIS_REASON_MAX 200

struct inv_redis_s {
    inv_redis_url_t    url;
    ngx_ssl_t         *ssl; /* NULL: the URL does not ask for it */
    char               name[INV_REDIS_NAME_MAX]; /* for the log */
    ngx_thread_pool_t *threads;
    ngx_log_t         *log;
    inv_redis_state_t  state;

    /*
     * Of the state: when to try again, when to give up a connection that is
     * being made, when to look whether the oldest command is overdue.  The
     * last of them is not cancelable: a worker that is told to quit must not
     * end under a request that waits for Redis.
     */
    ngx_event_t timer;

    inv_redis_lookup_t   *lookup; /* in flight */
    inv_redis_addresses_t addresses;
    size_t                next_address;

    ngx_connection_t *connection;
    redisReader      *reader;

    bool                 hears; /* a subscription; else commands */
    inv_redis_listener_t listener;
    char                 channel[INV_REDIS_CHANNEL_MAX];

    unsigned    counted;     /* as which server of inv_metrics.h */
    ngx_msec_t  patience_ms; /* for a reply */
    ngx_queue_t pending; /* commands that were not answered yet, oldest first */
    ngx_uint_t  npending;

    /* Bytes that the kernel has not taken yet: from sent to filled. */
    u_char     *output;
    size_t      output_size;
    size_t      sent;
    size_t      filled;
    ngx_event_t kick; /* posted: flush, or go down if broken */

    /* Where nginx's TLS layer writes, and the first that it wrote. */
    ngx_log_t tls_log;
    char      tls_error[INV_REDIS_REASON_MAX];

    char     reason[INV_REDIS_REASON_MAX]; /* why it is broken or went down */
    unsigned broken : 1;                   /* to go down when that is safe */
    unsigned reported : 1;                 /* that it is down is in the log */
    unsigned refused : 1;                  /* a right is lacking: no hurry */
};


/* inv_redis.c */

/*
 * The connection is of no use any more.  Takes effect once the caller, who may
 * be in the middle of something, has returned to the event loop.
 */
void inv_redis_break(inv_redis_t *redis, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The timer of the state, cancelable; a command's own is set by itself. */
void inv_redis_arm(inv_redis_t *redis, ngx_msec_t ms);

/* It can be used. */
void inv_redis_ready(inv_redis_t *redis);

/* Breaks where a command of the greeting was not answered by its status. */
void inv_redis_greet_step(inv_redis_t *redis, const inv_redis_reply_t *reply,
                          const char *step, bool whole);

/* A client without its first connection.  NULL: no memory. */
inv_redis_t *inv_redis_make(const inv_redis_url_t *url, ngx_ssl_t *ssl,
                            ngx_thread_pool_t *threads, ngx_log_t *log);

/* What inv_redis_break asked for; from event handlers that return then. */
void inv_redis_settle(inv_redis_t *redis);

void inv_redis_found(inv_redis_t *redis, const inv_redis_addresses_t *found);
void inv_redis_connected(inv_redis_t *redis);


/* inv_redis_lookup.c */

/* Ends in inv_redis_found, at once or later, or breaks. */
void inv_redis_look_up(inv_redis_t *redis);
void inv_redis_stop_lookup(inv_redis_t *redis);

/* False: the host is a name. */
bool inv_redis_address_of_host(const inv_redis_url_t *url,
                               inv_redis_address_t   *address);


/* inv_redis_open.c */

/* Ends in inv_redis_connected, at once or later, or breaks. */
void inv_redis_open(inv_redis_t *redis, const inv_redis_address_t *address);
void inv_redis_close(inv_redis_t *redis);

/* What the connection's events call; TLS has its own for a while. */
void inv_redis_set_handlers(inv_redis_t *redis);


/* inv_redis_tls.c */

/* Ends in inv_redis_connected, at once or later, or breaks. */
void inv_redis_tls_start(inv_redis_t *redis);

/* Before its connection is closed; also of one without TLS. */
void inv_redis_tls_end(inv_redis_t *redis);


/* inv_redis_io.c */

/* Reads and answers all that has arrived, or breaks. */
void inv_redis_read(inv_redis_t *redis);

/* Room for n more bytes of output; NULL: none. */
u_char *inv_redis_reserve(inv_redis_t *redis, size_t n);


/* inv_redis_command.c */

inv_redis_command_t *
inv_redis_queue(inv_redis_t *redis, const inv_str_t *args, size_t nargs,
                inv_redis_reply_pt callback, void *context);

/* A reply arrived; false: nobody had asked, or it cannot be one. */
bool inv_redis_answer(inv_redis_t *redis, const redisReply *reply);

/* The same, taken apart already. */
bool inv_redis_answer_with(inv_redis_t *redis, const inv_redis_reply_t *reply);

/* Looks whether the oldest command is overdue; else comes back in time. */
void inv_redis_check_overdue(inv_redis_t *redis);

/* Tells all that wait that there is no reply; or does not even tell. */
void inv_redis_drop_pending(inv_redis_t *redis, bool tell);


/* inv_redis_hear.c */

/* The greeting was answered: subscribes. */
void inv_redis_hear_start(inv_redis_t *redis);

/* An array arrived; false: an answer that nobody had asked for. */
bool inv_redis_hear(inv_redis_t *redis, const redisReply *reply);

/* Its timer, while nothing is asked: asks whether the server is there. */
void inv_redis_hear_ask(inv_redis_t *redis);


#endif /* INV_REDIS_PRIVATE_H */
