/*
 * libskm: the four service interfaces of the Jiangsu health code (DB32/T 3761.46-2021) for C and C++.
 * Generated from bindings/c by `make header`: do not edit.
 *
 * Conventions, which hold for every item:
 * - A function that can fail returns an skm_status: SKM_OK (0), or the number of the error. Its last argument, which
 *   may be NULL, receives an skm_error that the caller frees; it is touched only on failure. All others are touched
 *   only on success, except `ahead_s` of skm_user_token_call_check_time() and `*pending` of skm_submit_…(), which may
 *   be NULL after a failure.
 * - Requests are structs that begin with their size: start from the _INIT macro. Results are opaque, read by getters,
 *   freed once by their _free function, which takes NULL.
 * - Texts in are NUL-terminated UTF-8 and are not kept. Texts out are lent: valid until their object is freed.
 * - A required pointer that is NULL is SKM_ERROR_NULL_ARGUMENT, never a crash; getters answer NULL, 0 or false.
 * - `const` objects may be used from several threads at once. Nothing is ever printed.
 * - No call outlives its deadline by more than 50 ms; with `audit.sync` the disk's own time comes on top.
 * - Only skm_verdict_is_green() lets anybody in.
 */

#ifndef SKM_H
#define SKM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; skm_version() gives the library's. */
#define SKM_VERSION "0.1.0"

/* The _INIT macros: all members zero but the size, spelt out so that no compiler warns. */

/** Begins an skm_token_request. */
#define SKM_TOKEN_REQUEST_INIT \
    { sizeof(skm_token_request), NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0 }
/** Begins an skm_scan_request. */
#define SKM_SCAN_REQUEST_INIT \
    { sizeof(skm_scan_request), NULL, NULL, 0, 0, NULL, NULL, NULL, NULL }
/** Begins an skm_id_request. */
#define SKM_ID_REQUEST_INIT \
    { sizeof(skm_id_request), NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, 0 }
/** Begins an skm_id_answer. */
#define SKM_ID_ANSWER_INIT \
    { sizeof(skm_id_answer), NULL, NULL, NULL, NULL, NULL }


/**
 * No records.
 */
#define SKM_LOG_OFF 0

/**
 * Errors of the library itself.
 */
#define SKM_LOG_ERROR 1

/**
 * Failed attempts.
 */
#define SKM_LOG_WARN 2

/**
 * Rarely anything.
 */
#define SKM_LOG_INFO 3

/**
 * One line for each call.
 */
#define SKM_LOG_DEBUG 4

/**
 * UTF-8, the default.
 */
#define SKM_ENCODING_UTF8 0

/**
 * GBK (code page 936).
 */
#define SKM_ENCODING_GBK 1

/**
 * The person agreed in this place (明示同意).
 */
#define SKM_CONSENT_EXPLICIT 0

/**
 * The person authorised it beforehand (授权同意).
 */
#define SKM_CONSENT_AUTHORISED 1

/**
 * Flag: lifts a 15-digit resident identity number to 18.
 */
#define SKM_FLAG_LIFT_15 1

/**
 * Flag: lets mobile numbers pass that are not of the mainland.
 */
#define SKM_FLAG_ANY_MOBILE 2

/**
 * First part of the version; the soname carries it.
 */
#define SKM_VERSION_MAJOR 0

/**
 * Second part.
 */
#define SKM_VERSION_MINOR 1

/**
 * Third part.
 */
#define SKM_VERSION_PATCH 0

/**
 * Rises when a program compiled with an older header can no longer use the library.
 */
#define SKM_ABI_VERSION 1

/**
 * Ends blocking calls from another thread. Give it to a client with skm_client_with_cancel(); free it with
 * skm_cancel_free().
 *
 * After fork() a token belongs to the process that made it: in the child it cancels nothing, and
 * skm_client_with_cancel() refuses it with SKM_ERROR_CLOSED. Make another one there.
 */
typedef struct skm_cancel skm_cancel;

/**
 * A key with its algorithm (Annex D). Never changes; may be used from several threads at once. Free it with
 * skm_cipher_free().
 */
typedef struct skm_cipher skm_cipher;

/**
 * Calls the platform. All functions that take a `const skm_client *` may be called from several threads at once: one
 * client is enough for a program. Free it with skm_client_free().
 *
 * After fork() a client belongs to the process that made it: in the child every call on it returns SKM_ERROR_CLOSED
 * and says so. Open another one there.
 */
typedef struct skm_client skm_client;

/**
 * A configuration under construction: the keys of the configuration file, such as `scan.token`, one by one. Use it
 * from one thread at a time. Make clients from it with skm_client_new(); free it with skm_config_free().
 */
typedef struct skm_config skm_config;

/**
 * Why a call failed. Owned by the caller, who frees it with skm_error_free(); it never changes. Its texts hold no
 * personal data and no secret, except skm_error_platform_text().
 */
typedef struct skm_error skm_error;

/**
 * A request of interface 4, decrypted (table C.2). Never changes. Free it with skm_id_call_free().
 */
typedef struct skm_id_call skm_id_call;

/**
 * The two keys of one unit. Never change; may be used from several threads at once. Free them with skm_id_keys_free().
 */
typedef struct skm_id_keys skm_id_keys;

/**
 * A checked resident identity number. Free it with skm_id_number_free().
 */
typedef struct skm_id_number skm_id_number;

/**
 * What interface 4 answers (Annex C). Never changes; its texts are in the encoding of the client and are lent until
 * skm_id_result_free().
 */
typedef struct skm_id_result skm_id_result;

/**
 * A submitted call. Free it with skm_pending_free(), done or not. Functions that take a `const skm_pending *` may be
 * called from several threads at once.
 */
typedef struct skm_pending skm_pending;

/**
 * A text that is a health code by its shape; whether the platform knows it, only skm_verify_scan() says. Free it with
 * skm_qr_free().
 */
typedef struct skm_qr skm_qr;

/**
 * A request of interface 3 as it arrived, unchecked. Never changes. Free it with skm_scan_call_free().
 */
typedef struct skm_scan_call skm_scan_call;

/**
 * What interface 3 answers (table B.3). Never changes; its texts are in the encoding of the client and are lent until
 * skm_scan_result_free(). Name, number and phone are as masked by the platform.
 */
typedef struct skm_scan_result skm_scan_result;

/**
 * A text that the library made and the caller owns. Free it with skm_text_free().
 */
