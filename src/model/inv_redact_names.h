
/*
 * model, inside of inv_redact_name.c: the names that stand for secrets, folded
 * to lower-case letters and digits.  The README has the same lists.
 */


#ifndef INV_REDACT_NAMES_H
#define INV_REDACT_NAMES_H


#include "../base/inv_base.h"


/* Wherever they stand in a name: no word that is harmless has them in it. */
static const inv_str_t redact_parts[] = {
    inv_str("password"),
    inv_str("passwd"),
    inv_str("passphrase"),
    inv_str("passcode"),
    inv_str("passkey"),
    inv_str("userpass"),
    inv_str("dbpass"),
    inv_str("passwort"),
    inv_str("kennwort"),
    inv_str("pwd"),
    inv_str("secret"),
    inv_str("token"),
    inv_str("authoriz"),
    inv_str("authoris"),
    inv_str("authenticat"),
    inv_str("credential"),
    inv_str("cookie"),
    inv_str("session"),
    inv_str("jwt"),
    inv_str("bearer"),
    inv_str("saml"),
    inv_str("assertion"),
    inv_str("csrf"),
    inv_str("xsrf"),
    inv_str("signature"),
    inv_str("apikey"),
    inv_str("accesskey"),
    inv_str("authkey"),
    inv_str("authcode"),
    inv_str("authdata"),
    inv_str("privatekey"),
    inv_str("privkey"),
    inv_str("sharedkey"),
    inv_str("signingkey"),
    inv_str("encryptionkey"),
    inv_str("masterkey"),
    inv_str("clientcert"),
    inv_str("onetimecode"),
    inv_str("verificationcode"),
    inv_str("securitycode"),
    inv_str("recoverycode"),
    inv_str("seedphrase"),
    inv_str("cardnum"),
    inv_str("cardno"),
    inv_str("creditcard"),
    inv_str("debitcard"),
    inv_str("paymentcard"),
    inv_str("cardholder"),
    inv_str("ccnum"),
    inv_str("trackdata"),
    inv_str("track1data"),
    inv_str("track2data"),
    inv_str("pincode"),
    inv_str("pinblock"),
    inv_str("userpin"),
    inv_str("cvv"),
    inv_str("iban"),
    inv_str("accountnumber"),
    inv_str("routingnumber"),
    inv_str("socialsecurity"),
};

/*
 * As one word of a name (of user_pin, userPin, user[pin]), or all of it; short
 * ones, which other words have in them: expand, shipping, author, discard.  A
 * plural's s and a number at the end are no matter.
 */
static const inv_str_t redact_words[] = {
    inv_str("pass"),   inv_str("pw"),   inv_str("auth"), inv_str("oauth"),
    inv_str("oauth2"), inv_str("card"), inv_str("pan"),  inv_str("pin"),
    inv_str("cvc"),    inv_str("csc"),  inv_str("cid"),  inv_str("otp"),
    inv_str("totp"),   inv_str("tan"),  inv_str("puk"),  inv_str("ssn"),
    inv_str("sid"),    inv_str("sess"), inv_str("sig"),  inv_str("hmac"),
    inv_str("cred"),   inv_str("dsn"),
};

/* A text that mentions one of these is masked, whatever stands behind it. */
static const inv_str_t redact_mentions[] = {
    inv_str("password"),     inv_str("passwd"),       inv_str("passphrase"),
    inv_str("passwort"),     inv_str("kennwort"),     inv_str("authorization"),
    inv_str("apikey"),       inv_str("accesskey"),    inv_str("privatekey"),
    inv_str("secretkey"),    inv_str("clientsecret"), inv_str("accesstoken"),
    inv_str("refreshtoken"), inv_str("idtoken"),      inv_str("authtoken"),
    inv_str("sessionid"),    inv_str("setcookie"),    inv_str("cardnumber"),
    inv_str("securitycode"), inv_str("cvv"),
};


#endif /* INV_REDACT_NAMES_H */
