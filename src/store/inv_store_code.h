
/*
 * store: what a server's error code says about a command, see
 * inv_store_code_table.c.
 *
 * Any thread, no state.
 */


#ifndef INV_STORE_CODE_H
#define INV_STORE_CODE_H


#include "inv_store_internal.h"


/* What became of a statement that writes. */
typedef enum {
    INV_CODE_REFUSED,   /* not applied, nor would it be the next time */
    INV_CODE_UNDONE,    /* not applied: it gave way to another */
    INV_CODE_NOT_BEGUN, /* nor any other of its command */
    INV_CODE_BARRED,    /* likewise, nor would it be for a long time */
    INV_CODE_BLOCKED,   /* not applied, nor would it be for a long time */
    INV_CODE_DOUBT      /* it may have been applied */
} inv_code_write_t;

/* What some codes have in common. */
typedef struct {
    inv_code_write_t   write;
    inv_store_result_t read;  /* FAILED, UNAVAILABLE, or BUSY: try again */
    const char        *codes; /* a line for each: number, space, name */
} inv_store_codes_t;

extern const inv_store_codes_t inv_store_code_table[];
extern const size_t            inv_store_code_count;


/* The code by which an error is known here, whatever the server calls it. */
int32_t inv_store_code_named(int32_t code, const char *message);

/* What MongoDB calls it; empty where it is not listed. */
inv_str_t inv_store_code_name(int32_t code);

/* A code that nobody lists is DOUBT for a write, UNAVAILABLE for a read. */
inv_code_write_t   inv_store_code_write(int32_t code);
inv_store_result_t inv_store_code_read(int32_t code);


#endif /* INV_STORE_CODE_H */
