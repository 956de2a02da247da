
/*
 * The link: what one zone counts the others see, over fork and exec; and what
 * is in the environment is believed only if it is a page of ours.
 *
 * The page belongs to a process: each test is one of its own.
 */


#define _GNU_SOURCE /* memfd_create */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/shared/inv_link.h"


/* What a new binary does, started as "test_link found". */
#define FOUND     "found"
#define FOUND_YES 42
#define FOUND_NO  43

/* Places on the page, and then some. */
#define MANY 200

static const char *program;


/* Runs a part of a test in a process of its own: the page is made anew. */
static void
in_process(void (*part)(void))
{
    int   status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        part();
        _exit(0);
    }

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}


/* In a child: cmocka is not there to catch it. */
static void
require(bool condition, int line)
{
    if (!condition) {
        printf("# line %d\n", line);
        fflush(stdout);
        _exit(1);
    }
}

#define REQUIRE(condition) require(condition, __LINE__)


/* How a program that this one becomes by exec ends. */
static int
become(void)
{
    int   status;
    pid_t pid;

    pid = fork();
    REQUIRE(pid >= 0);

    if (pid == 0) {
        execl(program, program, FOUND, (char *) NULL);
        _exit(1);
    }

    REQUIRE(waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFEXITED(status));

    return WEXITSTATUS(status);
}


/* The new binary: it writes once, and sees what was written. */
static int
found(void)
{
    uint64_t place;

    REQUIRE(inv_link_open(true));

    if (!inv_link_is_whole()) {
        REQUIRE(inv_link_join() != 0);
        return FOUND_NO;
    }

    place = inv_link_join();
    REQUIRE(inv_link_others(place) == 1);
    inv_link_mark(place);
    REQUIRE(inv_link_others(place) == 1);

    return FOUND_YES;
}


static void
none(void)
{
    REQUIRE(!inv_link_is_whole());
    REQUIRE(inv_link_environment().len == 0);
    REQUIRE(inv_link_join() == 0);
    inv_link_mark(0);
    REQUIRE(inv_link_others(0) == 0);
}


static void
test_without_a_page(void **state)
{
    in_process(none);
}


static void
others_are_seen(void)
{
    uint64_t first, second, third;

    REQUIRE(inv_link_open(false));
    REQUIRE(inv_link_open(true)); /* it is the same as before */
    REQUIRE(inv_link_is_whole());

    first = inv_link_join();
    second = inv_link_join();
    REQUIRE(first != 0 && second != 0 && first != second);
    REQUIRE(inv_link_others(first) == 0);

    inv_link_mark(first);
    REQUIRE(inv_link_others(first) == 0);
    REQUIRE(inv_link_others(second) == 1);

    inv_link_mark(second);
    inv_link_mark(second);
    REQUIRE(inv_link_others(first) == 2);
    REQUIRE(inv_link_others(second) == 1);

    third = inv_link_join();
    REQUIRE(inv_link_others(third) == 3);
    inv_link_mark(third);
    REQUIRE(inv_link_others(third) == 3);
    REQUIRE(inv_link_others(first) == 3);
}


static void
test_others_are_seen(void **state)
{
    in_process(others_are_seen);
}


static void
workers_share_it(void)
{
    int      status;
    pid_t    pid;
    unsigned i, n;
    uint64_t mine, other;

    REQUIRE(inv_link_open(false));
    mine = inv_link_join();
    other = inv_link_join();

    for (n = 0; n < 4; n++) {
        pid = fork();

        if (pid == 0) {
            for (i = 0; i < 10000; i++) {
                inv_link_mark(other);
            }

            _exit(0);
        }
    }

    for (n = 0; n < 4; n++) {
        REQUIRE(wait(&status) > 0 && status == 0);
    }

    REQUIRE(inv_link_others(mine) == 40000);
    REQUIRE(inv_link_others(other) == 0);
}


static void
test_workers_share_it(void **state)
{
    in_process(workers_share_it);
}


