
/*
 * cache: where Redis is, as a URL says it.  Any thread.
 *
 * No reason quotes what was given: it may hold a password, also where one was
 * put in a wrong place.
 */


#include "inv_redis_url.h"


#include <stdio.h>


#define INV_REDIS_PORT         6379
#define INV_REDIS_PORT_MAX     65535
#define INV_REDIS_DATABASE_MAX INT32_MAX


/* Takes what stands before the first (or last) c; false: there is none. */
static bool
inv_redis_url_cut(inv_str_t *rest, char c, bool last, inv_str_t *before)
{
    size_t i, at;

    at = rest->len;

    for (i = 0; i < rest->len && (last || at == rest->len); i++) {
        if (rest->data[i] == c) {
            at = i;
        }
    }

    if (at == rest->len) {
        return false;
    }

    before->data = rest->data;
    before->len = at;

    rest->data += at + 1;
    rest->len -= at + 1;

    return true;
}


static bool
inv_redis_url_starts(inv_str_t *rest, inv_str_t prefix)
{
    if (rest->len < prefix.len
        || memcmp(rest->data, prefix.data, prefix.len) != 0) {
        return false;
    }

    rest->data += prefix.len;
    rest->len -= prefix.len;

    return true;
}


/* Percent-decodes into out, at most max bytes.  False: bad or too long. */
static bool
inv_redis_url_decode(inv_str_t text, char *out, size_t max, size_t *len)
{
    size_t i, taken;

    *len = 0;

    for (i = 0; i < text.len; i += taken) {
        if (*len == max) {
            return false;
        }

        taken = inv_escape_read(&text.data[i], text.len - i, &out[*len]);
        if (taken == 0) {
            return false;
        }

        (*len)++;
    }

    return true;
}


/*
 * As above for what ends with a NUL and holds none; empty is bad too, and so
 * is what would begin parameters, of which there are none.
 */
static bool
inv_redis_url_name(inv_str_t text, char *out, size_t max)
{
    size_t len;

    if (text.len == 0 || memchr(text.data, '?', text.len) != NULL
        || memchr(text.data, '#', text.len) != NULL
        || !inv_redis_url_decode(text, out, max, &len))
    {
        return false;
    }

    out[len] = '\0';

    return memchr(out, '\0', len) == NULL;
}


static bool
inv_redis_url_number(inv_str_t text, unsigned max, unsigned *number)
{
    size_t   i;
    uint64_t value;

    value = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }

        value = value * 10 + (unsigned) (text.data[i] - '0');

        if (value > max) {
            return false;
        }
    }

    *number = (unsigned) value;

    return text.len > 0;
}


/* Takes [[user]:password@] off the front. */
static const char *
inv_redis_url_login(inv_str_t *authority, inv_redis_url_t *url)
{
    inv_str_t login, user;

    /* The last '@': a bare one in a password must not make it a host. */
    if (!inv_redis_url_cut(authority, '@', true, &login)) {
        return NULL;
    }

    if (!inv_redis_url_cut(&login, ':', false, &user)) {
        return "a user without a password; a password alone is written "
               "\":password@\"";
    }

    if (!inv_redis_url_decode(user, url->user, sizeof(url->user),
                              &url->user_len)) {
        return "the user is too long or wrongly percent-encoded";
    }

    if (login.len == 0
        || !inv_redis_url_decode(login, url->password, sizeof(url->password),
                                 &url->password_len))
    {
        return "the password is empty, too long or wrongly percent-encoded";
    }

    url->has_password = true;

    return NULL;
}


/*
 * Names are the same in letters of any size, and so are IPv6 addresses, but for
 * the zone behind a '%'.
 */
static void
inv_redis_url_small(char *host)
{
    for (/* void */; *host != '\0' && *host != '%'; host++) {
        if (*host >= 'A' && *host <= 'Z') {
            *host = (char) (*host - 'A' + 'a');
        }
    }
}


static const char *
inv_redis_url_host(inv_str_t authority, inv_redis_url_t *url)
{
    unsigned  port;
    inv_str_t host;

    if (inv_redis_url_starts(&authority, inv_str("["))) {
        if (!inv_redis_url_cut(&authority, ']', false, &host)) {
            return "an IPv6 address lacks its \"]\"";
        }

        if (authority.len > 0
            && !inv_redis_url_starts(&authority, inv_str(":"))) {
            return "something other than a port follows an IPv6 address";
        }

    } else if (!inv_redis_url_cut(&authority, ':', false, &host)) {
        host = authority;
        authority.len = 0;

    } else if (memchr(authority.data, ':', authority.len) != NULL) {
        return "the host has several colons; an IPv6 address is written "
               "\"[address]\"";
    }

    if (!inv_redis_url_name(host, url->host, INV_REDIS_HOST_MAX)) {
        return "the host is missing, too long or wrongly percent-encoded";
    }

    inv_redis_url_small(url->host);

    port = INV_REDIS_PORT;

    if (authority.len > 0
        && (!inv_redis_url_number(authority, INV_REDIS_PORT_MAX, &port)
            || port == 0))
    {
        return "the port is not a number from 1 to 65535";
    }

    url->port = (uint16_t) port;

    return NULL;
}


