
/*
 * A proxy in front of Redis that knows bytes only: it holds them back, in one
 * direction or both, and cuts connections.
 *
 *   redis_proxy PORT SERVER_PORT SEED
 *
 * It listens on that port of loopback, the server is on loopback too.  On its
 * standard input it takes one command a line and answers each with one line,
 * "ok" or "error"; when the input ends, so does the proxy:
 *
 *   requests SHARE CHANCE MIN MAX  of SHARE connections in a thousand, CHANCE
 *                                  in a thousand of what clients send at once
 *                                  is held back for MIN to MAX ms, and what
 *                                  follows waits behind it
 *   replies SHARE CHANCE MIN MAX   the same for what the server sends
 *   clear                          nothing is held back any more
 *   cut                            all clients lose their connections
 *   down, up                       whether anything listens on the port
 *   status                         "ok connections N held N late N cuts N"
 *
 * What a client has sent reaches the server even when that client is gone
 * (late): a command that arrives after its sender gave it up is what networks
 * do at their worst.
 */


#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../chaos/proxy_stream.h"


#define PROXY_PAIRS_MAX 64
#define PROXY_LINE_MAX  256
#define PROXY_THOUSAND  1000
#define PROXY_WAIT_MS   1000

typedef enum {
    PROXY_REQUESTS,
    PROXY_REPLIES,
    PROXY_WAYS
} proxy_way_t;

typedef struct {
    unsigned share, chance, min_ms, max_ms;
} proxy_rule_t;

typedef struct {
    bool     used;
    unsigned lot; /* below PROXY_THOUSAND: which rules it is under */
    stream_t client, server;
} proxy_pair_t;

typedef struct {
    uint16_t      port, server_port;
    uint64_t      random;
    int           listener; /* -1: down */
    unsigned long connections, held, late, cuts;
    proxy_rule_t  rules[PROXY_WAYS];
    proxy_pair_t  pairs[PROXY_PAIRS_MAX];
    char          line[PROXY_LINE_MAX];
    size_t        length;
} proxy_t;


static const char *proxy_way_names[PROXY_WAYS] = { "requests", "replies" };


static void
proxy_fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}


/* xorshift64 (Marsaglia, 2003); below limit, which is not 0. */
static unsigned
proxy_draw(proxy_t *proxy, unsigned limit)
{
    proxy->random ^= proxy->random << 13;
    proxy->random ^= proxy->random >> 7;
    proxy->random ^= proxy->random << 17;

    return (unsigned) ((proxy->random >> 32) % limit);
}


static struct sockaddr_in
proxy_loopback(uint16_t port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);

    return address;
}


static int
proxy_socket(void)
{
    int fd, on = 1;

    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1) {
        proxy_fail("socket");
    }

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    return fd;
}


static void
proxy_listen(proxy_t *proxy)
{
    struct sockaddr_in address;

    address = proxy_loopback(proxy->port);
    proxy->listener = proxy_socket();

    if (bind(proxy->listener, (struct sockaddr *) &address, sizeof(address))
            != 0
        || listen(proxy->listener, PROXY_PAIRS_MAX) != 0)
    {
        proxy_fail("listen");
    }
}


static void
proxy_close(proxy_t *proxy)
{
    if (proxy->listener != -1) {
        close(proxy->listener);
        proxy->listener = -1;
    }
}


/* The server may be away: that is seen when something is sent. */
static int
proxy_connect(const proxy_t *proxy)
{
    int                fd;
    struct sockaddr_in address;

    address = proxy_loopback(proxy->server_port);
    fd = proxy_socket();

    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0
        && errno != EINPROGRESS)
    {
        close(fd);
        return -1;
    }

    return fd;
}


static void
proxy_pair(proxy_t *proxy, int client)
{
    int           server, on = 1;
    size_t        i;
    proxy_pair_t *pair;

    for (i = 0; i < PROXY_PAIRS_MAX && proxy->pairs[i].used; i++) {
        /* the first that is free */
    }

    server = i == PROXY_PAIRS_MAX ? -1 : proxy_connect(proxy);
    if (server == -1) {
        close(client);
        return;
    }

    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    pair = &proxy->pairs[i];
    pair->used = true;
    pair->lot = proxy_draw(proxy, PROXY_THOUSAND);
    stream_open(&pair->client, client);
    stream_open(&pair->server, server);
    proxy->connections++;
}


