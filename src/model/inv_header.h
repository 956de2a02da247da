
/*
 * model: the request headers that the API gives a meaning of its own.
 *
 * Any thread, no I/O but inv_random for a new trace.
 */


#ifndef INV_HEADER_H
#define INV_HEADER_H


#include "../base/inv_base.h"


/* ETag of a version: "17" with its quotes.  Returns the length. */
#define INV_ETAG_TEXT 24
size_t inv_etag_write(int64_t version, char *out);

/* If-Match / If-None-Match (RFC 9110, 13.1), evaluated against a version. */
typedef enum {
    INV_MATCH_ABSENT,   /* no header */
    INV_MATCH_ANY,      /* "*" */
    INV_MATCH_LIST,     /* versions, matched by inv_match_version */
    INV_MATCH_MALFORMED /* not a list of entity tags: 400 */
} inv_match_kind_t;

typedef struct {
    inv_match_kind_t kind;
    inv_str_t        text;   /* the header's value, several joined by commas */
    inv_str_t        except; /* LIST: tags that must not match; absent: none */
} inv_match_t;

/* Reads a value (absent: INV_MATCH_ABSENT); text is kept, not copied. */
inv_match_t inv_match_read(inv_str_t text);

/*
 * Whether one of the tags names this version.  "n" and W/"n" both do (gzip
 * weakens tags on the way).  ANY: true.  Call it for ANY and LIST only.
 */
bool inv_match_version(const inv_match_t *match, int64_t version);

/*
 * Of a change: adds to its If-Match (any but MALFORMED) what its If-None-Match
 * (the same) forbids (RFC 9110, 13.2.2: both must hold).  "*" forbids every
 * version.  text of both is kept, not copied.
 */
void inv_match_except(inv_match_t *match, const inv_match_t *none);


/* W3C Trace Context, version 00. */
typedef struct {
    char trace_id[32];  /* lower-case hex, not all zero */
    char parent_id[16]; /* of the caller; all '0' where there was none */
    char span_id[16];   /* ours */
    unsigned char flags;
} inv_trace_t;

/*
 * Continues a valid traceparent, starts a new trace on an absent or bad one
 * (also for future versions whose first part is not as version 00's).
 */
void inv_trace_start(inv_str_t traceparent, inv_random_stock_t *random,
                     inv_trace_t *trace);


/*
 * Content-Type against a media type, parameters apart: case-insensitive, and
 * only charset=utf-8 (any case, also quoted) is taken as a parameter.
 */
bool inv_media_type_is(inv_str_t value, inv_str_t type);


#endif /* INV_HEADER_H */
