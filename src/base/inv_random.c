
/*
 * base: random bytes from the kernel.  Any thread.
 */


#include "inv_base.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>


void
inv_random(void *out, size_t n)
{
    char   *p;
    ssize_t got;

    p = out;

    while (n > 0) {
        got = getrandom(p, n, 0);

        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }

            /*
             * No such call, or none allowed: ids and keys made of anything
             * else could repeat, which is worse than to stop.
             */
            abort();
        }

        p += got;
        n -= (size_t) got;
    }
}


void
inv_random_take(inv_random_stock_t *stock, void *out, size_t n)
{
    if (stock->left < n) {
        inv_random(stock->bytes, sizeof(stock->bytes));
        stock->left = sizeof(stock->bytes);
    }

    stock->left -= n;
    memcpy(out, stock->bytes + stock->left, n);
}
