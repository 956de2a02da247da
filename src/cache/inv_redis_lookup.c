
/*
 * cache: where Redis is.  An address needs no asking; a name is looked up on a
 * thread, since that blocks.  inv_redis_lookup_run runs there and touches
 * nothing but its own lookup; everything else on the event loop.
 *
 * A worker that quits does not wait for a lookup beyond what the resolver's
 * own time limits make of it: its thread pool lets running tasks end.
 */


#include "inv_redis_private.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/un.h>


#define INV_REDIS_SERVICE 8 /* a port, written */


static void
inv_redis_lookup_run(void *data, ngx_log_t *log)
{
    int                  rc;
    char                 service[INV_REDIS_SERVICE];
    struct addrinfo      hints, *list, *item;
    inv_redis_lookup_t  *lookup;
    inv_redis_address_t *address;

    lookup = data;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;

    (void) snprintf(service, sizeof(service), "%u", (unsigned) lookup->port);

    rc = getaddrinfo(lookup->host, service, &hints, &list);

    if (rc != 0) {
        lookup->error = gai_strerror(rc);
        return;
    }

    for (item = list;
         item != NULL && lookup->found.count < INV_REDIS_ADDRESSES_MAX;
         item = item->ai_next)
    {
        address = &lookup->found.list[lookup->found.count];

        if (item->ai_addrlen > sizeof(address->sockaddr)) {
            continue;
        }

        memcpy(&address->sockaddr, item->ai_addr, item->ai_addrlen);
        address->len = item->ai_addrlen;
        lookup->found.count++;
    }

    freeaddrinfo(list);

    if (lookup->found.count == 0) {
        lookup->error = "it has no address";
    }
}


static void
inv_redis_lookup_done(ngx_event_t *ev)
{
    inv_redis_t        *redis;
    inv_redis_lookup_t *lookup;

    lookup = ev->data;
    redis = lookup->redis;

    if (redis != NULL) {
        redis->lookup = NULL;

        if (lookup->error != NULL) {
            inv_redis_break(redis, "its name cannot be resolved: %s",
                            lookup->error);

        } else {
            inv_redis_found(redis, &lookup->found);
        }

        inv_redis_settle(redis);
    }

    ngx_free(lookup);
}


static void
inv_redis_lookup_start(inv_redis_t *redis)
{
    inv_redis_lookup_t *lookup;

    lookup = ngx_calloc(sizeof(inv_redis_lookup_t), redis->log);
    if (lookup == NULL) {
        inv_redis_break(redis, "no memory");
        return;
    }

    lookup->redis = redis;
    lookup->port = redis->url.port;
    memcpy(lookup->host, redis->url.host, sizeof(lookup->host));

    lookup->task.ctx = lookup;
    lookup->task.handler = inv_redis_lookup_run;
    lookup->task.event.data = lookup;
    lookup->task.event.handler = inv_redis_lookup_done;
    lookup->task.event.log = redis->log;

    if (ngx_thread_task_post(redis->threads, &lookup->task) != NGX_OK) {
        ngx_free(lookup);
        inv_redis_break(redis, "no thread to look its name up");
        return;
    }

    redis->lookup = lookup;
}


bool
inv_redis_address_of_host(const inv_redis_url_t *url,
                          inv_redis_address_t   *address)
{
    struct sockaddr_in  *v4;
    struct sockaddr_in6 *v6;

    v4 = (struct sockaddr_in *) &address->sockaddr;
    v6 = (struct sockaddr_in6 *) &address->sockaddr;

    if (inet_pton(AF_INET, url->host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(url->port);
        address->len = sizeof(*v4);
        return true;
    }

    if (inet_pton(AF_INET6, url->host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(url->port);
        address->len = sizeof(*v6);
        return true;
    }

    return false;
}


static void
inv_redis_address_of_path(const inv_redis_url_t *url,
                          inv_redis_address_t   *address)
{
    struct sockaddr_un *local;

    local = (struct sockaddr_un *) &address->sockaddr;

    local->sun_family = AF_UNIX;
    (void) snprintf(local->sun_path, sizeof(local->sun_path), "%s", url->path);
    address->len = sizeof(*local);
}


void
inv_redis_look_up(inv_redis_t *redis)
{
    inv_redis_addresses_t known;

    redis->state = INV_REDIS_LOOKING_UP;
    redis->addresses.count = 0;
    redis->next_address = 0;

    ngx_memzero(&known, sizeof(known));
    known.count = 1;

    if (redis->url.is_unix) {
        inv_redis_address_of_path(&redis->url, &known.list[0]);
        inv_redis_found(redis, &known);
        return;
    }

    if (inv_redis_address_of_host(&redis->url, &known.list[0])) {
        inv_redis_found(redis, &known);
        return;
    }

    inv_redis_lookup_start(redis);
}


void
inv_redis_stop_lookup(inv_redis_t *redis)
{
    if (redis->lookup != NULL) {
        redis->lookup->redis = NULL;
        redis->lookup = NULL;
    }
}
