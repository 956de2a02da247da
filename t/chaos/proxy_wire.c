
/*
 * The frames of the MongoDB wire protocol; see proxy_wire.h.  The integers are
 * little-endian, as the protocol's are, byte by byte.
 */


#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "proxy_wire.h"


#define WIRE_HEADER   16
#define WIRE_OP_REPLY 1
#define WIRE_OP_MSG   2013

/* Of OP_REPLY, with which a driver's first hello is answered. */
#define WIRE_REPLY_BODY (WIRE_HEADER + 20)

/* Of OP_MSG: bits of the flags, kinds of sections. */
#define WIRE_MORE_TO_COME 2
#define WIRE_BODY         0
#define WIRE_SEQUENCE     1

/* What mongod takes, 48 MB, and its frame. */
#define WIRE_LENGTH_MAX 48001024

#define WIRE_DOUBLE   0x01
#define WIRE_TEXT     0x02
#define WIRE_DOCUMENT 0x03
#define WIRE_OBJECT   0x07
#define WIRE_INT32    0x10
#define WIRE_INT64    0x12

/*
 * A projection's field: what serves clients leaves the outbox away, what
 * follows a change looks into it.
 */
#define WIRE_OUTBOX       "\x10outbox."
#define WIRE_OUTBOX_SLICE "\x03outbox"

/* Members of a hello that waits, and of what is said to one. */
#define WIRE_AWAITS  "maxAwaitTimeMS"
#define WIRE_IS      "isWritablePrimary"
#define WIRE_WAS     "ismaster"
#define WIRE_VERSION "topologyVersion"

/* The type and the name of that element. */
#define WIRE_VERSION_NAME "\x03" WIRE_VERSION

/* Room for the documents that are made here. */
#define WIRE_MADE_MAX 512

typedef struct {
    uint8_t bytes[WIRE_MADE_MAX];
    size_t  length;
} wire_made_t;


static uint32_t
wire_get(const uint8_t *at)
{
    return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16
           | (uint32_t) at[3] << 24;
}


static void
wire_set(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t) value;
    at[1] = (uint8_t) (value >> 8);
    at[2] = (uint8_t) (value >> 16);
    at[3] = (uint8_t) (value >> 24);
}


ssize_t
wire_length(const uint8_t *bytes, size_t n)
{
    uint32_t length;

    if (n < 4) {
        return 0;
    }

    length = wire_get(bytes);

    return length < WIRE_HEADER || length > WIRE_LENGTH_MAX ? -1
                                                            : (ssize_t) length;
}


/* Where the document of the section with the body begins; 0: nowhere. */
static size_t
wire_body(const uint8_t *bytes, size_t length)
{
    size_t at, size;

    if (wire_get(bytes + 12) == WIRE_OP_REPLY && length > WIRE_REPLY_BODY + 4) {
        return WIRE_REPLY_BODY;
    }

    if (wire_get(bytes + 12) != WIRE_OP_MSG) {
        return 0;
    }

    /* a checksum at the end is no section, but too short to be taken for one */
    for (at = WIRE_HEADER + 4; at + 6 < length; at += 1 + size) {
        size = wire_get(bytes + at + 1);

        if (size < 5 || size > length - at - 1) {
            return 0;
        }

        if (bytes[at] == WIRE_BODY) {
            return at + 1;
        }

        if (bytes[at] != WIRE_SEQUENCE) {
            return 0;
        }
    }

    return 0;
}


/* A text of at most n bytes, its NUL among them. */
static void
wire_copy_name(char *name, const uint8_t *text, size_t n)
{
    size_t i;

    for (i = 0; i < n && i < WIRE_NAME_MAX - 1 && text[i] != '\0'; i++) {
        name[i] = (char) text[i];
    }

    name[i] = '\0';
}


