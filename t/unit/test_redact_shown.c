
/*
 * Unit test of redaction: what stays readable, how masks look, and where it
 * ends.
 */


#include "test_redact.h"

#include <time.h>


/* What is told is what was given. */
#define TEST_SAME INV_STR_ABSENT


typedef struct {
    test_redact_t kind;
    inv_str_t     text;
    inv_str_t     told;
} test_shown_t;


static const test_shown_t test_shown[] = {

    /* what the API says and takes */
    { TEST_BODY,
      inv_str("{\"id\":\"64b7f0a1c2d3e4f5a6b7c8d9\",\"sku\":\"ABC-1001\","
              "\"name\":\"Mug, "
              "blue\",\"description2\":null,\"price\":12.5,\"currency\":"
              "\"EUR\",\"category\":\"mugs\",\"tags\":[\"kitchen\",\"blue\"],"
              "\"stock\":9007199254740991,\"version\":3,\"createdAt\":\"2026-"
              "11-21T04:47:42.201Z\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"quantity\":5,\"reference\":\"order-2026-0001\",\"reason\":"
              "\"sold at the fair\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"operations\":[{\"key\":\"k-1\",\"type\":\"purchase\",\"sku\":"
              "\"A\",\"quantity\":1},{\"key\":\"9f3c7e1e-5b0a-4a9e-9b57-"
              "0c3f7d1e2a4b\",\"type\":\"restock\",\"productId\":"
              "\"64b7f0a1c2d3e4f5a6b7c8d9\",\"quantity\":1000}]}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"type\":\"https://example.com/problems/"
              "validation\",\"title\":\"Not "
              "valid\",\"status\":422,\"detail\":\"2 members are "
              "wrong\",\"instance\":\"/api/"
              "products?page=2\",\"traceId\":"
              "\"4bf92f3577b34da6a3ce929d0e0e4736\",\"errors\":[{\"pointer\":"
              "\"/stock\",\"detail\":\"must be an integer\"}]}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"items\":[],\"total\":0,\"page\":1,\"next\":null,\"ok\":true,"
              "\"no\":false}"),
      TEST_SAME },
    { TEST_BODY, inv_str("[1,-2,3.5,1e3,0.001,-0.0,12345678.1234]"),
      TEST_SAME },
    { TEST_BODY, inv_str("\"text\""), TEST_SAME },
    { TEST_BODY, inv_str("12"), TEST_SAME },
    { TEST_BODY, inv_str("null"), TEST_SAME },
    { TEST_BODY, inv_str("[]"), TEST_SAME },
    { TEST_BODY, inv_str("{}"), TEST_SAME },
    /* words that look like listed ones */
    { TEST_BODY,
      inv_str(
          "{\"expand\":\"a\",\"shipping\":\"b\",\"author\":\"c\",\"discard\":"
          "\"d\",\"postcard\":\"e\",\"cardigan\":\"f\",\"spin\":\"g\",\"span\":"
          "\"h\",\"company\":\"i\",\"japan\":\"j\",\"opinion\":\"k\","
          "\"compass\":\"l\",\"passive\":\"m\",\"key\":\"n\",\"keyword\":\"o\","
          "\"assign\":\"p\",\"side\":\"q\",\"signal\":\"r\",\"titan\":\"s\","
          "\"cancel\":\"t\",\"accident\":\"u\",\"authority\":\"v\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"note\":\"author: Smith, shipping: 3 days, expand=true\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str(
          "{\"note\":\"Basic shirt, size: L; colour: blue; is it a pin?\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str(
          "{\"note\":\"a gift card and a pin, 100% cotton, 50% off & more\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"note\":\"Gr\xc3\xb6\xc3\x9f"
              "e: 5, \xe2\x82\xac 12,50 \xe2\x80\x93 na\xc3\xafve "
              "\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str(
          "{\"note\":\"see https://example.com/a/b?page=2&sort=-price#top\"}"),
      TEST_SAME },
    { TEST_BODY, inv_str("{\"note\":\"mail to a.user@example.com\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"note\":\"C:\\\\users\\\\new\\\\x, 5 > 4, a\\tb\\nc "
              "\\\"quoted\\\"\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"note\":\"{\\\"a\\\":[1,{\\\"b\\\":\\\"c\\\"}]}\"}"),
      TEST_SAME },
    { TEST_BODY, inv_str("{\"note\":\"a=1&b=2\"}"), TEST_SAME },
    { TEST_BODY, inv_str("{\"note\":\"Tom &amp; Jerry, 3/4 inch/pin set\"}"),
      TEST_SAME },
    { TEST_BODY, inv_str("{\"note\":\"USB token reader, hawk\"}"), TEST_SAME },
    { TEST_BODY, inv_str("{\"note\":\"ey, eyes, monkeyJack\"}"), TEST_SAME },
    { TEST_BODY, inv_str("{\"note\":\"QmFzZTY0IG9mIGEgaGFybWxlc3MgdGV4dA==\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"note\":\"/api/products/1/token\",\"b\":\"a pin/badge\"}"),
      TEST_SAME },
    /* the README says that these are told, and that those are not */
    { TEST_BODY,
      inv_str(
          "{\"a\":\"token x\",\"b\":\"my PIN 1234\",\"c\":\"p\xd0\xb0ssword: "
          "x\",\"d\":\"4111:1111:1111:1111\",\"e\":\"4111 then 1111 1111 "
          "1111\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str("{\"a\":\"Graphics card: 16 GB\",\"b\":\"pin is required\"}"),
      inv_str("{\"a\":\"[masked]\",\"b\":\"[masked]\"}") },
    /* numbers that are no card's */
    { TEST_BODY,
      inv_str("{\"a\":\"4111111111111113\",\"b\":4111111111111113,\"c\":"
              "\"1234567890123\",\"d\":\"2026-11-21 "
              "04:47:42\",\"e\":\"192.168.100.100\",\"f\":\"+49 30 1234567\"}"),
      TEST_SAME },
    { TEST_BODY,
      inv_str(
          "{\"a\":123456789012,\"b\":3.14159265358,\"c\":\"411111111111\"}"),
      TEST_SAME },
    /* how masks look */
    { TEST_BODY,
      inv_str("{\"password\":\"x\",\"token\":null,\"pin\":1,\"auth\":true,"
              "\"card\":{\"a\":1},\"secret\":[1]}"),
      inv_str("{\"password\":\"[masked]\",\"token\":\"[masked]\",\"pin\":\"["
              "masked]\",\"auth\":\"[masked]\",\"card\":\"[masked]\","
              "\"secret\":\"[masked]\"}") },
    { TEST_BODY,
      inv_str(" { \"a\" : [ 1 , 2.50 ] , \"token\" : \"x\" , \"b\" : "
              "\"\\u0041\" } "),
      inv_str("{\"a\":[1,2.50],\"token\":\"[masked]\",\"b\":\"A\"}") },
    { TEST_BODY, inv_str("{\"note\":\"pin=1\",\"n\":4111111111111111,\"b\":1}"),
      inv_str("{\"note\":\"[masked]\",\"n\":\"[masked]\",\"b\":1}") },
    { TEST_BODY, inv_str("{\"n\":1.23456789e300,\"m\":1.2345e300}"),
      inv_str("{\"n\":\"[masked]\",\"m\":1.2345e300}") },
    { TEST_BODY, inv_str("{\"pin=1\":1,\"pin=2\":2,\"[masked 1]\":3}"),
      inv_str("{\"[masked 1]\":\"[masked]\",\"[masked "
              "2]\":\"[masked]\",\"[masked 3]\":3}") },
    { TEST_BODY,
      inv_str("{\"a\":{\"gr\xc3\xb6\xc3\x9f"
              "e\":1}}"),
      inv_str("{\"a\":{\"[masked 1]\":\"[masked]\"}}") },
    { TEST_BODY, inv_str("[\"token\",\"x\",\"y\"]"),
      inv_str("[\"token\",\"[masked]\",\"y\"]") },
    { TEST_BODY, inv_str("{\"name\":\"token\",\"value\":1,\"x\":2}"),
      inv_str("{\"name\":\"token\",\"value\":\"[masked]\",\"x\":2}") },
    { TEST_BODY, inv_str("[4111,1111,1111,1111]"), inv_str("\"[masked]\"") },
    { TEST_BODY,
      inv_str("{\"Description\":\"x\",\"longdescription\":\"y\",\"taxnumber\":"
              "1,\"user\":{\"tax_number\":2}}"),
      inv_str("{\"Description\":\"[masked]\",\"longdescription\":\"y\","
              "\"taxnumber\":\"[masked]\",\"user\":{\"tax_number\":\"[masked]"
              "\"}}") },
    { TEST_BODY, inv_str("{\"a\":1"),
      inv_str("{\"unlogged\":\"not JSON\",\"bytes\":6}") },
    { TEST_BODY, inv_str(""),
      inv_str("{\"unlogged\":\"not JSON\",\"bytes\":0}") },
    /* queries */
    { TEST_QUERY, inv_str(""), inv_str("{}") },
    { TEST_QUERY,
      inv_str("page=2&limit=50&sort=-price&q=blue+mug&skus=A-1,A-2,1001,1002"),
      inv_str("{\"page\":\"2\",\"limit\":\"50\",\"sort\":\"-price\",\"q\":"
              "\"blue mug\",\"skus\":\"A-1,A-2,1001,1002\"}") },
    { TEST_QUERY, inv_str("tag=a&tag=b&tag=c"),
      inv_str("{\"tag\":[\"a\",\"b\",\"c\"]}") },
    { TEST_QUERY, inv_str("a=&b&&=c&"),
      inv_str("{\"a\":\"\",\"b\":\"\",\"\":\"c\"}") },
    { TEST_QUERY, inv_str("user[password]=x&token&a=1"),
      inv_str("{\"user[password]\":\"[masked]\",\"token\":\"[masked]\",\"a\":"
              "\"1\"}") },
    { TEST_QUERY, inv_str("a=%zz&%zz=1&b=%C3%A4"),
      inv_str("{\"a\":\"[masked]\",\"[masked "
              "1]\":\"[masked]\",\"b\":\"\xc3\xa4\"}") },
    { TEST_QUERY, inv_str("pan=1&expand=2&min_price=10&priceMin=1"),
      inv_str("{\"pan\":\"[masked]\",\"expand\":\"2\",\"min_price\":\"10\","
              "\"priceMin\":\"1\"}") },
    { TEST_QUERY, inv_str("cursor=AAAAAAAAAAVkt_ChwtPk9aa3yNk"),
      inv_str("{\"cursor\":\"AAAAAAAAAAVkt_ChwtPk9aa3yNk\"}") },
    /* headers */
    { TEST_HEADER, inv_str("Host: shop.example.com:8443"),
      inv_str("{\"Host\":\"shop.example.com:8443\"}") },
    { TEST_HEADER,
      inv_str("Idempotency-Key: 9f3c7e1e-5b0a-4a9e-9b57-0c3f7d1e2a4b"),
      inv_str(
          "{\"Idempotency-Key\":\"9f3c7e1e-5b0a-4a9e-9b57-0c3f7d1e2a4b\"}") },
    { TEST_HEADER, inv_str("If-Match: \"5\""),
      inv_str("{\"If-Match\":\"\\\"5\\\"\"}") },
    { TEST_HEADER,
      inv_str("Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
      inv_str(
          "{\"Accept\":\"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\"}") },
    { TEST_HEADER,
      inv_str("User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
              "(KHTML, like Gecko) Chrome/120.0.6099.109 Safari/537.36"),
      inv_str("{\"User-Agent\":\"Mozilla/5.0 (X11; Linux x86_64) "
              "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.109 "
              "Safari/537.36\"}") },
    { TEST_HEADER, inv_str("Content-Type: application/json; charset=utf-8"),
      inv_str("{\"Content-Type\":\"application/json; charset=utf-8\"}") },
    { TEST_HEADER,
      inv_str("traceparent: "
              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
      inv_str("{\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-"
              "00f067aa0ba902b7-01\"}") },
    { TEST_HEADER, inv_str("Date: Sat, 21 Nov 2026 18:07:19 GMT"),
      inv_str("{\"Date\":\"Sat, 21 Nov 2026 18:07:19 GMT\"}") },
    { TEST_HEADER, inv_str("X-Forwarded-For: 203.0.113.195, 192.168.100.100"),
      inv_str("{\"X-Forwarded-For\":\"203.0.113.195, 192.168.100.100\"}") },
    { TEST_HEADER, inv_str("Referer: https://shop.example.com/list?page=2"),
      inv_str("{\"Referer\":\"https://shop.example.com/list?page=2\"}") },
    { TEST_HEADER, inv_str("Cache-Control: private, no-cache, max-age=0"),
      inv_str("{\"Cache-Control\":\"private, no-cache, max-age=0\"}") },
    { TEST_HEADER, inv_str("Location: /api/products/64b7f0a1c2d3e4f5a6b7c8d9"),
      inv_str("{\"Location\":\"/api/products/64b7f0a1c2d3e4f5a6b7c8d9\"}") },
    { TEST_HEADER, inv_str("Author: x"), inv_str("{\"Author\":\"x\"}") },
    { TEST_HEADER, inv_str("Content-Security-Policy: default-src 'self'"),
      inv_str("{\"Content-Security-Policy\":\"default-src 'self'\"}") },
    { TEST_HEADER, inv_str("Authorization: Bearer x"),
      inv_str("{\"Authorization\":\"[masked]\"}") },
    { TEST_HEADER, inv_str("Referer: https://shop/x?token=1"),
      inv_str("{\"Referer\":\"[masked]\"}") },
    /* names and values apart */
    { TEST_QUERY, inv_str("name=password&value=1&x=2"),
      inv_str("{\"name\":\"[masked]\",\"value\":\"[masked]\",\"x\":\"2\"}") },
    { TEST_QUERY, inv_str("key[]=token&value[]=1&key[]=b&value[]=2"),
      inv_str("{\"key[]\":[\"token\",\"[masked]\"],\"value[]\":[\"[masked]\","
              "\"[masked]\"]}") },
    { TEST_QUERY, inv_str("value=1&name=blue&text=a&key=b"),
      inv_str(
          "{\"value\":\"1\",\"name\":\"blue\",\"text\":\"a\",\"key\":\"b\"}") },
    { TEST_QUERY, inv_str("code=1&page=2"),
      inv_str("{\"code\":\"1\",\"page\":\"2\"}") },
    { TEST_QUERY, inv_str("state=1&page=2"),
      inv_str("{\"state\":\"1\",\"page\":\"2\"}") },
    { TEST_QUERY, inv_str("desenhar=1&poem=2&tempem=3"),
      inv_str("{\"desenhar\":\"1\",\"poem\":\"2\",\"tempem\":\"3\"}") },
    { TEST_BODY,
      inv_str("{\"note\":\"code=1&page=2, type=mug, see "
              "https://shop/?name=a&value=b\"}"),
      TEST_SAME },
    /* headers whose values are names */
    { TEST_HEADER, inv_str("Vary: Accept-Encoding, Authorization, Cookie"),
      inv_str("{\"Vary\":\"Accept-Encoding, Authorization, Cookie\"}") },
    { TEST_HEADER, inv_str("Vary: Origin, X-Api-Key"),
      inv_str("{\"Vary\":\"Origin, X-Api-Key\"}") },
    { TEST_HEADER,
      inv_str("Access-Control-Allow-Headers: Authorization, Content-Type, "
              "X-CSRF-Token, X-Api-Key"),
      inv_str("{\"Access-Control-Allow-Headers\":\"Authorization, "
              "Content-Type, X-CSRF-Token, X-Api-Key\"}") },
    { TEST_HEADER,
      inv_str("access-control-request-headers: authorization,x-api-key"),
      inv_str(
          "{\"access-control-request-headers\":\"authorization,x-api-key\"}") },
    { TEST_HEADER,
      inv_str("Access-Control-Expose-Headers: Set-Cookie, Authorization"),
      inv_str("{\"Access-Control-Expose-Headers\":\"Set-Cookie, "
              "Authorization\"}") },
    { TEST_HEADER,
      inv_str(
          "Permissions-Policy: camera=(), publickey-credentials-get=(self)"),
      inv_str("{\"Permissions-Policy\":\"camera=(), "
              "publickey-credentials-get=(self)\"}") },
    { TEST_HEADER,
      inv_str("traceparent: "
              "00-41111111111111110000000000000000-00f067aa0ba902b7-01"),
      inv_str("{\"traceparent\":\"00-41111111111111110000000000000000-"
              "00f067aa0ba902b7-01\"}") },
    { TEST_HEADER,
      inv_str("tracestate: congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"),
      inv_str("{\"tracestate\":\"congo=t61rcWkgMzE,rojo=00f067aa0ba902b7\"}") },
    { TEST_HEADER,
      inv_str("Accept: "
              "text/html,application/signed-exchange;v=b3;q=0.7,application/"
              "jwt,*/*;q=0.8"),
      inv_str("{\"Accept\":\"text/html,application/"
              "signed-exchange;v=b3;q=0.7,application/jwt,*/*;q=0.8\"}") },
    { TEST_HEADER, inv_str("Accept-Language: pa-IN,pan;q=0.9,de;q=0.8"),
      inv_str("{\"Accept-Language\":\"pa-IN,pan;q=0.9,de;q=0.8\"}") },
    /* paths */
    { TEST_PATH, inv_str("/api/products"), inv_str("\"/api/products\"") },
    { TEST_PATH, inv_str("/"), inv_str("\"/\"") },
    { TEST_PATH, inv_str(""), inv_str("\"\"") },
    { TEST_PATH, inv_str("/api/products/64b7f0a1c2d3e4f5a6b7c8d9/purchase"),
      inv_str("\"/api/products/64b7f0a1c2d3e4f5a6b7c8d9/purchase\"") },
    { TEST_PATH, inv_str("/api/products/sku/A%2F1"),
      inv_str("\"/api/products/sku/A%2F1\"") },
    { TEST_PATH, inv_str("//a/"), inv_str("\"//a/\"") },
    { TEST_PATH, inv_str("/api/stock/batch"), inv_str("\"/api/stock/batch\"") },
    { TEST_PATH, inv_str("/api/products/sku/4111111111111111"),
      inv_str("\"/api/products/sku/[masked]\"") },
    { TEST_PATH, inv_str("/token/x/y"), inv_str("\"/token/[masked]/y\"") },
    { TEST_PATH, inv_str("/a/4111/1111/1111/1111"), inv_str("\"[masked]\"") },
    { TEST_PATH, inv_str("/a/pin=1/b"), inv_str("\"/a/[masked]/[masked]\"") },
};


static void
test_one(const test_shown_t *shown)
{
    inv_str_t    expected, told;
    inv_arena_t *arena;

    arena = inv_arena_create();
    assert_non_null(arena);

    told = test_redact(arena, shown->kind, shown->text);
    expected = shown->told.data == NULL ? shown->text : shown->told;

    if (!inv_str_eq(told, expected)) {
        fail_msg("a %s is told otherwise\n  given: %.*s\n  told:  %.*s\n"
                 "  want:  %.*s",
                 test_redact_names[shown->kind], (int) shown->text.len,
                 shown->text.data, (int) told.len, told.data,
                 (int) expected.len, expected.data);
    }

    inv_arena_destroy(arena);
}


static void
test_each(void **state)
{
    size_t i;

    for (i = 0; i < TEST_COUNT(test_shown); i++) {
        test_one(&test_shown[i]);
    }
}


/* n times piece, between before and after, in arena. */
static inv_str_t
test_filled(inv_arena_t *arena, const char *before, const char *piece, size_t n,
            const char *after)
{
    char  *text, *p;
    size_t i;

    text = inv_arena_alloc(arena, strlen(before) + n * strlen(piece)
                                      + strlen(after) + 1);
    assert_non_null(text);

    p = stpcpy(text, before);

    for (i = 0; i < n; i++) {
        p = stpcpy(p, piece);
    }

    p = stpcpy(p, after);

    return (inv_str_t){ (size_t) (p - text), text };
}


/* The largest texts are told, larger ones are not, each in time and room. */
static void
test_limits(void **state)
{
    size_t       i, n;
    int64_t      start;
    inv_str_t    text, told;
    inv_arena_t *arena;

    static const struct {
        test_redact_t kind;
        const char   *before;
        const char   *piece;
        const char   *after;
    } texts[] = {
        { TEST_BODY, "[", "1,", "1]" },
        { TEST_BODY, "\"", "a", "\"" },
        { TEST_BODY, "\"", "\\u0001", "\"" },
        { TEST_BODY, "\"", ":", "\"" },
        { TEST_BODY, "\"", "=", "\"" },
        { TEST_BODY, "\"", "9", "\"" },
        { TEST_BODY, "\"", "4 ", "\"" },
        { TEST_BODY, "\"", "//", "\"" },
        { TEST_BODY, "\"", "//a ", "\"" },
        { TEST_BODY, "\"", "basic+", "\"" },
        { TEST_BODY, "\"", "Basic ", "\"" },
        { TEST_BODY, "\"", "-----begi", "\"" },
        { TEST_BODY, "\"", "AIza", "\"" },
        { TEST_BODY, "\"", "%25", "\"" },
        { TEST_BODY, "\"", "[[", "\"" },
        { TEST_BODY, "\"", "{\\\"a\\\":", "\"" },
        { TEST_BODY, "\"", "VmtaV1ZsWldW", "\"" },
        { TEST_BODY, "\"[", "1,", "1]\"" },
        { TEST_BODY, "\"", "pas sword i s ", "\"" },
        { TEST_BODY, "\"", " is", "\"" },
        { TEST_BODY, "\"", "/a b", "\"" },
        { TEST_QUERY, "", "a&", "" },
        { TEST_QUERY, "", "a=1&", "" },
        { TEST_QUERY, "a=", "%01", "" },
        { TEST_PATH, "", "/", "" },
        { TEST_PATH, "", "/a", "" },
        { TEST_PATH, "", "/pin", "" },
    };

    start = inv_time_monotonic();

    for (i = 0; i < TEST_COUNT(texts); i++) {
        arena = inv_arena_create();
        assert_non_null(arena);

        n = (INV_REDACT_TEXT_MAX - strlen(texts[i].before)
             - strlen(texts[i].after))
            / strlen(texts[i].piece);

        text = test_filled(arena, texts[i].before, texts[i].piece, n,
                           texts[i].after);
        told = test_redact(arena, texts[i].kind, text);
        assert_true(told.len <= INV_REDACT_OUTPUT_MAX);

        text = test_filled(arena, texts[i].before, texts[i].piece, 2 * n,
                           texts[i].after);
        told = test_redact(arena, texts[i].kind, text);
        assert_true(told.len < 64);
        assert_memory_equal(told.data, "{\"unlogged\":\"too large\"", 23);

        inv_arena_destroy(arena);
    }

    /* A second for each, which a sanitizer and a busy machine need. */

    assert_true(inv_time_monotonic() - start
                < (int64_t) TEST_COUNT(texts) * 1000);
}


/* The processor's time for a text of piece, over and over: the least of some. */
static clock_t
test_time_of(const char *piece)
{
    int          i;
    clock_t      start, took, least;
    inv_str_t    text;
    inv_arena_t *arena;

    least = 0;

    for (i = 0; i < 3; i++) {
        arena = inv_arena_create();
        assert_non_null(arena);
        text = test_filled(arena, "\"", piece,
                           (INV_REDACT_TEXT_MAX - 2) / strlen(piece), "\"");

        start = clock();
        (void) test_redact(arena, TEST_BODY, text);
        took = clock() - start;

        least = i == 0 || took < least ? took : least;
        inv_arena_destroy(arena);
    }

    return least;
}


/* What ends a name is cheap however often it stands there: one thread serves. */
static void
test_cost(void **state)
{
    size_t  i;
    clock_t names;

    static const char *const pieces[] = { " is", ":",    "a: ", "/a",
                                          "/a ", "a=b&", "v=&" };

    names = test_time_of("abc:");

    for (i = 0; i < TEST_COUNT(pieces); i++) {
        assert_true(test_time_of(pieces[i]) < 8 * names);
    }
}


/* Fields beyond the limit are counted. */
static void
test_many(void **state)
{
    int                  n;
    char                 name[32];
    size_t               i;
    inv_str_t            copy, text;
    inv_arena_t         *arena;
    inv_json_t          *root;
    inv_json_error_t     error;
    const inv_json_t    *omitted;
    inv_redact_fields_t *fields;

    arena = inv_arena_create();
    assert_non_null(arena);
    fields = inv_redact_fields_create(arena, &test_redact_rules);
    assert_non_null(fields);

    for (i = 0; i < INV_REDACT_FIELDS_MAX + 7; i++) {
        n = snprintf(name, sizeof(name), "x%zu", i);
        assert_true(
            inv_arena_copy(arena, (inv_str_t){ (size_t) n, name }, &copy));
        inv_redact_fields_add(fields, copy, inv_str("v"));
    }

    assert_true(inv_redact_fields_finish(fields, &text));
    assert_int_equal(inv_json_read(arena, text, &root, &error), INV_JSON_OK);
    assert_int_equal(root->count, INV_REDACT_FIELDS_MAX + 1);

    omitted = inv_json_member(root, inv_str("[omitted]"));
    assert_non_null(omitted);
    assert_true(inv_str_eq(omitted->text, inv_str("7")));

    inv_arena_destroy(arena);
}


/* A name beyond the limit tells of a value that is not. */
static void
test_late(void **state)
{
    size_t               i;
    inv_str_t            text;
    inv_arena_t         *arena;
    inv_redact_fields_t *fields;

    arena = inv_arena_create();
    assert_non_null(arena);
    fields = inv_redact_fields_create(arena, &test_redact_rules);
    assert_non_null(fields);

    inv_redact_fields_add(fields, inv_str("value"), inv_str("blue"));

    for (i = 0; i < 2 * INV_REDACT_FIELDS_MAX; i++) {
        inv_redact_fields_add(fields, inv_str("x"), inv_str("v"));
    }

    inv_redact_fields_add(fields, inv_str("name"), inv_str("pin"));

    assert_true(inv_redact_fields_finish(fields, &text));
    assert_memory_equal(text.data, "{\"value\":\"[masked]\",", 20);
    assert_null(strstr(text.data, "blue"));

    inv_arena_destroy(arena);
}


static void
test_fold(void **state)
{
    char      out[INV_REDACT_NAME_MAX];
    char      longest[INV_REDACT_NAME_MAX + 1];
    size_t    n;
    inv_str_t name;

    assert_true(inv_redact_fold(inv_str("Tax-Number_2"), out, &n));
    assert_int_equal(n, 10);
    assert_memory_equal(out, "taxnumber2", 10);

    assert_false(inv_redact_fold(inv_str("-_-"), out, &n));
    assert_false(inv_redact_fold(inv_str(""), out, &n));
    assert_false(inv_redact_fold(inv_str("gr\xc3\xb6\xc3\x9f"), out, &n));

    memset(longest, 'a', sizeof(longest));
    name = (inv_str_t){ INV_REDACT_NAME_MAX, longest };
    assert_true(inv_redact_fold(name, out, &n));
    name.len++;
    assert_false(inv_redact_fold(name, out, &n));
}


static void
test_unlogged(void **state)
{
    inv_str_t    text;
    inv_arena_t *arena;

    arena = inv_arena_create();
    assert_non_null(arena);

    assert_true(inv_redact_unlogged(arena, inv_str("x"), -1, &text));
    assert_true(inv_str_eq(text, inv_str("{\"unlogged\":\"x\"}")));
    assert_true(inv_redact_unlogged(arena, inv_str("x"), 5, &text));
    assert_true(inv_str_eq(text, inv_str("{\"unlogged\":\"x\",\"bytes\":5}")));

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),     cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many),     cmocka_unit_test(test_fold),
        cmocka_unit_test(test_unlogged), cmocka_unit_test(test_cost),
        cmocka_unit_test(test_late),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