typedef struct skm_text skm_text;

/**
 * What interface 1 answers (table A.4). Both parts are opaque; the token is a credential. Never changes; texts are
 * lent until skm_user_token_free().
 */
typedef struct skm_user_token skm_user_token;

/**
 * A request of interface 1 as it arrived, unchecked. Never changes. Free it with skm_user_token_call_free().
 */
typedef struct skm_user_token_call skm_user_token_call;

/**
 * What a call came to: SKM_OK or one of SKM_ERROR_…. The numbers never change and are never reused; a later version
 * may add some.
 */
typedef int32_t skm_status;

/**
 * What interface 4 is asked (table C.2). Begin with SKM_ID_REQUEST_INIT. Texts are the caller's and are only read
 * during the call.
 */
typedef struct {
    /**
     * Set by SKM_ID_REQUEST_INIT.
     */
    size_t struct_size;
    /**
     * Certificate number; required.
     */
    const char *number;
    /**
     * Full name; required.
     */
    const char *name;
    /**
     * The notice under which the person agreed, such as `notice A-12`; required. No personal data.
     */
    const char *consent_notice;
    /**
     * SKM_CONSENT_EXPLICIT or SKM_CONSENT_AUTHORISED.
     */
    int32_t consent_kind;
    /**
     * When consent was given, in seconds since 1970; 0 means at the time of the call.
     */
    uint64_t consent_given_at;
    /**
     * Certificate type of table A.2, which decides how the number is checked; NULL means `1`, resident identity card.
     */
    const char *papers_type;
    /**
     * Place or unit; NULL means the configuration's.
     */
    const char *organize_location;
    /**
     * Kind of application; NULL means the configuration's.
     */
    const char *apply_type;
    /**
     * 0 or SKM_FLAG_LIFT_15.
     */
    uint64_t flags;
} skm_id_request;

/**
 * What to do at the gate: one of SKM_VERDICT_…. Test it with skm_verdict_is_green() only.
 */
typedef int32_t skm_verdict;

/**
 * What the platform said about a person: one of SKM_LEVEL_….
 */
typedef int32_t skm_level;

/**
 * Is given one log record, on any thread, perhaps on several at once: its level (SKM_LOG_…), where it comes from and
 * what it says, both UTF-8 and lent until it returns. `context` is the caller's. Records hold no personal data and no
 * secret. Log calls made while it runs on the same thread are dropped. Must not unwind.
 */
typedef void (*skm_log)(int32_t level, const char *target, const char *message, void *context);

/**
 * What interface 3 is asked (table B.1). Begin with SKM_SCAN_REQUEST_INIT. Texts are the caller's and are only read
 * during the call. The four members of the verifier are taken from the configuration where they are NULL.
 */
typedef struct {
    /**
     * Set by SKM_SCAN_REQUEST_INIT.
     */
    size_t struct_size;
    /**
     * The full text of the scanned code; required.
     */
    const char *qr_text;
    /**
     * The notice under which the person agreed, such as `notice A-12`; required. No personal data.
     */
    const char *consent_notice;
    /**
     * SKM_CONSENT_EXPLICIT or SKM_CONSENT_AUTHORISED.
     */
    int32_t consent_kind;
    /**
     * When consent was given, in seconds since 1970; 0 means at the time of the call.
     */
    uint64_t consent_given_at;
    /**
     * Where: `province,city,district,street`; may be NULL.
     */
    const char *position;
    /**
     * The verifying unit; may be NULL.
     */
    const char *verifier_dept;
    /**
     * The verifying person; may be NULL.
     */
    const char *verifier_name;
    /**
     * That person's phone; may be NULL.
     */
    const char *verifier_phone;
} skm_scan_request;

/**
 * Is told one row of skm_verify_many_scans(), on the thread that called it, in the order of the rows: `result` if
 * `status` is SKM_OK, else `error`; both are lent until it returns. Returns false to end the batch. `context` is the
 * caller's. Must not unwind.
 */
typedef bool (*skm_scan_row)(size_t row,
                             skm_status status,
                             const skm_scan_result *result,
                             const skm_error *error,
                             void *context);

/**
 * Is told one row of skm_verify_many_ids(). See skm_scan_row.
 */
typedef bool (*skm_id_row)(size_t row,
                           skm_status status,
                           const skm_id_result *result,
                           const skm_error *error,
                           void *context);

/**
 * Is told that a call is done, exactly once, on a thread of the library: also after skm_pending_cancel(),
 * skm_pending_free() and skm_client_close(). The outcome can be fetched from `pending` there and then, and `pending`
 * may be freed there, but not both there and elsewhere. `context` is the caller's and must live until then. Be short,
 * do not wait for another submitted call in it; it must not unwind.
 */
typedef void (*skm_done)(skm_pending *pending, void *context);

/**
 * What interface 1 is asked (table A.2). Begin with SKM_TOKEN_REQUEST_INIT. Texts are the caller's and are only read
 * during the call; optional members are left out of the message when NULL.
 */
typedef struct {
    /**
     * Set by SKM_TOKEN_REQUEST_INIT.
     */
    size_t struct_size;
    /**
     * Full name; required.
     */
    const char *name;
    /**
     * Certificate number; required.
     */
    const char *number;
    /**
     * Mobile number; required, mainland unless SKM_FLAG_ANY_MOBILE.
     */
    const char *mobile;
    /**
     * The notice under which the person agreed, such as `notice A-12`; required. No personal data.
     */
    const char *consent_notice;
    /**
     * SKM_CONSENT_EXPLICIT or SKM_CONSENT_AUTHORISED.
     */
    int32_t consent_kind;
    /**
     * When consent was given, in seconds since 1970; 0 means at the time of the call.
     */
    uint64_t consent_given_at;
    /**
     * Certificate type; NULL means `1`, resident identity card.
     */
    const char *papers_type;
    /**
     * Email address; may be NULL.
     */
    const char *email;
    /**
     * Fixed-line telephone; may be NULL.
     */
    const char *phone;
    /**
     * `1` male, `0` female; may be NULL.
     */
    const char *sex;
    /**
     * `yyyy-MM-dd`; may be NULL.
     */
    const char *birth_date;
    /**
     * Postal address; may be NULL.
     */
    const char *address;
    /**
     * Postal code; may be NULL.
     */
    const char *post;
    /**
     * 0, or SKM_FLAG_LIFT_15 and SKM_FLAG_ANY_MOBILE joined with `|`.
     */
    uint64_t flags;
} skm_token_request;

