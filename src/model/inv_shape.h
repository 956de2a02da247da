
/*
 * model, inside the room: the members of a JSON object, read by a table.
 *
 * Any thread.  One row a member says what it is and what its bounds are; one
 * function reads them all and finds every fault.
 */


#ifndef INV_SHAPE_H
#define INV_SHAPE_H


#include "inv_problem.h"


typedef enum {
    INV_SHAPE_TEXT,     /* inv_str_t */
    INV_SHAPE_TEXTS,    /* inv_str_t *, and a size_t for how many */
    INV_SHAPE_INTEGER,  /* int64_t */
    INV_SHAPE_PRICE,    /* int64_t: ten-thousandths */
    INV_SHAPE_BOOL,     /* bool */
    INV_SHAPE_ELEMENTS, /* const inv_json_t *: an array, read by the caller */
    INV_SHAPE_READ_ONLY /* nothing: sending it is a fault */
} inv_shape_kind_t;

typedef struct {
    inv_str_t        name;
    inv_shape_kind_t kind;
    unsigned         bit;       /* of the sets below; read-only: 0 */
    size_t           field;     /* offset of the value in the target */
    size_t           count;     /* TEXTS: offset of their number */
    size_t           count_max; /* TEXTS: the greatest number */
    int64_t          min, max;  /* of the number; of a text's code points; or of
                                   the number of ELEMENTS */
    bool             not_zero; /* number: 0 is between min and max, but wrong */
    bool             code;     /* text: of A-Z a-z 0-9 . _ - only */
} inv_shape_member_t;

/* What a row of a table says, for a field of the target's type. */
#define inv_shape_row(shape_kind, target, member, text, set, least, most) \
    .name = inv_str(text), .kind = (shape_kind), .bit = (set),            \
    .field = offsetof(target, member), .min = (least), .max = (most)

typedef struct {
    const inv_shape_member_t *members;
    size_t                    n;
    unsigned                  required; /* bits that must be given */
    unsigned                  nullable; /* bits that may be null */
    unsigned                  excluded; /* bits that are not known here */
} inv_shape_t;

typedef struct {
    unsigned given; /* members with a value */
    unsigned nulls; /* nullable members that are null */
} inv_shape_seen_t;

/*
 * Reads value, which stands at pointer ("": the root), into target.  value
 * NULL: there is none, which is a fault.  Texts point into the tree's arena,
 * arrays of texts are made in that of faults.
 */
void inv_shape_read(const inv_shape_t *shape, const inv_json_t *value,
                    inv_str_t pointer, void *target, inv_shape_seen_t *seen,
                    inv_faults_t *faults);


/* Is text of the characters that a code has? */
bool inv_shape_is_code(inv_str_t text);


/* One member on its way from the tree to the target. */
typedef struct {
    const inv_shape_member_t *member;
    const inv_json_t         *value;
    inv_str_t                 pointer;
    char                     *target;
    inv_faults_t             *faults;
} inv_shape_value_t;

/* Its half of the work: checks the value and puts it into the target. */
void inv_shape_read_value(const inv_shape_value_t *s);


#endif /* INV_SHAPE_H */
