
/*
 * store: the driver's pool of connections, and a call's hold on one.
 *
 * Creation and destruction run on the event loop and do no I/O; the rest runs
 * on threads.
 */


#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "inv_store_internal.h"


/*
 * What holds where the URI says nothing.  A server that is not there is given
 * up on quickly: what waits holds one of nginx's threads.  But after a lost
 * connection the driver looks for a server that streams its hello (every mongod
 * since 4.4) only 500 to 1,000 ms later, and the next call is to find it again.
 */
#define INV_STORE_CONNECT_MS   1000
#define INV_STORE_SELECTION_MS 1500

/* Of the longest deadline an eighth is left for the command itself. */
#define INV_STORE_SELECTION_PART 8

/* A socket waits this much longer than the server was told to work. */
#define INV_STORE_SOCKET_SLACK_MS 250


static pthread_once_t inv_store_quiet_once = PTHREAD_ONCE_INIT;
static pthread_once_t inv_store_driver_once = PTHREAD_ONCE_INIT;


static void
inv_store_quiet_driver(void)
{
    mongoc_log_set_handler(NULL, NULL);
}


void
inv_store_quiet(void)
{
    pthread_once(&inv_store_quiet_once, inv_store_quiet_driver);
}


inv_store_t *
inv_store_create(const inv_store_options_t *options)
{
    inv_store_t       *store;
    pthread_condattr_t attr;

    store = calloc(1, sizeof(inv_store_t));
    if (store == NULL) {
        return NULL;
    }

    store->uri = strdup(options->uri);
    if (store->uri == NULL) {
        free(store);
        return NULL;
    }

    store->clients = options->clients;
    store->timeout_ms = options->timeout_ms;

    pthread_mutex_init(&store->lock, NULL);

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&store->changed, &attr);
    pthread_condattr_destroy(&attr);

    return store;
}


void
inv_store_destroy(inv_store_t *store)
{
    if (store->pool != NULL) {
        mongoc_client_pool_destroy(store->pool);
    }

    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->lock);

    free(store->password);
    free(store->database);
    free(store->uri);
    free(store);
}


/* In time for the call that waits for a server to be told that there is none. */
static int32_t
inv_store_pool_selection(const inv_store_t *store)
{
    int64_t ms;

    ms = store->timeout_ms - store->timeout_ms / INV_STORE_SELECTION_PART;

    return (int32_t) (ms < INV_STORE_SELECTION_MS ? ms
                                                  : INV_STORE_SELECTION_MS);
}


/* Defaults where the URI is silent, and two orders. */
static void
inv_store_pool_options(const inv_store_t *store, mongoc_uri_t *uri)
{
    size_t i;

    const struct {
        const char *name;
        int32_t     value;
    } defaults[] = {
        { MONGOC_URI_CONNECTTIMEOUTMS, INV_STORE_CONNECT_MS },
        { MONGOC_URI_SERVERSELECTIONTIMEOUTMS,
          inv_store_pool_selection(store) },
        { MONGOC_URI_SOCKETTIMEOUTMS,
          (int32_t) store->timeout_ms + INV_STORE_SOCKET_SLACK_MS },
    };

    for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        if (!mongoc_uri_has_option(uri, defaults[i].name)) {
            mongoc_uri_set_option_as_int32(uri, defaults[i].name,
                                           defaults[i].value);
        }
    }

    /* else the driver stays with a host that is named alone, whatever it is */
    if (!mongoc_uri_has_option(uri, MONGOC_URI_DIRECTCONNECTION)) {
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_DIRECTCONNECTION, false);
    }

    if (!mongoc_uri_has_option(uri, MONGOC_URI_APPNAME)) {
        mongoc_uri_set_appname(uri, "ngx_inventory_module");
    }

    /* a retry of the driver's would be a late copy that nobody fences */
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);

    /* and one of a read would outlive the call's deadline */
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
}


