
/*
 * The client of the benchmarks: what it tells; see client.h.
 */


#define _GNU_SOURCE

#include <stdio.h>

#include "client.h"


/* The least that so large a part of the answers did not pass. */
static unsigned long
client_percentile(const client_t *client, double part)
{
    size_t        us;
    unsigned long seen = 0;

    for (us = 0; us < CLIENT_LATENCY_MAX_US; us++) {
        seen += client->latencies[us];

        if ((double) seen >= part * (double) client->requests_done) {
            break;
        }
    }

    return us;
}


/*
 * status: answers that are no success, 304 and 409 of a purchase apart;
 * failed: those among them that are purchases.  local, redis, stale, miss: what
 * Cache-Status said.  greeted, parted: connections that answered before and
 * after the load, with so many sold_besides.
 */
void
client_print(const client_t *client)
{
    printf("RESULT requests=%lu us=%lld p50=%lu p99=%lu status=%lu broken=%lu"
           " sold=%lu refused=%lu failed=%lu same=%lu local=%lu redis=%lu"
           " stale=%lu miss=%lu greeted=%lu parted=%lu sold_besides=%lu\n",
           client->requests_done, (long long) client->us,
           client_percentile(client, 0.5), client_percentile(client, 0.99),
           client->status, client->broken, client->sold, client->refused,
           client->failed, client->same, client->from[CLIENT_FROM_LOCAL],
           client->from[CLIENT_FROM_REDIS], client->from[CLIENT_FROM_STALE],
           client->from[CLIENT_FROM_MONGO], client->greeted, client->parted,
           client->sold_besides);
}