/* The first element of the document names the command and its collection. */
static void
wire_read_command(const uint8_t *document, wire_message_t *message)
{
    size_t         size, name;
    const uint8_t *end;

    size = wire_get(document);
    end = memchr(document + 5, '\0', size - 5);

    if (end == NULL) {
        return;
    }

    name = (size_t) (end - document) - 5;
    wire_copy_name(message->name, document + 5, name);

    /* type, name, NUL, the text's size, the text */
    if (document[4] == WIRE_TEXT && size > name + 10) {
        wire_copy_name(message->collection, end + 5, size - name - 10);
    }
}


/* Whether the bytes hold that text and its NUL. */
#define wire_has(bytes, length, text) \
    (memmem(bytes, length, text, sizeof(text)) != NULL)


void
wire_read(const uint8_t *bytes, size_t length, wire_message_t *message)
{
    size_t body;

    memset(message, 0, sizeof(wire_message_t));

    message->id = wire_get(bytes + 4);
    message->reply_to = wire_get(bytes + 8);

    body = wire_body(bytes, length);

    if (body != 0) {
        message->command = wire_get(bytes + 12) == WIRE_OP_MSG;
        message->silent =
            message->command && (wire_get(bytes + 16) & WIRE_MORE_TO_COME) != 0;
        wire_read_command(bytes + body, message);
        message->awaits = strcmp(message->name, "hello") == 0
                          && wire_has(bytes + body, length - body, WIRE_AWAITS);
        message->hello = wire_has(bytes + body, length - body, WIRE_IS)
                         || wire_has(bytes + body, length - body, WIRE_WAS);
        message->outbox =
            memmem(bytes + body, length - body, WIRE_OUTBOX,
                   sizeof(WIRE_OUTBOX) - 1)
                != NULL
            || memmem(bytes + body, length - body, WIRE_OUTBOX_SLICE,
                      sizeof(WIRE_OUTBOX_SLICE))
                   != NULL;
    }
}


static void
wire_put(wire_made_t *made, const void *bytes, size_t n)
{
    if (n <= WIRE_MADE_MAX - made->length) {
        memcpy(made->bytes + made->length, bytes, n);
        made->length += n;
    }
}


static void
wire_put_int(wire_made_t *made, uint32_t value)
{
    uint8_t bytes[4];

    wire_set(bytes, value);
    wire_put(made, bytes, 4);
}


static void
wire_put_name(wire_made_t *made, uint8_t type, const char *name)
{
    wire_put(made, &type, 1);
    wire_put(made, name, strlen(name) + 1);
}


static void
wire_put_text(wire_made_t *made, const char *name, const char *text)
{
    wire_put_name(made, WIRE_TEXT, name);
    wire_put_int(made, (uint32_t) strlen(text) + 1);
    wire_put(made, text, strlen(text) + 1);
}


static const char *
wire_code_name(int32_t code)
{
    switch (code) {
    case 64:
        return "WriteConcernFailed";
    case 91:
        return "ShutdownInProgress";
    case 112:
        return "WriteConflict";
    case 189:
        return "PrimarySteppedDown";
    case 10107:
        return "NotWritablePrimary";
    case 11602:
        return "InterruptedDueToReplStateChange";
    default:
        return "Location";
    }
}


/* {code, codeName, errmsg} */
static void
wire_put_error(wire_made_t *made, int32_t code)
{
    wire_put_name(made, WIRE_INT32, "code");
    wire_put_int(made, (uint32_t) code);
    wire_put_text(made, "codeName", wire_code_name(code));
    wire_put_text(made, "errmsg", "said by the proxy");
}


/* The end of the document that began at that byte. */
static void
wire_end_document(wire_made_t *made, size_t began)
{
    wire_put(made, "", 1);
    wire_set(made->bytes + began, (uint32_t) (made->length - began));
}


