
/*
 * store: replies at which libmongoc 1 would abort: an error whose code is 0, or
 * a writeConcernError that is no document (1.24 and older).
 *
 * Any thread, no state.  Where libmongoc is linked as an archive, tools/build-libs
 * has the linker call these in place of the library's own (--wrap); where it is
 * shared they are never called, and the weak ones stay undefined.
 */


#include "inv_store_internal.h"


typedef bool (*inv_guard_check_pt)(const bson_t *reply, int32_t version,
                                   bson_error_t *error);

/* The library's own: whether a reply is without an error. */
bool __real__mongoc_cmd_check_ok(const bson_t *reply, int32_t version,
                                 bson_error_t *error) __attribute__((weak));
bool
__real__mongoc_cmd_check_ok_no_wce(const bson_t *reply, int32_t version,
                                   bson_error_t *error) __attribute__((weak));

bool __wrap_mongoc_error_has_label(const bson_t *reply, const char *label);
bool __wrap__mongoc_cmd_check_ok(const bson_t *reply, int32_t version,
                                 bson_error_t *error);
bool __wrap__mongoc_cmd_check_ok_no_wce(const bson_t *reply, int32_t version,
                                        bson_error_t *error);


bool
__wrap_mongoc_error_has_label(const bson_t *reply, const char *label)
{
    return inv_store_has_label(reply, label);
}


/* Is there a code which, in the 32 bits that the library keeps of it, is 0? */
static bool
inv_guard_has_zero(const bson_t *error)
{
    bson_iter_t code;

    return bson_iter_init_find(&code, error, "code")
           && BSON_ITER_HOLDS_NUMBER(&code)
           && (uint32_t) bson_iter_as_int64(&code) == 0;
}


/* Has the library see the reply without codes that are 0. */
static bool
inv_guard_check(inv_guard_check_pt check, const bson_t *reply, int32_t version,
                bson_error_t *error)
{
    bool        ok, zero, zero_concern;
    bson_t      concern, kept;
    bson_iter_t iter;

    zero = inv_guard_has_zero(reply);
    zero_concern = bson_iter_init_find(&iter, reply, "writeConcernError")
                   && inv_bson_view(&iter, &concern)
                   && inv_guard_has_zero(&concern);

    if (!zero && !zero_concern) {
        return check(reply, version, error);
    }

    bson_init(&kept);
    bson_copy_to_excluding_noinit(reply, &kept, zero ? "code" : "",
                                  zero_concern ? "writeConcernError" : "",
                                  NULL);
    ok = check(&kept, version, error);
    bson_destroy(&kept);

    return ok;
}


bool
__wrap__mongoc_cmd_check_ok(const bson_t *reply, int32_t version,
                            bson_error_t *error)
{
    return inv_guard_check(__real__mongoc_cmd_check_ok, reply, version, error);
}


bool
__wrap__mongoc_cmd_check_ok_no_wce(const bson_t *reply, int32_t version,
                                   bson_error_t *error)
{
    return inv_guard_check(__real__mongoc_cmd_check_ok_no_wce, reply, version,
                           error);
}
