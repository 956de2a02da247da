
/*
 * What the zone and the counts need of nginx, so that their rules are tested
 * with a clock of the test's: memory that comes from the test, a lock that nobody
 * else takes, a log that counts.  How it is with nginx itself, t/http tests.
 */


#ifndef NGX_CORE_H
#define NGX_CORE_H


#include "ngx_config.h"


typedef intptr_t      ngx_int_t;
typedef uintptr_t     ngx_uint_t;
typedef unsigned char u_char;
typedef pid_t         ngx_pid_t;
typedef ngx_uint_t    ngx_msec_t;

typedef struct {
    size_t  len;
    u_char *data;
} ngx_str_t;

typedef struct {
    unsigned lines;
} ngx_log_t;

typedef struct {
    unsigned locked;
} ngx_shmtx_t;

typedef struct {
    ngx_shmtx_t mutex;
    void       *data;
} ngx_slab_pool_t;

typedef struct {
    void *data;
    struct {
        u_char    *addr;
        size_t     size;
        ngx_log_t *log;
        ngx_uint_t exists;
    } shm;
} ngx_shm_zone_t;

typedef struct {
    ngx_log_t *log;
    ngx_uint_t first;
} ngx_cycle_t;

#define NGX_OK                0
#define NGX_ERROR             (-1)
#define NGX_LOG_EMERG         1
#define NGX_LOG_WARN          5
#define NGX_PROCESS_SIGNALLER 2

#define ngx_errno                           errno
#define ngx_pid                             getpid()
#define ngx_pagesize                        4096
#define ngx_random                          random
#define ngx_memcpy                          memcpy
#define ngx_memzero(p, n)                   memset(p, 0, n)
#define ngx_strcmp                          strcmp
#define ngx_align(n, to)                    (((n) + (to) -1) / (to) * (to))
#define ngx_max(a, b)                       ((a) < (b) ? (b) : (a))
#define ngx_min(a, b)                       ((a) > (b) ? (b) : (a))
#define ngx_is_init_cycle(cycle)            ((cycle)->first)
#define ngx_log_error(level, log, err, ...) ((void) (log)->lines++)

extern ngx_cycle_t *ngx_cycle;
extern ngx_uint_t   ngx_inherited, ngx_test_config, ngx_process;

pid_t getpid(void);
void *ngx_slab_alloc(ngx_slab_pool_t *pool, size_t size);
void *ngx_slab_calloc(ngx_slab_pool_t *pool, size_t size);
void  ngx_shmtx_lock(ngx_shmtx_t *mutex);
void  ngx_shmtx_unlock(ngx_shmtx_t *mutex);

/* What is longer is cut: n with the NUL. */
static inline u_char *
ngx_cpystrn(u_char *to, const u_char *from, size_t n)
{
    size_t len = strnlen((const char *) from, n - 1);

    memcpy(to, from, len);
    to[len] = '\0';

    return to + len;
}


#endif /* NGX_CORE_H */
