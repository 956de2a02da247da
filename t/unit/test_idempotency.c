
/*
 * Unit test of idempotency keys: how they are written, claims and fingerprints,
 * and of the digest below them.
 */


/* link with: -Wl,--wrap=EVP_DigestInit_ex,--wrap=EVP_DigestUpdate */
/* link with: -Wl,--wrap=EVP_DigestFinal_ex,--wrap=EVP_MD_CTX_new */


#include "test_model.h"
#include "../../src/model/inv_idempotency.h"

#include <openssl/evp.h>


EVP_MD_CTX *__real_EVP_MD_CTX_new(void);
EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void);

int __real_EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *type,
                             ENGINE *engine);
int __wrap_EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *type,
                             ENGINE *engine);

int __real_EVP_DigestUpdate(EVP_MD_CTX *context, const void *p, size_t n);
int __wrap_EVP_DigestUpdate(EVP_MD_CTX *context, const void *p, size_t n);

int
__real_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *p, unsigned *n);
int
__wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *p, unsigned *n);


/* Calls of libcrypto's until one fails; negative: none does. */
static long test_countdown = -1;


static bool
test_fails(void)
{
    return test_countdown >= 0 && test_countdown-- == 0;
}


EVP_MD_CTX *
__wrap_EVP_MD_CTX_new(void)
{
    return test_fails() ? NULL : __real_EVP_MD_CTX_new();
}


int
__wrap_EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *type,
                         ENGINE *engine)
{
    return test_fails() ? 0 : __real_EVP_DigestInit_ex(context, type, engine);
}


int
__wrap_EVP_DigestUpdate(EVP_MD_CTX *context, const void *p, size_t n)
{
    return test_fails() ? 0 : __real_EVP_DigestUpdate(context, p, n);
}


int
__wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *p, unsigned *n)
{
    return test_fails() ? 0 : __real_EVP_DigestFinal_ex(context, p, n);
}


/* SHA-256 as sha256sum writes it. */
static void
test_hex(const unsigned char digest[INV_DIGEST_SIZE], const char *expected)
{
    char   text[2 * INV_DIGEST_SIZE + 1];
    size_t i;

    for (i = 0; i < INV_DIGEST_SIZE; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }

    assert_string_equal(text, expected);
}


/* expected NULL: malformed.  The value ends where its memory does. */
static void
test_key(inv_str_t value, const char *expected)
{
    char            *exact;
    inv_str_t        key;
    inv_arena_t     *arena;
    inv_key_result_t result;

    arena = inv_arena_create();
    exact = malloc(value.len > 0 ? value.len : 1);
    assert_non_null(exact);

    if (value.len > 0) {
        memcpy(exact, value.data, value.len);
    }

    result = inv_key_read(arena, (inv_str_t){ value.len, exact }, &key);
    memset(exact, '#', value.len);
    free(exact);

    if (expected == NULL) {
        if (result != INV_KEY_MALFORMED) {
            fail_msg("taken: %.*s", (int) value.len, value.data);
        }

    } else {
        if (result != INV_KEY_OK) {
            fail_msg("refused: %.*s", (int) value.len, value.data);
        }

        test_text(key, expected);
    }

    inv_arena_destroy(arena);
}