/**
 * What an operator answers to interface 4 (Annex C). Begin with SKM_ID_ANSWER_INIT.
 */
typedef struct {
    /**
     * Set by SKM_ID_ANSWER_INIT.
     */
    size_t struct_size;
    /**
     * `userid`, as it was asked for; required.
     */
    const char *number;
    /**
     * `name`; required.
     */
    const char *name;
    /**
     * `levelData`: a word of the dialect's alphabet; required.
     */
    const char *level;
    /**
     * `xcValue`: travel record text; left out if NULL.
     */
    const char *travel;
    /**
     * `exceptionCodeReason`: why a code is not green; left out if NULL.
     */
    const char *reason;
} skm_id_answer;

/**
 * The call succeeded.
 */
#define SKM_OK 0

/**
 * The configuration is not valid.
 */
#define SKM_ERROR_CONFIG_INVALID 100

/**
 * The configuration lacks what this call needs.
 */
#define SKM_ERROR_CONFIG_MISSING 101

/**
 * A key is not usable.
 */
#define SKM_ERROR_KEY_INVALID 102

/**
 * The dialect file is not valid.
 */
#define SKM_ERROR_DIALECT_INVALID 110

/**
 * An argument is not valid.
 */
#define SKM_ERROR_INPUT_INVALID 200

/**
 * A text is not in the encoding that is due here.
 */
#define SKM_ERROR_INPUT_ENCODING 201

/**
 * The person's consent is missing: state the notice it was given under.
 */
#define SKM_ERROR_CONSENT_MISSING 202

/**
 * This is not a Jiangsu health code: ask for the right code.
 */
#define SKM_ERROR_QR_NOT_SKM 210

/**
 * The code was scanned incompletely: scan it again.
 */
#define SKM_ERROR_QR_INCOMPLETE 211

/**
 * No connection to the platform.
 */
#define SKM_ERROR_CONNECT_FAILED 300

/**
 * The call did not finish within its deadline.
 */
#define SKM_ERROR_DEADLINE_EXCEEDED 301

/**
 * No trusted TLS connection.
 */
#define SKM_ERROR_TLS_FAILED 302

/**
 * The platform answered with an HTTP error.
 */
#define SKM_ERROR_HTTP_STATUS 303

/**
 * The proxy did not open a way to the platform.
 */
#define SKM_ERROR_PROXY_FAILED 304

/**
 * The answer is too large.
 */
#define SKM_ERROR_ANSWER_TOO_LARGE 305

/**
 * The platform answered with a redirect, which is never followed: correct the url.
 */
#define SKM_ERROR_REDIRECT_REFUSED 306

/**
 * The connection broke before the answer was complete.
 */
#define SKM_ERROR_CONNECTION_LOST 307

/**
 * The answer is not what the standard describes.
 */
#define SKM_ERROR_ANSWER_MALFORMED 400

/**
 * The answer cannot be decrypted: check body_key and the dialect's cipher.
 */
#define SKM_ERROR_ANSWER_UNREADABLE 401

/**
 * This machine's clock is wrong, or differs too much from the platform's: set it.
 */
#define SKM_ERROR_CLOCK_SKEW 410

/**
 * The platform refused the request.
 */
#define SKM_ERROR_REFUSED 500

/**
 * The code has expired: ask the person to refresh it.
 */
#define SKM_ERROR_QR_EXPIRED 510

/**
 * The platform gives this unit no access: check the credentials.
 */
#define SKM_ERROR_NO_ACCESS 512

/**
 * The person must first update their information in the health-code application.
 */
#define SKM_ERROR_UPDATE_REQUIRED 513

/**
 * The platform knows no such person: check number and name.
 */
#define SKM_ERROR_PERSON_NOT_FOUND 514

/**
 * The platform is busy: try again later.
 */
#define SKM_ERROR_BUSY 515

/**
 * The evidence record could not be written.
 */
#define SKM_ERROR_AUDIT_FAILED 600

/**
 * The evidence log cannot be read: check that this user may read its files.
 */
#define SKM_ERROR_AUDIT_UNREADABLE 601

/**
 * The client is closed or the call was cancelled.
 */
#define SKM_ERROR_CLOSED 700

/**
 * A required argument is null.
 */
#define SKM_ERROR_NULL_ARGUMENT 701

/**
 * Library and wrapper are of different versions: install both anew.
 */
#define SKM_ERROR_VERSION_MISMATCH 702

/**
 * The native library could not be loaded.
 */
#define SKM_ERROR_LIBRARY_NOT_LOADED 703

/**
 * An internal error: please report it.
 */
#define SKM_ERROR_INTERNAL 900

/**
 * Nothing is known: not green. Zero, so that a forgotten initialisation lets nobody in.
 */
#define SKM_VERDICT_UNVERIFIED 0

/**
 * A well-formed success whose level is exactly green.
 */
#define SKM_VERDICT_GREEN 1

/**
 * Yellow.
 */
#define SKM_VERDICT_YELLOW 2

/**
 * Red.
 */
#define SKM_VERDICT_RED 3

/**
 * Nothing, or nothing that the dialect knows.
 */
#define SKM_LEVEL_UNKNOWN 0

/**
 * Green (绿码).
 */
#define SKM_LEVEL_GREEN 1

/**
 * Yellow (黄码).
 */
#define SKM_LEVEL_YELLOW 2

/**
 * Red (红码).
 */
#define SKM_LEVEL_RED 3

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a token that cancels nothing yet. It goes to `*cancel`. Any thread.
 *
 * Errors: SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_cancel_new(skm_cancel **cancel, skm_error **error);

/**
 * Cancels, once and for ever: running calls return SKM_ERROR_CLOSED at once, later ones do not begin. NULL is fine.
 * Any thread; not from a signal handler. Does nothing in a forked child: the running calls are the parent's.
 */
void skm_cancel_cancel(const skm_cancel *cancel);

/**
 * Frees a token. Clients that were given it keep what they need of it. NULL is fine. No other thread may be using it.
 * In a forked child it is only forgotten.
 */
void skm_cancel_free(skm_cancel *cancel);

