
/*
 * store: what is to be made of a document that something else may have
 * written, and the statement that makes it so.
 *
 * Any thread, no I/O.
 */


#include "inv_store_adopt_private.h"


/* What a product counts with; the first makes the difference of a new one. */
static const struct {
    const char *name;
    size_t      offset; /* in inv_product_t */
    int64_t     max;    /* from 0 */
} inv_adopt_counts[] = {
    { "seq", offsetof(inv_product_t, seq), INV_STORE_COUNT_MAX },
    { "reserved", offsetof(inv_product_t, reserved), INV_STOCK_MAX },
    { "version", offsetof(inv_product_t, version), INV_STORE_COUNT_MAX },
    { "edits", offsetof(inv_product_t, edits), INV_STORE_COUNT_MAX },
    { "epoch", offsetof(inv_product_t, epoch), INV_STORE_COUNT_MAX },
};

#define INV_ADOPT_COUNTS \
    (sizeof(inv_adopt_counts) / sizeof(inv_adopt_counts[0]))

static const char *const inv_adopt_required[] = { "name", "price", "stock" };
static const char *const inv_adopt_times[] = { "createdAt", "updatedAt" };


bool
inv_store_adopt_has(const bson_t *document, const char *name)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, document, name)
           && !BSON_ITER_HOLDS_NULL(&iter);
}


void
inv_store_adopt_fields(bson_t *fields)
{
    inv_store_product_fields(fields);
    BCON_APPEND(fields, "outbox", "{", "$slice", BCON_INT32(1), "}");
}


static void
inv_adopt_refuse(inv_arena_t *arena, inv_adopt_plan_t *plan, const char *member,
                 const char *reason)
{
    plan->kind = INV_ADOPT_REFUSED;

    if (!inv_arena_copy(arena, (inv_str_t){ strlen(member), member },
                        &plan->failure.member)
        || !inv_arena_copy(arena, (inv_str_t){ strlen(reason), reason },
                           &plan->failure.reason))
    {
        plan->failure.reason = INV_STR_ABSENT;
    }
}


/* Its members as they would be read; null is what an ODM has for none. */
static bool
inv_adopt_parse(inv_arena_t *arena, const bson_t *document,
                inv_adopt_plan_t *plan)
{
    bson_t             given;
    bson_iter_t        iter;
    const char        *where;
    inv_store_call_t   call;
    inv_store_result_t result;

    bson_init(&given);
    bson_iter_init(&iter, document);

    while (bson_iter_next(&iter)) {
        if (!BSON_ITER_HOLDS_NULL(&iter)) {
            bson_append_iter(&given, NULL, 0, &iter);
        }
    }

    /* what cannot be read is not missing */
    if (inv_bson_is_broken(&iter)) {
        bson_destroy(&given);
        inv_adopt_refuse(arena, plan, "", "cannot be read");
        return false;
    }

    memset(&call, 0, sizeof(call));
    call.arena = arena;

    result = inv_store_product_parse(&call, &given, &plan->product);
    bson_destroy(&given);

    if (result == INV_STORE_OK) {
        return true;
    }

    plan->kind = INV_ADOPT_REFUSED;

    if (result == INV_STORE_DAMAGED) {
        where = strstr(call.error, "damaged at ");
        inv_adopt_refuse(arena, plan,
                         where != NULL ? where + strlen("damaged at ") : "",
                         "has a type or a value that a product's cannot have");
    }

    return false;
}


/* The numbers that are there; missing: how many are not. */
static bool
inv_adopt_count(inv_arena_t *arena, const bson_t *document,
                inv_adopt_plan_t *plan, size_t *missing)
{
    size_t      i;
    int64_t    *count;
    const char *name;

    for (i = 0; i < INV_ADOPT_COUNTS; i++) {
        name = inv_adopt_counts[i].name;
        count =
            (int64_t *) ((char *) plan->product + inv_adopt_counts[i].offset);

        if (!inv_store_adopt_has(document, name)) {
            (*missing)++;

        } else if (!inv_bson_find_count(document, name, count)
                   || *count > inv_adopt_counts[i].max)
        {
            inv_adopt_refuse(arena, plan, name,
                             "is there, and is no number that this module "
                             "could have written");
            return false;
        }
    }

    for (i = 0; i < sizeof(inv_adopt_times) / sizeof(inv_adopt_times[0]); i++) {
        *missing += !inv_store_adopt_has(document, inv_adopt_times[i]);
    }

    return true;
}


