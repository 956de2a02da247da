
/*
 * base: what every other room stands on: strings, ids, an arena, time.
 *
 * Any thread.  No I/O but inv_random, no globals, no nginx.
 */


#ifndef INV_BASE_H
#define INV_BASE_H


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>


/* Bytes that somebody else owns; not NUL-terminated.  Absent: data == NULL. */
typedef struct {
    size_t      len;
    const char *data;
} inv_str_t;

#define inv_str(literal) ((inv_str_t){ sizeof(literal) - 1, literal })
#define INV_STR_ABSENT   ((inv_str_t){ 0, NULL })

static inline bool
inv_str_eq(inv_str_t a, inv_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/* A BSON ObjectId: 12 bytes, written as 24 lower-case hex digits. */
typedef struct {
    unsigned char bytes[12];
} inv_oid_t;

#define INV_OID_HEX 24

/* Writes exactly INV_OID_HEX digits, no NUL. */
void inv_oid_write(inv_oid_t id, char *out);

/* False unless text is exactly 24 digits of 0-9a-f. */
bool inv_oid_read(inv_str_t text, inv_oid_t *id);

/* A new id: the second of its making (of now), then 8 random bytes. */
void inv_oid_create(int64_t now, inv_oid_t *id);

static inline bool
inv_oid_eq(inv_oid_t a, inv_oid_t b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}


/*
 * The byte that percent-encoded text (len from 1) begins with: itself, or what
 * "%XX" stands for.  How much of text that is; 0: a "%" without two hex digits.
 */
size_t inv_escape_read(const char *text, size_t len, char *byte);


/* Wall-clock time: milliseconds since 1970-01-01T00:00:00Z. */
typedef int64_t inv_time_t;

/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z. */
#define INV_TIME_MIN INT64_C(-62167219200000)
#define INV_TIME_MAX INT64_C(253402300799999)

#define INV_TIME_TEXT 24 /* 2026-11-21T04:47:42.201Z */

/* Writes exactly INV_TIME_TEXT characters, no NUL; years 0000 to 9999. */
void inv_time_write(inv_time_t t, char *out);

/*
 * Reads an RFC 3339 time with any offset; what is finer than a millisecond is
 * cut off.  False: it is none, or in UTC not in the years 0000 to 9999.
 */
bool inv_time_read(inv_str_t text, inv_time_t *t);

/*
 * The only place that the rooms without nginx read a clock.  Wall clock for
 * what is stored, monotonic (ms, arbitrary origin) for deadlines.
 */
inv_time_t inv_time_now(void);
int64_t    inv_time_monotonic(void);

/* Fills out with n random bytes of the kernel's; never fails short. */
void inv_random(void *out, size_t n);

/*
 * The same from a stock of them, for who needs a few and often: one caller's,
 * zeroed at first, and not to be carried over a fork.  n: at most the stock.
 */
#define INV_RANDOM_STOCK 1024

typedef struct {
    size_t        left;
    unsigned char bytes[INV_RANDOM_STOCK];
} inv_random_stock_t;

void inv_random_take(inv_random_stock_t *stock, void *out, size_t n);


/*
 * An arena: memory that is freed at once.  One owner at a time; may be handed
 * from a thread to another together with what is in it.
 */
typedef struct inv_arena_s inv_arena_t;

/* NULL: no memory. */
inv_arena_t *inv_arena_create(void);
void         inv_arena_destroy(inv_arena_t *arena);

/* Zeroed, aligned for anything; NULL: no memory.  n may be 0. */
void *inv_arena_alloc(inv_arena_t *arena, size_t n);

/* Same with n * size, NULL where that overflows. */
void *inv_arena_array(inv_arena_t *arena, size_t n, size_t size);

/*
 * Copies text; the copy has a NUL behind it that is not counted.  An absent
 * string stays absent.  False: no memory.
 */
bool inv_arena_copy(inv_arena_t *arena, inv_str_t text, inv_str_t *copy);


#endif /* INV_BASE_H */
