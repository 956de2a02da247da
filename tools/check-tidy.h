
/*
 * Included before every source that clang-tidy reads, and nowhere else.
 *
 * The analyzer cannot follow nginx's circular queues: having seen a link taken
 * out, it believes that the queue's head still points there.  As a function
 * that it cannot look into, the removal makes it forget what it believed.
 */


#include <ngx_config.h>
#include <ngx_core.h>


#undef ngx_queue_remove

void ngx_queue_remove(ngx_queue_t *link);