/* Whether what is there of an outbox fits the seq. */
static bool
inv_adopt_outbox(inv_arena_t *arena, const bson_t *document,
                 inv_adopt_plan_t *plan)
{
    bson_t      outbox;
    bson_iter_t iter;

    plan->has_seq = inv_store_adopt_has(document, "seq");
    plan->has_outbox = inv_store_adopt_has(document, "outbox");

    if (plan->has_outbox
        && (!bson_iter_init_find(&iter, document, "outbox")
            || !BSON_ITER_HOLDS_ARRAY(&iter) || !inv_bson_view(&iter, &outbox)))
    {
        inv_adopt_refuse(arena, plan, "outbox", "is there, and is no array");
        return false;
    }

    if (plan->has_seq) {
        return true;
    }

    if (plan->has_outbox && !bson_empty(&outbox)) {
        inv_adopt_refuse(arena, plan, "seq",
                         "is missing, and the outbox has movements");
        return false;
    }

    if (plan->product->reserved != 0) {
        inv_adopt_refuse(arena, plan, "reserved",
                         "is not 0, and no movement says what for");
        return false;
    }

    return true;
}


void
inv_store_adopt_plan(inv_arena_t *arena, const bson_t *document,
                     inv_adopt_plan_t *plan)
{
    size_t i, missing;

    memset(plan, 0, sizeof(*plan));

    for (i = 0; i < sizeof(inv_adopt_required) / sizeof(inv_adopt_required[0]);
         i++) {
        if (!inv_store_adopt_has(document, inv_adopt_required[i])) {
            inv_adopt_refuse(arena, plan, inv_adopt_required[i], "is missing");
            return;
        }
    }

    missing = 0;

    if (!inv_adopt_parse(arena, document, plan)
        || !inv_adopt_count(arena, document, plan, &missing)
        || !inv_adopt_outbox(arena, document, plan))
    {
        return;
    }

    if (missing == 0 && plan->has_outbox) {
        plan->kind = INV_ADOPT_WHOLE;
        return;
    }

    plan->kind = inv_adopt_check(arena, &plan->product->catalog, &plan->failure)
                     ? INV_ADOPT_TAKEN
                     : INV_ADOPT_REFUSED;
}


/* A number of another type that says the same matches: nothing is lost. */
static void
inv_adopt_filter_member(const bson_t *document, const char *name,
                        bson_t *filter)
{
    bson_iter_t iter;

    if (!bson_iter_init_find(&iter, document, name)) {
        BCON_APPEND(filter, name, "{", "$exists", BCON_BOOL(false), "}");

    } else if (BSON_ITER_HOLDS_NULL(&iter)) {
        BCON_APPEND(filter, name, "{", "$type", BCON_UTF8("null"), "}");

    } else if (strcmp(name, "outbox") == 0) {
        /* of what goes in and out of it, seq tells */
        BCON_APPEND(filter, name, "{", "$type", BCON_UTF8("array"), "}");

    } else {
        bson_append_iter(filter, name, -1, &iter);
    }
}


void
inv_store_adopt_filter(const bson_t *document, bson_t *filter)
{
    bson_t      fields;
    bson_iter_t iter;

    bson_init(&fields);
    inv_store_adopt_fields(&fields);

    if (bson_iter_init_find(&iter, document, "_id")) {
        bson_append_iter(filter, "_id", -1, &iter);
    }

    bson_iter_init(&iter, &fields);

    while (bson_iter_next(&iter)) {
        inv_adopt_filter_member(document, bson_iter_key(&iter), filter);
    }

    bson_destroy(&fields);
}


/* Members that are null are taken away. */
static void
inv_adopt_unset(const bson_t *document, bson_t *update)
{
    bson_t        unset;
    bson_iter_t   iter;
    inv_members_t bit;

    bson_init(&unset);

    for (bit = 1; bit & INV_MEMBERS_ALL; bit <<= 1) {
        if (bson_iter_init_find(&iter, document,
                                inv_member_name((inv_member_t) bit))
            && BSON_ITER_HOLDS_NULL(&iter))
        {
            bson_append_int32(&unset, inv_member_name((inv_member_t) bit), -1,
                              1);
        }
    }

    if (!bson_empty(&unset)) {
        bson_append_document(update, "$unset", -1, &unset);
    }

    bson_destroy(&unset);
}


