
/*
 * store: the types that members of a product have in the database.
 *
 * Any thread, no I/O.
 */


#include "inv_store_types.h"


static void
inv_store_put_text(bson_t *bson, const char *name, const void *value)
{
    inv_bson_put_text(bson, name, *(const inv_str_t *) value);
}


static bool
inv_store_get_text(inv_arena_t *arena, const bson_iter_t *iter, void *value)
{
    return inv_bson_get_text(arena, iter, value);
}


/* Strings only, and those only that begin with a byte that UTF-8 may have. */
static void
inv_store_sound_text(bson_t *condition)
{
    BCON_APPEND(condition, "$lt", BCON_UTF8("\xf5"));
}


static void
inv_store_put_price(bson_t *bson, const char *name, const void *value)
{
    inv_bson_put_price(bson, name, *(const inv_price_t *) value);
}


static bool
inv_store_get_price(inv_arena_t *arena, const bson_iter_t *iter, void *value)
{
    return inv_bson_get_price(iter, value);
}


static void
inv_store_sound_price(bson_t *condition)
{
    bson_append_int32(condition, "$gte", -1, 0);
    inv_bson_put_price(condition, "$lte", INT64_MAX);
}


static void
inv_store_put_integer(bson_t *bson, const char *name, const void *value)
{
    bson_append_int64(bson, name, -1, *(const int64_t *) value);
}


static bool
inv_store_get_integer(inv_arena_t *arena, const bson_iter_t *iter, void *value)
{
    int64_t *count = value;

    return inv_bson_get_integer(iter, count) && *count >= 0
           && *count <= INV_VERSION_MAX;
}


static void
inv_store_sound_integer(bson_t *condition)
{
    BCON_APPEND(condition, "$gte", BCON_INT32(0), "$lte",
                BCON_INT64(INV_VERSION_MAX));
}


static void
inv_store_put_time(bson_t *bson, const char *name, const void *value)
{
    bson_append_date_time(bson, name, -1, *(const inv_time_t *) value);
}


static bool
inv_store_get_time(inv_arena_t *arena, const bson_iter_t *iter, void *value)
{
    return inv_bson_get_time(iter, value);
}


static void
inv_store_sound_time(bson_t *condition)
{
    BCON_APPEND(condition, "$type", "[", BCON_UTF8("date"), BCON_UTF8("number"),
                "]");
}


/* Tags are two members of inv_catalog_t: value is the whole entry. */
static void
inv_store_put_tags(bson_t *bson, const char *name, const void *value)
{
    char                 digits[16];
    bson_t               array;
    size_t               i;
    const char          *key;
    const inv_catalog_t *catalog = value;

    bson_append_array_begin(bson, name, -1, &array);

    for (i = 0; i < catalog->ntags; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_text(&array, key, catalog->tags[i]);
    }

    bson_append_array_end(bson, &array);
}


static bool
inv_store_get_tags(inv_arena_t *arena, const bson_iter_t *iter, void *value)
{
    bson_t         array;
    size_t         n;
    bson_iter_t    tag;
    inv_catalog_t *catalog = value;

    if (!inv_bson_get_elements(iter, &tag) || !inv_bson_view(iter, &array)) {
        return false;
    }

    n = bson_count_keys(&array);

    catalog->tags = inv_arena_array(arena, n, sizeof(inv_str_t));
    if (catalog->tags == NULL) {
        return true;
    }

    while (catalog->ntags < n && bson_iter_next(&tag)) {
        if (!inv_bson_get_text(arena, &tag, &catalog->tags[catalog->ntags])) {
            return false;
        }

        catalog->ntags++;
    }

    return true;
}


static void
inv_store_sound_tags(bson_t *condition)
{
    BCON_APPEND(condition, "$type", BCON_UTF8("array"));
}


const inv_store_type_t inv_store_text = { inv_store_put_text,
                                          inv_store_get_text,
                                          inv_store_sound_text };
const inv_store_type_t inv_store_price = { inv_store_put_price,
                                           inv_store_get_price,
                                           inv_store_sound_price };
const inv_store_type_t inv_store_integer = { inv_store_put_integer,
                                             inv_store_get_integer,
                                             inv_store_sound_integer };
const inv_store_type_t inv_store_time = { inv_store_put_time,
                                          inv_store_get_time,
                                          inv_store_sound_time };
const inv_store_type_t inv_store_tags = { inv_store_put_tags,
                                          inv_store_get_tags,
                                          inv_store_sound_tags };