static void
test_keys(void **state)
{
    size_t i;

    static const struct {
        inv_str_t   value;
        const char *key;
    } cases[] = {
        { inv_str("abc"), "abc" },
        { inv_str("\"abc\""), "abc" },
        { inv_str(" \tabc \t"), "abc" },
        { inv_str("  \"abc\" "), "abc" },
        { inv_str("8e03978e-40d5-43dd-bc93-6894a57f9324"),
          "8e03978e-40d5-43dd-bc93-6894a57f9324" },
        { inv_str("!#$%&'*+-.^_`|~09azAZ"), "!#$%&'*+-.^_`|~09azAZ" },
        { inv_str("x"), "x" },
        { inv_str("\" a,b;c=\x7e \""), " a,b;c=~ " },
        { inv_str("\"\\\"\\\\\""), "\"\\" },
        { inv_str("\"a\\\\\""), "a\\" },

        { INV_STR_ABSENT, NULL },
        { inv_str(""), NULL },
        { inv_str(" "), NULL },
        { inv_str("\"\""), NULL },
        { inv_str("\""), NULL },
        { inv_str("\"a"), NULL },
        { inv_str("a\""), NULL },
        { inv_str("\"a\"b"), NULL },
        { inv_str("\"a\"\""), NULL },
        { inv_str("\"a\\\""), NULL },
        { inv_str("\"a\\"), NULL },
        { inv_str("\"a\\b\""), NULL },
        { inv_str("\"a\"b\""), NULL },

        /* parameters and lists */

        { inv_str("\"a\";x=1"), NULL },
        { inv_str("a;x=1"), NULL },
        { inv_str("a, b"), NULL },
        { inv_str("a,"), NULL },
        { inv_str("\"a\", \"a\""), NULL },
        { inv_str("a b"), NULL },

        /* other characters, other types of RFC 8941 */

        { inv_str("a/b"), NULL },
        { inv_str(":YQ==:"), NULL },
        { inv_str("?1"), NULL },
        { inv_str("(a)"), NULL },
        { inv_str("a\\b"), NULL },
        { inv_str("\"a\tb\""), NULL },
        { inv_str("\"a\x7f\""), NULL },
        { inv_str("\"\xc3\xa9\""), NULL },
        { inv_str("\xc3\xa9"), NULL },
        { inv_str("\xff"), NULL },
        { inv_str("a\0b"), NULL },
        { inv_str("\0"), NULL },
        { inv_str("\"a\0\""), NULL },
        { inv_str("abc\n"), NULL },
        { inv_str("abc\r\n"), NULL },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_key(cases[i].value, cases[i].key);
    }
}


/* As long as it may be, in each form, and one longer. */
static void
test_key_lengths(void **state)
{
    char  *value, *key;
    size_t i, n;

    static const struct {
        const char *before, *unit, *after, *says;
    } forms[] = {
        { "", "k", "", "k" },
        { "\"", "k", "\"", "k" },
        { "\"", "\\\"", "\"", "\"" },
        { " \t ", "k", "  ", "k" },
    };

    for (i = 0; i < TEST_COUNT(forms); i++) {
        for (n = 255; n <= 256; n++) {
            value = test_repeated(forms[i].before, forms[i].unit, n,
                                  forms[i].after);
            key = test_repeated("", forms[i].says, n, "");
            test_key(test_str(value), (n > 255) ? NULL : key);
            free(value);
            free(key);
        }
    }

    value = test_repeated("\"", "\\", 100000, "\"");
    test_key(test_str(value), NULL);
    free(value);
}


static void
test_digests(void **state)
{
    inv_digest_t  digest;
    unsigned char out[INV_DIGEST_SIZE];

    /* of nothing at all */

    inv_digest_begin(&digest);
    assert_true(inv_digest_finish(&digest, out));
    test_hex(out, "e3b0c44298fc1c149afbf4c8996fb924"
                  "27ae41e4649b934ca495991b7852b855");

    /* printf '\0\0\0\0\0\0\0\003abc' | sha256sum */

    inv_digest_begin(&digest);
    inv_digest_add(&digest, inv_str("abc"));
    assert_true(inv_digest_finish(&digest, out));
    test_hex(out, "c3494ca1a2cf8eeb8a11ded316fb55b8"
                  "3c3bbbedb6313cd50415251e5d09e12f");

    /* ... with '\0\0\0\0\0\0\0\0' and '\377\377\377\377\377\377\377\377' */

    inv_digest_begin(&digest);
    inv_digest_add(&digest, inv_str("abc"));
    inv_digest_add(&digest, inv_str(""));
    inv_digest_add(&digest, INV_STR_ABSENT);
    assert_true(inv_digest_finish(&digest, out));
    test_hex(out, "90915864cf383597d07dbdab6ee54991"
                  "afee361a49a6a99380d3ef224c680679");
}


