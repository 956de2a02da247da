
/*
 * A relay in front of the real server, for the faults that a network makes:
 * what goes through it is the server's own.
 */


#ifndef STORE_PROXY_H
#define STORE_PROXY_H


#include <bson/bson.h>
#include <stdbool.h>


typedef enum {
    PROXY_PASS,
    PROXY_HANG,      /* nothing moves; what was sent moves on afterwards */
    PROXY_CUT_REPLY, /* the server gets it; the connection ends on its reply */
    PROXY_DOWN       /* connections end, new ones are refused */
} proxy_mode_t;

typedef struct proxy_s proxy_t;

/* In front of the first server of MONGO_URI; mode PASS or DOWN. */
proxy_t *proxy_start(proxy_mode_t mode);
void     proxy_stop(proxy_t *proxy);

void proxy_set(proxy_t *proxy, proxy_mode_t mode);

/*
 * What happens to the next command of that name, once.  reply, extended JSON,
 * is told in place of the server's; NULL: the connection ends instead.  served:
 * the server gets the command, and carries it out before that.
 */
void
proxy_once(proxy_t *proxy, const char *command, bool served, const char *reply);

/* The reply of a server that gives none: the connection stays open. */
#define PROXY_SILENCE ""

/* The same without the server, and next to the next command of another name. */
void proxy_once_then(proxy_t *proxy, const char *command, const char *reply,
                     const char *next_command, const char *next_reply);

/*
 * From now on each command whose readConcern has that level or that member is
 * answered so, by a server that does not get it: two kinds at most.  What is
 * told once comes first.
 */
#define PROXY_REFUSALS 2
void proxy_refuse(proxy_t *proxy, const char *concern, const char *reply);

/* Has all of that happened? */
bool proxy_did(proxy_t *proxy);

/*
 * The commands that came whole since the proxy was started, as an array; the
 * caller's to destroy.
 */
bson_t *proxy_heard(proxy_t *proxy);

/*
 * How all finds so far were asked, in order and a space after each: "after"
 * (majority and afterClusterTime), or by the level.
 */
void proxy_concerns(proxy_t *proxy, char *concerns, size_t size);

/*
 * From now on members, extended JSON, are added to the server's replies: to the
 * driver's hello, by which it knows what kind of server that is, and to all
 * others.  NULL: none are.
 */
void proxy_add(proxy_t *proxy, const char *hello, const char *others);

/*
 * What the server is said to be, whoever asks: the whole reply to hello, which
 * must stay.  Where it has a topologyVersion the driver has the next one pushed,
 * as mongod's since 4.4 do: a call with another text does.
 */
void proxy_hello(proxy_t *proxy, const char *reply);

/* How often a driver has begun to wait for such news. */
int proxy_awaited(proxy_t *proxy);

/* "127.0.0.1:port" */
const char *proxy_address(proxy_t *proxy);


#endif /* STORE_PROXY_H */
