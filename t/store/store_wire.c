
/*
 * OP_MSG, as far as the relay needs it; see store_wire.h.
 */


#include <stdlib.h>

#include "store_wire.h"


/* Length, request, response to, opcode; then flags, and the kind of a section. */
#define WIRE_HEADER 16
#define WIRE_BODY   (WIRE_HEADER + 4 + 1)

#define WIRE_OP_MSG 2013


static uint32_t
wire_number(const char *bytes)
{
    uint32_t number;

    memcpy(&number, bytes, sizeof(number));

    return BSON_UINT32_FROM_LE(number);
}


static void
wire_put(char *bytes, uint32_t number)
{
    number = BSON_UINT32_TO_LE(number);
    memcpy(bytes, &number, sizeof(number));
}


size_t
wire_length(const char *bytes, size_t n)
{
    return n >= sizeof(uint32_t) ? wire_number(bytes) : 0;
}


bool
wire_command(const char *bytes, size_t n, bson_t *command)
{
    if (n < WIRE_BODY || wire_length(bytes, n) != n
        || wire_number(bytes + 12) != WIRE_OP_MSG || bytes[WIRE_BODY - 1] != 0)
    {
        return false;
    }

    return wire_length(bytes + WIRE_BODY, n - WIRE_BODY) <= n - WIRE_BODY
           && bson_init_static(command, (const uint8_t *) bytes + WIRE_BODY,
                               wire_number(bytes + WIRE_BODY));
}


bool
wire_is_command(const char *bytes, size_t n, const char *command)
{
    bson_t      body;
    bson_iter_t iter;

    return wire_command(bytes, n, &body) && bson_iter_init(&iter, &body)
           && bson_iter_next(&iter)
           && strcmp(bson_iter_key(&iter), command) == 0;
}


char *
wire_reply(const char *request, const char *json, size_t *length)
{
    char        *bytes;
    bson_t      *body;
    bson_error_t error;

    body = bson_new_from_json((const uint8_t *) json, -1, &error);

    if (body == NULL) {
        fprintf(stderr, "# %s: %s\n", json, error.message);
        abort();
    }

    *length = WIRE_BODY + body->len;
    bytes = calloc(1, *length);

    wire_put(bytes, (uint32_t) *length);
    memcpy(bytes + 8, request + 4, 4);
    wire_put(bytes + 12, WIRE_OP_MSG);
    memcpy(bytes + WIRE_BODY, bson_get_data(body), body->len);

    bson_destroy(body);

    return bytes;
}