/**
 * Checks a resident identity number by GB 11643-1999: characters, length, birth date, check character. `allow_15`
 * lifts the 15-digit form of before 1999 to 18. The result goes to `*checked`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID, whose skm_error_reason() is `character`, `length`, `birth_date` or `check_digit`;
 * SKM_ERROR_CLOCK_SKEW if this machine's clock cannot be right; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_check_id_number(const char *number,
                               bool allow_15,
                               skm_id_number **checked,
                               skm_error **error);

/**
 * The number as it is sent: 18 characters, `X` in upper case. Lent until skm_id_number_free(), as the others; NULL for
 * NULL. Any thread.
 */
const char *skm_id_number_value(const skm_id_number *number);

/**
 * The date of birth in it: `yyyy-MM-dd`.
 */
const char *skm_id_number_birth_date(const skm_id_number *number);

/**
 * `female` or `male`.
 */
const char *skm_id_number_sex(const skm_id_number *number);

/**
 * Wipes and frees a checked number. NULL is fine. No other thread may be using it.
 */
void skm_id_number_free(skm_id_number *number);

/**
 * Checks a scanned text: strips what scanners add around it, then says whether it is a complete health code. `client`
 * gives the rules of its dialect; NULL means the built-in ones. The result goes to `*checked`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID, SKM_ERROR_QR_NOT_SKM, SKM_ERROR_QR_INCOMPLETE (scan again),
 * SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_CLOSED for a client of the parent process.
 */
skm_status skm_check_qr(const skm_client *client,
                        const char *text,
                        skm_qr **checked,
                        skm_error **error);

/**
 * The whole text, as it is sent. Never log it. Lent until skm_qr_free(), as the others; NULL for NULL. Any thread.
 */
const char *skm_qr_text(const skm_qr *qr);

/**
 * The code's identity: what stands between `qrCode=` and the next `&` or `#`. Never log it.
 */
const char *skm_qr_code(const skm_qr *qr);

/**
 * The six-digit division code in it; NULL if the code is of another form.
 */
const char *skm_qr_division(const skm_qr *qr);

/**
 * Wipes and frees a checked code. NULL is fine. No other thread may be using it.
 */
void skm_qr_free(skm_qr *qr);

/**
 * The sign of interface 1 (table A.1): lower-case hex MD5 of appmark, appword and time. The new text goes to `*sign`.
 * Any thread.
 *
 * Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_sign(const char *appmark,
                    const char *appword,
                    const char *time,
                    skm_text **sign,
                    skm_error **error);

/**
 * Whether `sign` is the sign of interface 1, in any case of its letters; in constant time. The answer goes to
 * `*right`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_check_sign(const char *appmark,
                          const char *appword,
                          const char *time,
                          const char *sign,
                          bool *right,
                          skm_error **error);

/**
 * Expands a 16-byte key for `aes-128-ecb`, `aes-128-cbc`, `sm4-ecb` or `sm4-cbc`. `iv` is the 16 bytes for the CBC
 * forms; NULL means all zeros. It goes to `*cipher`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID, SKM_ERROR_KEY_INVALID, SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_cipher_new(const char *algorithm,
                          const uint8_t *key,
                          size_t key_length,
                          const uint8_t *iv,
                          skm_cipher **cipher,
                          skm_error **error);

/**
 * Encrypts `length` bytes and gives standard Base64 without line breaks. The new text goes to `*sealed`. Any thread.
 *
 * Errors: SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_cipher_seal(const skm_cipher *cipher,
                           const char *plain,
                           size_t length,
                           skm_text **sealed,
                           skm_error **error);

/**
 * Decrypts what skm_cipher_seal() made; white space, missing padding and the URL-safe alphabet are tolerated in the
 * Base64. The new text, which is UTF-8, goes to `*plain`. Any thread.
 *
 * Errors: SKM_ERROR_ANSWER_UNREADABLE, whatever is wrong with it; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_cipher_open(const skm_cipher *cipher,
                           const char *sealed,
                           skm_text **plain,
                           skm_error **error);

/**
 * Wipes and frees a cipher. NULL is fine. No other thread may be using it.
 */
void skm_cipher_free(skm_cipher *cipher);

/**
 * Opens a client with a configuration file. It goes to `*client`. Connects nowhere yet. Any thread.
 *
 * Errors: SKM_ERROR_CONFIG_INVALID, SKM_ERROR_KEY_INVALID and SKM_ERROR_DIALECT_INVALID, naming file, line, key and
 * what would be right; SKM_ERROR_TLS_FAILED without root certificates; SKM_ERROR_AUDIT_FAILED;
 * SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_client_open(const char *config_path,
                           skm_client **client,
                           skm_error **error);

/**
 * Opens a client with the text of a configuration file. Relative paths in it are relative to `base`; NULL is the
 * working directory. It goes to `*client`. Any thread.
 *
 * Errors: as skm_client_open().
 */
skm_status skm_client_parse(const char *toml,
                            const char *base,
                            skm_client **client,
                            skm_error **error);

/**
 * Opens a client with a configuration built by skm_config_set(), which stays the caller's. It goes to `*client`.
 *
 * Errors: as skm_client_open(), except SKM_ERROR_INPUT_ENCODING.
 */
skm_status skm_client_new(const skm_config *config,
                          skm_client **client,
                          skm_error **error);

/**
 * Another handle of the same client, with its own deadline for each whole call (DNS, connecting, TLS, retries and the
 * body are inside it): 1 to 600000 milliseconds. Handles share connections; closing one closes all; each is freed by
 * itself. It goes to `*changed`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID; SKM_ERROR_NULL_ARGUMENT; SKM_ERROR_CLOSED for a client of the parent process.
 */
skm_status skm_client_with_deadline(const skm_client *client,
                                    uint32_t deadline_ms,
                                    skm_client **changed,
                                    skm_error **error);

/**
 * Another handle of the same client, whose calls also end when `cancel` is cancelled. See skm_client_with_deadline().
 *
 * Errors: SKM_ERROR_NULL_ARGUMENT; SKM_ERROR_CLOSED for a client or a `cancel` of the parent process.
 */
skm_status skm_client_with_cancel(const skm_client *client,
                                  const skm_cancel *cancel,
                                  skm_client **changed,
                                  skm_error **error);

/**
 * Another handle of the same client that takes and gives texts in SKM_ENCODING_UTF8 or SKM_ENCODING_GBK: requests,
 * results and messages. A character that GBK lacks is given as `?`. See skm_client_with_deadline().
 *
 * Errors: as skm_client_with_deadline().
 */