/* Its first stock is its first movement, as that of a created one. */
static void
inv_adopt_opening(const inv_product_t *product, const inv_actor_t *actor,
                  inv_time_t now, bson_t *set)
{
    bson_t           numbers, entry, outbox;
    uint32_t         n;
    inv_store_move_t move;

    n = 0;
    move = (inv_store_move_t){ .batch = inv_store_batch(),
                               .type = INV_MOVE_SET,
                               .at = now,
                               .actor = actor };

    bson_init(&numbers);
    BCON_APPEND(&numbers, "from", BCON_INT64(1), "to", BCON_INT64(1), "after",
                BCON_INT64(product->catalog.stock), "d",
                BCON_INT64(product->catalog.stock));

    bson_init(&entry);
    inv_store_entry_build(&entry, &move, &numbers, false);

    bson_append_bool(set, "dirty", -1, true);
    bson_append_array_begin(set, "outbox", -1, &outbox);
    inv_bson_push_document(&outbox, &n, &entry);
    bson_append_array_end(set, &outbox);

    bson_destroy(&entry);
    bson_destroy(&numbers);
}


/*
 * The version goes above every one that a client may have seen: where it is not
 * known any more, above seq, since a movement raises both.
 */
static int64_t
inv_adopt_version(const bson_t *document, const inv_adopt_plan_t *plan)
{
    if (inv_store_adopt_has(document, "version")) {
        return plan->product->version + 1;
    }

    return plan->has_seq ? plan->product->seq + 1 : 1;
}


/*
 * The epoch goes above every one before, so that nothing that was sent earlier
 * lands: where it is not known any more, to the time, in ms.
 */
static void
inv_adopt_numbers(const bson_t *document, const inv_adopt_plan_t *plan,
                  inv_time_t now, bson_t *set)
{
    int64_t              epoch;
    inv_time_t           created, updated;
    const inv_product_t *product = plan->product;

    epoch = inv_store_adopt_has(document, "epoch") ? product->epoch + 1 : now;
    created =
        inv_store_adopt_has(document, "createdAt") ? product->created_at : now;
    updated =
        inv_store_adopt_has(document, "updatedAt") ? product->updated_at : now;

    BCON_APPEND(set, "reserved", BCON_INT64(product->reserved), "seq",
                BCON_INT64(plan->has_seq ? product->seq : 1), "version",
                BCON_INT64(inv_adopt_version(document, plan)), "edits",
                BCON_INT64(product->edits), "epoch", BCON_INT64(epoch),
                "createdAt", BCON_DATE_TIME(created), "updatedAt",
                BCON_DATE_TIME(updated));
}


bool
inv_store_adopt_update(inv_arena_t *arena, const bson_t *document,
                       const inv_adopt_plan_t *plan, const inv_actor_t *actor,
                       bson_t *update)
{
    bson_t               set, none;
    inv_time_t           now;
    inv_words_t          words;
    const inv_catalog_t *catalog = &plan->product->catalog;

    if (!inv_store_words_of(arena, catalog, &words)) {
        return false;
    }

    now = inv_time_now();

    bson_init(&set);
    inv_store_member_put(&set, "price", INV_MEMBER_PRICE, catalog);
    inv_store_member_put(&set, "stock", INV_MEMBER_STOCK, catalog);

    if (catalog->present & INV_MEMBER_LOW_STOCK) {
        inv_store_member_put(&set, "lowStock", INV_MEMBER_LOW_STOCK, catalog);
    }

    if (words.n != 0) {
        inv_store_words_put(&set, INV_STORE_WORDS, &words);
    }

    inv_adopt_numbers(document, plan, now, &set);

    if (!plan->has_seq) {
        inv_adopt_opening(plan->product, actor, now, &set);

    } else if (!plan->has_outbox) {
        bson_init(&none);
        bson_append_array(&set, "outbox", -1, &none);
        bson_destroy(&none);
    }

    bson_append_document(update, "$set", -1, &set);
    inv_adopt_unset(document, update);
    bson_destroy(&set);

    return true;
}
