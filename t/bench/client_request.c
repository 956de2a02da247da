
/*
 * The client of the benchmarks: its requests; see client.h.
 */


#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"


void
client_fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}


static void
client_request_make(client_request_t *request, char *line, uint16_t port)
{
    int         length;
    const char *method, *path, *header;

    method = strsep(&line, " ");
    path = line != NULL ? strsep(&line, " ") : "/";
    header = line;

    request->bodiless = strcmp(method, "HEAD") == 0;
    request->sells = strcmp(method, "POST") == 0;

    length = asprintf(&request->text,
                      "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s%s\r\n",
                      method, path, port, header != NULL ? header : "",
                      header != NULL ? "\r\n" : "",
                      request->sells ? "Content-Length: 0\r\n" : "");
    if (length < 0) {
        client_fail("asprintf");
    }

    request->length = (size_t) length;
}


void
client_requests_read(client_t *client, const char *name)
{
    char   *line = NULL;
    FILE   *file;
    size_t  size = 0, room = 0;
    ssize_t length;

    file = fopen(name, "r");
    if (file == NULL) {
        client_fail(name);
    }

    while ((length = getline(&line, &size, file)) > 1) {
        line[length - 1] = '\0';

        if (client->nrequests == room) {
            room = room != 0 ? 2 * room : 1024;
            client->requests =
                realloc(client->requests, room * sizeof(client_request_t));

            if (client->requests == NULL) {
                client_fail("realloc");
            }
        }

        client_request_make(&client->requests[client->nrequests++], line,
                            client->port);
    }

    free(line);
    fclose(file);

    if (client->nrequests == 0) {
        fprintf(stderr, "%s is empty\n", name);
        exit(EXIT_FAILURE);
    }
}


void
client_law_make(client_t *client)
{
    size_t i, n;
    double sum = 0;

    n = client->nrequests / 2;

    client->law = calloc(n, sizeof(double));
    if (client->law == NULL) {
        client_fail("calloc");
    }

    for (i = 0; i < n; i++) {
        sum += 1.0 / (double) (i + 1);
        client->law[i] = sum;
    }

    for (i = 0; i < n; i++) {
        client->law[i] /= sum;
    }
}


/* xorshift64* */
static size_t
client_random(client_t *client, size_t n)
{
    client->random ^= client->random >> 12;
    client->random ^= client->random << 25;
    client->random ^= client->random >> 27;

    return (size_t) ((client->random * UINT64_C(2685821657736338717)) >> 32)
           % n;
}


static size_t
client_law_draw(client_t *client)
{
    size_t low, high, middle;
    double drawn;

    drawn = (double) client_random(client, (size_t) 1 << 31)
            / (double) ((size_t) 1 << 31);
    low = 0;
    high = client->nrequests / 2 - 1;

    while (low < high) {
        middle = (low + high) / 2;

        if (client->law[middle] < drawn) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low;
}


const client_request_t *
client_request_next(client_t *client)
{
    size_t at;

    if (client->once) {
        return client->next < client->nrequests
                   ? &client->requests[client->next++]
                   : NULL;
    }

    if (client->law == NULL) {
        return &client->requests[client_random(client, client->nrequests)];
    }

    at = client_law_draw(client);

    if (client_random(client, 100) < client->second_percent) {
        at += client->nrequests / 2;
    }

    return &client->requests[at];
}