skm_status skm_client_with_encoding(const skm_client *client,
                                    int32_t encoding,
                                    skm_client **changed,
                                    skm_error **error);

/**
 * Ends running calls with SKM_ERROR_CLOSED, at once, and refuses later ones; all handles of the client included. NULL
 * is fine. Any thread.
 */
void skm_client_close(const skm_client *client);

/**
 * Whether skm_client_close() was called. True for NULL and for a client of the parent process. Any thread.
 */
bool skm_client_is_closed(const skm_client *client);

/**
 * How many records could not be written to the evidence log since the client was opened: with
 * `audit.on_failure = "continue"` the only sign of them beside the log callback. 0 for NULL. Any thread.
 */
uint64_t skm_client_audit_failures(const skm_client *client);

/**
 * Frees a handle. NULL is fine. Calls that are running on it, submitted ones included, end as they would have; no
 * call may begin on it any more. In a forked child nothing but the handle goes: the connections are the parent's.
 */
void skm_client_free(skm_client *client);

/**
 * Starts an empty configuration. It goes to `*config`. Any thread.
 *
 * Errors: SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_config_new(skm_config **config, skm_error **error);

/**
 * Sets a key, such as `scan.url` or `http.deadline_ms`, to a value; numbers and `true`/`false` are given as text. A
 * later value replaces an earlier one. Both are copied. What is wrong with them is said by skm_client_new().
 *
 * Errors: SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_INPUT_ENCODING.
 */
skm_status skm_config_set(skm_config *config,
                          const char *key,
                          const char *value,
                          skm_error **error);

/**
 * Makes clients of this configuration take the time from here instead of the machine's clock: seconds since 1970. For
 * tests. NULL is fine.
 */
void skm_config_freeze_clock(skm_config *config,
                             uint64_t unix_seconds);

/**
 * Wipes and frees a configuration. Clients made from it are not touched. NULL is fine.
 */
void skm_config_free(skm_config *config);

/**
 * The number: what the call returned. SKM_OK for NULL. Any thread, as for all getters of an error.
 */
skm_status skm_error_number(const skm_error *error);

/**
 * The name, such as `qr_expired`: what logs and scripts match on. Lent until skm_error_free(), as all texts of an
 * error; NULL for NULL.
 */
const char *skm_error_name(const skm_error *error);

/**
 * One technical line in English, for logs: what failed, where, what to do. NULL for NULL.
 */
const char *skm_error_message(const skm_error *error);

/**
 * The technical line in Chinese, in the encoding of the client that was called. NULL for NULL.
 */
const char *skm_error_technical_zh(const skm_error *error);

/**
 * A Chinese sentence that may be shown to the person at the desk, in the encoding of the client that was called: what to
 * do now, without the name of a call, a member or a host. NULL for NULL.
 */
const char *skm_error_message_zh(const skm_error *error);

/**
 * The call of the standard: `issue_user_token`, `display_url`, `verify_scan` or `verify_id`; NULL if none had begun.
 */
const char *skm_error_interface(const skm_error *error);

/**
 * The argument at fault, such as `qr_text`; NULL if it is none.
 */
const char *skm_error_field(const skm_error *error);

/**
 * Why, as a stable word: where a call stood when it ended (`resolving`, `connecting`, `waiting`, `no_threads`, …), why
 * TLS failed (`expired`, `unknown_issuer`, …), or, of skm_check_id_number(), why a certificate number is not one:
 * `character`, `length`, `birth_date` or `check_digit`. NULL if there is nothing more to say; a later version may add
 * words.
 */
const char *skm_error_reason(const skm_error *error);

/**
 * The platform's own code (`retcode`, `resCode` or `code`), verbatim if it looks like a code; anything else is `***`
 * here and stands before skm_error_platform_text(). NULL if it gave none.
 */
const char *skm_error_platform_code(const skm_error *error);

/**
 * What the platform wrote beside its code, verbatim; NULL if nothing. It may hold personal data: show it to the
 * operator if you must, do not log it.
 */
const char *skm_error_platform_text(const skm_error *error);

/**
 * The HTTP status, for SKM_ERROR_HTTP_STATUS; otherwise 0.
 */
int skm_error_http_status(const skm_error *error);

/**
 * By how many seconds this machine is ahead of the platform, for SKM_ERROR_CLOCK_SKEW; otherwise 0.
 */
int64_t skm_error_clock_offset_s(const skm_error *error);

/**
 * How many times the request was tried; 0 if it never came to that.
 */
uint32_t skm_error_attempts(const skm_error *error);

/**
 * What the venue decided for the time when the platform cannot be reached (`gate.when_unreachable`): "stay_shut" or
 * "call_person", neither of which opens anything. Set for a call that failed with SKM_ERROR_CONNECT_FAILED,
 * SKM_ERROR_DEADLINE_EXCEEDED, SKM_ERROR_TLS_FAILED, SKM_ERROR_PROXY_FAILED, SKM_ERROR_CONNECTION_LOST,
 * SKM_ERROR_BUSY, or SKM_ERROR_HTTP_STATUS with 429 or 5xx; NULL for every other failure. Lent until
 * skm_error_free(). Any thread.
 */
const char *skm_error_when_unreachable(const skm_error *error);

/**
 * Whether the evidence log lacks the record of this call, for it could not be written. Number and everything else say
 * what the call itself came to; SKM_ERROR_AUDIT_FAILED is the number of a call that had no other fault. A record that
 * was still to be written when the call ended is not lacking: should that fail, skm_client_audit_failures() counts it.
 * False for NULL. Any thread.
 */
bool skm_error_audit_failed(const skm_error *error);

/**
 * Whether the same call may succeed later. What was safe to retry has been retried. False for NULL.
 */
bool skm_error_retryable(const skm_error *error);

/**
 * Frees an error. NULL is fine. No other thread may be using it.
 */
void skm_error_free(skm_error *error);

/**
 * How many statuses there are, SKM_OK included. Any thread, as for the whole table.
 */
size_t skm_status_count(void);

/**
 * The status in row `index` of the table, in the order of the numbers; -1 past its end.
 */
skm_status skm_status_at(size_t index);

/**
 * The name of a status, such as `qr_expired`; NULL if there is no such status. A static text.
 */
const char *skm_status_name(skm_status status);

/**
 * What a status means, in English; NULL if there is no such status. A static text.
 */
