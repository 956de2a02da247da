
/*
 * cache: commands to Redis and their replies, which come in the order of the
 * commands.  Event loop only.
 */


#include "inv_redis_private.h"


#define INV_REDIS_ARGS_MAX 12

struct inv_redis_command_s {
    ngx_queue_t        link;
    int64_t            sent_ms;  /* inv_time_monotonic */
    inv_redis_reply_pt callback; /* NULL: nobody waits any more */
    void              *context;
    bool               is_overdue; /* one more look, then that is the end */
};

/*
 * Between finding a command overdue and giving up: time for the loop to read
 * what has arrived while this process, not Redis, was held up.
 */
#define INV_REDIS_LAST_LOOK_MS 1


/* How replies of hiredis are called here; others are none of ours. */
static const struct {
    int              type;
    inv_redis_kind_t kind;
} inv_redis_kinds[] = {
    { REDIS_REPLY_STRING, INV_REDIS_STRING },
    { REDIS_REPLY_STATUS, INV_REDIS_STATUS },
    { REDIS_REPLY_ERROR, INV_REDIS_ERROR },
    { REDIS_REPLY_INTEGER, INV_REDIS_INTEGER },
    { REDIS_REPLY_NIL, INV_REDIS_NIL },
};


/* Writes a command to the output.  False: no room, or no memory. */
static bool
inv_redis_format(inv_redis_t *redis, const inv_str_t *args, size_t nargs)
{
    char       *text;
    size_t      i, lens[INV_REDIS_ARGS_MAX];
    u_char     *room;
    long long   len;
    const char *argv[INV_REDIS_ARGS_MAX];

    for (i = 0; i < nargs; i++) {
        argv[i] = args[i].data;
        lens[i] = args[i].len;
    }

    len = redisFormatCommandArgv(&text, (int) nargs, argv, lens);

    if (len < 0) {
        return false;
    }

    room = inv_redis_reserve(redis, (size_t) len);

    if (room != NULL) {
        ngx_memcpy(room, text, (size_t) len);
        redis->filled += (size_t) len;
    }

    redisFreeCommand(text);

    return room != NULL;
}


inv_redis_command_t *
inv_redis_queue(inv_redis_t *redis, const inv_str_t *args, size_t nargs,
                inv_redis_reply_pt callback, void *context)
{
    inv_redis_command_t *command;

    if (redis->npending == INV_REDIS_PENDING_MAX) {
        return NULL;
    }

    command = ngx_alloc(sizeof(inv_redis_command_t), redis->log);
    if (command == NULL) {
        return NULL;
    }

    if (!inv_redis_format(redis, args, nargs)) {
        ngx_free(command);
        return NULL;
    }

    command->sent_ms = inv_time_monotonic();
    command->callback = callback;
    command->context = context;
    command->is_overdue = false;

    ngx_queue_insert_tail(&redis->pending, &command->link);
    redis->npending++;
    inv_metrics_redis(redis->counted, INV_METRICS_REDIS_COMMANDS, 1);

    if (!redis->timer.timer_set) {
        redis->timer.cancelable = redis->hears;
        ngx_add_timer(&redis->timer, redis->patience_ms);
    }

    return command;
}


inv_redis_command_t *
inv_redis_send(inv_redis_t *redis, const inv_str_t *args, size_t nargs,
               inv_redis_reply_pt callback, void *context)
{
    inv_redis_command_t *command;

    if (!inv_redis_is_ready(redis) || redis->hears) {
        return NULL;
    }

    command = inv_redis_queue(redis, args, nargs, callback, context);

    if (command != NULL) {
        ngx_post_event(&redis->kick, &ngx_posted_events);
    }

    return command;
}


void
inv_redis_forget(inv_redis_command_t *command)
{
    command->callback = NULL;
}


static void
inv_redis_finish(inv_redis_t *redis, inv_redis_command_t *command,
                 const inv_redis_reply_t *reply)
{
    void              *context;
    inv_redis_reply_pt callback;

    callback = command->callback;
    context = command->context;

    if (reply == NULL) {
        inv_metrics_redis(redis->counted, INV_METRICS_REDIS_LOST, 1);

    } else if (reply->kind == INV_REDIS_ERROR) {
        inv_metrics_redis(redis->counted, INV_METRICS_REDIS_ERRORS, 1);
    }

    ngx_queue_remove(&command->link);
    ngx_free(command);

    if (callback != NULL) {
        callback(context, reply);
    }
}


void
inv_redis_error_text(const inv_redis_reply_t *reply, bool whole, char *out)
{
    char   c;
    size_t i;

    for (i = 0; i < reply->text.len && i < INV_REDIS_TEXT_MAX - 1; i++) {
        c = reply->text.data[i];

        if (c == ' ' && !whole) {
            break;
        }

        out[i] = c;

        if (c < ' ' || c > '~') {
            out[i] = '?';
        }
    }

    out[i] = '\0';
}


bool
inv_redis_answer_with(inv_redis_t *redis, const inv_redis_reply_t *reply)
{
    if (ngx_queue_empty(&redis->pending)) {
        return false;
    }

    redis->npending--;
    inv_redis_finish(redis,
                     ngx_queue_data(ngx_queue_head(&redis->pending),
                                    inv_redis_command_t, link),
                     reply);

    return true;
}


bool
inv_redis_answer(inv_redis_t *redis, const redisReply *reply)
{
    size_t            i;
    inv_redis_reply_t ours;

    for (i = 0; i < sizeof(inv_redis_kinds) / sizeof(inv_redis_kinds[0]); i++) {
        if (inv_redis_kinds[i].type != reply->type) {
            continue;
        }

        ours.kind = inv_redis_kinds[i].kind;
        ours.integer = reply->integer;
        ours.text.data = reply->str;
        ours.text.len = reply->str == NULL ? 0 : (size_t) reply->len;

        return inv_redis_answer_with(redis, &ours);
    }

    return false;
}


void
inv_redis_check_overdue(inv_redis_t *redis)
{
    int64_t              age_ms, patience_ms;
    inv_redis_command_t *oldest;

    if (ngx_queue_empty(&redis->pending)) {
        return;
    }

    oldest = ngx_queue_data(ngx_queue_head(&redis->pending),
                            inv_redis_command_t, link);

    age_ms = inv_time_monotonic() - oldest->sent_ms;
    patience_ms = (int64_t) redis->patience_ms;

    if (age_ms < patience_ms) {
        ngx_add_timer(&redis->timer, (ngx_msec_t) (patience_ms - age_ms));
        return;
    }

    if (oldest->is_overdue) {
        inv_metrics_redis(redis->counted, INV_METRICS_REDIS_TIMEOUTS, 1);
        inv_redis_break(redis, "no reply within %d ms", (int) patience_ms);
        return;
    }

    oldest->is_overdue = true;
    ngx_add_timer(&redis->timer, INV_REDIS_LAST_LOOK_MS);
}


void
inv_redis_drop_pending(inv_redis_t *redis, bool tell)
{
    ngx_queue_t          dropped;
    inv_redis_command_t *command;

    if (ngx_queue_empty(&redis->pending)) {
        return;
    }

    ngx_queue_init(&dropped);
    ngx_queue_add(&dropped, &redis->pending);
    ngx_queue_init(&redis->pending);
    redis->npending = 0;

    while (!ngx_queue_empty(&dropped)) {
        command =
            ngx_queue_data(ngx_queue_head(&dropped), inv_redis_command_t, link);

        if (!tell) {
            command->callback = NULL;
        }

        inv_redis_finish(redis, command, NULL);
    }
}
