
/*
 * model, inside the room: the parameters of a query string, read by a table.
 *
 * Any thread.
 */


#ifndef INV_QUERY_H
#define INV_QUERY_H


#include "inv_problem.h"


typedef struct {
    inv_str_t name;
    inv_str_t pointer; /* "?name" */
    /* The value is decoded, in the arena.  False: it is wrong. */
    bool (*read)(void *target, inv_str_t value);
    inv_str_t detail; /* of the fault when read says no */
} inv_parameter_t;

/* Bits in the order of the table. */
typedef struct {
    unsigned given;
    unsigned good; /* read said yes */
} inv_query_seen_t;

/*
 * Reads a query string (after '?', as sent; absent: none) into target by a
 * table of n rows, at most the bits of an unsigned.  Unknown, repeated or
 * badly encoded parameters and values that read refuses are faults with the
 * pointer "?name".
 */
void inv_query_read(inv_arena_t *arena, const inv_parameter_t *parameters,
                    size_t n, inv_str_t query, void *target,
                    inv_query_seen_t *seen, inv_faults_t *faults);

/*
 * The next parameter of a query string that is not empty, as sent, and its two
 * halves; query becomes what is behind it.  False: there is none.
 */
bool inv_query_next(inv_str_t *query, inv_str_t *parameter, inv_str_t *name,
                    inv_str_t *value);

/* Digits only, at least 1; what is greater than max becomes max. */
bool inv_query_count(inv_str_t text, unsigned max, unsigned *count);


#endif /* INV_QUERY_H */