const char *skm_status_text(skm_status status);

/**
 * What a status means, in Chinese (UTF-8); NULL if there is no such status. A static text.
 */
const char *skm_status_text_zh(skm_status status);

/**
 * Whether a call that came to this may succeed later. False for SKM_ERROR_HTTP_STATUS, where it depends on the HTTP
 * status: see skm_error_retryable().
 */
bool skm_status_retryable(skm_status status);

/**
 * Interface 4 (Annexes C and D): asks for the level of a person by certificate number and name. Blocks for the
 * client's deadline at most. The result goes to `*result`. Any thread.
 *
 * Errors: any row of the table of statuses; none of them is green.
 */
skm_status skm_verify_id(const skm_client *client,
                         const skm_id_request *request,
                         skm_id_result **result,
                         skm_error **error);

/**
 * What to do at the gate; SKM_VERDICT_UNVERIFIED for NULL. Any thread, as for all getters of a result.
 */
skm_verdict skm_id_result_verdict(const skm_id_result *result);

/**
 * The level; SKM_LEVEL_UNKNOWN for NULL.
 */
skm_level skm_id_result_level(const skm_id_result *result);

/**
 * `userid`: always the number that was asked for. NULL for NULL.
 */
const char *skm_id_result_number(const skm_id_result *result);

/**
 * `name`. NULL for NULL.
 */
const char *skm_id_result_name(const skm_id_result *result);

/**
 * `xcValue`: travel record text; NULL if the platform left it out.
 */
const char *skm_id_result_travel(const skm_id_result *result);

/**
 * `exceptionCodeReason`: why a code is not green; NULL if the platform left it out.
 */
const char *skm_id_result_reason(const skm_id_result *result);

/**
 * Members that the standard does not name, as one JSON object; `{}` if there is none.
 */
const char *skm_id_result_extra_json(const skm_id_result *result);

/**
 * Wipes and frees a result. NULL is fine. No other thread may be using it.
 */
void skm_id_result_free(skm_id_result *result);

/**
 * Sends the log records of the whole library, up to `max_level`, to `callback`; NULL sends them nowhere, which is how
 * it begins. Nothing is ever printed. When this returns, the callback that was set before has returned and will not be
 * called again. Any thread, but not from inside the callback. The child of fork() keeps the callback of its parent and
 * cannot set another: in the parent it may have been running.
 *
 * Errors: SKM_ERROR_INPUT_INVALID; SKM_ERROR_CLOSED in such a child.
 */
skm_status skm_set_log_callback(int32_t max_level,
                                skm_log callback,
                                void *context,
                                skm_error **error);

/**
 * Interface 3 for `count` requests, `workers` at once (0: as many as `http.max_connections`, which is also the most).
 * One failed row never stops the rest. Blocks until every row was told or `row` returned false, which cancels what is
 * running. Each row has the client's deadline. Any thread.
 *
 * Errors: SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_CLOSED; whatever happens to a row is told with the row.
 */
skm_status skm_verify_many_scans(const skm_client *client,
                                 const skm_scan_request *const *requests,
                                 size_t count,
                                 uint32_t workers,
                                 skm_scan_row row,
                                 void *context,
                                 skm_error **error);

/**
 * Interface 4 for `count` requests. See skm_verify_many_scans().
 *
 * Errors: as skm_verify_many_scans().
 */
skm_status skm_verify_many_ids(const skm_client *client,
                               const skm_id_request *const *requests,
                               size_t count,
                               uint32_t workers,
                               skm_id_row row,
                               void *context,
                               skm_error **error);

/**
 * Masks a name: its first character, then stars. The new text goes to `*masked`. Any thread, as for the others.
 *
 * Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_mask_name(const char *text,
                         skm_text **masked,
                         skm_error **error);

/**
 * Masks a certificate number: the first 3 and last 2 characters stay.
 *
 * Errors: as skm_mask_name().
 */
skm_status skm_mask_certificate(const char *text, skm_text **masked, skm_error **error);

/**
 * Masks a telephone number: `138****1234` for 11 characters, otherwise the last 2 stay.
 *
 * Errors: as skm_mask_name().
 */
skm_status skm_mask_phone(const char *text, skm_text **masked, skm_error **error);

/**
 * Submits interface 3 and returns at once; the request is copied. The call goes to `*pending` before `done`, which may
 * be NULL, can run. The deadline counts from now. Any thread.
 *
 * Errors: SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_INPUT_ENCODING, SKM_ERROR_INPUT_INVALID and SKM_ERROR_VERSION_MISMATCH
 * for what cannot be read, SKM_ERROR_CLOSED for a client of the parent process, SKM_ERROR_BUSY if 16384 submitted calls
 * of the client already wait, SKM_ERROR_INTERNAL if the system gives no thread, and then `done` is not called;
 * everything else is the outcome's.
 */
skm_status skm_submit_scan(const skm_client *client,
                           const skm_scan_request *request,
                           skm_done done,
                           void *context,
                           skm_pending **pending,
                           skm_error **error);

/**
 * Submits interface 4. See skm_submit_scan().
 *
 * Errors: as skm_submit_scan().
 */
skm_status skm_submit_id(const skm_client *client,
                         const skm_id_request *request,
                         skm_done done,
                         void *context,
                         skm_pending **pending,
                         skm_error **error);

/**
 * Submits interface 1. See skm_submit_scan().
 *
 * Errors: as skm_submit_scan().
 */
skm_status skm_submit_user_token(const skm_client *client,
                                 const skm_token_request *request,
                                 skm_done done,
                                 void *context,
                                 skm_pending **pending,
                                 skm_error **error);

/**
 * Whether the call is done, without waiting. True for NULL and in a forked child. Its callback may still be running, or
 * about to: `context` must live until that has returned. Any thread.
 */
bool skm_pending_poll(const skm_pending *pending);

/**
 * Waits until the call is done, at most `limit_ms` milliseconds; whether it is done. True for NULL and in a forked
 * child. As with skm_pending_poll(), its callback may still be running. Any thread.
 */
bool skm_pending_wait(const skm_pending *pending,
                      uint32_t limit_ms);

/**
 * Ends the call: it is done with SKM_ERROR_CLOSED at once, unless it was done before. NULL is fine. Does
 * nothing in a forked child. Any thread.
 */
void skm_pending_cancel(const skm_pending *pending);

