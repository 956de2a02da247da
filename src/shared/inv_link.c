
/*
 * shared: the link: a page that zones of one family share, see inv_link.h.
 * Master process, and event loops.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create and seals */
#endif

#include "inv_link.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


#define INV_LINK_MAGIC UINT64_C(0x696e766c696e6b31)

/*
 * Each start, each reload that changes inventory_zone, and each upgrade takes
 * one.  Nobody knows when the last worker of a zone has gone, so that the place
 * that has waited longest is given out again, and who had it counts among the
 * strays.
 */
#define INV_LINK_PLACES 63 /* with the head: 4,096 bytes */

/* Below are those that the master turns into /dev/null. */
#define INV_LINK_FD_MIN 3

/* Digits of a descriptor: far more than a process may have. */
#define INV_LINK_FD_DIGITS 9

/* So that nobody who holds it can take the memory away under the others. */
#define INV_LINK_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* A line of the processor's cache, so that zones do not slow each other. */
typedef struct {
    uint64_t owner; /* what inv_link_join gave out; 0: nobody yet */
    uint64_t count;
    uint64_t unused[6];
} inv_link_place_t;

typedef struct {
    uint64_t         magic;
    uint64_t         partial; /* made beside elders, who do not know it */
    uint64_t         joined;  /* how often a place was given out */
    uint64_t         strays;  /* counts of those whose place was given away */
    uint64_t         unused[4];
    inv_link_place_t places[INV_LINK_PLACES];
} inv_link_page_t;


/* The master's, and by fork its workers'; the module stays over reloads. */
static inv_link_page_t *inv_link_page;
static int              inv_link_fd = -1;

static char inv_link_text[sizeof(INV_LINK_VARIABLE "=") + INV_LINK_FD_DIGITS];


static inv_link_page_t *
inv_link_map(int fd)
{
    void *page;

    page = mmap(NULL, sizeof(inv_link_page_t), PROT_READ | PROT_WRITE,
                MAP_SHARED, fd, 0);

    return page == MAP_FAILED ? NULL : page;
}


/* Its value as a descriptor; -1: there is no such variable, or another's. */
static int
inv_link_variable(void)
{
    int         fd;
    const char *value;

    value = getenv(INV_LINK_VARIABLE);
    if (value == NULL || strlen(value) > INV_LINK_FD_DIGITS) {
        return -1;
    }

    for (fd = 0; *value >= '0' && *value <= '9'; value++) {
        fd = fd * 10 + (*value - '0');
    }

    return *value == '\0' && fd >= INV_LINK_FD_MIN ? fd : -1;
}


/* Whoever wrote the variable: it is a page like ours, or not touched. */
static bool
inv_link_is_page(int fd)
{
    int         seals;
    struct stat status;

    seals = fcntl(fd, F_GET_SEALS);

    return seals != -1 && (seals & INV_LINK_SEALS) == INV_LINK_SEALS
           && fstat(fd, &status) == 0
           && status.st_size == (off_t) sizeof(inv_link_page_t);
}


/* The page that the binary before has passed on. */
static bool
inv_link_find(void)
{
    int              fd;
    inv_link_page_t *page;

    fd = inv_link_variable();
    if (fd == -1 || !inv_link_is_page(fd)) {
        return false;
    }

    page = inv_link_map(fd);
    if (page == NULL) {
        return false;
    }

    if (page->magic != INV_LINK_MAGIC) {
        (void) munmap(page, sizeof(inv_link_page_t));
        return false;
    }

    inv_link_page = page;
    inv_link_fd = fd;

    return true;
}


_Static_assert(sizeof(inv_link_page_t) == 4096, "a page");


