
/*
 * A relay in front of the real server; see store_proxy.h.  One thread moves
 * the bytes of all connections.
 */


#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store_fixture.h"
#include "store_proxy.h"
#include "store_wire.h"


#define PROXY_PAIRS 64

/* How soon a change of mode is noticed. */
#define PROXY_TICK_MS 5

typedef struct {
    int    client, server; /* -1: free */
    char  *answer;         /* instead of the server's reply; NULL: none */
    size_t size;
    bool   cut;   /* the connection ends with the server's reply */
    bool   hello; /* the last that was asked */

    char       *waiting; /* a hello that waits for news; NULL: none */
    const char *known;   /* what was said before it */
} proxy_pair_t;

/* Set by the test's thread while it is not armed, else the relay's. */
typedef struct {
    atomic_bool armed;
    const char *command, *reply;
    bool        served;
    const char *next_command, *next_reply; /* NULL: none */
} proxy_once_t;

struct proxy_s {
    pthread_t    thread;
    atomic_int   mode;
    atomic_bool  stop;
    atomic_int   seen; /* the mode that the thread has acted upon */
    int          listener;
    uint16_t     port;
    char         address[32];
    char         host[256];
    char         service[16];
    proxy_once_t once;
    proxy_pair_t pairs[PROXY_PAIRS];

    pthread_mutex_t lock;  /* of what follows */
    bson_t          heard; /* the commands: an array */
    uint32_t        nheard;
    const char *hello, *others; /* what is added to replies; NULL: nothing */

    struct {
        const char *concern, *reply;
    } refusals[PROXY_REFUSALS];
    unsigned nrefusals;

    _Atomic(const char *) self; /* the whole hello; NULL: the server's */
    atomic_int            awaited;
};


static void
proxy_target(proxy_t *proxy)
{
    mongoc_uri_t             *uri;
    const mongoc_host_list_t *host;

    uri = mongoc_uri_new(getenv("MONGO_URI"));
    assert_non_null(uri);

    host = mongoc_uri_get_hosts(uri);
    snprintf(proxy->host, sizeof(proxy->host), "%s", host->host);
    snprintf(proxy->service, sizeof(proxy->service), "%d", (int) host->port);

    mongoc_uri_destroy(uri);
}


static void
proxy_listen(proxy_t *proxy)
{
    int                on = 1;
    socklen_t          size;
    struct sockaddr_in address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(proxy->port);
    size = sizeof(address);

    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(proxy->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    if (bind(proxy->listener, (struct sockaddr *) &address, size) != 0
        || listen(proxy->listener, 64) != 0)
    {
        perror("proxy");
        abort();
    }

    getsockname(proxy->listener, (struct sockaddr *) &address, &size);
    proxy->port = ntohs(address.sin_port);
}


static int
proxy_connect(proxy_t *proxy)
{
    int             fd;
    struct addrinfo hints, *found;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;

    if (getaddrinfo(proxy->host, proxy->service, &hints, &found) != 0) {
        return -1;
    }

    fd = socket(found->ai_family, SOCK_STREAM, 0);

    if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }

    freeaddrinfo(found);

    return fd;
}


static void
proxy_close(proxy_pair_t *pair)
{
    close(pair->client);
    close(pair->server);
    free(pair->answer);
    free(pair->waiting);
    *pair = (proxy_pair_t){ .client = -1, .server = -1 };
}


static void
proxy_accept(proxy_t *proxy)
{
    int i, client;

    client = accept(proxy->listener, NULL, NULL);

    for (i = 0; i < PROXY_PAIRS; i++) {
        if (proxy->pairs[i].client == -1) {
            proxy->pairs[i].client = client;
            proxy->pairs[i].server = proxy_connect(proxy);

            if (proxy->pairs[i].server == -1) {
                proxy_close(&proxy->pairs[i]);
            }

            return;
        }
    }

    close(client);
}


