
/*
 * base: times from RFC 3339.  Any thread.
 */


#include "inv_base.h"


/* "2026-11-21T04:47:42", before a fraction and an offset. */
#define INV_TIME_SECONDS 19

#define INV_TIME_MINUTE_MS INT64_C(60000)


/* What is left of a text. */
typedef struct {
    const char *p;
    const char *end;
} inv_time_text_t;


static bool
inv_time_read_is(inv_time_text_t *text, const char *characters)
{
    if (text->p == text->end || strchr(characters, *text->p) == NULL
        || *text->p == '\0')
    {
        return false;
    }

    text->p++;

    return true;
}


/* A number of exactly width digits, at most max. */
static bool
inv_time_read_part(inv_time_text_t *text, unsigned width, int max, int *value)
{
    *value = 0;

    for (/* void */; width > 0; width--) {
        if (text->p == text->end || *text->p < '0' || *text->p > '9') {
            return false;
        }

        *value = *value * 10 + (*text->p++ - '0');
    }

    return *value <= max;
}


static int
inv_time_month_days(int year, int month)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) {
        return 29;
    }

    return days[month - 1];
}


/*
 * Days since 1970-01-01: the algorithm days_from_civil of Howard Hinnant's
 * "chrono-Compatible Low-Level Date Algorithms".  Years begin in March here,
 * so that the leap day is the last of a year, and they are counted from -400,
 * so that nothing is negative.
 */
static int64_t
inv_time_days(int year, int month, int day)
{
    int64_t y, day_of_year;

    y = (int64_t) year + 400 - (month < 3);
    day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year
           - (719468 + 146097);
}


/* What is finer than a millisecond is cut off. */
static bool
inv_time_read_fraction(inv_time_text_t *text, int64_t *ms)
{
    int     digit;
    int64_t unit;

    *ms = 0;

    if (!inv_time_read_is(text, ".")) {
        return true;
    }

    if (!inv_time_read_part(text, 1, 9, &digit)) {
        return false;
    }

    unit = 100;

    do {
        *ms += digit * unit;
        unit /= 10;
    } while (inv_time_read_part(text, 1, 9, &digit));

    return true;
}


/* "Z", "+02:00" or "-02:00": to be taken off what was read. */
static bool
inv_time_read_offset(inv_time_text_t *text, int64_t *ms)
{
    int  hours, minutes;
    bool east;

    *ms = 0;

    if (inv_time_read_is(text, "Zz")) {
        return true;
    }

    east = inv_time_read_is(text, "+");

    if ((!east && !inv_time_read_is(text, "-"))
        || !inv_time_read_part(text, 2, 23, &hours)
        || !inv_time_read_is(text, ":")
        || !inv_time_read_part(text, 2, 59, &minutes))
    {
        return false;
    }

    *ms = (hours * 60 + minutes)
          * (east ? INV_TIME_MINUTE_MS : -INV_TIME_MINUTE_MS);

    return true;
}


bool
inv_time_read(inv_str_t text, inv_time_t *t)
{
    int             year, month, day, hour, minute, second;
    int64_t         fraction, offset;
    inv_time_text_t rest;

    if (text.len <= INV_TIME_SECONDS) {
        return false;
    }

    rest.p = text.data;
    rest.end = text.data + text.len;

    /* 60 is a leap second: counted as the first of the next minute. */

    if (!inv_time_read_part(&rest, 4, 9999, &year)
        || !inv_time_read_is(&rest, "-")
        || !inv_time_read_part(&rest, 2, 12, &month) || month == 0
        || !inv_time_read_is(&rest, "-")
        || !inv_time_read_part(&rest, 2, inv_time_month_days(year, month), &day)
        || day == 0 || !inv_time_read_is(&rest, "Tt")
        || !inv_time_read_part(&rest, 2, 23, &hour)
        || !inv_time_read_is(&rest, ":")
        || !inv_time_read_part(&rest, 2, 59, &minute)
        || !inv_time_read_is(&rest, ":")
        || !inv_time_read_part(&rest, 2, 60, &second)
        || !inv_time_read_fraction(&rest, &fraction)
        || !inv_time_read_offset(&rest, &offset) || rest.p != rest.end)
    {
        return false;
    }

    *t = ((inv_time_days(year, month, day) * 24 + hour) * 60 + minute)
             * INV_TIME_MINUTE_MS
         + second * INT64_C(1000) + fraction - offset;

    return *t >= INV_TIME_MIN && *t <= INV_TIME_MAX;
}