/**
 * The outcome of skm_submit_scan(): a new object of the caller's goes to `*result`. Any thread.
 *
 * Errors: what skm_verify_scan() would have returned; SKM_ERROR_INPUT_INVALID while the call is not done, and
 * for the call of another interface; SKM_ERROR_CLOSED in a forked child; SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_pending_scan_result(const skm_pending *pending, skm_scan_result **result, skm_error **error);

/**
 * The outcome of skm_submit_id(). See skm_pending_scan_result().
 *
 * Errors: as skm_pending_scan_result(), of skm_verify_id().
 */
skm_status skm_pending_id_result(const skm_pending *pending, skm_id_result **result, skm_error **error);

/**
 * The outcome of skm_submit_user_token(). See skm_pending_scan_result().
 *
 * Errors: as skm_pending_scan_result(), of skm_issue_user_token().
 */
skm_status skm_pending_user_token(const skm_pending *pending, skm_user_token **user, skm_error **error);

/**
 * Frees a submitted call; one that is not done is cancelled. NULL is fine. Does not wait for a callback. No other
 * thread of the caller may be using it.
 */
void skm_pending_free(skm_pending *pending);

/**
 * Reads the five parameters of table A.1: from `query` if `method` is `GET`, else from the body, a form or a JSON
 * object as `content_type` says. `content_type` and `query` may be NULL; `body` may be NULL if `body_length` is 0. It
 * goes to `*received`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID, naming what is missing, doubled or not UTF-8; SKM_ERROR_INPUT_ENCODING;
 * SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_platform_read_user_token(const char *method,
                                        const char *content_type,
                                        const char *query,
                                        const uint8_t *body,
                                        size_t body_length,
                                        skm_user_token_call **received,
                                        skm_error **error);

/**
 * `appmark`. Lent until skm_user_token_call_free(), as the others; NULL for NULL. Any thread.
 */
const char *skm_user_token_call_appmark(const skm_user_token_call *received);

/**
 * `time`, as signed.
 */
const char *skm_user_token_call_time(const skm_user_token_call *received);

/**
 * `servicename`.
 */
const char *skm_user_token_call_servicename(const skm_user_token_call *received);

/**
 * `params`: the JSON text of table A.2. Personal data: never log it.
 */
const char *skm_user_token_call_params(const skm_user_token_call *received);

/**
 * Whether the request is signed with `appword`; in constant time. The answer goes to `*right`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_user_token_call_check_sign(const skm_user_token_call *received,
                                          const char *appword,
                                          bool *right,
                                          skm_error **error);

/**
 * Checks that the time stamp is of the dialect's format and within `window_s` seconds of this machine's clock. `client`
 * gives the dialect; NULL means the built-in one. `ahead_s`, which may be NULL, is told by how many seconds the sender
 * is ahead if the time is outside the window (negative: behind), else 0. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID for the format, SKM_ERROR_CLOCK_SKEW outside the window, SKM_ERROR_NULL_ARGUMENT,
 * SKM_ERROR_CLOSED for a client of the parent process.
 */
skm_status skm_user_token_call_check_time(const skm_user_token_call *received,
                                          const skm_client *client,
                                          uint32_t window_s,
                                          int64_t *ahead_s,
                                          skm_error **error);

/**
 * Wipes and frees a received request. NULL is fine. No other thread may be using it.
 */
void skm_user_token_call_free(skm_user_token_call *received);

/**
 * Expands a unit's keys, each 16 bytes. `client` gives the dialect with the cipher; NULL means the built-in one. They
 * go to `*keys`. Any thread.
 *
 * Errors: SKM_ERROR_KEY_INVALID, SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_CLOSED.
 */
skm_status skm_id_keys_new(const skm_client *client,
                           const uint8_t *auth_key,
                           size_t auth_key_length,
                           const uint8_t *body_key,
                           size_t body_key_length,
                           skm_id_keys **keys,
                           skm_error **error);

/**
 * Opens the `auth` header. The account, a credential, goes to `*account`. Any thread.
 *
 * Errors: SKM_ERROR_ANSWER_UNREADABLE, whatever is wrong with it; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_id_keys_open_auth(const skm_id_keys *keys,
                                 const char *header,
                                 skm_text **account,
                                 skm_error **error);

/**
 * Opens a body. It goes to `*received`. Any thread.
 *
 * Errors: SKM_ERROR_ANSWER_UNREADABLE if it cannot be decrypted to a JSON object, SKM_ERROR_INPUT_INVALID naming what
 * is missing in it, SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_id_keys_open_body(const skm_id_keys *keys,
                                 const uint8_t *body,
                                 size_t body_length,
                                 skm_id_call **received,
                                 skm_error **error);

/**
 * `userid`. Lent until skm_id_call_free(), as the others; NULL for NULL. Any thread.
 */
const char *skm_id_call_number(const skm_id_call *received);

/**
 * `name`.
 */
const char *skm_id_call_name(const skm_id_call *received);

/**
 * `organizeLocation`; NULL if it was left out.
 */
const char *skm_id_call_organize_location(const skm_id_call *received);

/**
 * `applyType`; NULL if it was left out.
 */
const char *skm_id_call_apply_type(const skm_id_call *received);

/**
 * Wipes and frees a received request. NULL is fine. No other thread may be using it.
 */
void skm_id_call_free(skm_id_call *received);

/**
 * Seals an answer: what `data` carries. The new text goes to `*sealed`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID for a `struct_size` that is not set; SKM_ERROR_VERSION_MISMATCH for members that
 * this library does not know; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_id_keys_seal_answer(const skm_id_keys *keys,
                                   const skm_id_answer *answer,
                                   skm_text **sealed,
                                   skm_error **error);

/**
 * Wipes and frees keys. NULL is fine. No other thread may be using them.
 */
void skm_id_keys_free(skm_id_keys *keys);

/**
 * Reads the form of table B.1. It goes to `*received`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_INVALID, naming what is missing, doubled or not UTF-8; SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_platform_read_scan(const uint8_t *body,
                                  size_t body_length,
                                  skm_scan_call **received,
                                  skm_error **error);

/**
 * The text of the code. Never log it. Lent until skm_scan_call_free(), as the others; NULL for NULL. Any thread.
 */
const char *skm_scan_call_qr_text(const skm_scan_call *received);

/**
 * `source`: the applying unit.
 */
const char *skm_scan_call_source(const skm_scan_call *received);

