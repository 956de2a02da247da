
/*
 * A proxy in front of a MongoDB server that does to commands what networks and
 * failing servers do to them.
 *
 *   mongo_proxy PORT SERVER_HOST SERVER_PORT SEED LOG
 *
 * It listens on that port of loopback.  On its standard input it takes one
 * command a line and answers each with one line, "ok" or "error"; when the
 * input ends, so does the proxy:
 *
 *   rule ...  adds a rule, see proxy_fault.h
 *   clear     forgets all rules
 *   on, off   whether the rules count; off at the start
 *   cut       ends all connections; what is held still lands
 *   stream    from now on the server seems to push its hello, as mongod does;
 *             of one that does so nothing changes
 *   down, up  whether anything listens on the port
 *   status    "ok under-way N connections N messages N drop N ...": N requests
 *             have not been answered yet by the server, then what was done;
 *             then how often each command came, as "find:products N", and apart
 *             "find:products:outbox N", which looked into outboxes
 *
 * Each fault is a line of LOG.  The seed fixes what is drawn, in the order in
 * which the commands come; that order is the network's.
 */


#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy_relay.h"


#define PROXY_LINE_MAX 1024

typedef struct {
    relay_t  relay;
    uint16_t port;
    int      listener; /* -1: down */
    char     line[PROXY_LINE_MAX];
    size_t   length;
} proxy_t;


static void
proxy_fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}


static void
proxy_listen(proxy_t *proxy)
{
    int                on = 1;
    struct sockaddr_in address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(proxy->port);

    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(proxy->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    if (bind(proxy->listener, (struct sockaddr *) &address, sizeof(address))
            != 0
        || listen(proxy->listener, RELAY_PAIRS_MAX) != 0)
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


static void
proxy_status(const relay_t *relay)
{
    size_t               i;
    fault_kind_t         kind;
    const relay_count_t *count;

    printf("ok under-way %lu connections %lu messages %lu",
           relay_under_way(relay), relay->connections, relay->messages);

    for (kind = FAULT_DROP; kind < FAULT_KINDS; kind++) {
        printf(" %s %lu", fault_name(kind), relay->faults[kind]);
    }

    for (i = 0; i < relay->ncounts; i++) {
        count = &relay->counts[i];
        printf(" %s:%s%s %lu", count->name, count->collection,
               count->outbox ? ":outbox" : "", count->n);
    }

    putchar('\n');
}


/* True: done, and nothing more is to be said than that. */
static bool
proxy_command(proxy_t *proxy, const char *line)
{
    if (strncmp(line, "rule ", 5) == 0) {
        return fault_plan_add(proxy->relay.plan, line + 5);
    }

    if (strcmp(line, "clear") == 0) {
        fault_plan_clear(proxy->relay.plan);

    } else if (strcmp(line, "on") == 0 || strcmp(line, "off") == 0) {
        proxy->relay.chaotic = strcmp(line, "on") == 0;

    } else if (strcmp(line, "cut") == 0) {
        relay_cut(&proxy->relay);

    } else if (strcmp(line, "stream") == 0) {
        proxy->relay.streams = true;

    } else if (strcmp(line, "down") == 0) {
        proxy_close(proxy);

    } else if (strcmp(line, "up") == 0) {
        proxy_close(proxy);
        proxy_listen(proxy);

    } else {
        return false;
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
            proxy_status(&proxy->relay);
        } else {
            puts(proxy_command(proxy, proxy->line) ? "ok" : "error");
        }

        proxy->length -= (size_t) (end + 1 - proxy->line);
        memmove(proxy->line, end + 1, proxy->length + 1);
    }

    fflush(stdout);
    fflush(proxy->relay.log);
}


static void
proxy_accept(proxy_t *proxy)
{
    int client;

    while ((client = accept(proxy->listener, NULL, NULL)) != -1) {
        relay_accept(&proxy->relay, client);
    }
}


static void
proxy_turn(proxy_t *proxy)
{
    int           patience_ms;
    struct pollfd fds[2 * RELAY_PAIRS_MAX + 2];

    patience_ms = relay_watch(&proxy->relay, fds);
    fds[2 * RELAY_PAIRS_MAX] =
        (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    fds[2 * RELAY_PAIRS_MAX + 1] =
        (struct pollfd){ .fd = proxy->listener, .events = POLLIN };

    if (poll(fds, 2 * RELAY_PAIRS_MAX + 2, patience_ms) < 0 && errno != EINTR) {
        proxy_fail("poll");
    }

    relay_turn(&proxy->relay, fds);

    if (fds[2 * RELAY_PAIRS_MAX + 1].revents != 0) {
        proxy_accept(proxy);
    }

    if (fds[2 * RELAY_PAIRS_MAX].revents != 0) {
        proxy_control(proxy);
    }
}


int
main(int argc, char **argv)
{
    int             status;
    proxy_t         proxy;
    struct addrinfo hints, *server;

    if (argc != 6) {
        fputs("usage: mongo_proxy PORT SERVER_HOST SERVER_PORT SEED LOG\n",
              stderr);
        return EXIT_FAILURE;
    }

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;

    status = getaddrinfo(argv[2], argv[3], &hints, &server);
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", argv[2], gai_strerror(status));
        return EXIT_FAILURE;
    }

    memset(&proxy, 0, sizeof(proxy));
    proxy.port = (uint16_t) strtoul(argv[1], NULL, 10);
    proxy.relay.server = server;
    proxy.relay.plan = fault_plan_create(strtoull(argv[4], NULL, 10));
    proxy.relay.log = fopen(argv[5], "a");

    if (proxy.relay.plan == NULL || proxy.relay.log == NULL) {
        proxy_fail(argv[5]);
    }

    fprintf(proxy.relay.log, "seed %s\n", argv[4]);
    proxy_listen(&proxy);
    puts("ok");
    fflush(stdout);

    for (;;) {
        proxy_turn(&proxy);
    }
}
