
/*
 * OP_MSG, as far as the relay needs it; see store_wire.h.
 */


#include <stdlib.h>

#include "store_wire.h"


/* Length, request, response to, opcode; then flags, and the kind of a section. */
#define WIRE_HEADER 16
#define WIRE_BODY   (WIRE_HEADER + 4 + 1)

#define WIRE_OP_MSG 2013

/* The driver's first message, and the reply: where their documents begin. */
#define WIRE_OP_REPLY   1
#define WIRE_REPLY_BODY (WIRE_HEADER + 20)
#define WIRE_OP_QUERY   2004

/* How many documents an OP_REPLY has. */
#define WIRE_REPLY_COUNT (WIRE_REPLY_BODY - 4)


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


/* Where the body of a message begins; 0: it has none that is known here. */
static size_t
wire_at(const char *bytes, size_t n)
{
    if (n < WIRE_BODY || wire_length(bytes, n) != n) {
        return 0;
    }

    switch (wire_number(bytes + 12)) {

    case WIRE_OP_MSG:
        return bytes[WIRE_BODY - 1] == 0 ? WIRE_BODY : 0;

    case WIRE_OP_REPLY:
        return WIRE_REPLY_BODY;

    case WIRE_OP_QUERY:
        /* flags, the collection's name, skip and limit */
        return WIRE_HEADER + 4
               + strnlen(bytes + WIRE_HEADER + 4, n - WIRE_HEADER - 4) + 1 + 8;

    default:
        return 0;
    }
}


/* Of a whole message. */
static bool
wire_body(const char *bytes, size_t n, bson_t *body)
{
    size_t at;

    at = wire_at(bytes, n);

    return at != 0 && at + sizeof(uint32_t) <= n
           && wire_number(bytes + at) <= n - at
           && bson_init_static(body, (const uint8_t *) bytes + at,
                               wire_number(bytes + at));
}


bool
wire_command(const char *bytes, size_t n, bson_t *command)
{
    return n >= WIRE_BODY && wire_number(bytes + 12) == WIRE_OP_MSG
           && wire_body(bytes, n, command);
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


bool
wire_is_hello(const char *bytes, size_t n)
{
    bson_t body;

    return wire_body(bytes, n, &body)
           && (bson_has_field(&body, "hello")
               || bson_has_field(&body, "isMaster"));
}


bool
wire_awaits(const char *bytes, size_t n)
{
    bson_t body;

    return wire_body(bytes, n, &body)
           && bson_has_field(&body, "maxAwaitTimeMS");
}


static bson_t *
wire_json(const char *json)
{
    bson_t      *bson;
    bson_error_t error;

    bson = bson_new_from_json((const uint8_t *) json, -1, &error);

    if (bson == NULL) {
        fprintf(stderr, "# %s: %s\n", json, error.message);
        abort();
    }

    return bson;
}


char *
wire_add(const char *bytes, size_t n, const char *members, size_t *length)
{
    char  *changed;
    bson_t body, *more, *whole;
    size_t at;

    at = wire_at(bytes, n);

    if (!wire_body(bytes, n, &body)) {
        fprintf(stderr, "# the relay got half a reply\n");
        abort();
    }

    more = wire_json(members);
    whole = bson_copy(&body);
    bson_concat(whole, more);

    *length = at + whole->len;
    changed = malloc(*length);
    memcpy(changed, bytes, at);
    memcpy(changed + at, bson_get_data(whole), whole->len);
    wire_put(changed, (uint32_t) *length);

    bson_destroy(whole);
    bson_destroy(more);

    return changed;
}


char *
wire_reply(const char *request, const char *json, size_t *length)
{
    bool    query;
    char   *bytes;
    bson_t *body;
    size_t  at;

    body = wire_json(json);
    query = wire_number(request + 12) == WIRE_OP_QUERY;
    at = query ? WIRE_REPLY_BODY : WIRE_BODY;

    *length = at + body->len;
    bytes = calloc(1, *length);

    wire_put(bytes, (uint32_t) *length);
    memcpy(bytes + 8, request + 4, 4);
    wire_put(bytes + 12, query ? WIRE_OP_REPLY : WIRE_OP_MSG);

    if (query) {
        wire_put(bytes + WIRE_REPLY_COUNT, 1);
    }

    memcpy(bytes + at, bson_get_data(body), body->len);
    bson_destroy(body);

    return bytes;
}
