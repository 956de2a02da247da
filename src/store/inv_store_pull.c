
/*
 * store: pulling out of outboxes what is in the ledger.
 *
 * Runs on threads.  A pull waits for no other member: where a failover loses it,
 * the entry is in both places, which all readers expect, and in the ledger by
 * majority; the next sweep finds the product still dirty and pulls again.
 */


#include "inv_store_step.h"


void
inv_store_step_batches(const inv_step_t *step, bson_t *batches)
{
    size_t   i;
    uint32_t n;

    n = 0;
    bson_init(batches);

    for (i = 0; i < step->nbatches; i++) {
        inv_bson_push_oid(batches, &n, step->batches[i]);
    }
}


void
inv_store_outbox_kept(bson_t *bson, const char *name, const bson_t *batches)
{
    /* clang-format off */
    BCON_APPEND(bson, name, "{", "$filter", "{",
        "input", BCON_UTF8("$outbox"), "as", BCON_UTF8("entry"),
        "cond", "{", "$not", "[",
            "{", "$in", "[", BCON_UTF8("$$entry.b"),
                             BCON_ARRAY(batches), "]", "}",
        "]", "}",
    "}", "}");
    /* clang-format on */
}


/*
 * {u: [...]} of a pull of batches, and dirty and purgeAt as that leaves them.
 */
static void
inv_store_pull_pipeline(bson_t *statement, const bson_t *batches)
{
    bson_t     kept;
    inv_time_t purge_at;

    purge_at = inv_time_now() + INV_PURGE_AFTER_MS;

    bson_init(&kept);
    inv_store_outbox_kept(&kept, "outbox", batches);

    /* clang-format off */
    BCON_APPEND(statement, "u", "[",
        "{", "$set", BCON_DOCUMENT(&kept), "}",
        "{", "$set", "{",
            "dirty", "{", "$cond", "[",
                "{", "$eq", "[", "{", "$size", BCON_UTF8("$outbox"), "}",
                                 BCON_INT32(0), "]", "}",
                BCON_UTF8("$$REMOVE"), BCON_BOOL(true),
            "]", "}",
            "purgeAt", "{", "$cond", "[",
                "{", "$and", "[",
                    "{", "$eq", "[", "{", "$size", BCON_UTF8("$outbox"), "}",
                                     BCON_INT32(0), "]", "}",
                    "{", "$eq", "[", BCON_UTF8("$deleted"),
                                     BCON_BOOL(true), "]", "}",
                "]", "}",
                BCON_DATE_TIME(purge_at), BCON_UTF8("$$REMOVE"),
            "]", "}",
        "}", "}",
    "]");
    /* clang-format on */

    bson_destroy(&kept);
}


static bool
inv_store_pull_build(void *of, size_t i, bson_t *statement)
{
    bson_t       batches;
    bson_oid_t   id;
    inv_step_t **steps = of;

    inv_store_step_batches(steps[i], &batches);
    bson_oid_init_from_data(&id, steps[i]->product.bytes);

    BCON_APPEND(statement, "q", "{", "_id", BCON_OID(&id), "outbox.b", "{",
                "$in", BCON_ARRAY(&batches), "}", "}");
    inv_store_pull_pipeline(statement, &batches);

    bson_destroy(&batches);

    return true;
}


/* What is not there to be pulled has been pulled. */
static void
inv_store_pull_sent(inv_store_link_t *link, void *of, size_t first, size_t n,
                    const inv_store_sent_t *sent)
{
    size_t       i;
    inv_step_t **steps = of;

    for (i = 0; i < n; i++) {
        inv_store_step_end(steps[first + i], sent->ends[i].result);
    }
}


static const inv_store_several_t inv_store_pull_several = {
    "update", INV_STORE_PRODUCTS, INV_COMMAND_TIDY, inv_store_pull_build,
    inv_store_pull_sent
};


void
inv_store_step_pull(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    inv_store_several(link, &inv_store_pull_several, steps, n);
}
