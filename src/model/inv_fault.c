
/*
 * model: the faults of a request, collected.  Any thread.
 */


#include "inv_problem.h"
#include "../base/inv_limits.h"

#include <stdarg.h>
#include <stdio.h>


void
inv_faults_init(inv_faults_t *faults, inv_arena_t *arena)
{
    faults->arena = arena;
    faults->first = NULL;
    faults->last = &faults->first;
    faults->count = 0;
    faults->no_memory = false;
}


void
inv_fault_add(inv_faults_t *faults, inv_str_t pointer, inv_str_t detail)
{
    inv_fault_t *fault;

    faults->count++;

    if (faults->count > INV_ERRORS_MAX) {
        return;
    }

    fault = NULL;

    /* An absent text is one for which there was no memory. */

    if (pointer.data != NULL && detail.data != NULL) {
        fault = inv_arena_alloc(faults->arena, sizeof(inv_fault_t));
    }

    if (fault == NULL) {
        faults->no_memory = true;
        return;
    }

    fault->pointer = pointer;
    fault->detail = detail;
    fault->next = NULL;

    *faults->last = fault;
    faults->last = &fault->next;
}


void
inv_fault_format(inv_faults_t *faults, inv_str_t pointer, const char *format,
                 ...)
{
    int       n;
    char      text[INV_FAULT_DETAIL_MAX + 1];
    va_list   args;
    inv_str_t detail;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    if (n < 0) {
        n = 0;
    }

    if ((size_t) n >= sizeof(text)) {
        n = (int) sizeof(text) - 1;
    }

    if (!inv_arena_copy(faults->arena, (inv_str_t){ (size_t) n, text },
                        &detail)) {
        detail = INV_STR_ABSENT;
    }

    inv_fault_add(faults, pointer, detail);
}


inv_str_t
inv_pointer_member(inv_faults_t *faults, inv_str_t parent, inv_str_t name)
{
    char  *text, *p;
    size_t i;

    /* Each byte of the name may become two. */

    text = NULL;

    if (name.len <= (SIZE_MAX - 1 - parent.len) / 2) {
        text = inv_arena_alloc(faults->arena, parent.len + 1 + 2 * name.len);
    }

    if (text == NULL) {
        faults->no_memory = true;
        return INV_STR_ABSENT;
    }

    p = text;

    if (parent.len != 0) {
        memcpy(p, parent.data, parent.len);
        p += parent.len;
    }

    *p++ = '/';

    for (i = 0; i < name.len; i++) {
        if (name.data[i] == '~' || name.data[i] == '/') {
            *p++ = '~';
            *p++ = (name.data[i] == '~') ? '0' : '1';
            continue;
        }

        *p++ = name.data[i];
    }

    return (inv_str_t){ (size_t) (p - text), text };
}


inv_str_t
inv_pointer_index(inv_faults_t *faults, inv_str_t parent, size_t index)
{
    int  n;
    char text[24];

    n = snprintf(text, sizeof(text), "%zu", index);

    return inv_pointer_member(faults, parent, (inv_str_t){ (size_t) n, text });
}