bool
wire_read_version(const uint8_t *reply, size_t length, wire_version_t *version)
{
    size_t         body, size, room;
    const uint8_t *element;

    body = wire_body(reply, length);
    element = body == 0 ? NULL
                        : memmem(reply + body, length - body, WIRE_VERSION_NAME,
                                 sizeof(WIRE_VERSION_NAME));

    if (element == NULL) {
        return false;
    }

    room = length - (size_t) (element - reply);
    size = sizeof(WIRE_VERSION_NAME);
    size += size + 4 <= room ? wire_get(element + size) : room;

    if (size > room || size > WIRE_VERSION_MAX) {
        return false;
    }

    memcpy(version->element, element, size);
    version->length = size;

    return true;
}


/* Whether a driver that is told the code takes it for news of the server. */
static bool
wire_is_news(int32_t code)
{
    switch (code) {
    case 91:
    case 189:
    case 10058:
    case 10107:
    case 11600:
    case 11602:
    case 13435:
    case 13436:
        return true;
    default:
        return false;
    }
}


static void
wire_put_version(wire_made_t *made, int32_t code, const wire_version_t *version)
{
    if (wire_is_news(code)) {
        wire_put(made, version->element, version->length);
    }
}


uint8_t *
wire_failure(uint32_t reply_to, int32_t code, const wire_version_t *version,
             size_t *length)
{
    size_t      document;
    uint8_t    *bytes;
    wire_made_t made = { .length = 0 };

    wire_put_int(&made, 0);
    wire_put_int(&made, 0);
    wire_put_int(&made, reply_to);
    wire_put_int(&made, WIRE_OP_MSG);
    wire_put_int(&made, 0);
    wire_put(&made, "", 1);

    document = made.length;
    wire_put_int(&made, 0);
    wire_put_name(&made, WIRE_DOUBLE, "ok");
    wire_put(&made, "\0\0\0\0\0\0\0", 8);
    wire_put_error(&made, code);
    wire_put_version(&made, code, version);
    wire_end_document(&made, document);
    wire_set(made.bytes, (uint32_t) made.length);

    bytes = malloc(made.length);
    if (bytes != NULL) {
        memcpy(bytes, made.bytes, made.length);
        *length = made.length;
    }

    return bytes;
}


/* A copy of the reply with these members at its end; from malloc. */
static uint8_t *
wire_with(const uint8_t *reply, size_t length, const wire_made_t *made,
          size_t *new_length)
{
    size_t   body, end;
    uint8_t *bytes;

    body = wire_body(reply, length);
    bytes = body != 0 ? malloc(length + made->length) : NULL;

    if (bytes == NULL) {
        return NULL;
    }

    /* before the byte that ends the document */
    end = body + wire_get(reply + body) - 1;
    memcpy(bytes, reply, end);
    memcpy(bytes + end, made->bytes, made->length);
    memcpy(bytes + end + made->length, reply + end, length - end);

    *new_length = length + made->length;
    wire_set(bytes, (uint32_t) *new_length);
    wire_set(bytes + body, wire_get(reply + body) + (uint32_t) made->length);

    return bytes;
}


uint8_t *
wire_with_concern(const uint8_t *reply, size_t length, int32_t code,
                  const wire_version_t *version, size_t *new_length)
{
    size_t      document;
    wire_made_t made = { .length = 0 };

    wire_put_name(&made, WIRE_DOCUMENT, "writeConcernError");
    document = made.length;
    wire_put_int(&made, 0);
    wire_put_error(&made, code);
    wire_end_document(&made, document);
    wire_put_version(&made, code, version);

    return wire_with(reply, length, &made, new_length);
}


uint8_t *
wire_with_version(const uint8_t *reply, size_t length, size_t *new_length)
{
    size_t      document;
    wire_made_t made = { .length = 0 };

    /* of one process, and never another state of it */
    wire_put_name(&made, WIRE_DOCUMENT, WIRE_VERSION);
    document = made.length;
    wire_put_int(&made, 0);
    wire_put_name(&made, WIRE_OBJECT, "processId");
    wire_put(&made, "the process!", 12);
    wire_put_name(&made, WIRE_INT64, "counter");
    wire_put(&made, "\0\0\0\0\0\0\0", 8);
    wire_end_document(&made, document);

    return wire_with(reply, length, &made, new_length);
}
