
/*
 * Every limit of the product in one place, each with its reason.  Any thread.
 */


#ifndef INV_LIMITS_H
#define INV_LIMITS_H


/* A request body: ten times the largest honest product; fits one buffer. */
#define INV_BODY_MAX (1024 * 1024)

/* JSON nesting: the deepest document of the API has 4 levels. */
#define INV_JSON_DEPTH_MAX 32

/*
 * JSON values in one document.  A batch of 1,000 operations has 7,002; each
 * value costs 80 bytes and its text, so that a hostile body costs at most
 * 4 MiB, and 6 MiB while it is being read.
 */
#define INV_JSON_VALUES_MAX 32768

/*
 * Errors reported at once: more than a person reads.  At most 44 KiB, where
 * every character of an unknown name has to be escaped.
 */
#define INV_ERRORS_MAX 100

/* Bytes of an unknown name that a fault repeats: ours have 11 at most. */
#define INV_FAULT_NAME_MAX 64

#define INV_NAME_MAX        200
#define INV_DESCRIPTION_MAX 5000
#define INV_CATEGORY_MAX    64
#define INV_SKU_MAX         64
#define INV_TAG_MAX         64
#define INV_TAGS_MAX        20

/* One operation moves at most this: a typing error is not a disaster. */
#define INV_QUANTITY_MAX 1000000

/* Code points of an order's or a delivery's number, and of a short sentence. */
#define INV_REFERENCE_MAX 200
#define INV_REASON_MAX    200

/* Lines of a stock batch: 1 MiB has room for that many of 1,000 bytes. */
#define INV_STOCK_BATCH_MAX 1000

/* Characters of an Idempotency-Key's value: a claim's id is a hash of it. */
#define INV_KEY_MAX 255

/* 2^53 - 1: the largest integer that every JSON reader keeps exactly. */
#define INV_STOCK_MAX INT64_C(9007199254740991)

/*
 * A version, and every other count that is stored: a change a microsecond does
 * not reach it in 285 years, and JSON keeps it exactly.
 */
#define INV_VERSION_MAX INV_STOCK_MAX

/* Price: ten-thousandths in an int64; 14 digits add up exactly in totals. */
#define INV_PRICE_SCALE  4
#define INV_PRICE_DIGITS 14

/* Lists: a page is one screen; page * limit bounds what a skip costs. */
#define INV_PAGE_LIMIT_DEFAULT 20
#define INV_PAGE_LIMIT_MAX     100
#define INV_PAGE_SKIP_MAX      10000
#define INV_PAGE_TOTAL_MAX     10000

/* Products that are asked for by their ids: a cart, and one page. */
#define INV_PAGE_IDS_MAX 100

/* Words of ?q=: each is a condition that the database checks. */
#define INV_PAGE_WORDS_MAX 16

/* Code points of a word: more are no word, but bytes that look like one. */
#define INV_WORD_MAX 64

/* Operations (the sum of to - from + 1) in an outbox: 512 * ~200 bytes. */
#define INV_OUTBOX_OPS_MAX 512

/* Operations in one statement: half of an outbox, so that the next batch
   need not wait for this one's entry to have left it. */
#define INV_BATCH_MAX 256

/* Entries one drain puts into the ledger: one insert of less than 1 MiB. */
#define INV_DRAIN_MAX 256

/* Products read in one find: a page of them, and some more. */
#define INV_READ_BATCH_MAX 128

/* Name of the acting principal in the ledger. */
#define INV_PRINCIPAL_MAX 255

/* Deleted products stay for a week, so that late commands find the grave. */
#define INV_PURGE_AFTER_MS INT64_C(604800000)

/*
 * A product in JSON: 5,000 characters of description, escaped, are 30,000
 * bytes; everything else together is less than 12,000.
 */
#define INV_COPY_BODY_MAX 65535

/* That there is no product is not believed for longer, whatever the lifetime. */
#define INV_CACHE_NEGATIVE_MS 1000

/* Redis keys: a database's name has at most 63 bytes, and room around it. */
#define INV_CACHE_PREFIX_MAX 128

/* Redis servers: each costs every worker a connection, every key a hash. */
#define INV_REDIS_SERVERS_MAX 16

/* DNS allows 253; sun_path holds 108 with its NUL. */
#define INV_REDIS_HOST_MAX   255
#define INV_REDIS_PATH_MAX   107
#define INV_REDIS_SECRET_MAX 512

/* Redis is on the next machine: what takes longer is slower than MongoDB. */
#define INV_REDIS_COMMAND_MS 50

/* Nobody waits for a connection: as long as a lost SYN takes to be resent. */
#define INV_REDIS_CONNECT_MS 1500

/* Between two tries to connect, give or take a quarter. */
#define INV_REDIS_RETRY_MS 1000

/* What a Redis on the next machine answers in INV_REDIS_COMMAND_MS. */
#define INV_REDIS_PENDING_MAX 16384

/* All of them at 256 bytes: one that hangs holds no more memory than that. */
#define INV_REDIS_OUTPUT_MAX ((size_t) 4 * 1024 * 1024)

/* Channels are named by the database: its name has at most 63 bytes. */
#define INV_REDIS_CHANNEL_MAX 160

/* A message names a product and its version: longer ones are not ours. */
#define INV_REDIS_MESSAGE_MAX 256

/*
 * Who only listens asks as often whether the server is still there: a lost one
 * may not close the connection.
 */
#define INV_REDIS_ALIVE_MS 10000

/* Its patience: nobody waits, and an end costs what was missed meanwhile. */
#define INV_REDIS_PONG_MS 1000

/* A right that is lacking is not given within a second. */
#define INV_REDIS_REFUSED_MS 60000

/* A reply: one copy, with room around it. */
#define INV_REDIS_REPLY_MAX (INV_COPY_BODY_MAX + 4096)

/* Addresses of one name that are tried. */
#define INV_REDIS_ADDRESSES_MAX 8

/* The zone: floors of 16,384 products at least; see inv_zone.h. */
#define INV_ZONE_SIZE_MIN ((size_t) 1024 * 1024)


#endif /* INV_LIMITS_H */