static const char *
inv_redis_url_tcp(inv_str_t rest, inv_redis_url_t *url)
{
    const char *reason;
    inv_str_t   authority;

    if (!inv_redis_url_cut(&rest, '/', false, &authority)) {
        authority = rest;
        rest.len = 0;
    }

    reason = inv_redis_url_login(&authority, url);

    if (reason == NULL) {
        reason = inv_redis_url_host(authority, url);
    }

    if (reason == NULL && rest.len > 0
        && !inv_redis_url_number(rest, INV_REDIS_DATABASE_MAX, &url->database))
    {
        reason = "the database is not a number (is there a bare \"/\" in the "
                 "password? It is written \"%2F\")";
    }

    return reason;
}


/* Takes [//[[user]:password@]] off the front. */
static const char *
inv_redis_url_unix_login(inv_str_t *path, inv_redis_url_t *url)
{
    inv_str_t   authority;
    const char *reason;

    if (!inv_redis_url_starts(path, inv_str("//"))) {
        return NULL;
    }

    if (!inv_redis_url_cut(path, '/', false, &authority)) {
        return "a unix socket lacks its path";
    }

    /* The "/" that ends the authority begins the path. */
    path->data--;
    path->len++;

    reason = inv_redis_url_login(&authority, url);

    if (reason == NULL && authority.len > 0) {
        reason = "a unix socket has no host; its path begins with \"/\"";
    }

    return reason;
}


static const char *
inv_redis_url_unix(inv_str_t rest, inv_redis_url_t *url)
{
    inv_str_t   path;
    const char *reason;

    url->is_unix = true;

    reason = inv_redis_url_unix_login(&rest, url);

    if (reason != NULL) {
        return reason;
    }

    if (!inv_redis_url_cut(&rest, '?', false, &path)) {
        path = rest;

    } else if (!inv_redis_url_starts(&rest, inv_str("db="))
               || !inv_redis_url_number(rest, INV_REDIS_DATABASE_MAX,
                                        &url->database))
    {
        return "what follows the path of a unix socket is not \"?db=number\"";
    }

    if (path.len < 2 || path.data[0] != '/') {
        return "the path of a unix socket does not begin with \"/\"";
    }

    if (!inv_redis_url_name(path, url->path, INV_REDIS_PATH_MAX)) {
        return "the path of a unix socket is longer than 107 bytes or wrongly "
               "percent-encoded";
    }

    return NULL;
}


const char *
inv_redis_url_read(inv_str_t text, inv_redis_url_t *url)
{
    memset(url, 0, sizeof(*url));

    if (inv_redis_url_starts(&text, inv_str("redis://"))) {
        return inv_redis_url_tcp(text, url);
    }

    if (inv_redis_url_starts(&text, inv_str("unix:"))) {
        return inv_redis_url_unix(text, url);
    }

    if (inv_redis_url_starts(&text, inv_str("rediss://"))) {
        url->is_tls = true;
        return inv_redis_url_tcp(text, url);
    }

    return "it begins with none of \"redis://\", \"rediss://\" and \"unix:\"";
}


void
inv_redis_url_describe(const inv_redis_url_t *url, char *out, size_t size)
{
    bool is_ipv6;

    is_ipv6 = strchr(url->host, ':') != NULL;

    if (url->is_unix && url->database != 0) {
        (void) snprintf(out, size, "unix:%s?db=%u", url->path, url->database);

    } else if (url->is_unix) {
        (void) snprintf(out, size, "unix:%s", url->path);

    } else {
        (void) snprintf(out, size, "%s%s%s:%u/%u", is_ipv6 ? "[" : "",
                        url->host, is_ipv6 ? "]" : "", (unsigned) url->port,
                        url->database);
    }

    for (/* void */; *out != '\0'; out++) {
        if (*out < ' ' || *out > '~') {
            *out = '?';
        }
    }
}


bool
inv_redis_url_same(const inv_redis_url_t *a, const inv_redis_url_t *b)
{
    char names[2][INV_REDIS_NAME_MAX];

    inv_redis_url_describe(a, names[0], sizeof(names[0]));
    inv_redis_url_describe(b, names[1], sizeof(names[1]));

    return strcmp(names[0], names[1]) == 0;
}
