/* skm.hpp: RAII, both forms of errors, callbacks that throw. Compiled as C++11, once more without exceptions. */
#include "fixture.h"

#include <skm.hpp>

#include <atomic>

static skm::client open(const peer *platform) {
    skm::error why;
    const std::string url = "http://127.0.0.1:" + std::to_string(peer_port(platform)) + "/x";
    skm::config config;
    config.set("scan.url", url).set("scan.source", "wuxi").set("scan.token", "t").set("scan.position", "a,b,c,d");
    config.set("scan.verifier_dept", "d").set("scan.verifier_name", "n").set("scan.verifier_phone", "1");
    config.set("id.url", url).set("id.account", "a").set("id.auth_key", KEY_BASE64).set("id.body_key", KEY_BASE64);
    config.set("user_token.url", url).set("user_token.appmark", "m").set("user_token.appword", "w");
    config.set("display.url", "https://h5.example.invalid/p").set("http.retries", "0");
    skm::client client = skm::client::make(config, why);
    CHECK(!why && client);
    return client;
}

static void errors_as_values(peer *platform) {
    skm::error why;
    const skm::client client = open(platform);
    answer(platform, GREEN);
    const skm::scan_result good = client.verify_scan(skm::scan_request(QR, NOTICE), why);
    CHECK(!why && good.is_green() && good.name == NAME && good.extra_json == "{}");

    answer(platform, "{\"resCode\":111,\"resMessage\":\"old\"}");
    const skm::scan_result bad = client.verify_scan(skm::scan_request(QR, NOTICE), why);
    CHECK(why && why.number == SKM_ERROR_QR_EXPIRED && why.name == "qr_expired" && why.platform_code == "111");
    CHECK(!bad.is_green() && bad.verdict == skm::verdict::unverified && !why.message_zh.empty() &&
          why.technical_zh.find("verify_scan") == 0 && why.reason.empty());

    answer_id(platform, "red");
    const skm::id_result person = client.verify_id(skm::id_request(NUMBER, NAME, NOTICE), why);
    CHECK(!why && person.verdict == skm::verdict::red && skm::to_string(person.level) == "red");

    answer(platform, TOKEN);
    const skm::user_token user = client.issue_user_token(skm::token_request(NAME, NUMBER, MOBILE, NOTICE), why);
    CHECK(!why && client.display_url(user, why) == "https://h5.example.invalid/p?token=t0&uuid=P1");

    CHECK(!skm::client::open("/nonexistent/skm.toml", why) && why.number == SKM_ERROR_CONFIG_INVALID);
    CHECK(!skm::client::make(skm::config().set("a", NAME_GBK), why) && why.number == SKM_ERROR_INPUT_ENCODING);
    // A NUL inside a text does not cut it: the field is refused.
    client.verify_id(skm::id_request(NUMBER, std::string(NAME) + '\0' + "x", NOTICE), why);
    CHECK(why.number == SKM_ERROR_INPUT_ENCODING && why.field == "name");
    CHECK(skm::client().verify_scan(skm::scan_request(QR, NOTICE), why).verdict == skm::verdict::unverified);
    CHECK(why.number == SKM_ERROR_NULL_ARGUMENT);
}

static void submitting(peer *platform) {
    skm::error why;
    const skm::client client = open(platform);
    std::atomic<int> told(0);
    answer(platform, GREEN);
    skm::pending<skm::scan_result> call = client.submit_scan(skm::scan_request(QR, NOTICE), why, [&] { told++; });
    CHECK(!why && call.wait(10000) && call.poll() && call.get(why).is_green());
    while (told == 0) usleep(1000);
    peer_stall(platform);
    call = client.submit_scan(skm::scan_request(QR, NOTICE), why, [&] { told++; }); // frees the first
    call.cancel();
    CHECK(call.wait(10000) && !call.get(why).is_green() && why.number == SKM_ERROR_CLOSED);
    while (told == 1) usleep(1000);
    // Refused before it is submitted: the callback is freed and not called.
    CHECK(client.submit_scan(skm::scan_request(NAME_GBK, NOTICE), why, [&] { told++; }).poll());
    CHECK(why.number == SKM_ERROR_INPUT_ENCODING && told == 2);
    answer(platform, GREEN);
}

