
/*
 * model: errors as clients see them (RFC 9457), one table, one renderer.
 *
 * Any thread, no I/O.
 */


#ifndef INV_PROBLEM_H
#define INV_PROBLEM_H


#include "../json/inv_json.h"


typedef enum {
    INV_OK = 0, /* no problem */
    INV_BAD_REQUEST,
    INV_MALFORMED_JSON,
    INV_INVALID_REQUEST,
    INV_NOT_FOUND,
    INV_METHOD_NOT_ALLOWED,
    INV_UNSUPPORTED_MEDIA_TYPE,
    INV_PAYLOAD_TOO_LARGE,
    INV_OUT_OF_STOCK,
    INV_SKU_TAKEN,
    INV_PRECONDITION_FAILED,
    INV_IDEMPOTENCY_CONFLICT,
    INV_IDEMPOTENCY_IN_FLIGHT,
    INV_INVALID_STATE,
    INV_IN_USE,
    INV_UNAUTHORIZED,
    INV_FORBIDDEN,
    INV_RATE_LIMITED,
    INV_OVERLOADED,
    INV_UNAVAILABLE,
    INV_TIMEOUT,
    INV_DAMAGED, /* what is stored cannot be read */
    INV_INTERNAL,
    INV_PROBLEM_KINDS
} inv_problem_kind_t;

/* One wrong place of a request: a JSON Pointer (RFC 6901) or "?name". */
typedef struct inv_fault_s inv_fault_t;

struct inv_fault_s {
    inv_str_t    pointer;
    inv_str_t    detail;
    inv_fault_t *next;
};

/* Faults in order of discovery, at most INV_ERRORS_MAX kept. */
typedef struct {
    inv_arena_t  *arena;
    inv_fault_t  *first;
    inv_fault_t **last;
    size_t        count;     /* all that were found */
    bool          no_memory; /* something could not be kept for want of memory;
                                look at it before count */
} inv_faults_t;

void inv_faults_init(inv_faults_t *faults, inv_arena_t *arena);

/*
 * Adds a fault.  pointer is kept, not copied: a literal or arena memory;
 * so is detail.  Where one is absent there was no memory for it: the fault is
 * counted, but not kept.
 */
void inv_fault_add(inv_faults_t *faults, inv_str_t pointer, inv_str_t detail);

/* The same with a detail made as by printf, of at most this many bytes. */
#define INV_FAULT_DETAIL_MAX 127
void
inv_fault_format(inv_faults_t *faults, inv_str_t pointer, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

/*
 * "/name" below parent, with ~ and / of the name escaped, in the arena.
 * Absent: no memory, and faults says so.
 */
inv_str_t
inv_pointer_member(inv_faults_t *faults, inv_str_t parent, inv_str_t name);
inv_str_t
inv_pointer_index(inv_faults_t *faults, inv_str_t parent, size_t index);


typedef struct {
    inv_problem_kind_t  kind;
    unsigned            status; /* 0: the usual one of the kind */
    inv_str_t           detail; /* absent: none */
    const inv_faults_t *faults; /* NULL: none */
    bool                has_offset;
    size_t              offset; /* of malformed JSON */
    bool                has_stock;
    int64_t             requested, available; /* of out-of-stock */
} inv_problem_t;

/* The usual status of a kind, 400 to 599. */
unsigned inv_problem_status(inv_problem_kind_t kind);

/* The slug, e.g. "out-of-stock". */
inv_str_t inv_problem_slug(inv_problem_kind_t kind);

/*
 * The kind of an HTTP status that nginx itself answers with, 400 to 599:
 * INV_BAD_REQUEST for other 4xx, INV_INTERNAL for other 5xx.
 */
inv_problem_kind_t inv_problem_of_status(unsigned status);

/*
 * The kind of a body that inv_problem_render has made, maybe long ago;
 * INV_INTERNAL: of none that is known.
 */
inv_problem_kind_t inv_problem_of_body(inv_str_t body);

/*
 * The application/problem+json body.  instance is the request's path,
 * trace_id 32 hex digits; either may be absent.  False: no memory.  instance
 * may hold any bytes: those that are not UTF-8, and control characters, are
 * percent-encoded.  detail must be valid UTF-8.
 */
bool
inv_problem_render(inv_arena_t *arena, const inv_problem_t *problem,
                   inv_str_t instance, inv_str_t trace_id, inv_str_t *body);


#endif /* INV_PROBLEM_H */
