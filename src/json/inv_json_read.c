
/*
 * json: a text into a tree.  Any thread.
 *
 * The tree and its strings live in the caller's arena; what is needed only
 * while reading (yajl, the table of names) in a second one, which is gone when
 * the call returns.
 */


#include "inv_json_parts.h"


/* The text through yajl; stopped: the byte at which it gave up. */
static yajl_status
inv_json_parse(inv_json_reader_t *reader, size_t *stopped)
{
    yajl_status status;

    reader->yajl =
        yajl_alloc(&inv_json_tree_callbacks, &reader->memory.funcs, reader);

    /* the scan has done it, and better */
    (void) yajl_config(reader->yajl, yajl_dont_validate_strings, 1);

    status = yajl_parse(reader->yajl, (const unsigned char *) reader->text.data,
                        reader->text.len);
    *stopped = yajl_get_bytes_consumed(reader->yajl);

    if (status == yajl_status_ok) {
        reader->ended = true;
        *stopped = reader->text.len;
        status = yajl_complete_parse(reader->yajl);
    }

    return status;
}


/* fault: what the scan found, or the end of the text. */
static inv_json_result_t
inv_json_read_text(inv_json_reader_t *reader, inv_str_t text,
                   const inv_json_error_t *fault)
{
    size_t      stopped;
    yajl_status status;

    if (setjmp(reader->memory.exhausted) != 0) {
        return INV_JSON_NO_MEMORY;
    }

    status = inv_json_parse(reader, &stopped);

    if (reader->result != INV_JSON_OK) {
        return reader->result;
    }

    /* asked in any case: yajl lets half a token follow the value */

    if (inv_json_refused(reader->text, reader->place, reader->after, stopped,
                         &reader->error))
    {
        return INV_JSON_MALFORMED;
    }

    if (status == yajl_status_ok && fault->offset == text.len) {
        return INV_JSON_OK;
    }

    reader->error = *fault;

    return INV_JSON_MALFORMED;
}


inv_json_result_t
inv_json_read(inv_arena_t *arena, inv_str_t text, inv_json_t **root,
              inv_json_error_t *error)
{
    inv_arena_t      *scratch;
    inv_json_error_t  fault;
    inv_json_reader_t reader;
    inv_json_result_t result;

    scratch = inv_arena_create();
    if (scratch == NULL) {
        return INV_JSON_NO_MEMORY;
    }

    fault = inv_json_scan(text);

    memset(&reader, 0, sizeof(reader));
    reader.arena = arena;
    reader.text = (inv_str_t){ fault.offset, text.data };
    inv_json_memory_init(&reader.memory, scratch);
    inv_json_names_init(&reader.names, scratch);

    result = inv_json_read_text(&reader, text, &fault);
    inv_arena_destroy(scratch);

    if (result == INV_JSON_OK) {
        *root = &reader.root->value;
    }

    if (result == INV_JSON_MALFORMED) {
        *error = reader.error;
    }

    return result;
}


const inv_json_t *
inv_json_member(const inv_json_t *object, inv_str_t name)
{
    const inv_json_t *member;

    if (object->type != INV_JSON_OBJECT) {
        return NULL;
    }

    for (member = object->first; member != NULL; member = member->next) {
        if (inv_str_eq(member->name, name)) {
            return member;
        }
    }

    return NULL;
}
