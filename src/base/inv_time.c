
/*
 * base: the clock, and times as RFC 3339.  Any thread.
 */


#include "inv_base.h"

#include <time.h>


#define INV_TIME_DAY_MS INT64_C(86400000)

/* The Gregorian calendar repeats after 400 years. */
#define INV_TIME_ERA_YEARS 400
#define INV_TIME_ERA_DAYS  146097

/* Days from 1 March of the year -400 to 1970-01-01. */
#define INV_TIME_EPOCH_DAY (719468 + INV_TIME_ERA_DAYS)


static inv_time_t
inv_time_clock(clockid_t clock)
{
    struct timespec now;

    (void) clock_gettime(clock, &now);

    return (inv_time_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


inv_time_t
inv_time_now(void)
{
    return inv_time_clock(CLOCK_REALTIME);
}


int64_t
inv_time_monotonic(void)
{
    return inv_time_clock(CLOCK_MONOTONIC);
}


/* Writes value with width digits and what separates it from the next part. */
static char *
inv_time_part(char *out, unsigned value, unsigned width, char separator)
{
    unsigned i;

    for (i = width; i > 0; i--) {
        out[i - 1] = (char) ('0' + value % 10);
        value /= 10;
    }

    out[width] = separator;

    return out + width + 1;
}


/*
 * Days to year, month and day: the algorithm civil_from_days of Howard
 * Hinnant's "chrono-Compatible Low-Level Date Algorithms".  Years begin in
 * March here, so that the leap day is the last of a year, and they are counted
 * from -400, so that nothing is negative.
 */
static char *
inv_time_write_date(char *out, unsigned day)
{
    unsigned era, day_of_era, year, day_of_year, month;

    era = day / INV_TIME_ERA_DAYS;
    day_of_era = day % INV_TIME_ERA_DAYS;

    year = (day_of_era - day_of_era / 1460 + day_of_era / 36524
            - day_of_era / 146096)
           / 365;
    day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    month = (5 * day_of_year + 2) / 153; /* 0: March */
    day = day_of_year - (153 * month + 2) / 5 + 1;

    year += era * INV_TIME_ERA_YEARS - INV_TIME_ERA_YEARS + (month >= 10);
    month = month < 10 ? month + 3 : month - 9;

    out = inv_time_part(out, year, 4, '-');
    out = inv_time_part(out, month, 2, '-');

    return inv_time_part(out, day, 2, 'T');
}


void
inv_time_write(inv_time_t t, char *out)
{
    int64_t  day;
    unsigned ms;

    if (t < INV_TIME_MIN) {
        t = INV_TIME_MIN;
    }

    if (t > INV_TIME_MAX) {
        t = INV_TIME_MAX;
    }

    /* counted from the year -400, so that division rounds down */
    t += INV_TIME_EPOCH_DAY * INV_TIME_DAY_MS;
    day = t / INV_TIME_DAY_MS;
    ms = (unsigned) (t % INV_TIME_DAY_MS);

    out = inv_time_write_date(out, (unsigned) day);
    out = inv_time_part(out, ms / 3600000, 2, ':');
    out = inv_time_part(out, ms / 60000 % 60, 2, ':');
    out = inv_time_part(out, ms / 1000 % 60, 2, '.');
    (void) inv_time_part(out, ms % 1000, 3, 'Z');
}