/* False: the connection is over. */
static bool
proxy_send(int to, const char *bytes, size_t n)
{
    size_t  at;
    ssize_t sent;

    for (at = 0; at < n; at += (size_t) sent) {
        sent = send(to, bytes + at, n - at, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
    }

    return true;
}


/* It has happened: what comes next?  The next one's command is not served. */
static void
proxy_happened(proxy_once_t *once)
{
    once->command = once->next_command;
    once->reply = once->next_reply;
    once->served = false;
    once->next_command = NULL;

    atomic_store(&once->armed, once->command != NULL);
}


/* In the server's place.  False: the connection is over. */
static bool
proxy_say(proxy_pair_t *pair, const char *request, const char *reply)
{
    bool   sent;
    char  *bytes;
    size_t size;

    bytes = wire_reply(request, reply, &size);
    sent = proxy_send(pair->client, bytes, size);
    free(bytes);

    return sent;
}


/* A driver asks what the server is.  False: the connection is over. */
static bool
proxy_greet(proxy_t *proxy, proxy_pair_t *pair, const char *bytes, size_t n,
            const char *self)
{
    if (!wire_awaits(bytes, n)) {
        pair->known = self;
        return proxy_say(pair, bytes, self);
    }

    pair->waiting = malloc(n);
    memcpy(pair->waiting, bytes, n);
    atomic_fetch_add(&proxy->awaited, 1);

    return true;
}


/* News for who waits for it.  False: the connection is over. */
static bool
proxy_push(proxy_t *proxy, proxy_pair_t *pair)
{
    bool        sent;
    const char *self = atomic_load(&proxy->self);

    if (pair->waiting == NULL || pair->known == self) {
        return true;
    }

    pair->known = self;
    sent = proxy_say(pair, pair->waiting, self);
    free(pair->waiting);
    pair->waiting = NULL;

    return sent;
}


static void
proxy_hear(proxy_t *proxy, const char *bytes, size_t n)
{
    char        digits[16];
    bson_t      command;
    const char *key;

    if (wire_command(bytes, n, &command)) {
        pthread_mutex_lock(&proxy->lock);
        bson_uint32_to_string(proxy->nheard++, &key, digits, sizeof(digits));
        bson_append_document(&proxy->heard, key, -1, &command);
        pthread_mutex_unlock(&proxy->lock);
    }
}


/* Does its readConcern have that level, or that member? */
static bool
proxy_has_concern(const bson_t *command, const char *concern)
{
    bson_iter_t iter, members;

    if (!bson_iter_init_find(&iter, command, "readConcern")
        || !bson_iter_recurse(&iter, &members))
    {
        return false;
    }

    while (bson_iter_next(&members)) {
        if (strcmp(bson_iter_key(&members), concern) == 0
            || (BSON_ITER_HOLDS_UTF8(&members)
                && strcmp(bson_iter_utf8(&members, NULL), concern) == 0))
        {
            return true;
        }
    }

    return false;
}


/* What such a command is always answered; NULL: what the server says. */
static const char *
proxy_refusal(proxy_t *proxy, const char *bytes, size_t n)
{
    bson_t      command;
    unsigned    i;
    const char *reply;

    if (!wire_command(bytes, n, &command)) {
        return NULL;
    }

    reply = NULL;
    pthread_mutex_lock(&proxy->lock);

    for (i = 0; i < proxy->nrefusals && reply == NULL; i++) {
        if (proxy_has_concern(&command, proxy->refusals[i].concern)) {
            reply = proxy->refusals[i].reply;
        }
    }

    pthread_mutex_unlock(&proxy->lock);

    return reply;
}


/* What the server is told.  False: the connection is over. */
static bool
proxy_ask(proxy_t *proxy, proxy_pair_t *pair)
{
    bool          served;
    char          bytes[65536];
    ssize_t       n;
    const char   *refusal, *self = atomic_load(&proxy->self);
    proxy_once_t *once = &proxy->once;

    n = read(pair->client, bytes, sizeof(bytes));

    if (n <= 0) {
        return false;
    }

    proxy_hear(proxy, bytes, (size_t) n);
    pair->hello = wire_is_hello(bytes, (size_t) n);

    if (pair->hello && self != NULL) {
        return proxy_greet(proxy, pair, bytes, (size_t) n, self);
    }

    if (!atomic_load(&once->armed)
        || !wire_is_command(bytes, (size_t) n, once->command))
    {
        refusal = proxy_refusal(proxy, bytes, (size_t) n);

        return refusal != NULL ? proxy_say(pair, bytes, refusal)
                               : proxy_send(pair->server, bytes, (size_t) n);
    }

    if (once->reply != NULL && once->reply[0] == '\0') {
        proxy_happened(once);
        return true;
    }

    pair->cut = once->reply == NULL;

    if (!pair->cut) {
        pair->answer = wire_reply(bytes, once->reply, &pair->size);
    }

    served = once->served;
    proxy_happened(once);

    if (served) {
        return proxy_send(pair->server, bytes, (size_t) n);
    }

    if (pair->cut || !proxy_send(pair->client, pair->answer, pair->size)) {
        return false;
    }

    free(pair->answer);
    pair->answer = NULL;

    return true;
}


/* What the server says, with what is to be added. */
static bool
proxy_pass(proxy_t *proxy, const proxy_pair_t *pair, const char *bytes,
           size_t n)
{
    bool        sent;
    char       *more;
    size_t      size;
    const char *members;

    pthread_mutex_lock(&proxy->lock);
    members = pair->hello ? proxy->hello : proxy->others;
    pthread_mutex_unlock(&proxy->lock);

    if (members == NULL) {
        return proxy_send(pair->client, bytes, n);
    }

    more = wire_add(bytes, n, members, &size);
    sent = proxy_send(pair->client, more, size);
    free(more);

    return sent;
}


/* What the server says.  False: the connection is over. */
static bool
proxy_answer(proxy_t *proxy, proxy_pair_t *pair)
{
    bool    sent;
    char    bytes[65536];
    ssize_t n;

    n = read(pair->server, bytes, sizeof(bytes));

    if (n <= 0 || pair->cut) {
        return false;
    }

    if (pair->answer == NULL) {
        return proxy_pass(proxy, pair, bytes, (size_t) n);
    }

    /* a reply that is to be replaced is small, and comes at once */
    if (wire_length(bytes, (size_t) n) != (size_t) n) {
        fprintf(stderr, "# the relay got half a reply\n");
        abort();
    }

    sent = proxy_send(pair->client, pair->answer, pair->size);
    free(pair->answer);
    pair->answer = NULL;

    return sent;
}


static void
proxy_change(proxy_t *proxy, int mode)
{
    int i;

    if (mode == PROXY_DOWN) {
        for (i = 0; i < PROXY_PAIRS; i++) {
            if (proxy->pairs[i].client != -1) {
                proxy_close(&proxy->pairs[i]);
            }
        }

        if (proxy->listener != -1) {
            close(proxy->listener);
            proxy->listener = -1;
        }

    } else if (proxy->listener == -1) {
        proxy_listen(proxy);
    }

    atomic_store(&proxy->seen, mode);
}


static void
proxy_turn(proxy_t *proxy, int mode)
{
    int           i;
    proxy_pair_t *pair;
    struct pollfd fds[PROXY_PAIRS * 2 + 1];

    for (i = 0; i < PROXY_PAIRS; i++) {
        fds[2 * i] = (struct pollfd){ proxy->pairs[i].client, POLLIN, 0 };
        fds[2 * i + 1] = (struct pollfd){ proxy->pairs[i].server, POLLIN, 0 };
    }

    fds[2 * PROXY_PAIRS] = (struct pollfd){ proxy->listener, POLLIN, 0 };

    if (mode == PROXY_HANG) {
        usleep(PROXY_TICK_MS * 1000);
        return;
    }

    poll(fds, PROXY_PAIRS * 2 + 1, PROXY_TICK_MS);

    /* not what came under one mode by the rules of the next */
    if (atomic_load(&proxy->mode) != mode) {
        return;
    }

    for (i = 0; i < PROXY_PAIRS; i++) {
        pair = &proxy->pairs[i];

        if ((fds[2 * i].revents && !proxy_ask(proxy, pair))
            || !proxy_push(proxy, pair)) {
            proxy_close(pair);
            continue;
        }

        if (fds[2 * i + 1].revents
            && (mode == PROXY_CUT_REPLY || !proxy_answer(proxy, pair)))
        {
            proxy_close(pair);
        }
    }

    if (fds[2 * PROXY_PAIRS].revents) {
        proxy_accept(proxy);
    }
}


static void *
proxy_run(void *argument)
{
    int      mode;
    proxy_t *proxy = argument;

    while (!atomic_load(&proxy->stop)) {
        mode = atomic_load(&proxy->mode);

        if (mode != atomic_load(&proxy->seen)) {
            proxy_change(proxy, mode);
        }

        proxy_turn(proxy, mode);
    }

    proxy_change(proxy, PROXY_DOWN);

    return NULL;
}


proxy_t *
proxy_start(proxy_mode_t mode)
{
    int      i;
    proxy_t *proxy;

    proxy = calloc(1, sizeof(proxy_t));
    pthread_mutex_init(&proxy->lock, NULL);
    bson_init(&proxy->heard);

    for (i = 0; i < PROXY_PAIRS; i++) {
        proxy->pairs[i] = (proxy_pair_t){ .client = -1, .server = -1 };
    }

    proxy_target(proxy);

    /* takes a port for itself even if nothing is to listen on it yet */
    proxy_listen(proxy);
    snprintf(proxy->address, sizeof(proxy->address), "127.0.0.1:%d",
             (int) proxy->port);

    atomic_store(&proxy->mode, (int) mode);
    proxy_change(proxy, (int) mode);

    assert_int_equal(pthread_create(&proxy->thread, NULL, proxy_run, proxy), 0);

    return proxy;
}


void
proxy_stop(proxy_t *proxy)
{
    atomic_store(&proxy->stop, true);
    pthread_join(proxy->thread, NULL);
    bson_destroy(&proxy->heard);
    pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}


void
proxy_set(proxy_t *proxy, proxy_mode_t mode)
{
    atomic_store(&proxy->mode, (int) mode);

    while (atomic_load(&proxy->seen) != (int) mode) {
        usleep(1000);
    }
}


void
proxy_once(proxy_t *proxy, const char *command, bool served, const char *reply)
{
    proxy->once.command = command;
    proxy->once.served = served;
    proxy->once.reply = reply;
    proxy->once.next_command = NULL;
    atomic_store(&proxy->once.armed, true);
}


void
proxy_once_then(proxy_t *proxy, const char *command, const char *reply,
                const char *next_command, const char *next_reply)
{
    proxy->once.command = command;
    proxy->once.served = false;
    proxy->once.reply = reply;
    proxy->once.next_command = next_command;
    proxy->once.next_reply = next_reply;
    atomic_store(&proxy->once.armed, true);
}


void
proxy_refuse(proxy_t *proxy, const char *concern, const char *reply)
{
    pthread_mutex_lock(&proxy->lock);
    assert_true(proxy->nrefusals < PROXY_REFUSALS);
    proxy->refusals[proxy->nrefusals].concern = concern;
    proxy->refusals[proxy->nrefusals++].reply = reply;
    pthread_mutex_unlock(&proxy->lock);
}


bool
proxy_did(proxy_t *proxy)
{
    return !atomic_load(&proxy->once.armed);
}


bson_t *
proxy_heard(proxy_t *proxy)
{
    bson_t *heard;

    pthread_mutex_lock(&proxy->lock);
    heard = bson_copy(&proxy->heard);
    pthread_mutex_unlock(&proxy->lock);

    return heard;
}


void
proxy_concerns(proxy_t *proxy, char *concerns, size_t size)
{
    size_t      n;
    bson_t     *heard = proxy_heard(proxy), command;
    bson_iter_t iter, find, level;

    n = 0;
    concerns[0] = '\0';
    assert_true(bson_iter_init(&iter, heard));

    while (bson_iter_next(&iter)) {
        assert_true(bson_iter_recurse(&iter, &find));

        if (!bson_iter_find_descendant(&find, "readConcern.level", &level)
            || !bson_iter_recurse(&iter, &find)
            || !bson_iter_find(&find, "find"))
        {
            continue;
        }

        assert_true(inv_bson_view(&iter, &command));
        n += (size_t) snprintf(concerns + n, size - n, "%s ",
                               proxy_has_concern(&command, "afterClusterTime")
                                   ? "after"
                                   : bson_iter_utf8(&level, NULL));
        assert_true(n < size);
    }

    bson_destroy(heard);
}


void
proxy_add(proxy_t *proxy, const char *hello, const char *others)
{
    pthread_mutex_lock(&proxy->lock);
    proxy->hello = hello;
    proxy->others = others;
    pthread_mutex_unlock(&proxy->lock);
}


void
proxy_hello(proxy_t *proxy, const char *reply)
{
    atomic_store(&proxy->self, reply);
}


int
proxy_awaited(proxy_t *proxy)
{
    return atomic_load(&proxy->awaited);
}


const char *
proxy_address(proxy_t *proxy)
{
    return proxy->address;
}
