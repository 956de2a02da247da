
/*
 * cache: a copy of a product as it stands in Redis, and when it may be used.
 *
 * Any thread, no I/O, no clock, no nginx.
 *
 * The value is one line of fixed width and then the body:
 *   inv3 <tag> <product id> <version> <made> <deadline> <origin> <length>\n<body>
 * version, made and deadline in 19 decimal digits (equal width, so that a
 * script inside Redis compares them as text), tag and origin in 16 hex digits,
 * the length of the body in 7 decimal digits.  Id and length are there because
 * Redis and what is between may be broken: a reply that belongs to another
 * question, or was cut short, must not pass for this product.
 *
 * The tag is SipHash-2-4 of all that stands behind it and its space, with a key
 * that is made of a secret of the database and of the prefix of the Redis key.
 * So only who may read the database can make a copy, and only for its own
 * prefix; the id is part of what is tagged.  64 bits are enough where each
 * guess takes a command to Redis and a request, and a wrong one is removed.
 * A value that was once true passes: its deadline and the floors end its use.
 *
 * An empty body is a marker: that version exists, older copies must not come
 * back.
 */


#ifndef INV_COPY_H
#define INV_COPY_H


#include "../base/inv_base.h"
#include "../base/inv_limits.h"


typedef struct {
    inv_oid_t  id;
    int64_t    version;  /* 1 to INV_VERSION_MAX */
    inv_time_t made;     /* when the read began that made it */
    inv_time_t deadline; /* not to be used from then on */
    uint64_t   origin;   /* of the zone, when the read began that made it */
    inv_str_t  body;     /* the product's JSON; empty: a marker */
} inv_copy_t;

#define INV_COPY_HEAD 132

/* Bytes of the secret. */
#define INV_COPY_SECRET 16

typedef struct {
    uint64_t words[2];
} inv_copy_key_t;

/* The key of the copies whose Redis keys begin with prefix. */
void inv_copy_key(const unsigned char secret[INV_COPY_SECRET], inv_str_t prefix,
                  inv_copy_key_t *key);

/* The length of the value: INV_COPY_HEAD and the body's. */
size_t inv_copy_size(const inv_copy_t *copy);

/*
 * Writes inv_copy_size bytes.  The body is at most INV_COPY_BODY_MAX bytes
 * long, version and deadline are not negative.
 */
void
inv_copy_write(const inv_copy_t *copy, const inv_copy_key_t *key, char *out);

typedef enum {
    INV_COPY_READ,
    INV_COPY_NO_COPY, /* not of this layout, or not whole */
    INV_COPY_FORGED   /* not written with this key, or changed since */
} inv_copy_read_t;

/* The body points into value. */
inv_copy_read_t
inv_copy_read(inv_str_t value, const inv_copy_key_t *key, inv_copy_t *copy);


/* What is known where a copy arrives. */
typedef struct {
    inv_oid_t  id; /* of the product that was asked for */
    inv_time_t now;
    int64_t    floor;        /* the least version that is not stale */
    int64_t    longest_ms;   /* the longest lifetime of a copy, here; other
                                nodes may give theirs longer ones */
    uint64_t   origin;       /* of the zone */
    bool       trusts_own;   /* copies of that origin may be used */
    bool       trusts_other; /* and those of others */
} inv_copy_rule_t;

typedef enum {
    INV_COPY_GOOD,
    INV_COPY_OTHER,     /* it is a copy of another product */
    INV_COPY_MARKER,    /* it has no body */
    INV_COPY_STALE,     /* below the floor */
    INV_COPY_TOO_LONG,  /* its end is further off than any lifetime: made by a
                           clock that is fast */
    INV_COPY_UNTRUSTED, /* its origin is not to be trusted yet */
    INV_COPY_LATE,      /* past its deadline, and nothing else is wrong */
    INV_COPY_VERDICTS
} inv_copy_verdict_t;

/* Where a copy's time ends here: by its deadline, or by the longest lifetime. */
inv_time_t inv_copy_end(const inv_copy_t *copy, int64_t longest_ms);

inv_copy_verdict_t
inv_copy_judge(const inv_copy_t *copy, const inv_copy_rule_t *rule);


#endif /* INV_COPY_H */
