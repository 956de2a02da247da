
/*
 * json: the tree, as yajl tells of one token after the other.  Any thread.
 */


#include "inv_json_parts.h"


#define INV_JSON_STRINGIFY(number)  #number
#define INV_JSON_NUMBER_TEXT(limit) INV_JSON_STRINGIFY(limit)

/* A callback's result: stop. */
static int
inv_json_stop(inv_json_reader_t *reader, inv_json_result_t result)
{
    reader->result = result;

    return 0;
}


/* Stops at the token that was just read. */
static int
inv_json_stop_here(inv_json_reader_t *reader, const char *reason)
{
    reader->error.offset =
        inv_json_next_token(reader->text, reader->place, reader->after);
    reader->error.reason = reason;

    return inv_json_stop(reader, INV_JSON_MALFORMED);
}


static void
inv_json_advance(inv_json_reader_t *reader, inv_json_place_t place)
{
    reader->place = place;
    reader->after = reader->ended ? reader->text.len
                                  : yajl_get_bytes_consumed(reader->yajl);
}


/* After a value, or at the end of a container. */
static void
inv_json_advance_value(inv_json_reader_t *reader)
{
    if (reader->open == NULL) {
        inv_json_advance(reader, INV_JSON_AT_END);
        return;
    }

    inv_json_advance(reader, reader->open->value.type == INV_JSON_OBJECT
                                 ? INV_JSON_AFTER_MEMBER
                                 : INV_JSON_AFTER_ELEMENT);
}


/* yajl may hand out no pointer at all for an empty string. */
static bool
inv_json_copy(inv_json_reader_t *reader, const void *data, size_t len,
              inv_str_t *copy)
{
    inv_str_t text;

    text = len > 0 ? (inv_str_t){ len, data } : inv_str("");

    return inv_arena_copy(reader->arena, text, copy);
}


/* A node not linked yet; NULL: the reader was stopped. */
static inv_json_node_t *
inv_json_node_create(inv_json_reader_t *reader)
{
    inv_json_node_t *node;

    if (reader->values == INV_JSON_VALUES_MAX) {
        (void) inv_json_stop(reader, INV_JSON_TOO_MANY);
        return NULL;
    }

    node = inv_arena_alloc(reader->arena, sizeof(*node));
    if (node == NULL) {
        (void) inv_json_stop(reader, INV_JSON_NO_MEMORY);
        return NULL;
    }

    node->parent = reader->open;
    reader->values++;

    return node;
}


static void
inv_json_node_link(inv_json_reader_t *reader, inv_json_node_t *node)
{
    if (reader->open == NULL) {
        reader->root = node;
        return;
    }

    *reader->tails[reader->depth - 1] = &node->value;
    reader->tails[reader->depth - 1] = &node->value.next;
    reader->open->value.count++;
}


/* The value whose token was just read; NULL: the reader was stopped. */
static inv_json_t *
inv_json_value(inv_json_reader_t *reader, inv_json_type_t type)
{
    inv_json_node_t *node;

    node = reader->member;

    if (node != NULL) {
        reader->member = NULL;

    } else {
        node = inv_json_node_create(reader);
        if (node == NULL) {
            return NULL;
        }

        inv_json_node_link(reader, node);
    }

    node->value.type = type;

    return &node->value;
}


static int
inv_json_on_null(void *ctx)
{
    inv_json_reader_t *reader = ctx;

    if (inv_json_value(reader, INV_JSON_NULL) == NULL) {
        return 0;
    }

    inv_json_advance_value(reader);

    return 1;
}


static int
inv_json_on_boolean(void *ctx, int truth)
{
    inv_json_t        *value;
    inv_json_reader_t *reader = ctx;

    value = inv_json_value(reader, INV_JSON_BOOL);
    if (value == NULL) {
        return 0;
    }

    value->truth = truth != 0;
    inv_json_advance_value(reader);

    return 1;
}


static int
inv_json_on_text(inv_json_reader_t *reader, inv_json_type_t type,
                 const void *data, size_t len)
{
    inv_json_t *value;

    value = inv_json_value(reader, type);
    if (value == NULL) {
        return 0;
    }

    if (!inv_json_copy(reader, data, len, &value->text)) {
        return inv_json_stop(reader, INV_JSON_NO_MEMORY);
    }

    inv_json_advance_value(reader);

    return 1;
}


static int
inv_json_on_number(void *ctx, const char *data, size_t len)
{
    return inv_json_on_text(ctx, INV_JSON_NUMBER, data, len);
}


static int
inv_json_on_string(void *ctx, const unsigned char *data, size_t len)
{
    return inv_json_on_text(ctx, INV_JSON_STRING, data, len);
}


static int
inv_json_on_name(void *ctx, const unsigned char *data, size_t len)
{
    inv_json_node_t   *node;
    inv_json_reader_t *reader = ctx;

    node = inv_json_node_create(reader);
    if (node == NULL) {
        return 0;
    }

    if (!inv_json_copy(reader, data, len, &node->value.name)) {
        return inv_json_stop(reader, INV_JSON_NO_MEMORY);
    }

    switch (inv_json_names_add(&reader->names, node)) {

    case INV_JSON_NAME_TWICE:
        return inv_json_stop_here(reader, "this member name occurs twice");

    case INV_JSON_NAME_NO_MEMORY:
        return inv_json_stop(reader, INV_JSON_NO_MEMORY);

    default:
        break;
    }

    inv_json_node_link(reader, node);
    reader->member = node;
    inv_json_advance(reader, INV_JSON_AFTER_NAME);

    return 1;
}


static int
inv_json_on_open(inv_json_reader_t *reader, inv_json_type_t type,
                 inv_json_place_t place)
{
    inv_json_t *value;

    if (reader->depth == INV_JSON_DEPTH_MAX) {
        return inv_json_stop_here(reader,
                                  "nested deeper than " INV_JSON_NUMBER_TEXT(
                                      INV_JSON_DEPTH_MAX) " levels");
    }

    value = inv_json_value(reader, type);
    if (value == NULL) {
        return 0;
    }

    reader->tails[reader->depth] = &value->first;
    reader->depth++;
    reader->open = (inv_json_node_t *) value;
    inv_json_advance(reader, place);

    return 1;
}


static int
inv_json_on_open_object(void *ctx)
{
    return inv_json_on_open(ctx, INV_JSON_OBJECT, INV_JSON_IN_OBJECT);
}


static int
inv_json_on_open_array(void *ctx)
{
    return inv_json_on_open(ctx, INV_JSON_ARRAY, INV_JSON_IN_ARRAY);
}


static int
inv_json_on_close(void *ctx)
{
    inv_json_reader_t *reader = ctx;

    reader->open = reader->open->parent;
    reader->depth--;
    inv_json_advance_value(reader);

    return 1;
}


const yajl_callbacks inv_json_tree_callbacks = {
    .yajl_null = inv_json_on_null,
    .yajl_boolean = inv_json_on_boolean,
    .yajl_number = inv_json_on_number,
    .yajl_string = inv_json_on_string,
    .yajl_start_map = inv_json_on_open_object,
    .yajl_map_key = inv_json_on_name,
    .yajl_end_map = inv_json_on_close,
    .yajl_start_array = inv_json_on_open_array,
    .yajl_end_array = inv_json_on_close,
};
