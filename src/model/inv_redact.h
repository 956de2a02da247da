
/*
 * model: requests and responses as a log may have them: JSON texts in which no
 * secret is left.
 *
 * Any thread, no state.  What is masked is masked whole, and in doubt it is: a
 * log that tells less is a nuisance, one that tells a password is an incident.
 *
 * Masked are values by the name that they go by (README, "inventory_mask", has
 * the list), and texts and numbers by what is in them: numbers of cards, tokens
 * (JWT, Bearer and Basic, the forms of some services), private keys, URLs with
 * a password, and listed names with something behind them, also where all that
 * is JSON or a query inside of a text.  What is not understood is not told.
 *
 * Time is linear in the length of what is read; texts that are longer than
 * INV_REDACT_TEXT_MAX are not looked at, and not told.
 */


#ifndef INV_REDACT_H
#define INV_REDACT_H


#include "../base/inv_base.h"


/* Of a body, a query, a path, or the value of one header: 64 KiB. */
#define INV_REDACT_TEXT_MAX 65536

/*
 * Of a JSON text that is handed out: a body of escapes and short members that
 * are masked grows to three times its length.
 */
#define INV_REDACT_OUTPUT_MAX (4 * INV_REDACT_TEXT_MAX)

/* Letters and digits of a name: ours have 11 at most, headers some 40. */
#define INV_REDACT_NAME_MAX 128

/* Parameters or header lines that are told; the others are counted. */
#define INV_REDACT_FIELDS_MAX 128

/* Names that are masked besides the built-in ones. */
typedef struct {
    const inv_str_t *names; /* each from inv_redact_fold */
    size_t           n;
} inv_redact_rules_t;

/*
 * The letters and digits of an ASCII name, in lower case: how names are
 * compared.  False: it has none or more than INV_REDACT_NAME_MAX, or other
 * characters than those of ASCII.
 */
bool inv_redact_fold(inv_str_t name, char out[INV_REDACT_NAME_MAX], size_t *n);

/*
 * A body that is JSON (strictly: see inv_json_read), with what is secret
 * masked.  Of one that is not, not a byte is told.  False: no memory.
 */
bool inv_redact_body(inv_arena_t *arena, const inv_redact_rules_t *rules,
                     inv_str_t body, inv_str_t *text);

/*
 * What stands for a body that is not told: {"unlogged": reason, "bytes": bytes}
 * (bytes < 0: unknown, not told).  reason: a literal.  False: no memory.
 */
bool inv_redact_unlogged(inv_arena_t *arena, inv_str_t reason, int64_t bytes,
                         inv_str_t *text);

/*
 * The parameters of a query string as sent (after '?'), as an object of
 * strings; several of one name are an array.  False: no memory.
 */
bool inv_redact_query(inv_arena_t *arena, const inv_redact_rules_t *rules,
                      inv_str_t query, inv_str_t *text);

/* A path as sent (before '?'), as a string.  False: no memory. */
bool inv_redact_path(inv_arena_t *arena, const inv_redact_rules_t *rules,
                     inv_str_t path, inv_str_t *text);


/* Header lines, one by one; an object as that of a query. */
typedef struct inv_redact_fields_s inv_redact_fields_t;

/* NULL: no memory. */
inv_redact_fields_t *
inv_redact_fields_create(inv_arena_t *arena, const inv_redact_rules_t *rules);

/* Any bytes; those of value have to live until finish. */
void inv_redact_fields_add(inv_redact_fields_t *fields, inv_str_t name,
                           inv_str_t value);

/* False: no memory. */
bool inv_redact_fields_finish(inv_redact_fields_t *fields, inv_str_t *text);


#endif /* INV_REDACT_H */
