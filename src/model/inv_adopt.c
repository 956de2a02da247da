
/*
 * model: what an adopt is asked, and what it reports.  Any thread.
 */


#include "inv_adopt.h"
#include "inv_shape.h"


enum {
    ADOPT_LIMIT = 1 << 0,
    ADOPT_CURSOR = 1 << 1
};

typedef struct {
    int64_t   limit;
    inv_str_t cursor;
} adopt_body_t;

static const inv_shape_member_t adopt_members[] = {
    { inv_shape_row(INV_SHAPE_INTEGER, adopt_body_t, limit, "limit",
                    ADOPT_LIMIT, 1, INV_ADOPT_MAX) },
    { inv_shape_row(INV_SHAPE_TEXT, adopt_body_t, cursor, "cursor",
                    ADOPT_CURSOR, 0, INT64_MAX) },
};

/* The cursor of the last page may be sent back: null begins anew. */
static const inv_shape_t adopt_shape = { .members = adopt_members,
                                         .n = sizeof(adopt_members)
                                              / sizeof(adopt_members[0]),
                                         .nullable = ADOPT_CURSOR };


void
inv_adopt_read(const inv_json_t *root, inv_adopt_query_t *query,
               inv_faults_t *faults)
{
    adopt_body_t     body;
    inv_shape_seen_t seen;

    memset(query, 0, sizeof(*query));
    query->limit = INV_ADOPT_DEFAULT;

    if (root == NULL) {
        return;
    }

    memset(&body, 0, sizeof(body));
    inv_shape_read(&adopt_shape, root, inv_str(""), &body, &seen, faults);

    if (seen.given & ADOPT_LIMIT) {
        query->limit = (unsigned) body.limit;
    }

    if (!(seen.given & ADOPT_CURSOR) || faults->count != 0) {
        return;
    }

    query->has_after = inv_oid_read(body.cursor, &query->after);

    if (!query->has_after) {
        inv_fault_add(faults, inv_str("/cursor"),
                      inv_str("must be the cursor of an answer"));
    }
}


static void
adopt_write_text(inv_json_writer_t *w, const char *name, inv_str_t text)
{
    if (text.data != NULL) {
        inv_json_name(w, name);
        inv_json_string(w, text);
    }
}


bool
inv_adopt_render(inv_arena_t *arena, const inv_adopt_t *report, inv_str_t *text)
{
    char               next[INV_OID_HEX];
    size_t             i;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);
    inv_json_name(w, "adopted");
    inv_json_integer(w, (int64_t) report->nadopted);
    inv_json_name(w, "already");
    inv_json_integer(w, report->already);
    inv_json_name(w, "failed");
    inv_json_open_array(w);

    for (i = 0; i < report->nfailed; i++) {
        inv_json_open_object(w);
        adopt_write_text(w, "id", report->failed[i].id);
        adopt_write_text(w, "member", report->failed[i].member);
        adopt_write_text(w, "reason", report->failed[i].reason);
        inv_json_close_object(w);
    }

    inv_json_close_array(w);
    inv_json_name(w, "cursor");

    if (report->has_next) {
        inv_oid_write(report->next, next);
        inv_json_string(w, (inv_str_t){ sizeof(next), next });
    } else {
        inv_json_null(w);
    }

    inv_json_close_object(w);

    return inv_json_finish(w, text);
}


/* What a client would have sent. */
static bool
adopt_body(inv_arena_t *arena, const inv_catalog_t *catalog, inv_str_t *text)
{
    char               price[INV_SCALED_TEXT];
    size_t             i, n;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    n = inv_json_scaled_write(catalog->price, INV_PRICE_SCALE, price);

    inv_json_open_object(w);
    adopt_write_text(w, "sku", catalog->sku);
    adopt_write_text(w, "name", catalog->name);
    adopt_write_text(w, "description", catalog->description);
    adopt_write_text(w, "category", catalog->category);
    inv_json_name(w, "price");
    inv_json_number(w, (inv_str_t){ n, price });
    inv_json_name(w, "stock");
    inv_json_integer(w, catalog->stock);

    if (catalog->present & INV_MEMBER_LOW_STOCK) {
        inv_json_name(w, "lowStock");
        inv_json_integer(w, catalog->low_stock);
    }

    if (catalog->present & INV_MEMBER_TAGS) {
        inv_json_name(w, "tags");
        inv_json_open_array(w);

        for (i = 0; i < catalog->ntags; i++) {
            inv_json_string(w, catalog->tags[i]);
        }

        inv_json_close_array(w);
    }

    inv_json_close_object(w);

    return inv_json_finish(w, text);
}


bool
inv_adopt_check(inv_arena_t *arena, const inv_catalog_t *catalog,
                inv_adopt_failure_t *failure)
{
    inv_str_t           text;
    inv_json_t         *root;
    inv_faults_t        faults;
    inv_json_error_t    error;
    inv_product_input_t input;

    failure->member = INV_STR_ABSENT;
    failure->reason = INV_STR_ABSENT;

    if (!adopt_body(arena, catalog, &text)) {
        return false;
    }

    if (inv_json_read(arena, text, &root, &error) != INV_JSON_OK) {
        failure->reason = inv_str("a text of it is not valid UTF-8");
        return false;
    }

    inv_faults_init(&faults, arena);
    inv_product_read(root, INV_WRITE_CREATE, &input, &faults);

    if (faults.no_memory) {
        return false;
    }

    if (faults.first == NULL) {
        return true;
    }

    /* "/name": of an array's element, too */
    failure->member = (inv_str_t){ faults.first->pointer.len - 1,
                                   faults.first->pointer.data + 1 };
    failure->reason = faults.first->detail;

    return false;
}