static void
proxy_accept(proxy_t *proxy)
{
    int client;

    while ((client = accept(proxy->listener, NULL, NULL)) != -1) {
        fcntl(client, F_SETFL, O_NONBLOCK);
        proxy_pair(proxy, client);
    }
}


static void
proxy_end(proxy_pair_t *pair)
{
    stream_destroy(&pair->client);
    stream_destroy(&pair->server);
    pair->used = false;
}


/* The client is gone; what it has sent is not. */
static void
proxy_leave(proxy_t *proxy, proxy_pair_t *pair)
{
    stream_close(&pair->client);

    if (stream_due_ms(&pair->server) == -1) {
        proxy_end(pair);
        return;
    }

    proxy->late++;
}


static int64_t
proxy_due(proxy_t *proxy, const proxy_pair_t *pair, proxy_way_t way)
{
    int64_t             now_ms;
    const proxy_rule_t *rule = &proxy->rules[way];

    now_ms = stream_now_ms();

    if (pair->lot >= rule->share
        || proxy_draw(proxy, PROXY_THOUSAND) >= rule->chance)
    {
        return now_ms;
    }

    proxy->held++;

    return now_ms + rule->min_ms
           + proxy_draw(proxy, rule->max_ms - rule->min_ms + 1);
}


/* False: whoever sends has ended the connection. */
static bool
proxy_carry(proxy_t *proxy, proxy_pair_t *pair, stream_t *from, stream_t *to,
            proxy_way_t way)
{
    if (!stream_read(from)) {
        return false;
    }

    if (from->in_length > 0) {
        if (!stream_put(to, from->in, from->in_length,
                        proxy_due(proxy, pair, way))) {
            proxy_fail("malloc");
        }

        stream_take(from, from->in_length);
    }

    return true;
}


static void
proxy_turn_pair(proxy_t *proxy, proxy_pair_t *pair, const struct pollfd *fds)
{
    int64_t now_ms;

    if (pair->client.fd != -1 && fds[0].revents != 0
        && !proxy_carry(proxy, pair, &pair->client, &pair->server,
                        PROXY_REQUESTS))
    {
        proxy_leave(proxy, pair);
    }

    if (!pair->used) {
        return;
    }

    if (fds[1].revents != 0
        && !proxy_carry(proxy, pair, &pair->server, &pair->client,
                        PROXY_REPLIES))
    {
        proxy_end(pair);
        return;
    }

    now_ms = stream_now_ms();

    if (!stream_write(&pair->server, now_ms)) {
        proxy_end(pair);
        return;
    }

    if (pair->client.fd != -1 && !stream_write(&pair->client, now_ms)) {
        proxy_leave(proxy, pair);
        return;
    }

    if (pair->client.fd == -1 && stream_due_ms(&pair->server) == -1) {
        proxy_end(pair);
    }
}


/* What is due and was not taken waits until the other side takes more. */
static int
proxy_watch_stream(const stream_t *stream, int64_t now_ms, struct pollfd *fd)
{
    int64_t due_ms;

    fd->fd = stream->fd;
    fd->events = POLLIN;
    due_ms = stream_due_ms(stream);

    if (stream->fd == -1 || due_ms == -1) {
        return PROXY_WAIT_MS;
    }

    if (due_ms <= now_ms) {
        fd->events |= POLLOUT;
        return PROXY_WAIT_MS;
    }

    return due_ms - now_ms < PROXY_WAIT_MS ? (int) (due_ms - now_ms)
                                           : PROXY_WAIT_MS;
}


static int
proxy_watch(const proxy_t *proxy, struct pollfd *fds)
{
    int                 wait_ms, least_ms = PROXY_WAIT_MS;
    size_t              i, end;
    int64_t             now_ms;
    const proxy_pair_t *pair;

    now_ms = stream_now_ms();

    for (i = 0; i < PROXY_PAIRS_MAX; i++) {
        pair = &proxy->pairs[i];
        fds[2 * i].fd = fds[2 * i + 1].fd = -1;

        for (end = 0; pair->used && end < 2; end++) {
            wait_ms =
                proxy_watch_stream(end == 0 ? &pair->client : &pair->server,
                                   now_ms, &fds[2 * i + end]);
            least_ms = wait_ms < least_ms ? wait_ms : least_ms;
        }
    }

    return least_ms;
}


