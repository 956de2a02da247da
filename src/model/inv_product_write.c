
/*
 * model: a product as the API shows it.  Any thread.
 */


#include "inv_product.h"


static void
write_text(inv_json_writer_t *w, const inv_catalog_t *catalog,
           inv_member_t member, inv_str_t text)
{
    if (catalog->present & (inv_members_t) member) {
        inv_json_name(w, inv_member_name(member));
        inv_json_string(w, text);
    }
}


static void
write_price(inv_json_writer_t *w, inv_price_t price)
{
    char      out[INV_SCALED_TEXT];
    inv_str_t text;

    text.len = inv_json_scaled_write(price, INV_PRICE_SCALE, out);
    text.data = out;

    inv_json_name(w, inv_member_name(INV_MEMBER_PRICE));
    inv_json_number(w, text);
}


static void
write_tags(inv_json_writer_t *w, const inv_catalog_t *catalog)
{
    size_t i;

    if (!(catalog->present & INV_MEMBER_TAGS)) {
        return;
    }

    inv_json_name(w, inv_member_name(INV_MEMBER_TAGS));
    inv_json_open_array(w);

    for (i = 0; i < catalog->ntags; i++) {
        inv_json_string(w, catalog->tags[i]);
    }

    inv_json_close_array(w);
}


static void
write_integer(inv_json_writer_t *w, const char *name, int64_t value)
{
    inv_json_name(w, name);
    inv_json_integer(w, value);
}


static void
write_time(inv_json_writer_t *w, const char *name, inv_time_t t)
{
    char out[INV_TIME_TEXT];

    inv_time_write(t, out);

    inv_json_name(w, name);
    inv_json_string(w, (inv_str_t){ sizeof(out), out });
}


void
inv_product_write(inv_json_writer_t *w, const inv_product_t *product)
{
    char                 id[INV_OID_HEX];
    const inv_catalog_t *c;

    c = &product->catalog;

    inv_oid_write(product->id, id);

    inv_json_open_object(w);
    inv_json_name(w, "id");
    inv_json_string(w, (inv_str_t){ sizeof(id), id });

    write_text(w, c, INV_MEMBER_SKU, c->sku);
    write_text(w, c, INV_MEMBER_NAME, c->name);
    write_text(w, c, INV_MEMBER_DESCRIPTION, c->description);
    write_price(w, c->price);
    write_text(w, c, INV_MEMBER_CATEGORY, c->category);
    write_tags(w, c);
    write_integer(w, inv_member_name(INV_MEMBER_STOCK), c->stock);
    write_integer(w, "reserved", product->reserved);

    if (c->present & INV_MEMBER_LOW_STOCK) {
        write_integer(w, inv_member_name(INV_MEMBER_LOW_STOCK), c->low_stock);
    }

    write_integer(w, "version", product->version);
    write_time(w, "createdAt", product->created_at);
    write_time(w, "updatedAt", product->updated_at);
    inv_json_close_object(w);
}


bool
inv_product_render(inv_arena_t *arena, const inv_product_t *product,
                   inv_str_t *text)
{
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_product_write(w, product);

    return inv_json_finish(w, text);
}
