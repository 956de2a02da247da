
/*
 * store: what a server's error code says: MongoDB's own are looked up in
 * inv_store_code_table.c, those of compatible servers are translated.
 *
 * Any thread, no state.
 */


#include <stdlib.h>

#include "inv_store_code.h"


/*
 * MongoDB assigns no codes from here on; DocumentDB hands on what PostgreSQL
 * said: five characters of an SQLSTATE from '0' on, six bits each, the first in
 * the lowest.  A state that ends in 0 looks like a small code; where that code
 * is listed as definite (20000, 21000), a statement that failed is meant.
 */
#define INV_CODE_SQLSTATE  (1 << 24)
#define INV_SQLSTATE_CHARS 5


/*
 * By the beginning of an SQLSTATE.  A statement that fails is rolled back, but
 * a server that is shut down, crashes or is cut off may do so after its commit.
 */
static const struct {
    const char       *prefix;
    inv_store_codes_t says;
} inv_store_states[] = {
    /* DocumentDB's own, as MongoDB's REFUSED */
    { "M", { INV_CODE_REFUSED, INV_STORE_FAILED, "" } },

    /* a value that cannot be; a constraint; syntax, rights, names */
    { "22", { INV_CODE_REFUSED, INV_STORE_FAILED, "" } },
    { "23", { INV_CODE_REFUSED, INV_STORE_FAILED, "" } },
    { "42", { INV_CODE_REFUSED, INV_STORE_FAILED, "" } },

    /* serialization, deadlock, a lock that was not free */
    { "40001", { INV_CODE_UNDONE, INV_STORE_BUSY, "" } },
    { "40P01", { INV_CODE_UNDONE, INV_STORE_BUSY, "" } },
    { "55P03", { INV_CODE_UNDONE, INV_STORE_BUSY, "" } },
};

/* What nobody lists. */
static const inv_store_codes_t inv_store_unlisted = { INV_CODE_DOUBT,
                                                      INV_STORE_UNAVAILABLE,
                                                      "" };


/* What one thing is called by different servers. */
static const struct {
    int32_t code, same;
} inv_store_aliases[] = {
    { 11001, INV_CODE_DUPLICATE },     /* an update's, before 4.2 */
    { 12582, INV_CODE_DUPLICATE },     /* a router's, before 4.2 */
    { 319029277, INV_CODE_DUPLICATE }, /* DocumentDB's M001C */
    { 17419, INV_CODE_TOO_LARGE },     /* an update's */
    { 17420, INV_CODE_TOO_LARGE },     /* an upsert's */
    { 285999133, INV_CODE_TOO_LARGE }, /* DocumentDB's M003A */
};


/*
 * DocumentDB has one code for what PostgreSQL says in a findAndModify; the
 * words tell what is certain.
 */
static const struct {
    const char *words;
    int32_t     code;
} inv_store_words[] = {
    { "exclusion constraint", INV_CODE_DUPLICATE },
    { "deadlock detected", INV_CODE_WRITE_CONFLICT },
    { "could not serialize access", INV_CODE_WRITE_CONFLICT },
};


int32_t
inv_store_code_named(int32_t code, const char *message)
{
    size_t i;

    for (i = 0; i < sizeof(inv_store_aliases) / sizeof(inv_store_aliases[0]);
         i++) {
        if (inv_store_aliases[i].code == code) {
            return inv_store_aliases[i].same;
        }
    }

    if (code != INV_CODE_INTERNAL) {
        return code;
    }

    for (i = 0; i < sizeof(inv_store_words) / sizeof(inv_store_words[0]); i++) {
        if (strstr(message, inv_store_words[i].words) != NULL) {
            return inv_store_words[i].code;
        }
    }

    return code;
}


static const inv_store_codes_t *
inv_store_code_of_state(int32_t code)
{
    char   state[INV_SQLSTATE_CHARS + 1];
    size_t i, n;

    for (i = 0; i < INV_SQLSTATE_CHARS; i++) {
        state[i] = (char) ('0' + ((code >> (6 * i)) & 0x3f));
    }

    state[i] = '\0';

    n = sizeof(inv_store_states) / sizeof(inv_store_states[0]);

    for (i = 0; i < n; i++) {
        if (strncmp(state, inv_store_states[i].prefix,
                    strlen(inv_store_states[i].prefix))
            == 0)
        {
            return &inv_store_states[i].says;
        }
    }

    return &inv_store_unlisted;
}


/* The name that the lines have for the code.  False: it is not among them. */
static bool
inv_store_code_among(const char *lines, int32_t code, inv_str_t *name)
{
    const char *line;

    for (line = lines; *line != '\0'; line = name->data + name->len + 1) {
        name->data = strchr(line, ' ') + 1;
        name->len = strcspn(name->data, "\n");

        if (strtol(line, NULL, 10) == code) {
            return true;
        }
    }

    return false;
}


static const inv_store_codes_t *
inv_store_code_find(int32_t code, inv_str_t *name)
{
    size_t i;

    for (i = 0; code < INV_CODE_SQLSTATE && i < inv_store_code_count; i++) {
        if (inv_store_code_among(inv_store_code_table[i].codes, code, name)) {
            return &inv_store_code_table[i];
        }
    }

    *name = inv_str("");

    return code < INV_CODE_SQLSTATE ? &inv_store_unlisted
                                    : inv_store_code_of_state(code);
}


inv_str_t
inv_store_code_name(int32_t code)
{
    inv_str_t name;

    (void) inv_store_code_find(code, &name);

    return name;
}


inv_code_write_t
inv_store_code_write(int32_t code)
{
    inv_str_t name;

    return inv_store_code_find(code, &name)->write;
}


inv_store_result_t
inv_store_code_read(int32_t code)
{
    inv_str_t name;

    return inv_store_code_find(code, &name)->read;
}
