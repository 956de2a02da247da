
/*
 * Any two bodies, a NUL between them: the first creates a product, the second
 * patches it.  What is shown of the result reads back as the same product, and
 * a patch that is applied again changes nothing.
 */


#include "../../src/model/inv_product.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


static void
fuzz_refused(inv_arena_t *arena, const inv_faults_t *faults)
{
    inv_str_t        body;
    inv_json_t      *root;
    inv_problem_t    problem;
    inv_json_error_t error;

    memset(&problem, 0, sizeof(problem));
    problem.kind = INV_INVALID_REQUEST;
    problem.faults = faults;

    fuzz_must(inv_problem_render(arena, &problem, INV_STR_ABSENT,
                                 INV_STR_ABSENT, &body));
    fuzz_must(inv_json_read(arena, body, &root, &error) == INV_JSON_OK);
}


/* False: the body is not JSON, or has faults. */
static bool
fuzz_read(inv_arena_t *arena, inv_str_t body, inv_write_mode_t mode,
          inv_product_input_t *input)
{
    inv_json_t      *root;
    inv_faults_t     faults;
    inv_json_error_t error;

    if (inv_json_read(arena, body, &root, &error) != INV_JSON_OK) {
        return false;
    }

    inv_faults_init(&faults, arena);
    inv_product_read(root, mode, input, &faults);
    fuzz_must(!faults.no_memory);

    if (faults.count != 0) {
        fuzz_refused(arena, &faults);
        return false;
    }

    fuzz_must((input->values.present & input->removed) == 0);

    return true;
}


/* Takes what is read-only out of an object: five members, all there. */
static void
fuzz_drop_read_only(inv_json_t *object)
{
    size_t       i, dropped;
    inv_json_t **link;

    static const inv_str_t names[] = { inv_str("id"), inv_str("reserved"),
                                       inv_str("version"), inv_str("createdAt"),
                                       inv_str("updatedAt") };

    dropped = 0;
    link = &object->first;

    while (*link != NULL) {
        for (i = 0; i < 5 && !inv_str_eq((*link)->name, names[i]); i++) {
            /* void */
        }

        if (i == 5) {
            link = &(*link)->next;
            continue;
        }

        *link = (*link)->next;
        dropped++;
    }

    fuzz_must(dropped == 5);
}


static void
fuzz_shown(inv_arena_t *arena, const inv_catalog_t *catalog)
{
    inv_str_t           text;
    inv_json_t         *root;
    inv_faults_t        faults;
    inv_product_t       product;
    inv_catalog_t       next;
    inv_json_error_t    error;
    inv_product_input_t input;

    memset(&product, 0, sizeof(product));
    product.catalog = *catalog;
    product.version = 1;

    fuzz_must(inv_product_render(arena, &product, &text));
    fuzz_must(inv_json_read(arena, text, &root, &error) == INV_JSON_OK);
    fuzz_drop_read_only(root);

    inv_faults_init(&faults, arena);
    inv_product_read(root, INV_WRITE_REPLACE, &input, &faults);

    fuzz_must(faults.count == 0 && !faults.no_memory);
    fuzz_must(input.values.present == catalog->present);
    fuzz_must(inv_product_merge(catalog, &input, INV_WRITE_REPLACE, &next)
              == 0);
}


static void
fuzz_bodies(inv_arena_t *arena, inv_str_t create, inv_str_t patch)
{
    inv_catalog_t       next, again;
    inv_members_t       changed;
    inv_product_input_t created, patched;

    if (!fuzz_read(arena, create, INV_WRITE_CREATE, &created)) {
        return;
    }

    fuzz_shown(arena, &created.values);

    if (!fuzz_read(arena, patch, INV_WRITE_MERGE, &patched)) {
        return;
    }

    changed =
        inv_product_merge(&created.values, &patched, INV_WRITE_MERGE, &next);

    fuzz_must((changed & ~(patched.values.present | patched.removed)) == 0);
    fuzz_must((next.present & patched.removed) == 0);
    fuzz_must(inv_product_merge(&next, &patched, INV_WRITE_MERGE, &again) == 0);

    fuzz_shown(arena, &next);
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    inv_str_t      create, patch;
    inv_arena_t   *arena;
    const uint8_t *end;

    arena = inv_arena_create();
    fuzz_must(arena != NULL);

    end = (size != 0) ? memchr(input, '\0', size) : NULL;

    create.data = (const char *) input;
    create.len = (end != NULL) ? (size_t) (end - input) : size;
    patch = (end != NULL) ? (inv_str_t){ size - create.len - 1,
                                         create.data + create.len + 1 }
                          : inv_str("{}");

    fuzz_bodies(arena, create, patch);
    inv_arena_destroy(arena);

    return 0;
}