/* A descriptor of an empty page, above those of the terminal; -1: none. */
static int
inv_link_memory(void)
{
    int fd, high;

    /* It stays open over exec: that is how the new binary gets it. */

    fd = memfd_create("ngx_inventory_link", MFD_ALLOW_SEALING);
    if (fd == -1) {
        return -1;
    }

    if (fd < INV_LINK_FD_MIN) {
        high = fcntl(fd, F_DUPFD, INV_LINK_FD_MIN);
        (void) close(fd);
        fd = high;
    }

    if (fd != -1
        && (ftruncate(fd, sizeof(inv_link_page_t)) == -1
            || fcntl(fd, F_ADD_SEALS, INV_LINK_SEALS) == -1))
    {
        (void) close(fd);
        fd = -1;
    }

    return fd;
}


static bool
inv_link_make(bool has_elder)
{
    int              fd;
    inv_link_page_t *page;

    fd = inv_link_memory();
    if (fd == -1) {
        return false;
    }

    page = inv_link_map(fd);
    if (page == NULL) {
        (void) close(fd);
        return false;
    }

    page->magic = INV_LINK_MAGIC;
    page->partial = has_elder;

    inv_link_page = page;
    inv_link_fd = fd;

    return true;
}


bool
inv_link_open(bool has_elder)
{
    if (inv_link_page != NULL) {
        return true;
    }

    if (!inv_link_find() && !inv_link_make(has_elder)) {
        return false;
    }

    (void) snprintf(inv_link_text, sizeof(inv_link_text),
                    INV_LINK_VARIABLE "=%d", inv_link_fd);

    return true;
}


inv_str_t
inv_link_environment(void)
{
    return (inv_str_t){ strlen(inv_link_text), inv_link_text };
}


bool
inv_link_is_whole(void)
{
    return inv_link_page != NULL && !inv_link_page->partial;
}


static inv_link_place_t *
inv_link_place(uint64_t place)
{
    return &inv_link_page->places[place % INV_LINK_PLACES];
}


/*
 * Places are given out in turn.  The count stays when a place is: sums must not
 * go back, and what the new owner had missed it could not have copied.
 */
uint64_t
inv_link_join(void)
{
    uint64_t place;

    if (inv_link_page == NULL) {
        return 0;
    }

    place = INV_LINK_PLACES
            + __atomic_fetch_add(&inv_link_page->joined, 1, __ATOMIC_SEQ_CST);

    __atomic_store_n(&inv_link_place(place)->owner, place, __ATOMIC_SEQ_CST);

    return place;
}


/*
 * First counted, then looked whose place it is: if it was given away in
 * between, the new owner is told twice rather than not at all.
 */
void
inv_link_mark(uint64_t place)
{
    inv_link_place_t *mine;

    if (place == 0 || inv_link_page == NULL) {
        return;
    }

    mine = inv_link_place(place);

    (void) __atomic_fetch_add(&mine->count, 1, __ATOMIC_SEQ_CST);

    if (__atomic_load_n(&mine->owner, __ATOMIC_SEQ_CST) != place) {
        (void) __atomic_fetch_add(&inv_link_page->strays, 1, __ATOMIC_SEQ_CST);
    }
}


uint64_t
inv_link_others(uint64_t place)
{
    size_t            i, n;
    uint64_t          sum;
    inv_link_place_t *mine;

    if (place == 0 || inv_link_page == NULL) {
        return 0;
    }

    mine = inv_link_place(place);

    if (__atomic_load_n(&mine->owner, __ATOMIC_ACQUIRE) != place) {
        mine = NULL; /* it is another's by now */
    }

    sum = __atomic_load_n(&inv_link_page->strays, __ATOMIC_ACQUIRE);
    n = __atomic_load_n(&inv_link_page->joined, __ATOMIC_ACQUIRE);
    n = n < INV_LINK_PLACES ? n : INV_LINK_PLACES;

    for (i = 0; i < n; i++) {
        if (&inv_link_page->places[i] != mine) {
            sum += __atomic_load_n(&inv_link_page->places[i].count,
                                   __ATOMIC_ACQUIRE);
        }
    }

    return sum;
}
