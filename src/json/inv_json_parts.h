
/*
 * json: what the files of this room share, and nobody else sees.
 *
 * Any thread, no state.
 */


#ifndef INV_JSON_PARTS_H
#define INV_JSON_PARTS_H


#include "inv_json.h"
#include "../base/inv_limits.h"

#include <setjmp.h>
#include <yajl/yajl_parse.h>


/*
 * Memory for yajl, which never looks whether it got any: when the arena has no
 * more, control goes back to the setjmp of exhausted.  Nothing is freed before
 * the arena is.
 */
typedef struct {
    yajl_alloc_funcs funcs;
    inv_arena_t     *arena;
    jmp_buf          exhausted;
} inv_json_memory_t;

void inv_json_memory_init(inv_json_memory_t *memory, inv_arena_t *arena);


/* The length of the longest valid UTF-8 at the start of text. */
size_t inv_utf8_valid(inv_str_t text);

/*
 * Looks at the raw text for what yajl lets through: bad UTF-8, a byte order
 * mark, other blanks than JSON's four, lone surrogates and U+0000.  Returns
 * the first such place; text.len and INV_JSON_TRUNCATED: there is none.
 * Right as long as the text before that place is well-formed.
 */
inv_json_error_t inv_json_scan(inv_str_t text);

#define INV_JSON_TRUNCATED "the text ends too early"


/* What was read last, which decides what may follow. */
typedef enum {
    INV_JSON_AT_START,
    INV_JSON_IN_ARRAY,  /* nothing in it yet */
    INV_JSON_IN_OBJECT, /* nothing in it yet */
    INV_JSON_AFTER_NAME,
    INV_JSON_AFTER_ELEMENT,
    INV_JSON_AFTER_MEMBER,
    INV_JSON_AT_END,
    INV_JSON_PLACES
} inv_json_place_t;

/*
 * Where the token begins that comes after a byte, past blanks and the comma or
 * colon that may stand at this place; text.len: none does.
 */
size_t
inv_json_next_token(inv_str_t text, inv_json_place_t place, size_t after);

/*
 * Why yajl refused a text.  stopped: the byte at which it gave up, inside the
 * token that comes next; text.len: none.  False: nothing is wrong but that the
 * text ends.
 */
bool inv_json_refused(inv_str_t text, inv_json_place_t place, size_t after,
                      size_t stopped, inv_json_error_t *error);


/* A value while its text is being read. */
typedef struct inv_json_node_s inv_json_node_t;

struct inv_json_node_s {
    inv_json_t       value;
    inv_json_node_t *parent;
    uint64_t         hash; /* of parent and name, once in a set of names */
};

_Static_assert(sizeof(inv_json_node_t) <= 80, "INV_JSON_VALUES_MAX says so");

/* The members of objects that have many, by object and name. */
typedef struct {
    inv_arena_t      *arena;
    inv_json_node_t **slots; /* a power of two, at most half are taken */
    size_t            nslots;
    size_t            count;
    uint64_t key[2]; /* random, so that nobody can make names collide */
} inv_json_names_t;

typedef enum {
    INV_JSON_NAME_NEW,
    INV_JSON_NAME_TWICE,
    INV_JSON_NAME_NO_MEMORY
} inv_json_name_result_t;

/* arena: where the set itself lives. */
void inv_json_names_init(inv_json_names_t *names, inv_arena_t *arena);

/*
 * Looks for a member of the same parent and name as node, and notes node if
 * there is none.  To be called for each member before it is counted and linked.
 */
inv_json_name_result_t
inv_json_names_add(inv_json_names_t *names, inv_json_node_t *node);


/* SipHash-2-4 of the eight bytes of prefix, lowest first, and of text. */
uint64_t inv_json_sip(const uint64_t key[2], uint64_t prefix, inv_str_t text);


/* A text on its way into a tree. */
typedef struct {
    inv_arena_t      *arena;
    inv_str_t         text; /* up to where the scan found it good */
    yajl_handle       yajl;
    inv_json_memory_t memory;
    inv_json_names_t  names;

    inv_json_node_t *root;
    inv_json_node_t *open;   /* the innermost container that is open */
    inv_json_node_t *member; /* its name was read, its value was not */
    inv_json_t     **tails[INV_JSON_DEPTH_MAX]; /* the next child of each */
    size_t           depth;
    size_t           values;

    inv_json_place_t place;
    size_t           after; /* the end of the token that was read last */
    bool             ended; /* yajl was told that nothing more comes */

    inv_json_result_t result;
    inv_json_error_t  error;
} inv_json_reader_t;

/* What yajl calls; their context is an inv_json_reader_t. */
extern const yajl_callbacks inv_json_tree_callbacks;


/* A JSON number taken apart: digits * 10^exponent. */
typedef struct {
    bool      negative;
    inv_str_t digits; /* first to last that is not 0, maybe with a point */
    size_t    count;  /* digits in it, without the point; 0: the number is 0 */
    int64_t   exponent; /* of the last one */
} inv_json_decimal_t;

/* False: text is not a number as RFC 8259 has it. */
bool inv_json_decimal_read(inv_str_t text, inv_json_decimal_t *decimal);


#endif /* INV_JSON_PARTS_H */
