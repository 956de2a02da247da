
/*
 * cache: a copy of a product as it stands in Redis.  Any thread.
 */


#include "inv_copy.h"

#include "inv_copy_rules.h"
#include "../shared/inv_siphash.h"


#define INV_COPY_FORMAT  "inv3 "
#define INV_COPY_TAG     16 /* hex digits */
#define INV_COPY_NUMBER  19 /* digits of INT64_MAX */
#define INV_COPY_ORIGIN  16
#define INV_COPY_LENGTH  7
#define INV_COPY_HEX     16
#define INV_COPY_DECIMAL 10


static char *
inv_copy_put(char *out, uint64_t value, size_t digits, unsigned base)
{
    size_t i;

    for (i = digits; i > 0; i--) {
        out[i - 1] = "0123456789abcdef"[value % base];
        value /= base;
    }

    return out + digits;
}


void
inv_copy_key(const unsigned char secret[INV_COPY_SECRET], inv_str_t prefix,
             inv_copy_key_t *key)
{
    unsigned char text[1 + INV_CACHE_PREFIX_MAX];
    uint64_t      words[2];
    size_t        len;

    words[0] = inv_siphash_word(secret);
    words[1] = inv_siphash_word(secret + sizeof(words[0]));

    len = prefix.len < INV_CACHE_PREFIX_MAX ? prefix.len : INV_CACHE_PREFIX_MAX;

    if (len != 0) {
        memcpy(text + 1, prefix.data, len);
    }

    for (text[0] = 0; text[0] < 2; text[0]++) {
        key->words[text[0]] = inv_siphash_bytes(words, text, len + 1);
    }
}


/* Of all that stands behind the tag and its space. */
static uint64_t
inv_copy_tag(const inv_copy_key_t *key, const char *text, size_t len)
{
    return inv_siphash_bytes(key->words, (const unsigned char *) text, len);
}


size_t
inv_copy_size(const inv_copy_t *copy)
{
    return INV_COPY_HEAD + copy->body.len;
}


void
inv_copy_write(const inv_copy_t *copy, const inv_copy_key_t *key, char *out)
{
    char *tag, *tagged;

    memcpy(out, INV_COPY_FORMAT, sizeof(INV_COPY_FORMAT) - 1);
    tag = out + sizeof(INV_COPY_FORMAT) - 1;

    tagged = tag + INV_COPY_TAG;
    *tagged++ = ' ';

    out = tagged;
    inv_oid_write(copy->id, out);
    out += INV_OID_HEX;
    *out++ = ' ';

    out = inv_copy_put(out, (uint64_t) copy->version, INV_COPY_NUMBER,
                       INV_COPY_DECIMAL);
    *out++ = ' ';

    out = inv_copy_put(out, (uint64_t) copy->made, INV_COPY_NUMBER,
                       INV_COPY_DECIMAL);
    *out++ = ' ';

    out = inv_copy_put(out, (uint64_t) copy->deadline, INV_COPY_NUMBER,
                       INV_COPY_DECIMAL);
    *out++ = ' ';

    out = inv_copy_put(out, copy->origin, INV_COPY_ORIGIN, INV_COPY_HEX);
    *out++ = ' ';

    out = inv_copy_put(out, copy->body.len, INV_COPY_LENGTH, INV_COPY_DECIMAL);
    *out++ = '\n';

    if (copy->body.len > 0) {
        memcpy(out, copy->body.data, copy->body.len);
    }

    out += copy->body.len;

    (void) inv_copy_put(tag, inv_copy_tag(key, tagged, (size_t) (out - tagged)),
                        INV_COPY_TAG, INV_COPY_HEX);
}


/* Steps over text that must stand at the start of what is left to read. */
static bool
inv_copy_skip(inv_str_t *rest, const char *text, size_t len)
{
    if (rest->len < len || memcmp(rest->data, text, len) != 0) {
        return false;
    }

    rest->data += len;
    rest->len -= len;

    return true;
}


/* The value of a digit of that base; base: not one. */
static unsigned
inv_copy_digit(char c, unsigned base)
{
    unsigned digit;

    if (c >= '0' && c <= '9') {
        digit = (unsigned) (c - '0');

    } else if (c >= 'a' && c <= 'f') {
        digit = (unsigned) (c - 'a') + INV_COPY_DECIMAL;

    } else {
        return base;
    }

    return digit < base ? digit : base;
}


