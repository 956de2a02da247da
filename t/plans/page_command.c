
/*
 * For t/plans/run: reads query strings of GET products, one a line, and prints
 * for each the members of the find that the module sends for it, as extended
 * JSON in one line; {"faults": n} where the query is refused.  No I/O but that.
 */


#include "../../src/store/inv_store_page.h"

#include <stdlib.h>


static void
page_command_print(const bson_t *command)
{
    char *text;

    text = bson_as_canonical_extended_json(command, NULL);
    puts(text);
    bson_free(text);
}


static void
page_command_find(const inv_page_query_t *query, bson_t *command)
{
    bson_t filter;

    bson_init(&filter);
    inv_store_page_filter(&filter, query);
    inv_store_page_after(&filter, query);

    BCON_APPEND(command, "find", BCON_UTF8(INV_STORE_PRODUCTS), "filter",
                BCON_DOCUMENT(&filter));
    inv_store_page_sort(command, query);
    bson_append_int64(command, "limit", -1, (int64_t) query->limit + 1);

    bson_destroy(&filter);
}


int
main(void)
{
    char             line[8192];
    bson_t           command;
    inv_arena_t     *arena;
    inv_faults_t     faults;
    inv_page_query_t query;

    while (fgets(line, sizeof(line), stdin) != NULL) {
        arena = inv_arena_create();
        if (arena == NULL) {
            return EXIT_FAILURE;
        }

        inv_faults_init(&faults, arena);
        inv_page_read(arena, (inv_str_t){ strcspn(line, "\n"), line }, &query,
                      &faults);

        bson_init(&command);

        if (faults.count != 0) {
            BCON_APPEND(&command, "faults", BCON_INT64((int64_t) faults.count));
        } else {
            page_command_find(&query, &command);
        }

        page_command_print(&command);
        fflush(stdout);

        bson_destroy(&command);
        inv_arena_destroy(arena);
    }

    return EXIT_SUCCESS;
}
