
/*
 * Tests and fuzzers of JSON: a tree that was read, written again.
 */


#ifndef JSON_TREE_H
#define JSON_TREE_H


#include "../../src/json/inv_json.h"


static inline void
json_tree_write(inv_json_writer_t *w, const inv_json_t *value)
{
    const inv_json_t *child;

    switch (value->type) {

    case INV_JSON_NULL:
        inv_json_null(w);
        break;

    case INV_JSON_BOOL:
        inv_json_bool(w, value->truth);
        break;

    case INV_JSON_NUMBER:
        inv_json_number(w, value->text);
        break;

    case INV_JSON_STRING:
        inv_json_string(w, value->text);
        break;

    case INV_JSON_ARRAY:
        inv_json_open_array(w);

        for (child = value->first; child != NULL; child = child->next) {
            json_tree_write(w, child);
        }

        inv_json_close_array(w);
        break;

    case INV_JSON_OBJECT:
        inv_json_open_object(w);

        for (child = value->first; child != NULL; child = child->next) {
            inv_json_name(w, child->name.data);
            json_tree_write(w, child);
        }

        inv_json_close_object(w);
        break;
    }
}


#endif /* JSON_TREE_H */
