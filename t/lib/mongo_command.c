/*
 * Direct access to the database for tests: reads commands from stdin, one
 * canonical extended JSON document a line, runs each on the database that the
 * URI in TEST_MONGO_URI names, and prints the reply as one such line.  Errors
 * are replies too.  A process of its own, one thread.
 */


#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void
print_document(const bson_t *document)
{
    char *text;

    text = bson_as_canonical_extended_json(document, NULL);
    if (text == NULL) {
        fputs("{\"ok\": 0, \"errmsg\": \"reply is not BSON\"}\n", stdout);
        return;
    }

    puts(text);
    bson_free(text);
}


/* reply: the server's; NULL: there is none. */
static void
print_failure(const bson_error_t *error, const bson_t *reply)
{
    bson_t      failure = BSON_INITIALIZER;
    bson_iter_t version;

    BSON_APPEND_INT32(&failure, "ok", 0);
    BSON_APPEND_INT64(&failure, "code", error->code);
    BSON_APPEND_UTF8(&failure, "errmsg", error->message);

    if (reply != NULL
        && bson_iter_init_find(&version, reply, "topologyVersion")) {
        bson_append_iter(&failure, NULL, 0, &version);
    }

    print_document(&failure);
    bson_destroy(&failure);
}


static void
run_command(mongoc_client_t *client, const char *database, const char *line)
{
    bson_t      *command, reply;
    bson_error_t error;

    command = bson_new_from_json((const uint8_t *) line, -1, &error);
    if (command == NULL) {
        print_failure(&error, NULL);
        return;
    }

    if (mongoc_client_command_simple(client, database, command, NULL, &reply,
                                     &error))
    {
        print_document(&reply);
    } else {
        print_failure(&error, &reply);
    }

    bson_destroy(&reply);
    bson_destroy(command);
}


int
main(void)
{
    char            *line = NULL;
    size_t           size = 0;
    const char      *text = getenv("TEST_MONGO_URI");
    const char      *database;
    mongoc_uri_t    *uri;
    mongoc_client_t *client;

    /* What goes wrong is in the replies. */
    mongoc_log_set_handler(NULL, NULL);
    mongoc_init();

    uri = text != NULL ? mongoc_uri_new(text) : NULL;
    client = uri != NULL ? mongoc_client_new_from_uri(uri) : NULL;
    database = uri != NULL ? mongoc_uri_get_database(uri) : NULL;
    if (client == NULL || database == NULL) {
        fputs("TEST_MONGO_URI: not a URI that names a database\n", stderr);
        return EXIT_FAILURE;
    }

    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);

    while (getline(&line, &size, stdin) > 0) {
        run_command(client, database, line);
        fflush(stdout);
    }

    free(line);
    mongoc_client_destroy(client);
    mongoc_uri_destroy(uri);
    mongoc_cleanup();

    return EXIT_SUCCESS;
}