static void
proxy_cut(proxy_t *proxy)
{
    size_t i;

    for (i = 0; i < PROXY_PAIRS_MAX; i++) {
        if (proxy->pairs[i].used && proxy->pairs[i].client.fd != -1) {
            proxy->cuts++;
            proxy_leave(proxy, &proxy->pairs[i]);
        }
    }
}


static bool
proxy_set_rule(proxy_t *proxy, const char *line)
{
    char         way[16];
    size_t       i;
    proxy_rule_t rule;

    if (sscanf(line, "%15s %u %u %u %u", way, &rule.share, &rule.chance,
               &rule.min_ms, &rule.max_ms)
            != 5
        || rule.min_ms > rule.max_ms)
    {
        return false;
    }

    for (i = 0; i < PROXY_WAYS; i++) {
        if (strcmp(way, proxy_way_names[i]) == 0) {
            proxy->rules[i] = rule;
            return true;
        }
    }

    return false;
}


/* True: done, and nothing more is to be said than that. */
static bool
proxy_command(proxy_t *proxy, const char *line)
{
    if (strcmp(line, "clear") == 0) {
        memset(proxy->rules, 0, sizeof(proxy->rules));

    } else if (strcmp(line, "cut") == 0) {
        proxy_cut(proxy);

    } else if (strcmp(line, "down") == 0) {
        proxy_close(proxy);

    } else if (strcmp(line, "up") == 0) {
        proxy_close(proxy);
        proxy_listen(proxy);

    } else {
        return proxy_set_rule(proxy, line);
    }

    return true;
}


static void
proxy_control(proxy_t *proxy)
{
    char   *end;
    ssize_t n;

    n = read(STDIN_FILENO, proxy->line + proxy->length,
             PROXY_LINE_MAX - 1 - proxy->length);

    if (n <= 0) {
        exit(EXIT_SUCCESS);
    }

    proxy->length += (size_t) n;
    proxy->line[proxy->length] = '\0';

    while ((end = strchr(proxy->line, '\n')) != NULL) {
        *end = '\0';

        if (strcmp(proxy->line, "status") == 0) {
            printf("ok connections %lu held %lu late %lu cuts %lu\n",
                   proxy->connections, proxy->held, proxy->late, proxy->cuts);
        } else {
            puts(proxy_command(proxy, proxy->line) ? "ok" : "error");
        }

        proxy->length -= (size_t) (end + 1 - proxy->line);
        memmove(proxy->line, end + 1, proxy->length + 1);
    }

    fflush(stdout);
}


static void
proxy_turn(proxy_t *proxy)
{
    int            wait_ms;
    size_t         i;
    struct pollfd  fds[2 * PROXY_PAIRS_MAX + 2];
    struct pollfd *input = &fds[2 * PROXY_PAIRS_MAX];
    struct pollfd *listener = &fds[2 * PROXY_PAIRS_MAX + 1];

    wait_ms = proxy_watch(proxy, fds);
    *input = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    *listener = (struct pollfd){ .fd = proxy->listener, .events = POLLIN };

    if (poll(fds, 2 * PROXY_PAIRS_MAX + 2, wait_ms) < 0 && errno != EINTR) {
        proxy_fail("poll");
    }

    for (i = 0; i < PROXY_PAIRS_MAX; i++) {
        if (proxy->pairs[i].used) {
            proxy_turn_pair(proxy, &proxy->pairs[i], &fds[2 * i]);
        }
    }

    if (listener->revents != 0) {
        proxy_accept(proxy);
    }

    if (input->revents != 0) {
        proxy_control(proxy);
    }
}


int
main(int argc, char **argv)
{
    static proxy_t proxy;

    if (argc != 4) {
        fputs("usage: redis_proxy PORT SERVER_PORT SEED\n", stderr);
        return EXIT_FAILURE;
    }

    proxy.port = (uint16_t) strtoul(argv[1], NULL, 10);
    proxy.server_port = (uint16_t) strtoul(argv[2], NULL, 10);
    proxy.random = strtoull(argv[3], NULL, 10) * 2 + 1; /* never 0 */

    proxy_listen(&proxy);
    puts("ok");
    fflush(stdout);

    for (;;) {
        proxy_turn(&proxy);
    }
}
