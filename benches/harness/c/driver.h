/* What the benchmark's C clients share: arguments, the loop that times calls, the report, and the fixed questions.
 * The arguments and the report are those of the Rust clients: see benches/harness/src/driver.rs. */
#ifndef SKM_BENCH_DRIVER_H
#define SKM_BENCH_DRIVER_H

#include <stddef.h>

#define SCAN_PATH "/jkm/scanJsJkm"
#define ID_PATH "/skm_public/member/get"
#define NUMBER "320000198506304142"
#define NAME "测试"
#define QR_TEXT \
    "https://skm.example.invalid/jkm/2/index.html?qrCode=V5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa320000&b=" \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%2B%3D%3D#/result"
#define SOURCE "wuxi"
#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POSITION "江苏省,无锡市,梁溪区,示范路1号"
#define DEPT "示范医院"
#define VERIFIER "示范"
#define PHONE "13800001234"
#define ACCOUNT "skm_auth_demo"
#define APPLY_TYPE "人行闸机通道"
#define AUTH_KEY "0123456789abcdef"
#define BODY_KEY "fedcba9876543210"
#define AUTH_KEY_BASE64 "MDEyMzQ1Njc4OWFiY2RlZg=="
#define BODY_KEY_BASE64 "ZmVkY2JhOTg3NjU0MzIxMA=="

typedef struct {
    int id; /* interface 4 instead of 3 */
    const char *url;
    const char *ca;
    size_t calls;
    size_t warmup;
    size_t threads;
} args;

args args_read(int count, char **words);

/* Makes a thread's caller; asks one question with it and ends the program unless the answer is green; frees it. */
typedef struct {
    void *(*open)(const args *args);
    void (*call)(void *caller);
    void (*close)(void *caller);
} client;

/* Calls as the arguments say and prints the report. */
void run(const args *args, const client *client);

_Noreturn void fail(const char *what);

#endif
