
/*
 * model: numbers of cards: 13 to 19 digits of which the last one checks the
 * others (ISO/IEC 7812-1, annex B: Luhn's formula).  Any thread.
 */


#include "inv_redact_private.h"


/* Between two digits of one number, as people and programs write it. */
#define REDACT_GAP     " \t-._/+"
#define REDACT_GAP_MAX 3

/* What may also stand there where all digits together are the number. */
#define REDACT_LOOSE_GAP REDACT_GAP "\r\n,;|*'\"\\#=~()\x80"

/* A number with an exponent and fewer digits than this is no card's. */
#define REDACT_NUMBER_DIGITS_MIN 10


bool
inv_redact_is_card(inv_str_t digits)
{
    size_t   i;
    unsigned sum, value;

    if (digits.len < INV_REDACT_CARD_MIN || digits.len > INV_REDACT_CARD_MAX) {
        return false;
    }

    sum = 0;

    for (i = 0; i < digits.len; i++) {
        value = (unsigned) (digits.data[digits.len - 1 - i] - '0');

        if (i % 2 == 1) {
            value = value > 4 ? 2 * value - 9 : 2 * value;
        }

        sum += value;
    }

    return sum % 10 == 0;
}


/* Whether one ends at the last of n digits. */
static bool
redact_ends_card(const char *digits, size_t n)
{
    size_t len;

    for (len = INV_REDACT_CARD_MIN; len <= INV_REDACT_CARD_MAX && len <= n;
         len++) {
        if (inv_redact_is_card((inv_str_t){ len, digits + n - len })) {
            return true;
        }
    }

    return false;
}


/* Digits that follow each other with no more than gaps between them. */
typedef struct {
    char        last[2 * INV_REDACT_CARD_MAX]; /* the last ones of them */
    size_t      n;                             /* of last */
    size_t      count;                         /* of all */
    size_t      gap;                           /* bytes since the last one */
    const char *gaps;
} redact_run_t;


static void
redact_run_add(redact_run_t *run, char digit)
{
    if (run->n == sizeof(run->last)) {
        run->n = INV_REDACT_CARD_MAX;
        memmove(run->last, run->last + INV_REDACT_CARD_MAX,
                INV_REDACT_CARD_MAX);
    }

    run->last[run->n++] = digit;
    run->count++;
    run->gap = 0;
}


/* Whether a byte that is not a digit ends the run. */
static bool
redact_run_is_ended(redact_run_t *run, char byte)
{
    return byte == '\0' || strchr(run->gaps, byte) == NULL
           || ++run->gap > REDACT_GAP_MAX;
}


static bool
redact_run_is_card(const redact_run_t *run)
{
    return run->count <= INV_REDACT_CARD_MAX
           && inv_redact_is_card((inv_str_t){ run->n, run->last });
}


/* Whether some digits of a run are a number, or with wider gaps all of one. */
static bool
redact_has_card(inv_str_t plain, const char *gaps, bool whole)
{
    char         byte;
    size_t       i;
    redact_run_t run = { .gaps = gaps };

    for (i = 0; i < plain.len; i++) {
        byte = plain.data[i];

        if (byte >= '0' && byte <= '9') {
            redact_run_add(&run, byte);

            if (!whole && redact_ends_card(run.last, run.n)) {
                return true;
            }

        } else if (redact_run_is_ended(&run, byte)) {
            if (whole && redact_run_is_card(&run)) {
                return true;
            }

            run = (redact_run_t){ .gaps = gaps };
        }
    }

    return whole && redact_run_is_card(&run);
}


bool
inv_redact_has_card(inv_str_t plain)
{
    return redact_has_card(plain, REDACT_GAP, false)
           || redact_has_card(plain, REDACT_LOOSE_GAP, true);
}


static size_t
redact_digits_of(inv_str_t text)
{
    size_t i, n;

    n = 0;

    for (i = 0; i < text.len; i++) {
        n += text.data[i] >= '0' && text.data[i] <= '9';
    }

    return n;
}


/* As it is written, and where there is an exponent, without it. */
bool
inv_redact_number_is_secret(inv_str_t number)
{
    char    digits[INV_SCALED_TEXT];
    size_t  n;
    int64_t value;

    if (inv_redact_has_card(number)) {
        return true;
    }

    if (memchr(number.data, 'e', number.len) == NULL
        && memchr(number.data, 'E', number.len) == NULL)
    {
        return false;
    }

    if (inv_json_scaled(number, 0, 0, &value) != INV_NUMBER_OK) {
        return redact_digits_of(number) >= REDACT_NUMBER_DIGITS_MIN;
    }

    n = inv_json_scaled_write(value, 0, digits);

    return inv_redact_has_card((inv_str_t){ n, digits });
}
