
/*
 * Unit test of redaction: ways to slip a secret through.  Of each text its
 * secret must not be in what is told, which has to be JSON.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "test_redact.h"


#define TEST_SECRET "s3cr3t-m4rk"


typedef struct {
    test_redact_t kind;
    inv_str_t     text;
    inv_str_t     secret;
} test_slip_t;


static const test_slip_t test_slips[] = {

    /* by name, in any writing */
    { TEST_BODY, inv_str("{\"password\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"PASSWORD\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"Pass-Word\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pass_word\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pass word\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"p.a.s.s.w.o.r.d\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"newPassword\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password2\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password_confirmation\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"passwd\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pwd\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"passphrase\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"userPass\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"db_pass\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"secret\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"clientSecret\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"client_secret\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"token\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"accessToken\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"refresh_token\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"X-Auth-Token\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"authorization\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"Authorisation\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"auth\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"oauth2\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"cookie\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"Set-Cookie\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"sessionId\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"JSESSIONID\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"sid\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"apiKey\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"api_key\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"API-KEY\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"x-api-key\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"accessKey\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"aws_secret_access_key\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"privateKey\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"credentials\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"jwt\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"bearer\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"cardNumber\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"card_number\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"card\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"creditCard\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pan\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"PAN\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"cvv\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"CVV2\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"cvc\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pin\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"userPin\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"PINCode\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pins\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pin2\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"iban\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"ssn\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"otp\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"csrf\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"x-xsrf-token\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"signature\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"sig\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"user.password\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"user[password]\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pan:\": \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"\\\"pin\\\"\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    /* by name, written with escapes or other characters */
    { TEST_BODY, inv_str("{\"p\\u0061ssword\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"\\u0070\\u0061\\u0073\\u0073\\u0077\\u006f\\u0072\\u0064\": "
              "\"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pass\\u200bword\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pass\\u00adword\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"pass\\u0001word\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"\\uff50\\uff41\\uff53\\uff53\\uff57\\uff4f\\uff52\\uff44\": "
              "\"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"p\\u0430ssword\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"p\xc3\xa4ssword\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"\\ud835\\udcc5assword\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\" password \": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\\n\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaa\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    /* whatever the value is, and wherever it stands */
    { TEST_BODY, inv_str("{\"password\": 5417320991}"), inv_str("5417320991") },
    { TEST_BODY, inv_str("{\"password\": {\"is\": \"s3cr3t-m4rk\"}}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\": [\"s3cr3t-m4rk\"]}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\": [[{\"x\": [\"s3cr3t-m4rk\"]}]]}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\": {\"s3cr3t-m4rk\": 1}}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("[{\"a\": [1, {\"b\": {\"token\": \"s3cr3t-m4rk\"}}]}]"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("[[[[[[[[[[[[[[[[[[[[[[[[[{\"pin\": "
              "\"s3cr3t-m4rk\"}]]]]]]]]]]]]]]]]]]]]]]]]]"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"a\": 1, \"b\": {\"c\": [true, null, {\"Secret\": "
              "\"s3cr3t-m4rk\"}]}, \"d\": 2}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"name\": \"password\", \"value\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"value\": \"s3cr3t-m4rk\", \"name\": \"Authorization\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"op\": \"replace\", \"path\": \"/password\", \"value\": "
              "\"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("[{\"key\": \"api_key\", \"Value\": {\"x\": \"s3cr3t-m4rk\"}}]"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("[\"Authorization\", \"s3cr3t-m4rk\"]"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("[[\"Host\", \"a\"], [\"X-Api-Key\", \"s3cr3t-m4rk\"]]"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("[\"Host\", \"a\", \"password\", \"s3cr3t-m4rk\"]"),
      inv_str(TEST_SECRET) },
    /* configured */
    { TEST_BODY, inv_str("{\"description\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"DESCRIPTION\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"Tax_Number\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"a\": [{\"taxNumber\": [\"s3cr3t-m4rk\"]}]}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"product[tax-number]\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"product.description\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"the description: s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("description=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("p[tax_number]=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Tax-Number: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    /* numbers of cards */
    { TEST_BODY, inv_str("{\"note\": \"4111111111111111\"}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": 4111111111111111}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111 1111 1111 1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111-1111-1111-1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111.1111.1111.1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111 - 1111 - 1111 - 1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111_1111_1111_1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111,1111,1111,1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"card:4111111111111111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"x4111111111111111x\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111111111111111 123\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"12344111111111111111\"}"),
      inv_str("1111") },
    { TEST_BODY,
      inv_str("{\"note\": \"4111\\u00a01111\\u00a01111\\u00a01111\"}"),
      inv_str("1111") },
    { TEST_BODY,
      inv_str("{\"note\": \"4111\\u20111111\\u20111111\\u20111111\"}"),
      inv_str("1111") },
    { TEST_BODY,
      inv_str("{\"note\": \"4111\\u200b1111\\u200b1111\\u200b1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"4111\\t1111\\t1111\\t1111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"378282246310005\"}"),
      inv_str("378282246310005") },
    { TEST_BODY, inv_str("{\"note\": \"5500-0000-0000-0004\"}"),
      inv_str("0000") },
    { TEST_BODY, inv_str("{\"note\": \"30569309025904\"}"),
      inv_str("30569309025904") },
    { TEST_BODY, inv_str("{\"note\": \"6304000000000000\"}"),
      inv_str("63040000") },
    { TEST_BODY, inv_str("{\"note\": \"3566 0020 2036 0505\"}"),
      inv_str("2036") },
    { TEST_BODY, inv_str("{\"n\": 4.111111111111111e15}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 4.111111111111111E+15}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 41111111111111110e-1}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 411111111111111.1e1}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 41111111.11111111}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": -4111111111111111}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 4111111111111111.0}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 4.111111111111111e-300}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 4.1111111111111110005e15}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"n\": 411111111111111100000e-5}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("[\"4111\", \"1111\", \"1111\", \"1111\"]"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"a\": [4111, 1111, 1111, 1111]}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"),
      inv_str("1,1,1") },
    { TEST_BODY, inv_str("{\"4111111111111111\": 1}"), inv_str("1111") },
    { TEST_BODY, inv_str("{\"a\": {\"nr 4111-1111-1111-1111\": 1}}"),
      inv_str("1111") },
    { TEST_BODY,
      inv_str(
          "{\"note\": "
          "\"\xef\xbc\x94\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef"
          "\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91"
          "\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\"}"),
      inv_str("\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91") },
    { TEST_BODY,
      inv_str("{\"note\": "
              "\"\xd9\xa4\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9"
              "\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9"
              "\xa1\"}"),
      inv_str("\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1") },
    { TEST_BODY,
      inv_str(
          "{\"note\": "
          "\"\xf0\x9d\x9f\x92\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f"
          "\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0"
          "\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d"
          "\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\"}"),
      inv_str(
          "\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x8f") },
    { TEST_BODY,
      inv_str(
          "{\"note\": "
          "\"\xe2\x91\xa3\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2"
          "\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0"
          "\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\"}"),
      inv_str("\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0") },
    { TEST_BODY, inv_str("\"4111111111111111\""), inv_str("1111") },
    { TEST_BODY, inv_str("4111111111111111"), inv_str("1111") },
    /* tokens by their form */
    { TEST_BODY,
      inv_str("{\"note\": "
              "\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0LXNpZw\"}"),
      inv_str("c2VjcmV0") },
    { TEST_BODY,
      inv_str("{\"note\": \"x "
              "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0LXNpZw y\"}"),
      inv_str("c2VjcmV0") },
    { TEST_BODY, inv_str("{\"note\": \"Bearer s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"bearer   s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"BEARER\\ts3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"Bearer\\u00a0s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"\\\"Bearer\\\": s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"my header is Bearer s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"Basic dTpzM2NyM3QtbTRyaw==\"}"),
      inv_str("dTpzM2NyM3QtbTRyaw==") },
    { TEST_BODY, inv_str("{\"note\": \"basic dXNlcjpwdw==\"}"),
      inv_str("dXNlcjpwdw==") },
    { TEST_BODY,
      inv_str("{\"note\": \"Negotiate YIIZaQYGKwYBBQUCoIIZXTCCGVmgMDAu\"}"),
      inv_str("YIIZaQ") },
    { TEST_BODY,
      inv_str("{\"note\": \"Digest username=\\\"u\\\", "
              "response=\\\"s3cr3t-m4rk\\\"\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"-----BEGIN RSA PRIVATE "
              "KEY-----\\nMIIEows3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str(
          "{\"note\": \"-----begin openssh private key-----\\ns3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"https://user:s3cr3t-m4rk@host/\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"see mongodb+srv://u:s3cr3t-m4rk@host/db\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"redis://:s3cr3t-m4rk@host\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"https:\\/\\/user:s3cr3t-m4rk@host\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"//user:s3cr3t-m4rk@host\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"AKIAIOSFODNN7EXAMPLE\"}"),
      inv_str("IOSFODNN7") },
    { TEST_BODY, inv_str("{\"note\": \"sk_live_4eC39HqLyjWDarjtT1zdp7dc\"}"),
      inv_str("4eC39") },
    { TEST_BODY,
      inv_str("{\"note\": \"ghp_0123456789abcdefABCDEF0123456789abcd\"}"),
      inv_str("0123456789") },
    /* inside of a text */
    { TEST_BODY, inv_str("{\"note\": \"password=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"Password: s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"the pin is s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"pin=s3cr3t-m4rk&x=1\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"a=1&token=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"a=1;token=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"my password s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"{\\\"password\\\":\\\"s3cr3t-m4rk\\\"}\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": "
              "\"{\\\"a\\\":{\\\"b\\\":[\\\"x\\\",{\\\"token\\\":\\\"s3cr3t-"
              "m4rk\\\"}]}}\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"{\\\"pass\\\\u0077ord\\\":\\\"s3cr3t-m4rk\\\"}\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"{\\\"password\\\":\\\"s3cr3t-m4rk\\\"\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"{\\\"pass\\\\u0077ord\\\":\\\"s3cr3t-m4rk\\\"\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"[{\\\"token\\\":\\\"s3cr3t-m4rk\\\"}]\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": "
              "\"\\\"{\\\\\\\"pin\\\\\\\":\\\\\\\"s3cr3t-m4rk\\\\\\\"}\\\"\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": "
              "\"\\\"{\\\\\\\"p\\\\\\\\u0069n\\\\\\\":\\\\\\\"s3cr3t-"
              "m4rk\\\\\\\"}\\\"\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"<password>s3cr3t-m4rk</password>\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"<pin kind=\\\"x\\\">s3cr3t-m4rk</pin>\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"password%3Ds3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"p%61ssword=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"pass%2577ord%253Ds3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"a%3D1%26token%3Ds3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"\\\\u0070in=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"&#112;in=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"\\\\x70in=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"{'token': 's3cr3t-m4rk'}\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"token[0]=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"user[pin]=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"Cookie: a=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"Set-Cookie: sid=s3cr3t-m4rk; Path=/\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"https://shop/x?token=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"https://shop/cb#access_token=s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"cmd --password s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"/api/token/s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": \"see https://shop/reset-pin/s3cr3t-m4rk/x\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"/a/b/p%61ssword/s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"s3cr3t-m4rk password\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("{\"note\": "
              "\"\\uff50\\uff41\\uff53\\uff53\\uff57\\uff4f\\uff52\\uff44="
              "s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"4111%201111%201111%201111\"}"),
      inv_str("1111") },
    { TEST_BODY, inv_str("{\"note\": \"Bearer%20s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"cGFzc3dvcmQ9czNjcjN0LW00cms=\"}"),
      inv_str("cGFzc3dvcmQ9czNjcjN0") },
    { TEST_BODY, inv_str("{\"note\": \"eyJ0b2tlbiI6InMzY3IzdC1tNHJrIn0=\"}"),
      inv_str("eyJ0b2tlbiI6InMzY3Iz") },
    { TEST_BODY,
      inv_str("{\"note\": \"data: ZEdobElIQnBiam9nY3pOamNqTjBMVzAwY21zPQ==\"}"),
      inv_str("ZEdobElIQnBiam9nY3pO") },
    { TEST_BODY,
      inv_str(
          "{\"note\": "
          "\"\\\"\\\\\\\"\\\\\\\\\\\\\\\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"{"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"pin\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\":"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"s3cr3t-"
          "m4rk\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"}"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"\\\\\\\\\\\\"
          "\\\\\\\\\\\\\\\\\\\"\\\\\\\\\\\\\\\"\\\\\\\"\\\"\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password=s3cr3t-m4rk\": 1}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password s3cr3t-m4rk\": 1}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"a\": {\"Bearer s3cr3t-m4rk\": 1}}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"https://u:s3cr3t-m4rk@h/\": 1}"),
      inv_str(TEST_SECRET) },
    /* what is no JSON, or not all of it */
    { TEST_BODY, inv_str("{\"password\": \"s3cr3t-m4rk\""),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\": \"s3cr3t-m4rk}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{password: \"s3cr3t-m4rk\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{'password': 's3cr3t-m4rk'}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\": \"s3cr3t-m4rk\",}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"a\": 1, \"password\": \"s3cr3t-m4rk\"} x"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\": \"s3cr3t-m4rk\"}{\"a\": 1}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"password\" \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("password=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("\"s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("<x><password>s3cr3t-m4rk</password></x>"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("--b\r\nContent-Disposition: form-data; "
              "name=\"password\"\r\n\r\ns3cr3t-m4rk\r\n--b--"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("\xef\xbb\xbf{\"a\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"a\": \"s3cr3t-m4rk\", \"a\": 1}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("// x\n{\"a\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"a\": NaN, \"b\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"a\": 01, \"b\": \"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY,
      inv_str("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"s3cr3t-m4rk\"]]]]]]]]]"
              "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"a\": \"s3cr3t-m4rk\n\"}"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"\xffs3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("\x1f\x8b\x08\x00s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"a\\u0000b s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("{\"note\": \"\\ud800 s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_BODY, inv_str("\xc3( s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    /* queries */
    { TEST_QUERY, inv_str("password=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("PASSWORD=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("pass-word=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("pass%5Fword=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("p%61ssword=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("%70assword=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("pass+word=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("token=s3cr3t-m4rk&token=b"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("token=a&token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=1&token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("user[password]=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("user%5Bpassword%5D=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("user[pin]=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("password[]=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("password[0]=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a.token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("token=%s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("token=%ffs3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("x=%ffs3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("x=%zzs3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("%zzs3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("%ffs3cr3t-m4rk=1"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("x%00=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("x=%00s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("p%C3%A4ss=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("p%D0%B0ssword=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("pass%E2%80%8Bword=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=Bearer+s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=Bearer%20s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=b;token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=password%3Ds3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=%7B%22pin%22%3A%22s3cr3t-m4rk%22%7D"),
      inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=p%2561ssword%253Ds3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("Bearer%20s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("password:s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("password%20s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("&&token=s3cr3t-m4rk&&"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("=token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("token==s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=https://u:s3cr3t-m4rk@h/"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("q=my+password+s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("?token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=1&amp;token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("a=1?token=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("pin%00=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_QUERY, inv_str("n=4111111111111111"), inv_str("1111") },
    { TEST_QUERY, inv_str("n=4111+1111+1111+1111"), inv_str("1111") },
    { TEST_QUERY, inv_str("n=4111%201111%201111%201111"), inv_str("1111") },
    { TEST_QUERY, inv_str("n=%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31"),
      inv_str("1111") },
    { TEST_QUERY, inv_str("4111111111111111"), inv_str("1111") },
    { TEST_QUERY, inv_str("4111-1111-1111-1111="), inv_str("1111") },
    { TEST_QUERY,
      inv_str("a=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0LXNpZw"),
      inv_str("c2VjcmV0") },
    { TEST_QUERY,
      inv_str("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0LXNpZw"),
      inv_str("c2VjcmV0") },
    { TEST_QUERY,
      inv_str("n=%EF%BC%94%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%"
              "91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%"
              "91%EF%BC%91%EF%BC%91"),
      inv_str("\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91") },
    { TEST_QUERY, inv_str("a=\xffs3cr3t-m4rk"), inv_str(TEST_SECRET) },
    /* headers */
    { TEST_HEADER, inv_str("Authorization: Bearer s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("authorization: s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("AUTHORIZATION: Basic s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Proxy-Authorization: s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Cookie: a=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Cookie2: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Set-Cookie: a=s3cr3t-m4rk; HttpOnly"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Api-Key: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-ApiKey: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Api-Key: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Auth-Token: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-CSRF-Token: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-XSRF-TOKEN: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Amz-Security-Token: s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Access-Key: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Session-Id: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Forwarded-Client-Cert: s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Hub-Signature-256: sha256=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Referer: https://shop/x?token=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Referer: https://u:s3cr3t-m4rk@shop/"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Location: /next?access_token=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Location: https://shop/cb#id_token=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Link: </x?api_key=s3cr3t-m4rk>; rel=next"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Original-URL: /a?password=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Custom: password=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Custom: Bearer s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Custom: {\"pin\":\"s3cr3t-m4rk\"}"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Custom: pin%3Ds3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Pin: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X_Auth: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Cookie : s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER,
      inv_str("Sec-WebSocket-Protocol: bearer.x, Bearer s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("Idempotency-Key: password=s3cr3t-m4rk"),
      inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-Custom: 4111 1111 1111 1111"), inv_str("1111") },
    { TEST_HEADER, inv_str("Idempotency-Key: 4111111111111111"),
      inv_str("1111") },
    { TEST_HEADER, inv_str("X-Custom: \xffs3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER, inv_str("X-C\xc3\xa4: s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_HEADER,
      inv_str("X-Custom: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0LXNpZw"),
      inv_str("c2VjcmV0") },
    /* paths */
    { TEST_PATH, inv_str("/a/token/s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/reset-password/s3cr3t-m4rk/x"),
      inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/p%61ssword/s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a;jsessionid=s3cr3t-m4rk/b"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/password=s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/Bearer%20s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/b:token:s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/%ffs3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/pin%3Ds3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/api-keys/s3cr3t-m4rk"), inv_str(TEST_SECRET) },
    { TEST_PATH, inv_str("/a/4111111111111111/b"), inv_str("1111") },
    { TEST_PATH, inv_str("/a/4111-1111-1111-1111"), inv_str("1111") },
    { TEST_PATH, inv_str("/a/4111%201111%201111%201111"), inv_str("1111") },
    { TEST_PATH, inv_str("/a/4111/1111/1111/1111"), inv_str("1111") },
    { TEST_PATH,
      inv_str("/a/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0LXNpZw"),
      inv_str("c2VjcmV0") },
    { TEST_PATH, inv_str("/a/\xffs3cr3t-m4rk"), inv_str(TEST_SECRET) },
};


/* From memory that ends where the text does. */
static void
test_slip(const test_slip_t *slip)
{
    char        *exact;
    inv_str_t    text, told;
    inv_arena_t *arena;

    exact = malloc(slip->text.len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, slip->text.data, slip->text.len);
    text = (inv_str_t){ slip->text.len, exact + 1 };

    arena = inv_arena_create();
    assert_non_null(arena);

    told = test_redact(arena, slip->kind, text);

    if (memmem(told.data, told.len, slip->secret.data, slip->secret.len)
        != NULL) {
        fail_msg("a %s tells its secret\n  given: %.*s\n  told:  %.*s",
                 test_redact_names[slip->kind], (int) text.len, text.data,
                 (int) told.len, told.data);
    }

    inv_arena_destroy(arena);
    free(exact);
}


static void
test_each(void **state)
{
    size_t i;

    for (i = 0; i < TEST_COUNT(test_slips); i++) {
        test_slip(&test_slips[i]);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