static bool
inv_copy_get(inv_str_t *rest, size_t digits, unsigned base, uint64_t max,
             uint64_t *value)
{
    size_t   i;
    unsigned digit;

    if (rest->len < digits) {
        return false;
    }

    *value = 0;

    for (i = 0; i < digits; i++) {
        digit = inv_copy_digit(rest->data[i], base);

        if (digit == base || *value > (max - digit) / base) {
            return false;
        }

        *value = *value * base + digit;
    }

    rest->data += digits;
    rest->len -= digits;

    return true;
}


static bool
inv_copy_get_id(inv_str_t *rest, inv_oid_t *id)
{
    inv_str_t hex;

    if (rest->len < INV_OID_HEX) {
        return false;
    }

    hex.data = rest->data;
    hex.len = INV_OID_HEX;

    rest->data += INV_OID_HEX;
    rest->len -= INV_OID_HEX;

    return inv_oid_read(hex, id);
}


/* What is behind the tag.  Nothing but its form is known to be right. */
static bool
inv_copy_get_tagged(inv_str_t value, inv_copy_t *copy)
{
    uint64_t version, made, deadline, length;

    if (!inv_copy_get_id(&value, &copy->id) || !inv_copy_skip(&value, " ", 1)
        || !inv_copy_get(&value, INV_COPY_NUMBER, INV_COPY_DECIMAL, INT64_MAX,
                         &version)
        || !inv_copy_skip(&value, " ", 1)
        || !inv_copy_get(&value, INV_COPY_NUMBER, INV_COPY_DECIMAL, INT64_MAX,
                         &made)
        || !inv_copy_skip(&value, " ", 1)
        || !inv_copy_get(&value, INV_COPY_NUMBER, INV_COPY_DECIMAL, INT64_MAX,
                         &deadline)
        || !inv_copy_skip(&value, " ", 1)
        || !inv_copy_get(&value, INV_COPY_ORIGIN, INV_COPY_HEX, UINT64_MAX,
                         &copy->origin)
        || !inv_copy_skip(&value, " ", 1)
        || !inv_copy_get(&value, INV_COPY_LENGTH, INV_COPY_DECIMAL,
                         INV_COPY_BODY_MAX, &length)
        || !inv_copy_skip(&value, "\n", 1) || value.len != length)
    {
        return false;
    }

    copy->version = (int64_t) version;
    copy->made = (inv_time_t) made;
    copy->deadline = (inv_time_t) deadline;
    copy->body = value;

    return true;
}


inv_copy_read_t
inv_copy_read(inv_str_t value, const inv_copy_key_t *key, inv_copy_t *copy)
{
    uint64_t tag;

    if (!inv_copy_skip(&value, INV_COPY_FORMAT, sizeof(INV_COPY_FORMAT) - 1)
        || !inv_copy_get(&value, INV_COPY_TAG, INV_COPY_HEX, UINT64_MAX, &tag)
        || !inv_copy_skip(&value, " ", 1) || !inv_copy_get_tagged(value, copy))
    {
        return INV_COPY_NO_COPY;
    }

    if (tag != inv_copy_tag(key, value.data, value.len) || copy->version == 0
        || copy->version > INV_VERSION_MAX)
    {
        return INV_COPY_FORGED;
    }

    return INV_COPY_READ;
}


inv_time_t
inv_copy_end(const inv_copy_t *copy, int64_t longest_ms)
{
    if (copy->made > INT64_MAX - longest_ms
        || copy->made + longest_ms > copy->deadline)
    {
        return copy->deadline;
    }

    return copy->made + longest_ms;
}


inv_copy_verdict_t
inv_copy_judge(const inv_copy_t *copy, const inv_copy_rule_t *rule)
{
    inv_time_t end;

    end = inv_copy_end(copy, rule->longest_ms);

    if (!inv_oid_eq(copy->id, rule->id)) {
        return INV_COPY_OTHER;
    }

    if (copy->body.len == 0) {
        return INV_COPY_MARKER;
    }

    if (INV_COPY_RULE_FLOOR && copy->version < rule->floor) {
        return INV_COPY_STALE;
    }

    if (end - rule->now > rule->longest_ms) {
        return INV_COPY_TOO_LONG;
    }

    if (INV_COPY_RULE_ORIGIN
        && (copy->origin == rule->origin ? !rule->trusts_own
                                         : !rule->trusts_other))
    {
        return INV_COPY_UNTRUSTED;
    }

    if (INV_COPY_RULE_DEADLINE && end <= rule->now) {
        return INV_COPY_LATE;
    }

    return INV_COPY_GOOD;
}
