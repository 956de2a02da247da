
/*
 * store: a product as a document: products {_id, sku?, name, ...}.
 *
 * Any thread, no I/O.  Two tables say which member is where and of which type.
 */


#include "inv_store_types.h"


/* What clients may write; the names are the model's. */
static const struct {
    inv_member_t            member;
    const inv_store_type_t *type;
    size_t                  offset; /* in inv_catalog_t */
} inv_store_members[] = {
    { INV_MEMBER_SKU, &inv_store_text, offsetof(inv_catalog_t, sku) },
    { INV_MEMBER_NAME, &inv_store_text, offsetof(inv_catalog_t, name) },
    { INV_MEMBER_DESCRIPTION, &inv_store_text,
      offsetof(inv_catalog_t, description) },
    { INV_MEMBER_PRICE, &inv_store_price, offsetof(inv_catalog_t, price) },
    { INV_MEMBER_CATEGORY, &inv_store_text, offsetof(inv_catalog_t, category) },
    { INV_MEMBER_TAGS, &inv_store_tags, 0 },
    { INV_MEMBER_STOCK, &inv_store_integer, offsetof(inv_catalog_t, stock) },
    { INV_MEMBER_LOW_STOCK, &inv_store_integer,
      offsetof(inv_catalog_t, low_stock) },
};

#define INV_STORE_MEMBERS \
    (sizeof(inv_store_members) / sizeof(inv_store_members[0]))

/* What only this module writes; first what changes count with. */
static const struct {
    const char             *name;
    const inv_store_type_t *type;
    size_t                  offset; /* in inv_product_t */
} inv_store_fields[] = {
    { "reserved", &inv_store_integer, offsetof(inv_product_t, reserved) },
    { "version", &inv_store_integer, offsetof(inv_product_t, version) },
    { "seq", &inv_store_integer, offsetof(inv_product_t, seq) },
    { "edits", &inv_store_integer, offsetof(inv_product_t, edits) },
    { "epoch", &inv_store_integer, offsetof(inv_product_t, epoch) },
    { "createdAt", &inv_store_time, offsetof(inv_product_t, created_at) },
    { "updatedAt", &inv_store_time, offsetof(inv_product_t, updated_at) },
};

#define INV_STORE_FIELDS \
    (sizeof(inv_store_fields) / sizeof(inv_store_fields[0]))
#define INV_STORE_COUNTERS 5


/* Without these a product is none. */
static const inv_members_t inv_store_required =
    INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK;


void
inv_store_member_put(bson_t *bson, const char *name, inv_member_t member,
                     const inv_catalog_t *catalog)
{
    size_t i;

    for (i = 0; i < INV_STORE_MEMBERS; i++) {
        if (inv_store_members[i].member == member) {
            inv_store_members[i].type->put(bson, name,
                                           (const char *) catalog
                                               + inv_store_members[i].offset);
        }
    }
}


bool
inv_store_words_of(inv_arena_t *arena, const inv_catalog_t *catalog,
                   inv_words_t *words)
{
    const inv_str_t texts[] = { catalog->name, catalog->description };

    return inv_words_read(arena, texts, sizeof(texts) / sizeof(texts[0]),
                          words);
}


void
inv_store_words_put(bson_t *bson, const char *name, const inv_words_t *words)
{
    inv_catalog_t catalog;

    memset(&catalog, 0, sizeof(catalog));
    catalog.tags = words->items;
    catalog.ntags = words->n;

    inv_store_tags.put(bson, name, &catalog);
}


void
inv_store_product_put(bson_t *bson, const inv_product_t *product)
{
    size_t i;

    inv_bson_put_oid(bson, "_id", product->id);

    for (i = 0; i < INV_STORE_MEMBERS; i++) {
        if (product->catalog.present & inv_store_members[i].member) {
            inv_store_member_put(
                bson, inv_member_name(inv_store_members[i].member),
                inv_store_members[i].member, &product->catalog);
        }
    }

    for (i = 0; i < INV_STORE_FIELDS; i++) {
        inv_store_fields[i].type->put(bson, inv_store_fields[i].name,
                                      (const char *) product
                                          + inv_store_fields[i].offset);
    }
}


void
inv_store_product_fields(bson_t *fields)
{
    size_t i;

    for (i = 0; i < INV_STORE_MEMBERS; i++) {
        bson_append_int32(fields, inv_member_name(inv_store_members[i].member),
                          -1, 1);
    }

    for (i = 0; i < INV_STORE_FIELDS; i++) {
        bson_append_int32(fields, inv_store_fields[i].name, -1, 1);
    }

    bson_append_int32(fields, "deleted", -1, 1);
}


/*
 * The member is there (or not) and is not sound.  An array matches by any of
 * its elements, so it is named by itself, and so are dates, which are not
 * compared with the numbers that times may be as well.
 */
static void
inv_store_unsound(bson_t *conditions, const char *name,
                  const inv_store_type_t *type, bool required)
{
    bson_t not, member = BSON_INITIALIZER, array = BSON_INITIALIZER,
                late = BSON_INITIALIZER;

    if (!required) {
        bson_append_bool(&member, "$exists", -1, true);
    }

    bson_append_document_begin(&member, "$not", -1, &not );
    type->sound(&not );
    bson_append_document_end(&member, &not );
    inv_bson_push_member(conditions, name, &member);

    if (type != &inv_store_tags) {
        BCON_APPEND(&array, "$type", BCON_UTF8("array"));
        inv_bson_push_member(conditions, name, &array);
    }

    if (type == &inv_store_time) {
        BCON_APPEND(&late, "$gt", BCON_DATE_TIME(INV_TIME_MAX));
        inv_bson_push_member(conditions, name, &late);
    }

    bson_destroy(&late);
    bson_destroy(&array);
    bson_destroy(&member);
}


