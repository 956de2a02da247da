
/*
 * The client of the benchmarks: its connections; see client.h.
 */


#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"


/* An answer that takes longer than that is none. */
#define CLIENT_PATIENCE_US INT64_C(20000000)

#define CLIENT_EVENTS 256
#define CLIENT_READ   65536


int64_t
client_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


static void
client_break(client_t *client, client_connection_t *connection)
{
    client->broken++;

    if (connection->request != NULL) {
        connection->request = NULL;
        client->waiting--;
    }

    close(connection->fd);
    connection->fd = -1;
}


/* A request fits the socket's buffer: nothing else is in it. */
void
client_send(client_t *client, client_connection_t *connection,
            const client_request_t *request)
{
    client_reply_begin(&connection->reply);
    connection->request = request;
    connection->sent_us = client_now_us();
    client->waiting++;

    if (send(connection->fd, request->text, request->length, MSG_NOSIGNAL)
        != (ssize_t) request->length)
    {
        client_break(client, connection);
    }
}


bool
client_send_next(client_t *client, client_connection_t *connection)
{
    const client_request_t *request;

    request = client_request_next(client);

    if (request != NULL) {
        client_send(client, connection, request);
    }

    return request != NULL;
}


void
client_open(client_t *client, client_connection_t *connection)
{
    int                on = 1;
    struct sockaddr_in address;
    struct epoll_event event;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(client->port);

    connection->fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connection->fd == -1
        || connect(connection->fd, (struct sockaddr *) &address,
                   sizeof(address))
               != 0)
    {
        client_fail("connect");
    }

    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    memset(&event, 0, sizeof(event));
    event.events = EPOLLIN;
    event.data.ptr = connection;
    epoll_ctl(client->epoll, EPOLL_CTL_ADD, connection->fd, &event);
}


static void
client_count(client_t *client, const client_connection_t *connection,
             int64_t now)
{
    int     status;
    int64_t us;

    status = connection->reply.status;
    us = now - connection->sent_us;

    client->requests_done++;
    client->from[connection->reply.from]++;
    client
        ->latencies[us < CLIENT_LATENCY_MAX_US ? us : CLIENT_LATENCY_MAX_US]++;

    if (status == 304) {
        client->same++;

    } else if (connection->request->sells && status == 409) {
        client->refused++;

    } else if (status < 200 || status > 299) {
        client->status++;
        client->failed += connection->request->sells;

    } else {
        client->sold += connection->request->sells;
    }
}


static void
client_answered(client_t *client, client_connection_t *connection)
{
    int64_t now;

    now = client_now_us();
    client->waiting--;

    if (client->counts) {
        client_count(client, connection, now);

    } else if (connection->reply.status > 399) {
        client->status++;

    } else {
        client->sold_besides += connection->request->sells;
    }

    connection->request = NULL;

    if (now < client->end_us) {
        (void) client_send_next(client, connection);
    }
}


static void
client_read(client_t *client, client_connection_t *connection)
{
    ssize_t              n;
    client_reply_state_t state;

    static char bytes[CLIENT_READ];

    n = recv(connection->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }

    state = n > 0 && connection->request != NULL
                ? client_reply_read(&connection->reply, bytes, (size_t) n,
                                    connection->request->bodiless)
                : CLIENT_REPLY_WRONG;

    if (state == CLIENT_REPLY_WHOLE) {
        client_answered(client, connection);

    } else if (state == CLIENT_REPLY_WRONG) {
        client_break(client, connection);
    }
}


/* Until at most so many wait for an answer. */
void
client_turn(client_t *client, size_t waiting)
{
    int                i, n;
    int64_t            heard_us;
    struct epoll_event events[CLIENT_EVENTS];

    heard_us = client_now_us();

    while (client->waiting > waiting) {
        n = epoll_wait(client->epoll, events, CLIENT_EVENTS, 1000);

        if (n > 0) {
            heard_us = client_now_us();

        } else if (client_now_us() - heard_us > CLIENT_PATIENCE_US) {
            client->broken += client->waiting;
            return;
        }

        for (i = 0; i < n; i++) {
            client_read(client, events[i].data.ptr);
        }
    }
}
