
/*
 * store: what a list of movements asks of entries and of their ops.
 *
 * Any thread, no I/O.  What a client said is never part of an expression: it
 * stands in a query, or under $literal.
 */


#include "inv_store_movements_private.h"


static bool
inv_store_listing_is_filtered(const inv_movements_query_t *query)
{
    return query->has_type || query->reference.data != NULL;
}


static void
inv_store_listing_times(bson_t *filter, const inv_movements_query_t *query)
{
    bson_t at;

    if (!query->has_from && !query->has_to && !query->has_after) {
        return;
    }

    bson_append_document_begin(filter, "at", -1, &at);

    if (query->has_from) {
        bson_append_date_time(&at, "$gte", -1, query->from);
    }

    if (query->has_to) {
        bson_append_date_time(&at, "$lt", -1, query->to);
    }

    if (query->has_after) {
        bson_append_date_time(&at, "$lte", -1, query->after.at);
    }

    bson_append_document_end(filter, &at);
}


/* Entries with an op that passes all filters and comes after the cursor. */
static void
inv_store_listing_match(bson_t *filter, const inv_movements_query_t *query)
{
    bson_t     ops, match;
    bson_oid_t id;

    inv_store_listing_times(filter, query);

    if (query->has_after) {
        bson_oid_init_from_data(&id, query->after.product.bytes);

        /* clang-format off */
        BCON_APPEND(filter, "$or", "[",
            "{", "at", "{", "$lt", BCON_DATE_TIME(query->after.at), "}", "}",
            "{", "at", BCON_DATE_TIME(query->after.at),
                 "productId", "{", "$lt", BCON_OID(&id), "}", "}",
            "{", "at", BCON_DATE_TIME(query->after.at),
                 "productId", BCON_OID(&id),
                 "from", "{", "$lt", BCON_INT64(query->after.seq), "}", "}",
        "]");
        /* clang-format on */
    }

    if (!inv_store_listing_is_filtered(query)) {
        return;
    }

    /* says nothing more, but that the partial index will do */
    if (query->reference.data != NULL) {
        inv_bson_put_text(filter, "ops.ref", query->reference);
    }

    bson_append_document_begin(filter, "ops", -1, &ops);
    bson_append_document_begin(&ops, "$elemMatch", -1, &match);

    if (query->reference.data != NULL) {
        inv_bson_put_text(&match, "ref", query->reference);
    }

    if (query->has_type) {
        bson_append_utf8(&match, "t", -1, inv_move_name(query->type), -1);
    }

    bson_append_document_end(&ops, &match);
    bson_append_document_end(filter, &ops);
}


/* Whether $$op passes: an expression under name. */
static void
inv_store_listing_passes(bson_t *bson, const char *name,
                         const inv_movements_query_t *query)
{
    bson_t      conditions, literal;
    const char *key;

    key = "0";

    bson_init(&conditions);

    if (query->has_type) {
        BCON_APPEND(&conditions, key, "{", "$eq", "[", BCON_UTF8("$$op.t"),
                    BCON_UTF8(inv_move_name(query->type)), "]", "}");
        key = "1";
    }

    if (query->reference.data != NULL) {
        bson_init(&literal);
        inv_bson_put_text(&literal, "$literal", query->reference);
        BCON_APPEND(&conditions, key, "{", "$eq", "[", BCON_UTF8("$$op.ref"),
                    BCON_DOCUMENT(&literal), "]", "}");
        bson_destroy(&literal);
    }

    BCON_APPEND(bson, name, "{", "$and", BCON_ARRAY(&conditions), "}");
    bson_destroy(&conditions);
}


static void
inv_store_stage_order(bson_t *pipeline)
{
    bson_t stage;

    bson_init(&stage);
    BCON_APPEND(&stage, "at", BCON_INT32(-1), "productId", BCON_INT32(-1), "to",
                BCON_INT32(-1));
    inv_bson_push_member(pipeline, "$sort", &stage);
    bson_destroy(&stage);
}


void
inv_store_stages_outlines(bson_t *pipeline, const inv_movements_query_t *query,
                          int64_t max)
{
    bson_t stage, hits;

    bson_init(&stage);
    inv_store_listing_match(&stage, query);
    inv_bson_push_member(pipeline, "$match", &stage);
    bson_reinit(&stage);

    inv_store_stage_order(pipeline);
    inv_store_stage_number(pipeline, "$limit", max);

    BCON_APPEND(&stage, "productId", BCON_INT32(1), "b", BCON_INT32(1), "at",
                BCON_INT32(1), "from", BCON_INT32(1), "to", BCON_INT32(1));

    if (inv_store_listing_is_filtered(query)) {
        bson_init(&hits);
        BCON_APPEND(&hits, "input", BCON_UTF8("$ops"), "as", BCON_UTF8("op"));
        inv_store_listing_passes(&hits, "in", query);
        BCON_APPEND(&stage, "hits", "{", "$map", BCON_DOCUMENT(&hits), "}");
        bson_destroy(&hits);
    }

    inv_bson_push_member(pipeline, "$project", &stage);
    bson_destroy(&stage);
}


void
inv_store_stages_wholes(bson_t *pipeline, const inv_movements_query_t *query,
                        const bson_t *batches, const bson_t *products)
{
    bson_t stage, ops;

    bson_init(&stage);
    /* $filter of anything else would end the aggregate */
    BCON_APPEND(&stage, "b", "{", "$in", BCON_ARRAY(batches), "}", "productId",
                "{", "$in", BCON_ARRAY(products), "}", "ops", "{", "$type",
                BCON_UTF8("array"), "}");
    inv_bson_push_member(pipeline, "$match", &stage);
    bson_reinit(&stage);

    /* where a reply is cut, the first ones have come */
    inv_store_stage_order(pipeline);

    BCON_APPEND(&stage, "productId", BCON_INT32(1), "b", BCON_INT32(1), "at",
                BCON_INT32(1), "from", BCON_INT32(1), "to", BCON_INT32(1),
                "after", BCON_INT32(1), "d", BCON_UTF8("$ops.d"));

    if (inv_store_listing_is_filtered(query)) {
        bson_init(&ops);
        BCON_APPEND(&ops, "input", BCON_UTF8("$ops"), "as", BCON_UTF8("op"));
        inv_store_listing_passes(&ops, "cond", query);
        BCON_APPEND(&stage, "ops", "{", "$filter", BCON_DOCUMENT(&ops), "}");
        bson_destroy(&ops);

    } else {
        BCON_APPEND(&stage, "ops", BCON_INT32(1));
    }

    inv_bson_push_member(pipeline, "$project", &stage);
    bson_destroy(&stage);
}
