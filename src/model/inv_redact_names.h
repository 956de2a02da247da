
/*
 * model, inside of inv_redact_name.c: the names that stand for secrets, folded
 * to lower-case letters and digits.  The README has the same lists.
 */


#ifndef INV_REDACT_NAMES_H
#define INV_REDACT_NAMES_H


#include <stddef.h>


/*
 * Wherever they stand in a name: no word that is harmless has them in it.
 * "contrasea" is what is left of one with an n that has a tilde.
 */
static const char *const redact_parts[] = {
    "password",      "passwd",        "passphrase",
    "passcode",      "passkey",       "userpass",
    "dbpass",        "passwort",      "kennwort",
    "pwd",           "secret",        "token",
    "authoriz",      "authoris",      "authenticat",
    "credential",    "cookie",        "session",
    "jwt",           "bearer",        "saml",
    "assertion",     "csrf",          "xsrf",
    "signature",     "apikey",        "accesskey",
    "authkey",       "authcode",      "authdata",
    "privatekey",    "privkey",       "sharedkey",
    "signingkey",    "encryptionkey", "masterkey",
    "clientcert",    "onetimecode",   "verificationcode",
    "securitycode",  "recoverycode",  "seedphrase",
    "cardnum",       "cardno",        "creditcard",
    "debitcard",     "paymentcard",   "cardholder",
    "ccnum",         "trackdata",     "track1data",
    "track2data",    "pincode",       "pinblock",
    "userpin",       "cvv",           "iban",
    "accountnumber", "routingnumber", "socialsecurity",
    "sessid",        "passw0rd",      "pswd",
    "newpin",        "cardpin",       "cardcvc",
    "accountkey",    "functionskey",  "subscriptionkey",
    "twofactor",     "codeverifier",  "mnemonic",
    "contrasena",    "contrasea",     "motdepasse",
    "wachtwoord",
};

/*
 * As one word of a name (of user_pin, userPin, user[pin]), or all of it; short
 * ones, which other words have in them: expand, shipping, author, discard.  A
 * plural's s and a number at the end are no matter.
 */
static const char *const redact_words[] = {
    "pass", "pw",   "auth", "oauth", "oauth2", "card", "pan",   "pin", "cvc",
    "csc",  "cid",  "otp",  "totp",  "tan",    "puk",  "ssn",   "sid", "sess",
    "sig",  "hmac", "cred", "dsn",   "mfa",    "pem",  "senha",
};

/* A text that mentions one of these is masked, whatever stands behind it. */
static const char *const redact_mentions[] = {
    "password",      "passwd",      "passphrase",   "passwort",     "kennwort",
    "authorization", "apikey",      "accesskey",    "privatekey",   "secretkey",
    "clientsecret",  "accesstoken", "refreshtoken", "idtoken",      "authtoken",
    "sessionid",     "setcookie",   "cardnumber",   "securitycode", "cvv",
    "contrasena",    "contrasea",   "motdepasse",   "wachtwoord",
};


#endif /* INV_REDACT_NAMES_H */
