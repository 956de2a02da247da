
/*
 * A client for what wrk cannot do: hold connections that are mostly idle, ask
 * for each of a list once and in order, send HEAD, and tell where answers came
 * from.  One thread.
 *
 *   client PORT CONNECTIONS ACTIVE SECONDS FILE random|zipf:N|once
 *
 * A line of FILE is a request: its method, its path and, if need be, a header.
 * ACTIVE connections send requests, one after another each: random ones for so
 * many SECONDS, or once all of the file, in its order.  zipf:N takes N of 100
 * from the second half of FILE and the others from the first, and in either by
 * a Zipf law with exponent 1: the second line half as often as the first.
 *
 * Where there are more connections than active ones, all are opened before and
 * each gets one answer; then a line "OPEN" is printed and one from the standard
 * input is waited for.  Afterwards each connection must answer once more.
 *
 * The last line is "RESULT" with key=value pairs, latencies in µs: see
 * client_print.  Answers on which it waited at the end are awaited and counted.
 */


#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "client.h"


/* Connections that are asked at one time where all are. */
#define CLIENT_ASKED_MAX 256


/* One answer for each connection; opens those that are not.  How many came. */
static unsigned long
client_once_each(client_t *client)
{
    size_t               i;
    unsigned long        broken;
    client_connection_t *connection;

    broken = client->broken;

    for (i = 0; i < client->nconnections; i++) {
        connection = &client->connections[i];

        if (connection->fd != -1) {
            client_send(client, connection,
                        &client->requests[i % client->nrequests]);
            client_turn(client, CLIENT_ASKED_MAX);
        }
    }

    client_turn(client, 0);

    return client->nconnections - (client->broken - broken);
}


static void
client_load(client_t *client, double seconds)
{
    size_t  i;
    int64_t began_us;

    began_us = client_now_us();
    client->counts = true;
    client->end_us =
        client->once ? INT64_MAX : began_us + (int64_t) (seconds * 1e6);

    for (i = 0; i < client->nactive; i++) {
        if (!client_send_next(client, &client->connections[i])) {
            break;
        }
    }

    client_turn(client, 0);

    client->us = client_now_us() - began_us;
    client->counts = false;
    client->end_us = 0;
}


static void
client_begin(client_t *client, const char *order)
{
    size_t        i;
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    client->epoll = epoll_create1(0);
    client->connections =
        calloc(client->nconnections, sizeof(client_connection_t));
    client->latencies =
        calloc(CLIENT_LATENCY_MAX_US + 1, sizeof(unsigned long));
    client->random = (uint64_t) client_now_us() | 1;

    if (strncmp(order, "zipf:", 5) == 0) {
        client->second_percent = (unsigned) strtoul(order + 5, NULL, 10);
        client_law_make(client);
    }

    if (client->epoll == -1 || client->connections == NULL
        || client->latencies == NULL)
    {
        client_fail("client");
    }

    for (i = 0; i < client->nconnections; i++) {
        client_open(client, &client->connections[i]);
    }
}


int
main(int argc, char **argv)
{
    client_t client;

    if (argc != 7) {
        fputs("usage: client PORT CONNECTIONS ACTIVE SECONDS FILE"
              " random|zipf:N|once\n",
              stderr);
        return EXIT_FAILURE;
    }

    memset(&client, 0, sizeof(client));
    client.port = (uint16_t) strtoul(argv[1], NULL, 10);
    client.nconnections = strtoul(argv[2], NULL, 10);
    client.nactive = strtoul(argv[3], NULL, 10);
    client.once = strcmp(argv[6], "once") == 0;

    client_requests_read(&client, argv[5]);
    client_begin(&client, argv[6]);

    if (client.nconnections > client.nactive) {
        client.greeted = client_once_each(&client);
        puts("OPEN");
        fflush(stdout);
        (void) getchar();
    }

    client_load(&client, strtod(argv[4], NULL));

    if (client.nconnections > client.nactive) {
        client.parted = client_once_each(&client);
    }

    client_print(&client);

    return EXIT_SUCCESS;
}
