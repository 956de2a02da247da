
/*
 * The connections of the proxy; see proxy_relay.h.
 */


#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proxy_relay.h"
#include "proxy_stream.h"


/* Drivers send one request after another: more are none of theirs. */
#define RELAY_ASKED_MAX 64

/* A server that does not answer a client that is gone is left after that. */
#define RELAY_LINGER_MS 20000

/* As long as the driver wants a hello to wait, where there is no news. */
#define RELAY_AWAIT_MS 10000

/* A request whose reply has not come. */
typedef struct {
    wire_message_t message;
    fault_t        fault;
} relay_asked_t;

struct relay_pair_s {
    unsigned long number;
    stream_t      client, server;
    bool          mute;    /* the client hears nothing any more */
    bool          ending;  /* the server is gone: what is left is written */
    int64_t       ends_ms; /* with a client that is gone */
    size_t        asked_count;
    relay_asked_t asked[RELAY_ASKED_MAX];
};


static void
relay_log(relay_t *relay, const relay_pair_t *pair,
          const wire_message_t *message, const fault_t *fault)
{
    struct timespec now;

    relay->faults[fault->kind]++;

    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(relay->log, "%lld.%03ld connection %lu request %u %s %s: %s",
            (long long) now.tv_sec, now.tv_nsec / 1000000, pair->number,
            message->id, message->name, message->collection,
            fault_name(fault->kind));

    if (fault->kind == FAULT_HOLD || fault->kind == FAULT_DELAY) {
        fprintf(relay->log, " %lld ms", (long long) fault->ms);
    }

    if (fault->code != 0) {
        fprintf(relay->log, " %d", (int) fault->code);
    }

    fputc('\n', relay->log);
}


