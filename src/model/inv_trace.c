
/*
 * model: trace ids (W3C Trace Context, version 00).  Any thread.
 */


#include "inv_header.h"


/* 00-<trace id>-<parent id>-<flags> */
#define INV_TRACEPARENT_TEXT 55
#define INV_TRACE_AT         3
#define INV_TRACE_PARENT_AT  36
#define INV_TRACE_FLAGS_AT   53

/* Sampled and random-trace-id; all others are to be sent on as 0. */
#define INV_TRACE_FLAGS 0x03

static const char trace_hex[] = "0123456789abcdef";


/* The digit's value; -1: it is none.  Upper case is none here. */
static int
trace_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


static bool
trace_is_hex(const char *text, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (trace_digit(text[i]) < 0) {
            return false;
        }
    }

    return true;
}


static bool
trace_is_zero(const char *text, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (text[i] != '0') {
            return false;
        }
    }

    return true;
}


static bool
trace_is_id(const char *text, size_t n)
{
    return trace_is_hex(text, n) && !trace_is_zero(text, n);
}


/* Version 00 ends with the flags; a later one may go on behind another '-'. */
static bool
trace_is_length(inv_str_t text)
{
    if (text.len == INV_TRACEPARENT_TEXT) {
        return true;
    }

    return memcmp(text.data, "00", 2) != 0
           && text.data[INV_TRACEPARENT_TEXT] == '-';
}


static bool
trace_is_valid(inv_str_t text)
{
    const char *p;

    p = text.data;

    return text.len >= INV_TRACEPARENT_TEXT && trace_is_hex(p, 2)
           && memcmp(p, "ff", 2) != 0 && trace_is_length(text)
           && p[INV_TRACE_AT - 1] == '-' && trace_is_id(p + INV_TRACE_AT, 32)
           && p[INV_TRACE_PARENT_AT - 1] == '-'
           && trace_is_id(p + INV_TRACE_PARENT_AT, 16)
           && p[INV_TRACE_FLAGS_AT - 1] == '-'
           && trace_is_hex(p + INV_TRACE_FLAGS_AT, 2);
}


/* The flags of two good digits, as far as we know them. */
static unsigned char
trace_flags(const char *text)
{
    int value;

    value = trace_digit(text[0]) * 16 + trace_digit(text[1]);

    return (unsigned char) (value & INV_TRACE_FLAGS);
}


/* Writes 2 * n random digits that are not all zero. */
static void
trace_random(inv_random_stock_t *random, char *out, size_t n)
{
    size_t        i;
    unsigned char bytes[16];

    do {
        inv_random_take(random, bytes, n);

        for (i = 0; i < n; i++) {
            out[2 * i] = trace_hex[bytes[i] >> 4];
            out[2 * i + 1] = trace_hex[bytes[i] & 0xf];
        }

    } while (trace_is_zero(out, 2 * n));
}


void
inv_trace_start(inv_str_t traceparent, inv_random_stock_t *random,
                inv_trace_t *trace)
{
    const char *p;

    trace_random(random, trace->span_id, sizeof(trace->span_id) / 2);

    if (!trace_is_valid(traceparent)) {
        trace_random(random, trace->trace_id, sizeof(trace->trace_id) / 2);
        memset(trace->parent_id, '0', sizeof(trace->parent_id));
        trace->flags = 0;
        return;
    }

    p = traceparent.data;

    memcpy(trace->trace_id, p + INV_TRACE_AT, sizeof(trace->trace_id));
    memcpy(trace->parent_id, p + INV_TRACE_PARENT_AT, sizeof(trace->parent_id));

    trace->flags = trace_flags(p + INV_TRACE_FLAGS_AT);
}
