
/*
 * The frames of the MongoDB wire protocol, as much of them as a proxy needs:
 * where a message ends, which command on which collection it is, and replies
 * that say something else than the server did.  One thread, no I/O.
 */


#ifndef PROXY_WIRE_H
#define PROXY_WIRE_H


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>


#define WIRE_NAME_MAX 64

typedef struct {
    uint32_t id;       /* of the sender's choosing */
    uint32_t reply_to; /* the id of the request; 0 in a request */
    bool     command; /* an OP_MSG that has a body, so a command or its reply */
    bool     silent;  /* the sender wants no reply */
    bool     awaits;  /* a hello that wants its reply when there is news */
    bool     hello;   /* the reply to one */
    char     name[WIRE_NAME_MAX];       /* of the command */
    char     collection[WIRE_NAME_MAX]; /* its value where that is a text */
    bool     outbox; /* speaks of fields inside a product's outbox */
} wire_message_t;

/* An element {topologyVersion: {processId, counter}} has 62 bytes. */
#define WIRE_VERSION_MAX 64

/* What a server said of its state last. */
typedef struct {
    uint8_t element[WIRE_VERSION_MAX]; /* of BSON, with its name */
    size_t  length;                    /* 0: it said nothing */
} wire_version_t;

/* The size of the message at bytes, 0: not known yet, -1: this is none. */
ssize_t wire_length(const uint8_t *bytes, size_t n);

/* bytes hold one whole message of that length. */
void wire_read(const uint8_t *bytes, size_t length, wire_message_t *message);

/*
 * Takes the topologyVersion of a reply to a hello.  False: it has none, and the
 * version stays as it was.
 */
bool
wire_read_version(const uint8_t *reply, size_t length, wire_version_t *version);

/*
 * A reply that only says that it failed; from malloc.  A code by which drivers
 * take a server for another one than before comes with the version, as mongod's
 * since 4.4 does: a driver that knows the version has no news then.  Without it,
 * a driver that awaits a hello would not use the server until that ends.
 */
uint8_t *wire_failure(uint32_t reply_to, int32_t code,
                      const wire_version_t *version, size_t *length);

/*
 * A copy of the reply with a writeConcernError of that code beside what it
 * says, and with the version as in wire_failure; NULL where it has no body.
 * From malloc.
 */
uint8_t *wire_with_concern(const uint8_t *reply, size_t length, int32_t code,
                           const wire_version_t *version, size_t *new_length);

/*
 * A copy of the reply to a hello by which the server lets itself be awaited, as
 * mongod does since 4.4; NULL where it has no body.  From malloc.
 */
uint8_t *
wire_with_version(const uint8_t *reply, size_t length, size_t *new_length);


#endif /* PROXY_WIRE_H */