static int
relay_connect(const struct addrinfo *server)
{
    int fd, on = 1;

    fd = socket(server->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (fd != -1 && connect(fd, server->ai_addr, server->ai_addrlen) != 0
        && errno != EINPROGRESS)
    {
        close(fd);
        return -1;
    }

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    return fd;
}


void
relay_accept(relay_t *relay, int client)
{
    int           i, server, on = 1;
    relay_pair_t *pair;

    for (i = 0; i < RELAY_PAIRS_MAX && relay->pairs[i] != NULL; i++) {
        /* taken */
    }

    pair = i < RELAY_PAIRS_MAX ? calloc(1, sizeof(relay_pair_t)) : NULL;
    server = pair != NULL ? relay_connect(relay->server) : -1;

    if (server == -1) {
        free(pair);
        close(client);
        return;
    }

    fcntl(client, F_SETFL, O_NONBLOCK);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    pair->number = ++relay->connections;
    stream_open(&pair->client, client);
    stream_open(&pair->server, server);
    relay->pairs[i] = pair;
}


/* The sooner of two times; -1 is never. */
static int64_t
relay_sooner(int64_t a, int64_t b)
{
    return a == -1 || (b != -1 && b < a) ? b : a;
}


/* Returns when something is to be done without an event. */
static int64_t
relay_watch_stream(const stream_t *stream, struct pollfd *fd, int64_t now)
{
    int64_t due;

    fd->fd = stream->fd;
    fd->events = POLLIN;

    due = stream_due_ms(stream);

    if (due == -1 || due > now) {
        return due;
    }

    fd->events |= POLLOUT;

    return -1;
}


int
relay_watch(const relay_t *relay, struct pollfd *fds)
{
    int                 i;
    int64_t             now, due;
    const relay_pair_t *pair;

    now = stream_now_ms();
    due = -1;

    for (i = 0; i < RELAY_PAIRS_MAX; i++) {
        pair = relay->pairs[i];
        fds[2 * i] = fds[2 * i + 1] = (struct pollfd){ .fd = -1 };

        if (pair == NULL) {
            continue;
        }

        due = relay_sooner(due,
                           relay_watch_stream(&pair->client, &fds[2 * i], now));
        due = relay_sooner(
            due, relay_watch_stream(&pair->server, &fds[2 * i + 1], now));

        if (pair->client.fd == -1) {
            due = relay_sooner(due, pair->ends_ms);
        }
    }

    return due == -1 ? -1 : due > now ? (int) (due - now) : 0;
}


/*
 * The client is gone.  What it sent lands all the same; whether the server
 * hears of it before it has answered is drawn.
 */
static void
relay_client_gone(relay_t *relay, relay_pair_t *pair)
{
    bool waits;

    stream_close(&pair->client);
    pair->mute = true;

    waits = pair->server.first != NULL
            || (pair->asked_count != 0
                && (!relay->chaotic || fault_plan_random(relay->plan, 2)));

    pair->ends_ms = waits ? stream_now_ms() + RELAY_LINGER_MS : 0;
}


/* Its reply, when it comes, meets what has been drawn for it. */
static void
relay_ask(relay_pair_t *pair, const wire_message_t *message,
          const fault_t *fault)
{
    if (!message->silent && pair->asked_count < RELAY_ASKED_MAX) {
        pair->asked[pair->asked_count].message = *message;
        pair->asked[pair->asked_count++].fault = *fault;
    }
}


/* Kinds past the bound are not counted. */
static void
relay_note(relay_t *relay, const wire_message_t *message)
{
    size_t         i;
    relay_count_t *count;

    for (i = 0; i < relay->ncounts; i++) {
        count = &relay->counts[i];

        if (count->outbox == message->outbox
            && strcmp(count->name, message->name) == 0
            && strcmp(count->collection, message->collection) == 0)
        {
            count->n++;
            return;
        }
    }

    if (message->name[0] != '\0' && relay->ncounts < RELAY_COUNTS_MAX) {
        count = &relay->counts[relay->ncounts++];

        memcpy(count->name, message->name, WIRE_NAME_MAX);
        memcpy(count->collection, message->collection, WIRE_NAME_MAX);
        count->outbox = message->outbox;
        count->n = 1;
    }
}


/* A whole message of the client's. */
static void
relay_request(relay_t *relay, relay_pair_t *pair, const uint8_t *bytes,
              size_t length)
{
    size_t         made;
    fault_t        fault = { .kind = FAULT_NONE };
    int64_t        due;
    uint8_t       *failure;
    wire_message_t message;

    if (pair->mute) {
        return;
    }

    wire_read(bytes, length, &message);
    relay->messages++;
    relay_note(relay, &message);

    if (relay->chaotic) {
        fault = fault_plan_draw(relay->plan, &message);
    }

    if (fault.kind != FAULT_NONE) {
        relay_log(relay, pair, &message, &fault);
    }

    due = stream_now_ms();

    if (relay->streams && message.awaits) {
        due += RELAY_AWAIT_MS;
    }

    switch (fault.kind) {

    case FAULT_DROP:
        pair->mute = true;
        return;

    case FAULT_CUT_BEFORE:
        relay_client_gone(relay, pair);
        return;

    case FAULT_ERROR:
        failure = wire_failure(message.id, fault.code, &relay->version, &made);
        stream_put(&pair->client, failure, made, due);
        free(failure);
        return;

    case FAULT_SWALLOW:
        pair->mute = true;
        break;

    case FAULT_HOLD:
        due += fault.ms;
        break;

    default:
        break;
    }

    relay_ask(pair, &message, &fault);
    stream_put(&pair->server, bytes, length, due);
}


/* What has been drawn for the reply to that request; no more asked. */
static fault_t
relay_answered(relay_pair_t *pair, uint32_t id)
{
    size_t  i;
    fault_t fault = { .kind = FAULT_NONE };

    for (i = 0; i < pair->asked_count; i++) {
        if (pair->asked[i].message.id == id) {
            fault = pair->asked[i].fault;
            pair->asked_count--;
            memmove(&pair->asked[i], &pair->asked[i + 1],
                    (pair->asked_count - i) * sizeof(relay_asked_t));
            break;
        }
    }

    return fault;
}


/*
 * Where the server is to seem to push its hello: what it says of itself then.
 * NULL: as it is, since it does so, or is not to.
 */
static uint8_t *
relay_hello(relay_t *relay, const uint8_t *bytes, size_t length,
            size_t *made_length)
{
    uint8_t *made;

    if (wire_read_version(bytes, length, &relay->version)) {
        relay->streams = false;
    }

    made =
        relay->streams ? wire_with_version(bytes, length, made_length) : NULL;

    if (made != NULL) {
        wire_read_version(made, *made_length, &relay->version);
    }

    return made;
}


/* A whole message of the server's. */
static void
relay_reply(relay_t *relay, relay_pair_t *pair, const uint8_t *bytes,
            size_t length)
{
    size_t         made_length;
    fault_t        fault;
    int64_t        due;
    uint8_t       *made;
    wire_message_t message;

    wire_read(bytes, length, &message);
    fault = relay_answered(pair, message.reply_to);

    if (pair->mute) {
        return;
    }

    due = stream_now_ms();
    made = NULL;

    switch (fault.kind) {

    case FAULT_CUT_AFTER:
        relay_client_gone(relay, pair);
        return;

    case FAULT_DELAY:
        due += fault.ms;
        break;

    case FAULT_MASK:
        made = wire_failure(message.reply_to, fault.code, &relay->version,
                            &made_length);
        break;

    case FAULT_CONCERN:
        made = wire_with_concern(bytes, length, fault.code, &relay->version,
                                 &made_length);
        break;

    default:
        if (message.hello) {
            made = relay_hello(relay, bytes, length, &made_length);
        }

        break;
    }

    stream_put(&pair->client, made != NULL ? made : bytes,
               made != NULL ? made_length : length, due);
    free(made);
}


typedef void (*relay_message_pt)(relay_t *relay, relay_pair_t *pair,
                                 const uint8_t *bytes, size_t length);


/* False: the connection has ended, or was none of this protocol. */
static bool
relay_read(relay_t *relay, relay_pair_t *pair, stream_t *stream,
           relay_message_pt handle)
{
    bool    open;
    ssize_t length;

    open = stream_read(stream);

    while ((length = stream_next(stream)) > 0) {
        handle(relay, pair, stream->in, (size_t) length);
        stream_take(stream, (size_t) length);
    }

    return open && length == 0;
}


static bool
relay_over(const relay_pair_t *pair, int64_t now)
{
    if (pair->ending) {
        return pair->client.fd == -1 || pair->client.first == NULL;
    }

    if (pair->client.fd != -1) {
        return false;
    }

    return now >= pair->ends_ms
           || (pair->server.first == NULL && pair->asked_count == 0);
}


static void
relay_pair_turn(relay_t *relay, relay_pair_t *pair, short client, short server,
                int64_t now)
{
    if (server != 0 && pair->server.fd != -1
        && !relay_read(relay, pair, &pair->server, relay_reply))
    {
        stream_close(&pair->server);
        pair->ending = true;
    }

    if ((client & ~POLLOUT) != 0 && pair->client.fd != -1
        && !relay_read(relay, pair, &pair->client, relay_request)
        && pair->client.fd != -1)
    {
        relay_client_gone(relay, pair);
    }

    if (pair->server.fd != -1 && !stream_write(&pair->server, now)) {
        stream_close(&pair->server);
        pair->ending = true;
    }

    if (pair->client.fd != -1 && !stream_write(&pair->client, now)) {
        relay_client_gone(relay, pair);
    }
}


void
relay_turn(relay_t *relay, const struct pollfd *fds)
{
    int           i;
    int64_t       now;
    relay_pair_t *pair;

    now = stream_now_ms();

    for (i = 0; i < RELAY_PAIRS_MAX; i++) {
        pair = relay->pairs[i];

        if (pair == NULL) {
            continue;
        }

        relay_pair_turn(relay, pair, fds[2 * i].revents, fds[2 * i + 1].revents,
                        now);

        if (relay_over(pair, now)) {
            stream_destroy(&pair->client);
            stream_destroy(&pair->server);
            free(pair);
            relay->pairs[i] = NULL;
        }
    }
}


void
relay_cut(relay_t *relay)
{
    int i;

    for (i = 0; i < RELAY_PAIRS_MAX; i++) {
        if (relay->pairs[i] != NULL && relay->pairs[i]->client.fd != -1) {
            relay_client_gone(relay, relay->pairs[i]);
        }
    }
}


unsigned long
relay_under_way(const relay_t *relay)
{
    int           i;
    unsigned long n;

    for (i = 0, n = 0; i < RELAY_PAIRS_MAX; i++) {
        if (relay->pairs[i] != NULL) {
            n += relay->pairs[i]->asked_count;
        }
    }

    return n;
}
