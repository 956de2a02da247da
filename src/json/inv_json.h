
/*
 * json: strict reading and writing of RFC 8259; the only user of yajl.
 *
 * Any thread, no state.  A text is read whole into a tree that lives in an
 * arena, bounded by INV_JSON_DEPTH_MAX and INV_JSON_VALUES_MAX.
 */


#ifndef INV_JSON_H
#define INV_JSON_H


#include "../base/inv_base.h"


typedef enum {
    INV_JSON_NULL,
    INV_JSON_BOOL,
    INV_JSON_NUMBER,
    INV_JSON_STRING,
    INV_JSON_ARRAY,
    INV_JSON_OBJECT
} inv_json_type_t;

typedef struct inv_json_s inv_json_t;

struct inv_json_s {
    inv_json_type_t type;
    bool            truth; /* INV_JSON_BOOL */
    inv_str_t       name;  /* of a member of an object, decoded; else absent */
    inv_str_t       text;  /* a string, decoded; a number, as it was written */
    size_t          count; /* elements or members */
    inv_json_t     *first; /* child */
    inv_json_t     *next;  /* sibling */
};

typedef enum {
    INV_JSON_OK,
    INV_JSON_MALFORMED, /* offset and reason are set */
    INV_JSON_TOO_MANY,  /* more than INV_JSON_VALUES_MAX values */
    INV_JSON_NO_MEMORY
} inv_json_result_t;

typedef struct {
    size_t      offset; /* 0-based byte at which the text went wrong */
    const char *reason; /* static, one clause, fit for a client */
} inv_json_error_t;

/*
 * Reads one JSON text: valid UTF-8 only, no byte order mark, no duplicate
 * member names, no trailing bytes, no U+0000 and no lone surrogate in strings.
 * The tree points into the arena, never into text.  error is written on
 * INV_JSON_MALFORMED only.
 */
inv_json_result_t inv_json_read(inv_arena_t *arena, inv_str_t text,
                                inv_json_t **root, inv_json_error_t *error);

/* The member of an object by its name; NULL: none. */
const inv_json_t *inv_json_member(const inv_json_t *object, inv_str_t name);


typedef enum {
    INV_NUMBER_OK,
    INV_NUMBER_FRACTION, /* more digits after the point than asked for */
    INV_NUMBER_DIGITS,   /* more significant digits than asked for */
    INV_NUMBER_RANGE     /* does not fit into an int64 at that scale */
} inv_number_result_t;

/*
 * Reads a JSON number exactly into value = number * 10^scale (scale 0 to 9).
 * digits_max bounds the significant digits once trailing zeros are gone
 * (0: unbounded).  5.0, 5e0 and 50e-1 are 5; -0 is 0; any exponent is safe.
 */
inv_number_result_t inv_json_scaled(inv_str_t text, unsigned scale,
                                    unsigned digits_max, int64_t *value);

/* Writes value / 10^scale without an exponent and without trailing zeros. */
#define INV_SCALED_TEXT 24
size_t inv_json_scaled_write(int64_t value, unsigned scale, char *out);

/* The number of code points of valid UTF-8; SIZE_MAX: it is not valid. */
size_t inv_utf8_length(inv_str_t text);


/*
 * Writing.  Errors stick: the last call tells.  All memory is the arena's.
 */
typedef struct inv_json_writer_s inv_json_writer_t;

/* NULL: no memory. */
inv_json_writer_t *inv_json_writer_create(inv_arena_t *arena);

void inv_json_open_object(inv_json_writer_t *w);
void inv_json_close_object(inv_json_writer_t *w);
void inv_json_open_array(inv_json_writer_t *w);
void inv_json_close_array(inv_json_writer_t *w);
void inv_json_name(inv_json_writer_t *w, const char *name);
void inv_json_string(inv_json_writer_t *w, inv_str_t text); /* valid UTF-8 */
void inv_json_integer(inv_json_writer_t *w, int64_t value);
void inv_json_number(inv_json_writer_t *w, inv_str_t text); /* as written */
void inv_json_bool(inv_json_writer_t *w, bool value);
void inv_json_null(inv_json_writer_t *w);
/* One whole JSON value that was rendered before, put in as it is. */
void inv_json_raw(inv_json_writer_t *w, inv_str_t value);

/* False: something failed on the way (no memory, unbalanced, bad UTF-8). */
bool inv_json_finish(inv_json_writer_t *w, inv_str_t *text);


/* The version of yajl that was compiled in, "2.1.0".  Static. */
const char *inv_json_library(void);


#endif /* INV_JSON_H */
