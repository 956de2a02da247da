
/*
 * store: what a MongoDB URI says, without I/O and without its secrets.
 *
 * Any thread; the configuration is read with it before there are threads.
 */


#include <stdarg.h>
#include <stdlib.h>

#include "inv_store_internal.h"


#define INV_STORE_MASK "****"


/* The bytes between "://" and the last '@'; absent: no credentials. */
static inv_str_t
inv_store_uri_credentials(const char *uri)
{
    const char *start, *end;

    start = strstr(uri, "://");
    end = strrchr(uri, '@');

    if (start == NULL || end == NULL || end < start + 3) {
        return INV_STR_ABSENT;
    }

    start += 3;

    return (inv_str_t){ (size_t) (end - start), start };
}


/*
 * Whether the URI is in order but for its credentials.  The driver's words on
 * a URI that has some may quote a part of them, so it is asked about the same
 * URI without.
 */
static bool
inv_store_uri_check_bare(const char *uri, inv_str_t credentials,
                         bson_error_t *error)
{
    char         *bare;
    size_t        head, size;
    mongoc_uri_t *parsed;

    head = (size_t) (credentials.data - uri);
    size = strlen(uri) - credentials.len + sizeof("user:" INV_STORE_MASK);

    bare = malloc(size);
    if (bare == NULL) {
        snprintf(error->message, sizeof(error->message), "no memory");
        return false;
    }

    snprintf(bare, size, "%.*suser:" INV_STORE_MASK "%s", (int) head, uri,
             credentials.data + credentials.len);

    parsed = mongoc_uri_new_with_error(bare, error);
    free(bare);

    if (parsed == NULL) {
        return false;
    }

    mongoc_uri_destroy(parsed);

    return true;
}


bool
inv_store_uri_check(const char *uri, char *reason, size_t size)
{
    inv_str_t     credentials;
    bson_error_t  error;
    mongoc_uri_t *parsed;

    inv_store_quiet();

    memset(&error, 0, sizeof(error));

    parsed = mongoc_uri_new_with_error(uri, &error);
    if (parsed != NULL) {
        mongoc_uri_destroy(parsed);
        return true;
    }

    credentials = inv_store_uri_credentials(uri);

    if (credentials.data == NULL) {
        snprintf(reason, size, "%s", error.message);

    } else if (inv_store_uri_check_bare(uri, credentials, &error)) {
        snprintf(reason, size,
                 "user name or password is not percent-encoded as it must be");

    } else {
        snprintf(reason, size, "%s", error.message);
    }

    inv_store_scrub(reason, NULL);

    return false;
}


const char *
inv_store_uri_database(const mongoc_uri_t *uri)
{
    const char *database;

    database = mongoc_uri_get_database(uri);

    return database != NULL && database[0] != '\0' ? database
                                                   : INV_STORE_DATABASE;
}


/* Writes "host:port[,host:port...]/database"; returns its length. */
static size_t
inv_store_uri_write(const mongoc_uri_t *uri, char *out, size_t size)
{
    size_t                    n;
    const char               *srv;
    const mongoc_host_list_t *host;

    n = 0;
    srv = mongoc_uri_get_srv_hostname(uri);

    if (srv != NULL) {
        n += (size_t) snprintf(out, size, "%s", srv);
    }

    for (host = mongoc_uri_get_hosts(uri); host != NULL; host = host->next) {
        n += (size_t) snprintf(n < size ? out + n : NULL,
                               n < size ? size - n : 0, "%s%s",
                               n == 0 ? "" : ",", host->host_and_port);
    }

    n += (size_t) snprintf(n < size ? out + n : NULL, n < size ? size - n : 0,
                           "/%s", inv_store_uri_database(uri));

    return n;
}


bool
inv_store_uri_describe(inv_arena_t *arena, const char *uri, inv_str_t *text)
{
    char         *out;
    size_t        n;
    mongoc_uri_t *parsed;

    inv_store_quiet();

    parsed = mongoc_uri_new_with_error(uri, NULL);
    if (parsed == NULL) {
        *text = inv_str("(not a MongoDB URI)");
        return true;
    }

    n = inv_store_uri_write(parsed, NULL, 0);

    out = inv_arena_alloc(arena, n + 1);
    if (out != NULL) {
        inv_store_uri_write(parsed, out, n + 1);
        *text = (inv_str_t){ n, out };
    }

    mongoc_uri_destroy(parsed);

    return out != NULL;
}


void
inv_store_scrub(char *text, const char *secret)
{
    char  *p;
    size_t n, mask;

    mask = strlen(INV_STORE_MASK);
    n = secret != NULL ? strlen(secret) : 0;

    /* the mask is no longer than what it covers, so that text never grows */
    for (p = text; n != 0 && (p = strstr(p, secret)) != NULL; p++) {
        memset(p, '*', n);

        if (n > mask) {
            memmove(p + mask, p + n, strlen(p + n) + 1);
            p += mask - 1;
        }
    }

    for (p = text; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
}
