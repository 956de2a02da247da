
/*
 * model: what of a tree of JSON is secret.  Any thread.
 */


#include "inv_redact_private.h"


bool
inv_redact_scalar_is_secret(const inv_redact_rules_t *rules,
                            const inv_json_t *value, unsigned nested)
{
    switch (value->type) {

    case INV_JSON_STRING:
        return inv_redact_text_is_secret(rules, value->text, nested);

    case INV_JSON_NUMBER:
        return inv_redact_number_is_secret(value->text);

    default:
        return false;
    }
}


/* Whether a value is a text that is nothing but a listed name. */
static bool
redact_names_secret(const inv_redact_rules_t *rules, const inv_json_t *value)
{
    return value->type == INV_JSON_STRING
           && inv_redact_names_secret(rules, value->text);
}


bool
inv_redact_pieces_are_card(const inv_json_t *array)
{
    char              digits[INV_REDACT_CARD_MAX];
    size_t            i, n;
    const inv_json_t *child;

    if (array->count < 2 || array->count > INV_REDACT_CARD_MAX) {
        return false;
    }

    n = 0;

    for (child = array->first; child != NULL; child = child->next) {
        if ((child->type != INV_JSON_STRING && child->type != INV_JSON_NUMBER)
            || child->text.len > INV_REDACT_CARD_MAX - n)
        {
            return false;
        }

        for (i = 0; i < child->text.len; i++) {
            if (child->text.data[i] < '0' || child->text.data[i] > '9') {
                return false;
            }

            digits[n++] = child->text.data[i];
        }
    }

    return inv_redact_is_card((inv_str_t){ n, digits });
}


bool
inv_redact_object_names_secret(const inv_redact_rules_t *rules,
                               const inv_json_t         *object)
{
    const inv_json_t  *child;
    inv_redact_pairs_t pairs = { .named = false };

    for (child = object->first; child != NULL; child = child->next) {
        if (child->type == INV_JSON_STRING) {
            inv_redact_pairs_add(&pairs, rules, child->name, child->text);
        }
    }

    return pairs.named;
}


bool
inv_redact_child_is_masked(const inv_redact_rules_t *rules,
                           const inv_json_t *child, const inv_json_t *before,
                           bool named)
{
    static const inv_redact_pairs_t pairs = { .named = true };

    if (child->name.data == NULL) {
        return before != NULL && redact_names_secret(rules, before);
    }

    return inv_redact_name_is_secret(rules, child->name)
           || (named && inv_redact_pairs_mask(&pairs, child->name));
}


bool
inv_redact_tree_is_secret(const inv_redact_rules_t *rules,
                          const inv_json_t *root, unsigned nested)
{
    bool              named;
    const inv_json_t *child, *before;

    if (inv_redact_scalar_is_secret(rules, root, nested)
        || (root->type == INV_JSON_ARRAY && inv_redact_pieces_are_card(root)))
    {
        return true;
    }

    named = root->type == INV_JSON_OBJECT
            && inv_redact_object_names_secret(rules, root);
    before = NULL;

    for (child = root->first; child != NULL; child = child->next) {
        if (inv_redact_child_is_masked(rules, child, before, named)
            || (child->name.data != NULL
                && inv_redact_text_is_secret(rules, child->name, nested))
            || inv_redact_tree_is_secret(rules, child, nested))
        {
            return true;
        }

        before = child;
    }

    return false;
}
