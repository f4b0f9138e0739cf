/* The two calls as written by hand in C: libcurl with a handle kept by each thread, OpenSSL, cJSON. */
#include <curl/curl.h>
#include <cjson/cJSON.h>
#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

typedef struct {
    CURL *curl;
    struct curl_slist *headers;
    int id;
    char *answer;
    size_t length, room;
} caller;

static size_t receive(char *bytes, size_t size, size_t count, void *context) {
    caller *self = context;
    size_t more = size * count;
    if (self->length + more + 1 > self->room) {
        self->room = (self->length + more + 1) * 2;
        self->answer = realloc(self->answer, self->room);
        if (self->answer == NULL) return 0;
    }
    memcpy(self->answer + self->length, bytes, more);
    self->length += more;
    self->answer[self->length] = '\0';
    return more;
}

/* AES-128-ECB, PKCS#7, Base64. */
static char *seal(const char *key, const char *plain) {
    size_t length = strlen(plain);
    unsigned char *cipher = malloc(length + 16);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int first = 0, last = 0;
    if (cipher == NULL || context == NULL ||
        EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, (const unsigned char *)key, NULL) != 1 ||
        EVP_EncryptUpdate(context, cipher, &first, (const unsigned char *)plain, (int)length) != 1 ||
        EVP_EncryptFinal_ex(context, cipher + first, &last) != 1)
        fail("cannot seal");
    char *text = malloc((size_t)(first + last) / 3 * 4 + 8);
    if (text == NULL) fail("out of memory");
    EVP_EncodeBlock((unsigned char *)text, cipher, first + last);
    EVP_CIPHER_CTX_free(context);
    free(cipher);
    return text;
}

static char *unseal(const char *key, const char *text) {
    size_t length = strlen(text);
    unsigned char *cipher = malloc(length), *plain = malloc(length + 17);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int first = 0, last = 0;
    if (cipher == NULL || plain == NULL || context == NULL) fail("out of memory");
    int bytes = EVP_DecodeBlock(cipher, (const unsigned char *)text, (int)length);
    while (bytes > 0 && length > 0 && text[length - 1] == '=') {
        bytes--;
        length--;
    }
    if (bytes <= 0 || EVP_DecryptInit_ex(context, EVP_aes_128_ecb(), NULL, (const unsigned char *)key, NULL) != 1 ||
        EVP_DecryptUpdate(context, plain, &first, cipher, bytes) != 1 ||
        EVP_DecryptFinal_ex(context, plain + first, &last) != 1)
        fail("cannot open");
    plain[first + last] = '\0';
    EVP_CIPHER_CTX_free(context);
    free(cipher);
    return (char *)plain;
}

static void *open_caller(const args *args) {
    caller *self = calloc(1, sizeof *self);
    char url[256];
    if (self == NULL) fail("out of memory");
    self->id = args->id;
    self->curl = curl_easy_init();
    snprintf(url, sizeof url, "%s%s", args->url, args->id ? ID_PATH : SCAN_PATH);
    curl_easy_setopt(self->curl, CURLOPT_URL, url);
    curl_easy_setopt(self->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(self->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(self->curl, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(self->curl, CURLOPT_CONNECTTIMEOUT_MS, 30000L);
    curl_easy_setopt(self->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(self->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(self->curl, CURLOPT_WRITEDATA, self);
    if (args->ca != NULL) curl_easy_setopt(self->curl, CURLOPT_CAINFO, args->ca);
    if (args->id) {
        char header[256], *auth = seal(AUTH_KEY, ACCOUNT);
        snprintf(header, sizeof header, "auth: %s", auth);
        free(auth);
        self->headers = curl_slist_append(self->headers, header);
        self->headers = curl_slist_append(self->headers, "Content-Type: text/plain");
    } else {
        self->headers =
            curl_slist_append(self->headers, "Content-Type: application/x-www-form-urlencoded; charset=UTF-8");
    }
    curl_easy_setopt(self->curl, CURLOPT_HTTPHEADER, self->headers);
    return self;
}

static cJSON *post(caller *self, const char *body) {
    long status = 0;
    self->length = 0;
    curl_easy_setopt(self->curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(self->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    CURLcode code = curl_easy_perform(self->curl);
    if (code != CURLE_OK) fail(curl_easy_strerror(code));
    curl_easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) fail("status is not 200");
    cJSON *answer = cJSON_Parse(self->answer);
    if (answer == NULL) fail("not JSON");
    return answer;
}

static const char *text(const cJSON *object, const char *key) {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (value == NULL) fail("a member is missing");
    return value;
}

static void verify_scan(caller *self) {
    static const char *const names[] = {"url",          "source",        "position", "verifierDept",
                                        "verifierName", "verifierPhone", "token"};
    static const char *const values[] = {QR_TEXT, SOURCE, POSITION, DEPT, VERIFIER, PHONE, TOKEN};
    char body[2048];
    size_t length = 0;
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        char *value = curl_easy_escape(self->curl, values[at], 0);
        length += (size_t)snprintf(body + length, sizeof body - length, "%s%s=%s", at ? "&" : "", names[at], value);
        curl_free(value);
    }
    cJSON *answer = post(self, body);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(answer, "resCode");
    if (!cJSON_IsNumber(code) || code->valueint != 0) fail(text(answer, "resMessage"));
    const cJSON *res = cJSON_GetObjectItemCaseSensitive(answer, "res");
    if (strcmp(text(res, "level"), "green") != 0 || *text(res, "name") == '\0') fail("not green");
    cJSON_Delete(answer);
}

static void verify_id(caller *self) {
    cJSON *question = cJSON_CreateObject();
    cJSON_AddStringToObject(question, "userid", NUMBER);
    cJSON_AddStringToObject(question, "name", NAME);
    cJSON_AddStringToObject(question, "organizeLocation", DEPT);
    cJSON_AddStringToObject(question, "applyType", APPLY_TYPE);
    char *plain = cJSON_PrintUnformatted(question), *body = seal(BODY_KEY, plain);
    cJSON *answer = post(self, body);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(answer, "code");
    if (!cJSON_IsNumber(code) || code->valueint != 200) fail(text(answer, "message"));
    char *opened = unseal(BODY_KEY, text(answer, "data"));
    cJSON *person = cJSON_Parse(opened);
    if (person == NULL || strcmp(text(person, "userid"), NUMBER) != 0 ||
        strcmp(text(person, "levelData"), "green") != 0 || *text(person, "name") == '\0')
        fail("not green");
    cJSON_Delete(person);
    cJSON_Delete(answer);
    cJSON_Delete(question);
    cJSON_free(plain);
    free(opened);
    free(body);
}

static void call(void *context) {
    caller *self = context;
    if (self->id)
        verify_id(self);
    else
        verify_scan(self);
}

static void close_caller(void *context) {
    caller *self = context;
    curl_slist_free_all(self->headers);
    curl_easy_cleanup(self->curl);
    free(self->answer);
    free(self);
}

int main(int count, char **words) {
    args args = args_read(count, words);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    run(&args, &(client){open_caller, call, close_caller});
    curl_global_cleanup();
    return 0;
}
