
/*
 * model: the members of a JSON object, read by a table.  Any thread.
 */


#include "inv_shape.h"
#include "../base/inv_limits.h"


static const inv_shape_member_t *
shape_member(const inv_shape_t *shape, inv_str_t name)
{
    size_t i;

    for (i = 0; i < shape->n; i++) {
        if (inv_str_eq(shape->members[i].name, name)) {
            return (shape->members[i].bit & shape->excluded)
                       ? NULL
                       : &shape->members[i];
        }
    }

    return NULL;
}


/* Long names are not sent back: a fault is for reading. */
static void
shape_unknown(inv_str_t parent, inv_str_t name, inv_faults_t *faults)
{
    if (name.len > INV_FAULT_NAME_MAX) {
        inv_fault_add(faults, parent, inv_str("has an unknown member"));
        return;
    }

    inv_fault_add(faults, inv_pointer_member(faults, parent, name),
                  inv_str("is not a known member"));
}


static void
shape_read_missing(const inv_shape_t *shape, inv_str_t pointer,
                   unsigned missing, inv_faults_t *faults)
{
    size_t                    i;
    const inv_shape_member_t *m;

    for (i = 0; i < shape->n; i++) {
        m = &shape->members[i];

        if (m->bit & missing) {
            inv_fault_add(faults, inv_pointer_member(faults, pointer, m->name),
                          inv_str("is required"));
        }
    }
}


void
inv_shape_read(const inv_shape_t *shape, const inv_json_t *value,
               inv_str_t pointer, void *target, inv_shape_seen_t *seen,
               inv_faults_t *faults)
{
    inv_shape_value_t s;
    const inv_json_t *member;

    seen->given = 0;
    seen->nulls = 0;

    if (value == NULL || value->type != INV_JSON_OBJECT) {
        inv_fault_add(faults, pointer, inv_str("must be an object"));
        return;
    }

    s.target = target;
    s.faults = faults;

    for (member = value->first; member != NULL; member = member->next) {
        s.member = shape_member(shape, member->name);

        if (s.member == NULL) {
            shape_unknown(pointer, member->name, faults);
            continue;
        }

        if (member->type == INV_JSON_NULL && (s.member->bit & shape->nullable))
        {
            seen->nulls |= s.member->bit;
            continue;
        }

        s.value = member;
        s.pointer = inv_pointer_member(faults, pointer, s.member->name);
        inv_shape_read_value(&s);
        seen->given |= s.member->bit;
    }

    shape_read_missing(shape, pointer, shape->required & ~seen->given, faults);
}
