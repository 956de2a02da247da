
/*
 * model: queries without their secrets.  Any thread.
 */


#include "inv_redact_private.h"

#include "inv_percent.h"
#include "inv_query.h"


/* Adds a parameter; what cannot be decoded is masked, its name as well. */
static void
redact_parameter_add(inv_arena_t *arena, inv_redact_fields_t *fields,
                     inv_str_t sent_name, inv_str_t sent_value)
{
    inv_str_t            name, value;
    inv_percent_result_t result;

    result = inv_percent_decode(arena, sent_name, &name);

    if (result == INV_PERCENT_OK) {
        result = inv_percent_decode(arena, sent_value, &value);

        if (result == INV_PERCENT_OK) {
            inv_redact_fields_put(fields, name, value, false);
            return;
        }

    } else {
        name = inv_str("[masked");
    }

    if (result == INV_PERCENT_NO_MEMORY) {
        inv_redact_fields_fail(fields);
        return;
    }

    /* No text has a NUL: it is masked. */

    inv_redact_fields_put(fields, name, (inv_str_t){ 1, "" }, false);
}


bool
inv_redact_query(inv_arena_t *arena, const inv_redact_rules_t *rules,
                 inv_str_t query, inv_str_t *text)
{
    inv_str_t            parameter, name, value;
    inv_redact_fields_t *fields;

    if (query.len > INV_REDACT_TEXT_MAX) {
        return inv_redact_unlogged(arena, inv_str("too large"),
                                   (int64_t) query.len, text);
    }

    fields = inv_redact_fields_create(arena, rules);
    if (fields == NULL) {
        return false;
    }

    while (inv_query_next(&query, &parameter, &name, &value)) {
        redact_parameter_add(arena, fields, name, value);
    }

    return inv_redact_fields_finish(fields, text);
}