void
inv_store_product_sound(bson_t *filter)
{
    bson_t       nor;
    size_t       i;
    inv_member_t member;

    BCON_APPEND(filter, "_id", "{", "$type", BCON_UTF8("objectId"), "}");
    bson_append_array_begin(filter, "$nor", -1, &nor);

    for (i = 0; i < INV_STORE_MEMBERS; i++) {
        member = inv_store_members[i].member;

        inv_store_unsound(&nor, inv_member_name(member),
                          inv_store_members[i].type,
                          (inv_store_required & (inv_members_t) member) != 0);
    }

    for (i = 0; i < INV_STORE_FIELDS; i++) {
        inv_store_unsound(&nor, inv_store_fields[i].name,
                          inv_store_fields[i].type, false);
    }

    bson_append_array_end(filter, &nor);
}


/*
 * One element of the document; seen: which of this module's fields there were.
 * False: it has a type that says nothing.
 */
static bool
inv_store_product_get(inv_arena_t *arena, const bson_iter_t *iter,
                      inv_product_t *product, unsigned *seen)
{
    size_t         i;
    const char    *key;
    inv_member_t   member;
    inv_catalog_t *catalog;

    key = bson_iter_key(iter);
    catalog = &product->catalog;

    for (i = 0; i < INV_STORE_MEMBERS; i++) {
        member = inv_store_members[i].member;

        if (strcmp(key, inv_member_name(member)) == 0) {
            catalog->present |= member;

            return inv_store_members[i].type->get(
                arena, iter, (char *) catalog + inv_store_members[i].offset);
        }
    }

    for (i = 0; i < INV_STORE_FIELDS; i++) {
        if (strcmp(key, inv_store_fields[i].name) == 0) {
            *seen |= 1u << i;

            return inv_store_fields[i].type->get(
                arena, iter, (char *) product + inv_store_fields[i].offset);
        }
    }

    if (strcmp(key, "deleted") == 0) {
        product->deleted = true;
    }

    /* what other tools keep in the same document is theirs */
    return strcmp(key, "_id") != 0 || inv_bson_get_oid(iter, &product->id);
}


static const char *
inv_store_product_lacks(unsigned seen)
{
    size_t i;

    for (i = 0; i < INV_STORE_COUNTERS; i++) {
        if (!(seen & (1u << i))) {
            return inv_store_fields[i].name;
        }
    }

    return NULL;
}


/* Text that could not be copied is present and absent at once. */
static bool
inv_store_catalog_complete(const inv_catalog_t *catalog)
{
    size_t              i;
    const inv_str_t     texts[] = { catalog->sku, catalog->name,
                                    catalog->description, catalog->category };
    const inv_members_t members[] = { INV_MEMBER_SKU, INV_MEMBER_NAME,
                                      INV_MEMBER_DESCRIPTION,
                                      INV_MEMBER_CATEGORY };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if ((catalog->present & members[i]) && texts[i].data == NULL) {
            return false;
        }
    }

    for (i = 0; i < catalog->ntags; i++) {
        if (catalog->tags[i].data == NULL) {
            return false;
        }
    }

    return !(catalog->present & INV_MEMBER_TAGS) || catalog->tags != NULL;
}


static inv_store_result_t
inv_store_product_damaged(inv_store_call_t *call, inv_oid_t id, const char *how,
                          const char *member)
{
    char hex[INV_OID_HEX];

    inv_oid_write(id, hex);
    inv_store_call_error(call, "product %.*s %s%s", INV_OID_HEX, hex, how,
                         member);

    return INV_STORE_DAMAGED;
}


inv_store_result_t
inv_store_product_parse(inv_store_call_t *call, const bson_t *document,
                        inv_product_t **product)
{
    unsigned       seen;
    bson_iter_t    iter;
    inv_product_t *p;

    p = inv_arena_alloc(call->arena, sizeof(inv_product_t));
    if (p == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    seen = 0;
    bson_iter_init(&iter, document);

    while (bson_iter_next(&iter)) {
        if (!inv_store_product_get(call->arena, &iter, p, &seen)) {
            return inv_store_product_damaged(call, p->id, "is damaged at ",
                                             bson_iter_key(&iter));
        }
    }

    if (iter.err_off != 0) {
        return inv_store_product_damaged(call, p->id, "is damaged: no BSON",
                                         "");
    }

    if (!p->deleted
        && (p->catalog.present & inv_store_required) != inv_store_required)
    {
        return inv_store_product_damaged(call, p->id,
                                         "lacks a name, price or stock", "");
    }

    if (!inv_store_catalog_complete(&p->catalog)) {
        return INV_STORE_NO_MEMORY;
    }

    p->lacks = inv_store_product_lacks(seen);
    *product = p;

    return INV_STORE_OK;
}


inv_store_result_t
inv_store_product_try(inv_store_call_t *call, const bson_t *document,
                      inv_product_t **product)
{
    size_t             used, left;
    inv_store_call_t   one;
    inv_store_result_t result;

    memset(&one, 0, sizeof(one));
    one.arena = call->arena;

    result = inv_store_product_parse(&one, document, product);
    if (result != INV_STORE_DAMAGED) {
        return result;
    }

    used = call->damaged != 0 ? strlen(call->error) : 0;
    left = sizeof(call->error) - used;

    /* of many damaged ones only the first are told */
    snprintf(call->error + used, left, "%s%.*s", used != 0 ? "; " : "",
             (int) left - 1, one.error);

    call->damaged++;
    *product = NULL;

    return INV_STORE_OK;
}
