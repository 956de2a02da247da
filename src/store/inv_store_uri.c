
/*
 * store: what a MongoDB URI says, without its secrets; of I/O only whether the
 * files that it names can be read.
 *
 * Any thread; the configuration is read with it before there are threads.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

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

    inv_store_scrub(reason, size, NULL);

    return false;
}


/*
 * Why the file cannot be read, perhaps in buffer; NULL: it can.  Asking for a
 * byte finds directories.
 */
static const char *
inv_store_uri_file(const char *path, char *buffer, size_t size)
{
    int         fd;
    char        byte;
    ssize_t     n;
    const char *reason;

    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    n = fd != -1 ? read(fd, &byte, 1) : -1;

    reason = n < 0    ? bson_strerror_r(errno, buffer, size)
             : n == 0 ? "it is empty"
                      : NULL;

    if (fd != -1) {
        close(fd);
    }

    return reason;
}


int
inv_store_uri_read_files(const mongoc_uri_t *uri, char *reason, size_t size)
{
    int         n;
    char        buffer[128];
    size_t      i;
    const char *path, *why;

    /* the driver knows them in lower case, users do not */
    static const struct {
        const char *option, *name;
    } files[] = {
        { MONGOC_URI_TLSCAFILE, "tlsCAFile" },
        { MONGOC_URI_TLSCERTIFICATEKEYFILE, "tlsCertificateKeyFile" },
    };

    n = 0;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        path = mongoc_uri_get_option_as_utf8(uri, files[i].option, NULL);
        if (path == NULL) {
            continue;
        }

        why = inv_store_uri_file(path, buffer, sizeof(buffer));

        if (why != NULL) {
            snprintf(reason, size, "%s \"%s\": %s", files[i].name, path, why);
            inv_store_scrub(reason, size, NULL);
            return -1;
        }

        n++;
    }

    return n;
}


int
inv_store_uri_files(const char *uri, char *reason, size_t size)
{
    int           n;
    mongoc_uri_t *parsed;

    inv_store_quiet();

    parsed = mongoc_uri_new_with_error(uri, NULL);
    if (parsed == NULL) {
        snprintf(reason, size, "its URI: no memory");
        return -1;
    }

    n = inv_store_uri_read_files(parsed, reason, size);
    mongoc_uri_destroy(parsed);

    return n;
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


/* Replaces what by mask wherever it is; the text's end is lost for want of room. */
static void
inv_store_mask(char *text, size_t size, const char *what, const char *mask)
{
    char  *p;
    size_t n, left, rest;

    n = strlen(what);

    for (p = text; (p = strstr(p, what)) != NULL; p += strlen(mask)) {
        left = size - (size_t) (p - text) - 1;

        if (left < strlen(mask)) {
            *p = '\0';
            return;
        }

        left -= strlen(mask);
        rest = strlen(p + n);
        rest = rest < left ? rest : left;

        memmove(p + strlen(mask), p + n, rest);
        memcpy(p, mask, strlen(mask));
        p[strlen(mask) + rest] = '\0';
    }
}


/*
 * A short secret is part of many words, and masks in these would tell what it
 * is: it is masked where a URI has it.
 */
static void
inv_store_mask_secret(char *text, size_t size, const char *secret)
{
    char placed[sizeof(":" INV_STORE_MASK "@")];

    if (strlen(secret) >= strlen(INV_STORE_MASK)) {
        inv_store_mask(text, size, secret, INV_STORE_MASK);

    } else if (secret[0] != '\0') {
        snprintf(placed, sizeof(placed), ":%s@", secret);
        inv_store_mask(text, size, placed, ":" INV_STORE_MASK "@");
    }
}


void
inv_store_scrub(char *text, size_t size, const char *secret)
{
    char *p;

    if (secret != NULL) {
        inv_store_mask_secret(text, size, secret);
    }

    for (p = text; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
}
