
/*
 * model, inside the room: cursors: a position in a list's order, bound to the
 * query that it came from.
 *
 * Any thread.
 */


#ifndef INV_CURSOR_H
#define INV_CURSOR_H


#include "../base/inv_base.h"


/* Bytes of the longest position: a name of 200 characters, and an id. */
#define INV_CURSOR_POSITION_MAX 812

/*
 * The cursor of a position of n bytes in the list that query names, filters
 * and sort in text form; URL-safe.  False: no memory.
 */
bool inv_cursor_write(inv_arena_t *arena, inv_str_t query,
                      const unsigned char *position, size_t n, inv_str_t *text);

/*
 * Back again, where a position has n bytes.  False: it is not a cursor of this
 * query, or not one at all.
 */
bool inv_cursor_read(inv_str_t query, inv_str_t text, unsigned char *position,
                     size_t n);

/* The same with a position of any length up to max, which n tells. */
bool inv_cursor_read_any(inv_str_t query, inv_str_t text,
                         unsigned char *position, size_t max, size_t *n);

/* Numbers of a position: 8 bytes, big end first. */
void     inv_cursor_put(unsigned char *out, uint64_t value);
uint64_t inv_cursor_get(const unsigned char *p);


#endif /* INV_CURSOR_H */
