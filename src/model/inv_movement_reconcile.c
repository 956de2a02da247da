
/*
 * model: what a reconcile is asked, and what it reports.  Any thread.
 */


#include "inv_movement_reconcile.h"
#include "inv_shape.h"

#include <inttypes.h>
#include <stdio.h>


enum {
    RECONCILE_PRODUCT = 1 << 0,
    RECONCILE_REPAIR = 1 << 1,
    RECONCILE_AFTER = 1 << 2
};

typedef struct {
    inv_str_t product;
    inv_str_t after;
    bool      repair;
} reconcile_body_t;

/* A text of another length cannot be an id, and is told that it is none. */
static const inv_shape_member_t reconcile_members[] = {
    { .name = inv_str("productId"),
      .kind = INV_SHAPE_TEXT,
      .bit = RECONCILE_PRODUCT,
      .field = offsetof(reconcile_body_t, product),
      .min = 0,
      .max = INT64_MAX },

    { .name = inv_str("repair"),
      .kind = INV_SHAPE_BOOL,
      .bit = RECONCILE_REPAIR,
      .field = offsetof(reconcile_body_t, repair) },

    { .name = inv_str("after"),
      .kind = INV_SHAPE_TEXT,
      .bit = RECONCILE_AFTER,
      .field = offsetof(reconcile_body_t, after),
      .min = 0,
      .max = INT64_MAX }
};

static const inv_shape_t reconcile_shape = {
    .members = reconcile_members,
    .n = sizeof(reconcile_members) / sizeof(reconcile_members[0])
};


/* False: it is not given, or wrong, which is told then. */
static bool
reconcile_read_id(const inv_json_t *root, inv_str_t name, inv_str_t pointer,
                  inv_oid_t *id, inv_faults_t *faults)
{
    const inv_json_t *value;

    value = inv_json_member(root, name);

    if (value == NULL || value->type != INV_JSON_STRING) {
        return false;
    }

    if (!inv_oid_read(value->text, id)) {
        inv_fault_add(faults, pointer,
                      inv_str("must be an id: 24 lower-case hex digits"));
        return false;
    }

    return true;
}


void
inv_reconcile_read(const inv_json_t *root, inv_reconcile_query_t *query,
                   inv_faults_t *faults)
{
    inv_shape_seen_t seen;
    reconcile_body_t body;

    memset(query, 0, sizeof(*query));
    memset(&body, 0, sizeof(body));

    if (root == NULL) {
        return;
    }

    inv_shape_read(&reconcile_shape, root, inv_str(""), &body, &seen, faults);

    if (root->type != INV_JSON_OBJECT) {
        return;
    }

    query->repair = body.repair;
    query->has_product =
        reconcile_read_id(root, inv_str("productId"), inv_str("/productId"),
                          &query->product, faults);
    query->has_after = reconcile_read_id(
        root, inv_str("after"), inv_str("/after"), &query->after, faults);

    if ((seen.given & RECONCILE_PRODUCT) && (seen.given & RECONCILE_AFTER)) {
        inv_fault_add(faults, inv_str("/after"),
                      inv_str("must not be given together with productId"));
    }
}


static void
reconcile_write_number(inv_json_writer_t *w, const char *name, int64_t value)
{
    inv_json_name(w, name);
    inv_json_integer(w, value);
}


/* [[from, to], ...]; left out where there are none. */
static void
reconcile_write_ranges(inv_json_writer_t *w, const char *name,
                       const inv_seq_ranges_t *ranges)
{
    size_t i;

    if (ranges->n == 0) {
        return;
    }

    inv_json_name(w, name);
    inv_json_open_array(w);

    for (i = 0; i < ranges->n; i++) {
        inv_json_open_array(w);
        inv_json_integer(w, ranges->ranges[i].from);
        inv_json_integer(w, ranges->ranges[i].to);
        inv_json_close_array(w);
    }

    inv_json_close_array(w);
}


static void
reconcile_write_difference(inv_json_writer_t          *w,
                           const inv_movement_check_t *check)
{
    int              n;
    char             id[INV_OID_HEX + sizeof("-9223372036854775808")];
    inv_seq_ranges_t ahead;

    inv_oid_write(check->product, id);

    inv_json_open_object(w);
    inv_json_name(w, "productId");
    inv_json_string(w, (inv_str_t){ INV_OID_HEX, id });

    if (check->damaged) {
        inv_json_name(w, "damaged");
        inv_json_bool(w, true);
        inv_json_close_object(w);
        return;
    }

    reconcile_write_number(w, "seq", check->seq);
    reconcile_write_number(w, "stock", check->stock);
    reconcile_write_number(w, "ledgerSum", check->sum);
    reconcile_write_number(w, "reserved", check->reserved);
    reconcile_write_number(w, "ledgerReserved", check->reserved_sum);

    memset(&ahead, 0, sizeof(ahead));

    if (check->ahead != 0) {
        ahead.n = 1;
        ahead.ranges[0] = (inv_seq_range_t){ check->seq + 1, check->ahead };
    }

    reconcile_write_ranges(w, "gaps", &check->gaps);
    reconcile_write_ranges(w, "overlaps", &check->overlaps);
    reconcile_write_ranges(w, "breaks", &check->breaks);
    reconcile_write_ranges(w, "duplicates", &check->duplicates);
    reconcile_write_ranges(w, "ahead", &ahead);

    if (check->gaps.more || check->overlaps.more || check->breaks.more
        || check->duplicates.more)
    {
        inv_json_name(w, "more");
        inv_json_bool(w, true);
    }

    if (check->repaired != 0) {
        n = snprintf(id + INV_OID_HEX, sizeof(id) - INV_OID_HEX, "-%" PRId64,
                     check->repaired);
        inv_json_name(w, "repairedBy");
        inv_json_string(w, (inv_str_t){ INV_OID_HEX + (size_t) n, id });
    }

    inv_json_close_object(w);
}


bool
inv_reconcile_render(inv_arena_t *arena, const inv_reconcile_t *report,
                     inv_str_t *text)
{
    char               next[INV_OID_HEX];
    size_t             i;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);
    reconcile_write_number(w, "checked", report->checked);
    inv_json_name(w, "differences");
    inv_json_open_array(w);

    for (i = 0; i < report->n; i++) {
        reconcile_write_difference(w, &report->differences[i]);
    }

    inv_json_close_array(w);
    inv_json_name(w, "next");

    if (report->has_next) {
        inv_oid_write(report->next, next);
        inv_json_string(w, (inv_str_t){ sizeof(next), next });

    } else {
        inv_json_null(w);
    }

    inv_json_close_object(w);

    return inv_json_finish(w, text);
}