/* More zones than places: each mark is seen by all others, even so. */
static void
places_run_out(void)
{
    unsigned i, n;
    uint64_t places[MANY], seen[MANY];

    REQUIRE(inv_link_open(false));

    for (n = 0; n < MANY; n++) {
        places[n] = inv_link_join();
    }

    for (n = 0; n < MANY; n++) {
        for (i = 0; i < MANY; i++) {
            seen[i] = inv_link_others(places[i]);
        }

        inv_link_mark(places[n]);

        for (i = 0; i < MANY; i++) {
            REQUIRE(i == n || inv_link_others(places[i]) > seen[i]);
        }

        REQUIRE(n < MANY - 60 || inv_link_others(places[n]) == seen[n]);
    }
}


static void
test_places_run_out(void **state)
{
    in_process(places_run_out);
}


static void
partial_page(void)
{
    REQUIRE(inv_link_open(true)); /* elders do not know it */
    REQUIRE(!inv_link_is_whole());
    REQUIRE(inv_link_join() != 0);
}


static void
test_made_beside_elders(void **state)
{
    in_process(partial_page);
}


static void
pass_on(void)
{
    char      text[64];
    uint64_t  place;
    inv_str_t variable;

    REQUIRE(inv_link_open(false));
    place = inv_link_join();
    inv_link_mark(place);

    variable = inv_link_environment();
    REQUIRE(variable.len > sizeof(INV_LINK_VARIABLE));
    memcpy(text, variable.data, variable.len + 1);
    REQUIRE(putenv(text) == 0);

    REQUIRE(become() == FOUND_YES);
    REQUIRE(inv_link_others(place) == 1);
}


static void
test_a_new_binary_finds_it(void **state)
{
    in_process(pass_on);
}


/* 0 to 2 are free: the master will make them /dev/null. */
static void
standard_is_closed(void)
{
    int  i;
    char text[64];

    for (i = 0; i < 3; i++) {
        close(i);
    }

    REQUIRE(inv_link_open(false));
    memcpy(text, inv_link_environment().data, inv_link_environment().len + 1);
    REQUIRE(atoi(strchr(text, '=') + 1) >= 3);
}


static void
test_not_a_standard_descriptor(void **state)
{
    in_process(standard_is_closed);
}


static void
bogus_value(const char *value)
{
    REQUIRE(setenv(INV_LINK_VARIABLE, value, 1) == 0);
    REQUIRE(become() == FOUND_NO);
}


static void
bogus_descriptor(int fd)
{
    char text[16];

    REQUIRE(fd >= 0);
    snprintf(text, sizeof(text), "%d", fd);
    bogus_value(text);
    close(fd);
}


/* Sealed and of the size of a page, or not; without its magic number. */
static int
memory(off_t size, int seals)
{
    int fd;

    fd = memfd_create("other", MFD_ALLOW_SEALING);
    REQUIRE(ftruncate(fd, size) == 0);
    REQUIRE(fcntl(fd, F_ADD_SEALS, seals) == 0);

    return fd;
}


static void
bogus(void)
{
    size_t i;

    static const char *const values[] = {
        "",   "x",  "-1",        "0",
        "1",  "3",  "1000",      "99999999999999999999",
        "3x", " 4", "999999999", "2147483648",
        "0x5"
    };

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        bogus_value(values[i]);
    }

    bogus_descriptor(open("/dev/zero", O_RDWR));
    bogus_descriptor(open(program, O_RDONLY));
    bogus_descriptor(memory(4096, 0));
    bogus_descriptor(memory(4096, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
    bogus_descriptor(memory(100, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
    bogus_descriptor(
        memory(4096, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL));
}


static void
test_bogus_variables(void **state)
{
    in_process(bogus);
}


int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_page),
        cmocka_unit_test(test_others_are_seen),
        cmocka_unit_test(test_workers_share_it),
        cmocka_unit_test(test_places_run_out),
        cmocka_unit_test(test_made_beside_elders),
        cmocka_unit_test(test_a_new_binary_finds_it),
        cmocka_unit_test(test_not_a_standard_descriptor),
        cmocka_unit_test(test_bogus_variables),
    };

    program = argv[0];

    if (argc > 1 && strcmp(argv[1], FOUND) == 0) {
        return found();
    }

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