/**
 * `position`.
 */
const char *skm_scan_call_position(const skm_scan_call *received);

/**
 * `verifierDept`.
 */
const char *skm_scan_call_verifier_dept(const skm_scan_call *received);

/**
 * `verifierName`.
 */
const char *skm_scan_call_verifier_name(const skm_scan_call *received);

/**
 * `verifierPhone`.
 */
const char *skm_scan_call_verifier_phone(const skm_scan_call *received);

/**
 * `token`: the unit's. A credential: compare it in constant time, never log it.
 */
const char *skm_scan_call_token(const skm_scan_call *received);

/**
 * Wipes and frees a received request. NULL is fine. No other thread may be using it.
 */
void skm_scan_call_free(skm_scan_call *received);

/**
 * Interface 3 (Annex B): asks for the level behind a scanned code. Blocks for the client's deadline at most. The
 * result goes to `*result`. Any thread.
 *
 * Errors: any row of the table of statuses; none of them is green.
 */
skm_status skm_verify_scan(const skm_client *client,
                           const skm_scan_request *request,
                           skm_scan_result **result,
                           skm_error **error);

/**
 * What to do at the gate; SKM_VERDICT_UNVERIFIED for NULL. Any thread, as for all getters of a result.
 */
skm_verdict skm_scan_result_verdict(const skm_scan_result *result);

/**
 * The level; SKM_LEVEL_UNKNOWN for NULL.
 */
skm_level skm_scan_result_level(const skm_scan_result *result);

/**
 * `name`; NULL if the platform left it out, as for the other texts.
 */
const char *skm_scan_result_name(const skm_scan_result *result);

/**
 * `idcardNo`, masked by the platform.
 */
const char *skm_scan_result_id_number_masked(const skm_scan_result *result);

/**
 * `phone`.
 */
const char *skm_scan_result_phone(const skm_scan_result *result);

/**
 * `tip`: advice for the person, led by the colour word. Never decide by it.
 */
const char *skm_scan_result_tip(const skm_scan_result *result);

/**
 * `qrCode`.
 */
const char *skm_scan_result_qr_code(const skm_scan_result *result);

/**
 * Members that the standard does not name, as one JSON object; `{}` if there is none.
 */
const char *skm_scan_result_extra_json(const skm_scan_result *result);

/**
 * Wipes and frees a result. NULL is fine. No other thread may be using it.
 */
void skm_scan_result_free(skm_scan_result *result);

/**
 * The text: NUL-terminated, lent until skm_text_free(). NULL for NULL. Any thread.
 */
const char *skm_text_value(const skm_text *text);

/**
 * The number of bytes before the terminating NUL; 0 for NULL. Any thread.
 */
size_t skm_text_length(const skm_text *text);

/**
 * Wipes and frees a text. NULL is fine. No other thread may be using it.
 */
void skm_text_free(skm_text *text);

/**
 * Converts GBK, as ID-card readers and old Windows programs hold it, to UTF-8. At most `length` bytes are read, fewer
 * if a NUL comes first: fixed-width fields can be passed as they are (their padding blanks stay). The new text goes to
 * `*text`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_ENCODING if the bytes are not GBK, SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_text_from_gbk(const char *gbk,
                             size_t length,
                             skm_text **text,
                             skm_error **error);

/**
 * Converts UTF-8 to GBK. The new text goes to `*gbk`. Any thread.
 *
 * Errors: SKM_ERROR_INPUT_ENCODING if `text` is not UTF-8 or holds a character that GBK lacks,
 * SKM_ERROR_NULL_ARGUMENT.
 */
skm_status skm_text_to_gbk(const char *text, skm_text **gbk, skm_error **error);

/**
 * Interface 1 (Annex A): sends a consenting person's real-name data, gets a token for the page. Blocks for the
 * client's deadline at most. The result goes to `*user`. Any thread.
 *
 * Errors: any row of the table of statuses. Never repeated once the platform may have seen the request.
 */
skm_status skm_issue_user_token(const skm_client *client,
                                const skm_token_request *request,
                                skm_user_token **user,
                                skm_error **error);

/**
 * The user's token: a credential, never log it. NULL for NULL. Any thread.
 */
const char *skm_user_token_token(const skm_user_token *user);

/**
 * The user's id at the platform; NULL if it gave none. Any thread.
 */
const char *skm_user_token_uuid(const skm_user_token *user);

/**
 * Wipes and frees a user token. NULL is fine. No other thread may be using it.
 */
void skm_user_token_free(skm_user_token *user);

/**
 * Interface 2 (clause 6.2): the URL of the page for a user token; no network call is made. `uuid` may be NULL. The URL
 * is a credential: give it to the web view, never to a log. `token` and `uuid` are read as skm_user_token gives them,
 * in UTF-8 whatever the client's encoding. The new text goes to `*url`. Any thread.
 *
 * Errors: SKM_ERROR_CONFIG_MISSING, SKM_ERROR_INPUT_INVALID, SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT,
 * SKM_ERROR_CLOSED.
 */
skm_status skm_display_url(const skm_client *client,
                           const char *token,
                           const char *uuid,
                           skm_text **url,
                           skm_error **error);

/**
 * Whether a verdict is green: the only test to write at a gate. False for every number that is not
 * SKM_VERDICT_GREEN. Any thread.
 */
bool skm_verdict_is_green(skm_verdict verdict);

/**
 * `green`, `yellow`, `red`; `unverified` for everything else. A static text. Any thread.
 */
const char *skm_verdict_name(skm_verdict verdict);

/**
 * `green`, `yellow`, `red`; `unknown` for everything else. A static text. Any thread.
 */
const char *skm_level_name(skm_level level);

/**
 * The version of the library, such as `0.1.0`. A static text. Any thread.
 */
const char *skm_version(void);

/**
 * The SKM_ABI_VERSION that the library was built with. Any thread.
 */
int skm_abi_version(void);

/**
 * Says whether a program and the library fit. Call it once, as
 * `skm_check_version(SKM_ABI_VERSION, SKM_VERSION, &error)`: the macros are the program's, from its own compilation.
 *
 * Errors: SKM_ERROR_VERSION_MISMATCH with both versions in its text, SKM_ERROR_NULL_ARGUMENT,
 * SKM_ERROR_INPUT_ENCODING.
 */
skm_status skm_check_version(int abi_version,
                             const char *version,
                             skm_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SKM_H */
