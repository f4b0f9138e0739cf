/* What the suites share: a client whose platform is the scripted peer, requests that are valid, answers that are green.
 * All people, numbers and keys are invented. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "check.h"
#include "peer.h"

#define NUMBER "320000198506304142"
#define NAME "\xE5\xBC\xA0\xE4\xB8\x89\xE4\xB8\xB0" /* 张三丰 */
#define NAME_GBK "\xD5\xC5\xC8\xFD\xB7\xE1"
#define MOBILE "13912345678"
#define NOTICE "notice A-12"
#define QR "https://skm.example.invalid/healthAct/index.html?qrCode=V596bc9213d08df46ed307f633dcf17432320000#/result"
/* Base64 of the 16 bytes of KEY. */
#define KEY ((const uint8_t *)"0123456789abcdef")
#define KEY_BASE64 "MDEyMzQ1Njc4OWFiY2RlZg=="

#define GREEN "{\"resCode\":0,\"resMessage\":\"OK\",\"res\":{\"level\":\"green\",\"name\":\"" NAME "\"}}"
#define RED "{\"resCode\":0,\"resMessage\":\"OK\",\"res\":{\"level\":\"red\",\"tip\":\"x\"}}"
#define TOKEN "{\"retcode\":\"000000\",\"msg\":\"ok\",\"data\":{\"token\":\"t0\",\"uuid\":\"P1\"}}"

static inline void answer(peer *peer, const char *body) { peer_answer(peer, 200, body, strlen(body)); }

static inline void set(skm_config *config, const char *key, const char *value) {
    CHECK_OK(skm_config_set(config, key, value, &error));
}

static inline skm_config *config_at(int port) {
    char url[64];
    skm_config *config = NULL;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/x", port);
    CHECK_OK(skm_config_new(&config, &error));
    set(config, "user_token.url", url);
    set(config, "user_token.appmark", "demoapp");
    set(config, "user_token.appword", "demoword");
    set(config, "display.url", "https://h5.example.invalid/jkmIndex.html");
    set(config, "scan.url", url);
    set(config, "scan.source", "wuxi");
    set(config, "scan.token", "unit-token");
    set(config, "scan.position", "a,b,c,d");
    set(config, "scan.verifier_dept", "dept");
    set(config, "scan.verifier_name", "name");
    set(config, "scan.verifier_phone", "051000000000");
    set(config, "id.url", url);
    set(config, "id.account", "skm_auth_demo");
    set(config, "id.auth_key", KEY_BASE64);
    set(config, "id.body_key", KEY_BASE64);
    set(config, "http.retries", "0");
    set(config, "http.deadline_ms", "20000");
    return config;
}

static inline skm_config *config_of(const peer *peer) { return config_at(peer_port(peer)); }

static inline skm_client *client_at(int port) {
    skm_config *config = config_at(port);
    skm_client *client = NULL;
    CHECK_OK(skm_client_new(config, &client, &error));
    skm_config_free(config);
    return client;
}

static inline skm_client *client_of(const peer *peer) { return client_at(peer_port(peer)); }

static inline skm_scan_request scan_request(void) {
    skm_scan_request request = SKM_SCAN_REQUEST_INIT;
    request.qr_text = QR;
    request.consent_notice = NOTICE;
    return request;
}

static inline skm_id_request id_request(void) {
    skm_id_request request = SKM_ID_REQUEST_INIT;
    request.number = NUMBER;
    request.name = NAME;
    request.consent_notice = NOTICE;
    return request;
}

static inline skm_token_request token_request(void) {
    skm_token_request request = SKM_TOKEN_REQUEST_INIT;
    request.name = NAME;
    request.number = NUMBER;
    request.mobile = MOBILE;
    request.consent_notice = NOTICE;
    return request;
}

/* Makes the peer answer interface 4 with a level about the person of id_request(). */
static inline void answer_id(peer *peer, const char *level) {
    skm_id_keys *keys = NULL;
    skm_id_answer inner = SKM_ID_ANSWER_INIT;
    skm_text *sealed = NULL;
    char body[2048];
    inner.number = NUMBER;
    inner.name = NAME;
    inner.level = level;
    inner.reason = "";
    CHECK_OK(skm_id_keys_new(NULL, KEY, 16, KEY, 16, &keys, &error));
    CHECK_OK(skm_id_keys_seal_answer(keys, &inner, &sealed, &error));
    snprintf(body, sizeof body, "{\"code\":200,\"message\":\"success\",\"data\":\"%s\"}", skm_text_value(sealed));
    answer(peer, body);
    skm_text_free(sealed);
    skm_id_keys_free(keys);
}

#endif
