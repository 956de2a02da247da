
/*
 * model, inside of inv_redact*.c: what decides whether something is secret.
 *
 * Any thread, no state.
 */


#ifndef INV_REDACT_PRIVATE_H
#define INV_REDACT_PRIVATE_H


#include "inv_redact.h"
#include "../json/inv_json.h"


#define INV_REDACT_MASK "[masked]"

/* Encodings inside of each other that are looked through. */
#define INV_REDACT_NESTED_MAX 4

/* Digits of the number of a card (ISO/IEC 7812). */
#define INV_REDACT_CARD_MIN 13
#define INV_REDACT_CARD_MAX 19


/*
 * A text as the rules read it, in arena: of full width letters and any script's
 * digits those of ASCII, of dashes and blanks "-" and " ", nothing of what is
 * not seen, and of each other character above ASCII INV_REDACT_FOREIGN.  Bytes
 * that are not UTF-8 are such characters, too.  False: no memory.
 */
#define INV_REDACT_FOREIGN '\x80'

bool inv_redact_plain(inv_arena_t *arena, inv_str_t text, inv_str_t *plain);

/* The value of a decimal digit above ASCII, superscripts too; -1: none. */
int inv_redact_digit(uint32_t character);


/*
 * Whether a name stands for secrets: it is listed, or not understood, because
 * it is too long or more than ASCII.
 */
bool inv_redact_name_is_secret(const inv_redact_rules_t *rules, inv_str_t name);

/* Whether a plain text that stands before a ':' or a '=' is such a name. */
bool
inv_redact_name_is_listed(const inv_redact_rules_t *rules, inv_str_t plain);

/* Whether a folded text holds a name that no honest text mentions. */
bool inv_redact_name_is_mentioned(inv_str_t folded);

/*
 * What is shown of a name, in arena: itself, or "[masked N]", where masked
 * counts up to N.
 */
inv_str_t
inv_redact_name_shown(inv_arena_t *arena, const inv_redact_rules_t *rules,
                      inv_str_t name, unsigned *masked);


/* Whether a plain text holds the number of a card. */
bool inv_redact_has_card(inv_str_t plain);

/* The same of a text of digits only: all of it is one. */
bool inv_redact_is_card(inv_str_t digits);

/* Whether a number, as JSON has it, may be the number of a card. */
bool inv_redact_number_is_secret(inv_str_t number);

/* Whether a plain text holds a token, a key, or a password in a URL. */
bool inv_redact_has_credential(inv_str_t plain);

/* The value of a letter of base64, of either alphabet; -1: none. */
int inv_redact_sextet(char c);

/* Decodes letters, all of base64, to out (as long); how many bytes that is. */
size_t inv_redact_base64_decode(inv_str_t letters, char *out);

/*
 * Whether a plain text holds base64 of a text that is not to be told.  arena:
 * for memory on the way.
 */
bool inv_redact_has_base64(inv_arena_t *arena, const inv_redact_rules_t *rules,
                           inv_str_t plain, unsigned nested);

/* Whether a plain text holds a listed name with something behind it. */
bool inv_redact_has_listed(inv_arena_t *arena, const inv_redact_rules_t *rules,
                           inv_str_t plain);


/*
 * Whether any bytes are not to be told for what is in them; nested: how many
 * encodings they were in, from 0.
 */
bool inv_redact_text_is_secret(const inv_redact_rules_t *rules, inv_str_t text,
                               unsigned nested);

/* Whether a text is nothing but a listed name, as in ["password", "..."]. */
bool inv_redact_names_secret(const inv_redact_rules_t *rules, inv_str_t text);

/*
 * What names and values tell of others beside them: first all are added, then
 * a name is asked for.  Zeros to begin with.
 */
typedef struct {
    bool named;   /* a value is a listed name: it is that of "value" */
    bool granted; /* what stands beside the "code" of OAuth */
} inv_redact_pairs_t;

void
inv_redact_pairs_add(inv_redact_pairs_t *pairs, const inv_redact_rules_t *rules,
                     inv_str_t name, inv_str_t value);

/* Whether what goes by a name is masked for what is beside it. */
bool inv_redact_pairs_mask(const inv_redact_pairs_t *pairs, inv_str_t name);

/* Whether a plain text holds a "name=token" and its "value=...". */
bool inv_redact_has_pair(const inv_redact_rules_t *rules, inv_str_t plain);

/*
 * Adds a name and its value; told: only the name is looked at.  value has to
 * live until finish.
 */
void inv_redact_fields_put(inv_redact_fields_t *fields, inv_str_t name,
                           inv_str_t value, bool told);

/* There was no memory for a name or a value: finish fails. */
void inv_redact_fields_fail(inv_redact_fields_t *fields);

/* Whether a text or a number is not to be told for what is in it. */
bool inv_redact_scalar_is_secret(const inv_redact_rules_t *rules,
                                 const inv_json_t *value, unsigned nested);

/* Digits in pieces: [4111, 1111, 1111, 1111]. */
bool inv_redact_pieces_are_card(const inv_json_t *array);

/* Whether a member of an object tells that its value is a secret. */
bool inv_redact_object_names_secret(const inv_redact_rules_t *rules,
                                    const inv_json_t         *object);

/*
 * Whether a child is masked whole.  before: of an array, NULL at its start;
 * named: what inv_redact_object_names_secret says of an object.
 */
bool inv_redact_child_is_masked(const inv_redact_rules_t *rules,
                                const inv_json_t         *child,
                                const inv_json_t *before, bool named);

/* Whether anything at all in a tree would be masked. */
bool inv_redact_tree_is_secret(const inv_redact_rules_t *rules,
                               const inv_json_t *root, unsigned nested);


#endif /* INV_REDACT_PRIVATE_H */
