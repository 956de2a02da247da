
/*
 * model, inside the room: percent-encoding of what stands in a URI.
 *
 * Any thread.
 */


#ifndef INV_PERCENT_H
#define INV_PERCENT_H


#include "../base/inv_base.h"


typedef enum {
    INV_PERCENT_OK,
    INV_PERCENT_BAD_ESCAPE, /* % without two hex digits behind it */
    INV_PERCENT_BAD_TEXT,   /* decoded, it is not UTF-8, or has a U+0000 */
    INV_PERCENT_NO_MEMORY
} inv_percent_result_t;

/* Decodes a name or a value of a query, where '+' is a space. */
inv_percent_result_t
inv_percent_decode(inv_arena_t *arena, inv_str_t text, inv_str_t *decoded);

/*
 * Makes any bytes fit for a JSON string that is shown to people: control
 * characters and what is not UTF-8 are percent-encoded, all else stays.
 * False: no memory.
 */
bool inv_percent_clean(inv_arena_t *arena, inv_str_t bytes, inv_str_t *text);

/*
 * Encodes text for a value of a query: all but unreserved characters (RFC
 * 3986) and ':' are percent-encoded.  False: no memory.
 */
bool inv_percent_encode(inv_arena_t *arena, inv_str_t text, inv_str_t *encoded);


#endif /* INV_PERCENT_H */
