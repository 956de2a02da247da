
/*
 * cache: where Redis is, as a URL says it.
 *
 * Any thread, no I/O, no nginx.
 *   redis://[[user]:password@]host[:port][/database]
 *   rediss://...  the same over TLS
 *   unix:[//[[user]:password@]]/path[?db=database]
 * user, password, host and path are percent-decoded; an IPv6 address stands
 * in brackets.
 */


#ifndef INV_REDIS_URL_H
#define INV_REDIS_URL_H


#include "../base/inv_base.h"
#include "../base/inv_limits.h"


typedef struct {
    bool     is_unix;
    bool     is_tls;
    char     host[INV_REDIS_HOST_MAX + 1]; /* name, IPv4 or bare IPv6; its
                                              letters are small */
    uint16_t port;
    char     path[INV_REDIS_PATH_MAX + 1]; /* of a unix socket */
    size_t   user_len;                     /* 0: no user */
    char     user[INV_REDIS_SECRET_MAX];
    bool     has_password;
    size_t   password_len;
    char     password[INV_REDIS_SECRET_MAX];
    unsigned database;
} inv_redis_url_t;

/* NULL: url is filled in.  Else the reason, a clause that quotes nothing. */
const char *inv_redis_url_read(inv_str_t text, inv_redis_url_t *url);

/* Room for every description, and its NUL. */
#define INV_REDIS_NAME_MAX (INV_REDIS_HOST_MAX + 32)

/*
 * host:port/database, unix:path or unix:path?db=database, without user and
 * password, NUL-terminated; cut to size.  Fit for a log: what is not printable
 * ASCII becomes '?'.  The name of a server: see inv_redis_ring.h.
 */
void inv_redis_url_describe(const inv_redis_url_t *url, char *out, size_t size);

/* Whether both name one database of one server. */
bool inv_redis_url_same(const inv_redis_url_t *a, const inv_redis_url_t *b);


#endif /* INV_REDIS_URL_H */
