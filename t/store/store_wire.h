
/*
 * The little of MongoDB's wire protocol that the relay needs: which command a
 * message is, and a reply in the server's place.
 */


#ifndef STORE_WIRE_H
#define STORE_WIRE_H


#include "store_fixture.h"


/* A whole message that asks for that command? */
bool wire_is_command(const char *bytes, size_t n, const char *command);

/* The command of a whole message, as a view.  False: it is none. */
bool wire_command(const char *bytes, size_t n, bson_t *command);

/* How long the message is that begins with these; 0: they are too few. */
size_t wire_length(const char *bytes, size_t n);

/* Does the driver ask what kind of server that is? */
bool wire_is_hello(const char *bytes, size_t n);

/* Is the reply to such a message to wait until there is news? */
bool wire_awaits(const char *bytes, size_t n);

/*
 * A whole reply with members, extended JSON, added to its body; the caller's to
 * free.
 */
char *
wire_add(const char *bytes, size_t n, const char *members, size_t *length);

/* A reply to the request, from extended JSON; the caller's to free. */
char *wire_reply(const char *request, const char *json, size_t *length);


#endif /* STORE_WIRE_H */
