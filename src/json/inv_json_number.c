
/*
 * json: numbers, exactly: decimal text to scaled integers and back.  Any
 * thread; no floating point anywhere.
 */


#include "inv_json_parts.h"


/*
 * Exponents are cut here.  No text is long enough to bring a larger one back
 * to where it matters.
 */
#define INV_JSON_EXPONENT_MAX INT64_C(1000000000000000)


static bool
inv_json_is_digit(char c)
{
    return c >= '0' && c <= '9';
}


/* The end of the digits that begin at p. */
static const char *
inv_json_digits_end(const char *p, const char *end)
{
    while (p < end && inv_json_is_digit(*p)) {
        p++;
    }

    return p;
}


/* At "e" or at the end.  False: what is there is not an exponent. */
static bool
inv_json_exponent_read(const char *p, const char *end, int64_t *exponent)
{
    bool    negative;
    int64_t value;

    *exponent = 0;

    if (p == end) {
        return true;
    }

    if (*p != 'e' && *p != 'E') {
        return false;
    }

    p++;
    negative = p < end && *p == '-';

    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }

    if (p == end || inv_json_digits_end(p, end) != end) {
        return false;
    }

    for (value = 0; p < end && value < INV_JSON_EXPONENT_MAX; p++) {
        value = value * 10 + (*p - '0');
    }

    *exponent = negative ? -value : value;

    return true;
}


/*
 * digits: all of them, maybe with a point; drops zeros at both ends.  point:
 * where it is, or would be.
 */
static void
inv_json_digits_trim(inv_json_decimal_t *decimal, const char *point)
{
    const char *p, *first, *last;

    first = NULL;
    last = NULL;
    decimal->count = 0;

    for (p = decimal->digits.data;
         p < decimal->digits.data + decimal->digits.len; p++)
    {
        if (*p != '0' && *p != '.') {
            first = first == NULL ? p : first;
            last = p;
        }
    }

    if (first == NULL) {
        decimal->digits = inv_str("");
        return;
    }

    decimal->digits = (inv_str_t){ (size_t) (last - first) + 1, first };
    decimal->count = decimal->digits.len - (first < point && point < last);
    decimal->exponent +=
        last < point ? point - last - 1 : -(int64_t) (last - point);
}


bool
inv_json_decimal_read(inv_str_t text, inv_json_decimal_t *decimal)
{
    const char *p, *end, *first, *point;

    if (text.len == 0) {
        return false;
    }

    p = text.data;
    end = p + text.len;

    decimal->negative = p < end && *p == '-';
    p += decimal->negative;

    first = p;
    point = inv_json_digits_end(p, end);

    if (point == first || (*first == '0' && point - first > 1)) {
        return false;
    }

    p = point;

    if (p < end && *p == '.') {
        p = inv_json_digits_end(point + 1, end);

        if (p == point + 1) {
            return false;
        }
    }

    if (!inv_json_exponent_read(p, end, &decimal->exponent)) {
        return false;
    }

    decimal->digits = (inv_str_t){ (size_t) (p - first), first };
    inv_json_digits_trim(decimal, point);

    return true;
}


/* Multiplies by ten and takes digit off or adds it.  False: no room. */
static bool
inv_json_push_digit(int64_t *value, int64_t digit, bool negative)
{
    digit = negative ? -digit : digit;

    return !__builtin_mul_overflow(*value, 10, value)
           && !__builtin_add_overflow(*value, digit, value);
}


/* digits * 10^power, power at least 0.  False: no room in an int64. */
static bool
inv_json_decimal_value(const inv_json_decimal_t *decimal, int64_t power,
                       int64_t *value)
{
    size_t  i;
    int64_t result;

    result = 0;

    for (i = 0; i < decimal->digits.len; i++) {
        if (decimal->digits.data[i] != '.'
            && !inv_json_push_digit(&result, decimal->digits.data[i] - '0',
                                    decimal->negative))
        {
            return false;
        }
    }

    /* however large power is, there is no more room after 18 rounds */

    for (; result != 0 && power > 0; power--) {
        if (!inv_json_push_digit(&result, 0, false)) {
            return false;
        }
    }

    *value = result;

    return true;
}


inv_number_result_t
inv_json_scaled(inv_str_t text, unsigned scale, unsigned digits_max,
                int64_t *value)
{
    int64_t            power;
    inv_json_decimal_t decimal;

    /* what is no number at all, "NaN" of a database, fits nowhere either */

    if (!inv_json_decimal_read(text, &decimal)) {
        return INV_NUMBER_RANGE;
    }

    power = decimal.exponent + scale;

    if (decimal.count > 0 && power < 0) {
        return INV_NUMBER_FRACTION;
    }

    if (digits_max > 0 && decimal.count > digits_max) {
        return INV_NUMBER_DIGITS;
    }

    return inv_json_decimal_value(&decimal, power, value) ? INV_NUMBER_OK
                                                          : INV_NUMBER_RANGE;
}


size_t
inv_json_scaled_write(int64_t value, unsigned scale, char *out)
{
    char    *p;
    size_t   n;
    uint64_t rest;
    char     text[INV_SCALED_TEXT];

    rest = value < 0 ? -(uint64_t) value : (uint64_t) value;

    while (scale > 0 && rest % 10 == 0) {
        rest /= 10;
        scale--;
    }

    p = text + sizeof(text);

    if (scale > 0) {
        for (; scale > 0; scale--) {
            *--p = (char) ('0' + rest % 10);
            rest /= 10;
        }

        *--p = '.';
    }

    do {
        *--p = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);

    if (value < 0) {
        *--p = '-';
    }

    n = (size_t) (text + sizeof(text) - p);
    memcpy(out, p, n);

    return n;
}
