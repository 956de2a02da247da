
/*
 * model: the body of a stock batch.  Any thread.
 */


#include "inv_stock_batch.h"
#include "inv_stock_members.h"


/* What every line may have, whatever it does. */
#define INV_STOCK_LINE_MEMBERS                                        \
    (INV_STOCK_PRODUCT_ID | INV_STOCK_SKU | (unsigned) INV_STOCK_TYPE \
     | INV_STOCK_KEY)


typedef struct {
    const inv_json_t *operations;
} batch_body_t;

static const inv_shape_member_t batch_members[] = {
    { .name = inv_str("operations"),
      .kind = INV_SHAPE_ELEMENTS,
      .bit = 1,
      .field = offsetof(batch_body_t, operations),
      .min = 1,
      .max = INV_STOCK_BATCH_MAX }
};

static const inv_shape_t batch_shape = { .members = batch_members,
                                         .n = 1,
                                         .required = 1 };


/* A member of a line that is a string; absent: anything else. */
static inv_str_t
batch_string(const inv_json_t *value, inv_str_t name)
{
    const inv_json_t *member;

    member =
        (value->type == INV_JSON_OBJECT) ? inv_json_member(value, name) : NULL;

    return (member != NULL && member->type == INV_JSON_STRING) ? member->text
                                                               : INV_STR_ABSENT;
}


/* False: no type, or none that a batch may have. */
static bool
batch_read_type(inv_str_t name, inv_move_t *type)
{
    return name.data != NULL && inv_move_read(name, type)
           && (*type == INV_MOVE_PURCHASE || *type == INV_MOVE_RESTOCK
               || *type == INV_MOVE_ADJUST);
}


static void
batch_check_product(unsigned given, inv_str_t pointer, inv_faults_t *faults)
{
    given &= INV_STOCK_PRODUCT_ID | INV_STOCK_SKU;

    if (given == 0) {
        inv_fault_add(faults, pointer, inv_str("must have productId or sku"));

    } else if (given == (INV_STOCK_PRODUCT_ID | INV_STOCK_SKU)) {
        inv_fault_add(faults, pointer,
                      inv_str("must have productId or sku, not both"));
    }
}


static void
batch_read_key(inv_str_t text, inv_str_t pointer, inv_stock_line_t *line)
{
    switch (inv_key_read(line->faults.arena, text, &line->key)) {

    case INV_KEY_OK:
        return;

    case INV_KEY_MALFORMED:
        inv_fault_format(
            &line->faults,
            inv_pointer_member(&line->faults, pointer, inv_str("key")),
            "must be a token or a quoted string of 1 to %d characters",
            INV_KEY_MAX);
        return;

    default:
        line->faults.no_memory = true;
    }
}


/* Of what holds by itself: the members, one beside the other. */
static void
batch_check_line(const inv_json_t *value, unsigned given, bool typed,
                 inv_str_t pointer, inv_stock_line_t *line)
{
    inv_str_t key;

    if (value->type != INV_JSON_OBJECT) {
        return;
    }

    if (!typed && batch_string(value, inv_str("type")).data != NULL) {
        inv_fault_add(
            &line->faults,
            inv_pointer_member(&line->faults, pointer, inv_str("type")),
            inv_str("must be purchase, restock or adjust"));
    }

    batch_check_product(given, pointer, &line->faults);

    key = batch_string(value, inv_str("key"));

    if (key.data != NULL) {
        batch_read_key(key, pointer, line);
    }
}


static void
batch_read_line(const inv_json_t *value, inv_str_t pointer,
                inv_stock_line_t *line)
{
    bool                typed;
    unsigned            given, known, required;
    inv_move_t          type;
    inv_stock_members_t members;

    type = INV_MOVES;
    typed = batch_read_type(batch_string(value, inv_str("type")), &type);
    known = typed ? inv_stock_known(type) | INV_STOCK_LINE_MEMBERS
                  : INV_STOCK_MEMBERS_ALL;
    required = typed ? inv_stock_amount(type) : INV_STOCK_TYPE;

    given = inv_stock_read_members(value, pointer, known, required, &members,
                                   &line->faults);

    batch_check_line(value, given, typed, pointer, line);

    if (line->faults.count != 0) {
        line->problem = INV_INVALID_REQUEST;
        return;
    }

    inv_stock_operation(&members, type, &line->operation);
    line->sku = members.sku;

    if (!(given & INV_STOCK_SKU)
        && !inv_oid_read(members.product_id, &line->product))
    {
        line->problem = INV_NOT_FOUND;
    }
}


void
inv_stock_batch_read(const inv_json_t *root, inv_stock_batch_t *batch,
                     inv_faults_t *faults)
{
    inv_str_t         pointer;
    batch_body_t      body;
    inv_shape_seen_t  seen;
    const inv_json_t *value;
    inv_stock_line_t *line;

    memset(batch, 0, sizeof(inv_stock_batch_t));
    inv_shape_read(&batch_shape, root, inv_str(""), &body, &seen, faults);

    if (faults->count != 0) {
        return;
    }

    batch->lines = inv_arena_array(faults->arena, body.operations->count,
                                   sizeof(inv_stock_line_t));

    if (batch->lines == NULL) {
        faults->no_memory = true;
        return;
    }

    for (value = body.operations->first; value != NULL; value = value->next) {
        line = &batch->lines[batch->n];
        pointer = inv_pointer_index(faults, inv_str("/operations"), batch->n);

        inv_faults_init(&line->faults, faults->arena);
        batch_read_line(value, pointer, line);

        faults->no_memory |= line->faults.no_memory;
        batch->n++;
    }
}