static void
test_claims(void **state)
{
    size_t        i, j;
    unsigned char ids[8][INV_DIGEST_SIZE];

    /* The first two are one claim; each other one is another. */

    static const struct {
        inv_str_t principal, key;
    } cases[] = {
        { INV_STR_ABSENT, inv_str("abc") }, { inv_str(""), inv_str("abc") },
        { inv_str("a"), inv_str("bc") },    { inv_str("ab"), inv_str("c") },
        { inv_str("abc"), inv_str("abc") }, { inv_str("b"), inv_str("abc") },
        { inv_str(""), inv_str("abd") },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        assert_true(inv_claim_id(cases[i].principal, cases[i].key, ids[i]));

        for (j = 0; j < i; j++) {
            assert_int_equal(memcmp(ids[i], ids[j], INV_DIGEST_SIZE) == 0,
                             i == 1 && j == 0);
        }
    }

    /* Claims outlive the program that made them. */

    test_hex(ids[2], "3fafa1cf2f19a7c1129beb20cf0983f7"
                     "3a489a221fc0dd2f16d1be292d089205");
}


static void
test_request_fingerprints(void **state)
{
    size_t        i, j;
    unsigned char prints[16][INV_DIGEST_SIZE];

#define PATH inv_str("/products/0123456789abcdef01234567/purchase")

    /* The first two are one request; each other one is another. */

    static const inv_claim_request_t requests[] = {
        { inv_str("POST"), PATH, INV_STR_ABSENT, INV_STR_ABSENT,
          INV_STR_ABSENT },
        { inv_str("POST"), PATH, inv_str(""), INV_STR_ABSENT, inv_str("") },
        { inv_str("PUT"), PATH, inv_str(""), INV_STR_ABSENT, inv_str("") },
        { inv_str("POST"), inv_str("/products"), inv_str(""), INV_STR_ABSENT,
          inv_str("") },
        { inv_str("POST"), PATH, inv_str("a"), INV_STR_ABSENT, inv_str("") },
        { inv_str("POST"), PATH, inv_str(""), inv_str(""), inv_str("") },
        { inv_str("POST"), PATH, inv_str(""), inv_str("\"1\""), inv_str("") },
        { inv_str("POST"), PATH, inv_str(""), inv_str("\"2\""), inv_str("") },
        { inv_str("POST"), PATH, inv_str(""), INV_STR_ABSENT, inv_str("a") },
        { inv_str("POST"), PATH, inv_str(""), INV_STR_ABSENT,
          inv_str("{\"quantity\":1}") },
        { inv_str("POST"), PATH, inv_str(""), INV_STR_ABSENT,
          inv_str("{\"quantity\":2}") },
        { inv_str("POST"), PATH, inv_str(""), INV_STR_ABSENT,
          inv_str("{\"quantity\": 2}") },
    };

    for (i = 0; i < TEST_COUNT(requests); i++) {
        assert_true(inv_claim_fingerprint(&requests[i], prints[i]));

        for (j = 0; j < i; j++) {
            assert_int_equal(memcmp(prints[i], prints[j], INV_DIGEST_SIZE) == 0,
                             i == 1 && j == 0);
        }
    }
}


/* Whatever fails in libcrypto, nothing is taken for a digest, and none leaks. */
static void
test_failures(void **state)
{
    long          i;
    unsigned char id[INV_DIGEST_SIZE];

    for (i = 0;; i++) {
        test_countdown = i;

        if (inv_claim_id(inv_str("who"), inv_str("key"), id)) {
            break;
        }

        assert_int_equal(test_countdown, -1);
    }

    test_countdown = -1;

    /* new, begin, two parts of two pieces each, finish */
    assert_int_equal(i, 7);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_key_lengths),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_request_fingerprints),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