/* Makes the pool; SRV and TXT records are looked up here. */
static mongoc_client_pool_t *
inv_store_pool_make(inv_store_t *store, inv_store_call_t *call)
{
    const char           *password;
    bson_error_t          error;
    mongoc_uri_t         *uri;
    mongoc_client_pool_t *pool;

    pthread_once(&inv_store_driver_once, mongoc_init);
    inv_store_quiet();

    memset(&error, 0, sizeof(error));

    uri = mongoc_uri_new_with_error(store->uri, &error);
    if (uri == NULL) {
        inv_store_call_error(call, "the URI cannot be read");
        return NULL;
    }

    /* the driver would not say which one, and would not look again */
    if (inv_store_uri_read_files(uri, call->error, sizeof(call->error)) < 0) {
        mongoc_uri_destroy(uri);
        return NULL;
    }

    inv_store_pool_options(store, uri);

    store->selection_ms = mongoc_uri_get_option_as_int32(
        uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, INV_STORE_SELECTION_MS);

    password = mongoc_uri_get_password(uri);

    if (store->database == NULL) {
        store->database = strdup(inv_store_uri_database(uri));
        store->password = password != NULL ? strdup(password) : NULL;
    }

    pool = mongoc_client_pool_new_with_error(uri, &error);
    mongoc_uri_destroy(uri);

    if (pool == NULL) {
        inv_store_call_error(call, "%s", error.message);
        inv_store_scrub(call->error, sizeof(call->error), store->password);
        return NULL;
    }

    mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
    mongoc_client_pool_max_size(pool, store->clients);
    inv_store_command_watch(store, pool);

    return pool;
}


/* Waits, with the lock held, for a change.  False: the deadline has passed. */
static bool
inv_store_pool_wait(inv_store_t *store, const inv_store_call_t *call)
{
    int64_t         left;
    struct timespec until;

    left = inv_store_call_left(call);
    if (left == 0) {
        return false;
    }

    clock_gettime(CLOCK_MONOTONIC, &until);

    until.tv_sec += (time_t) (left / 1000);
    until.tv_nsec += (long) (left % 1000) * 1000000;

    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }

    pthread_cond_timedwait(&store->changed, &store->lock, &until);

    return true;
}


/* With the lock held: the pool, made if need be by this thread or another. */
static inv_store_result_t
inv_store_pool_get(inv_store_t *store, inv_store_call_t *call)
{
    mongoc_client_pool_t *pool;

    while (store->making) {
        if (!inv_store_pool_wait(store, call)) {
            inv_store_call_error(call, "no connection pool in time");
            return INV_STORE_UNAVAILABLE;
        }
    }

    if (store->pool != NULL) {
        return INV_STORE_OK;
    }

    store->making = true;
    pthread_mutex_unlock(&store->lock);

    pool = inv_store_pool_make(store, call);

    pthread_mutex_lock(&store->lock);
    store->making = false;
    store->pool = pool;
    pthread_cond_broadcast(&store->changed);

    return pool != NULL ? INV_STORE_OK : INV_STORE_UNAVAILABLE;
}


/* With the lock held: a place among the clients. */
static inv_store_result_t
inv_store_pool_enter(inv_store_t *store, inv_store_call_t *call)
{
    inv_store_result_t result;

    result = inv_store_pool_get(store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    while (store->links == store->clients) {
        if (!inv_store_pool_wait(store, call)) {
            inv_store_call_error(call, "no connection came free in time");
            return INV_STORE_BUSY;
        }
    }

    store->links++;

    return INV_STORE_OK;
}


inv_store_result_t
inv_store_link_open(inv_store_link_t *link, inv_store_t *store,
                    inv_store_call_t *call)
{
    inv_store_result_t result;

    call->error[0] = '\0';

    pthread_mutex_lock(&store->lock);
    result = inv_store_pool_enter(store, call);
    pthread_mutex_unlock(&store->lock);

    if (result != INV_STORE_OK) {
        return result;
    }

    link->store = store;
    link->call = call;
    link->client = mongoc_client_pool_pop(store->pool);

    return INV_STORE_OK;
}


void
inv_store_link_close(inv_store_link_t *link)
{
    inv_store_t *store;

    store = link->store;

    mongoc_client_pool_push(store->pool, link->client);

    pthread_mutex_lock(&store->lock);
    store->links--;
    pthread_cond_signal(&store->changed);
    pthread_mutex_unlock(&store->lock);
}