static void batches(peer *platform) {
    skm::error why;
    const skm::client client = open(platform);
    std::vector<skm::scan_request> requests(10, skm::scan_request(QR, NOTICE));
    requests[4].qr_text = "x";
    answer(platform, GREEN);
    std::size_t rows = 0, green = 0;
    client.verify_many_scans(
        requests, 2,
        [&](std::size_t row, const skm::scan_result &r, const skm::error &e) {
            CHECK(row == rows++ && static_cast<bool>(e) == (row == 4));
            green += r.is_green();
            return true;
        },
        why);
    CHECK(!why && rows == 10 && green == 9);
    requests.clear();
    client.verify_many_scans(
        requests, 0, [](std::size_t, const skm::scan_result &, const skm::error &) { return true; }, why);
    CHECK(!why);
}

static void helpers() {
    skm::error why;
    CHECK(skm::from_gbk(NAME_GBK, why) == NAME && !why && skm::to_gbk(NAME, why) == NAME_GBK && !why);
    CHECK(skm::mask_name(NAME) == "\xE5\xBC\xA0**" && skm::mask_phone("\xFF") == "***");
    CHECK(skm::check_id_number(NUMBER, false, why).birth_date == "1985-06-30" && !why);
    CHECK(skm::check_id_number("1", false, why).value.empty() && why.reason == "length");
    CHECK(skm::check_qr(std::string(QR) + "\r\n", why) == QR && !why);
    CHECK(skm::check_qr(std::string(2, '\0') + QR + std::string(1, '\0'), why) == QR && !why);
    CHECK(skm::check_qr(std::string(QR) + '\0' + QR, why).empty() && why.number == SKM_ERROR_INPUT_ENCODING);
}

#if SKM_HAS_EXCEPTIONS
static void errors_as_exceptions(peer *platform) {
    const skm::client client = open(platform);
    answer(platform, GREEN);
    CHECK(client.verify_scan(skm::scan_request(QR, NOTICE)).is_green());
    try {
        client.verify_scan(skm::scan_request("x", NOTICE));
        CHECK(!"it threw");
    } catch (const skm::exception &thrown) {
        CHECK(thrown.why().number == SKM_ERROR_QR_NOT_SKM && std::string(thrown.what()) == thrown.why().message);
    }
    const skm::client handles[] = {client.with_deadline(3000), client.with_cancel(skm::cancel()),
                                   client.with_encoding(skm::encoding::gbk)};
    for (const skm::client &handle : handles) CHECK(handle.verify_scan(skm::scan_request(QR, NOTICE)).is_green());
    skm::cancel cancel;
    cancel();
    try {
        client.with_cancel(cancel).verify_scan(skm::scan_request(QR, NOTICE));
        CHECK(!"it threw");
    } catch (const skm::exception &thrown) { CHECK(thrown.why().number == SKM_ERROR_CLOSED); }
    CHECK(client.submit_scan(skm::scan_request(QR, NOTICE), [] { throw 1; }).wait(10000));
    try {
        client.verify_many_scans(std::vector<skm::scan_request>(3, skm::scan_request(QR, NOTICE)), 0,
                                 [](std::size_t, const skm::scan_result &, const skm::error &) -> bool { throw 7; });
        CHECK(!"it threw");
    } catch (int thrown) { CHECK(thrown == 7); }
    client.close();
    CHECK(client.is_closed());
}
#else
static void errors_as_exceptions(peer *) {}
#endif

int main() {
    check_begin();
    peer *platform = peer_start();
    errors_as_values(platform);
    errors_as_exceptions(platform);
    submitting(platform);
    batches(platform);
    helpers();
    peer_stop(platform);
    return 0;
}
