/*
 * libskm for C++11 and later: RAII, std::string, exceptions or error codes by choice. Header only, on top of skm.h.
 *
 * Every call has two forms. `client.verify_scan(request)` throws skm::exception. `client.verify_scan(request, error)`
 * never throws for a failed call: it fills `error` and gives a result whose verdict is unverified. Where exceptions are
 * switched off only the second form exists.
 *
 * Results are values and outlive everything. They are copies in std::string, which is not wiped when it goes: keep
 * them short-lived. A moved-from object may only be assigned or destroyed.
 */
#ifndef SKM_HPP
#define SKM_HPP

#include "skm.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define SKM_HAS_EXCEPTIONS 1
#else
#define SKM_HAS_EXCEPTIONS 0
#endif

namespace skm {

namespace detail {

inline std::string copy(const char *text) { return text ? std::string(text) : std::string(); }

// C ends a text at its first NUL. One with a NUL inside would arrive cut, as another person's name or number, say: in
// its place goes a byte that is in none of the encodings, and the library refuses the field by its name. NULs at both
// ends are a card reader's or a scanner's padding.
inline const char *text(const std::string &given) {
    const std::string::size_type first = given.find_first_not_of('\0');
    if (first == std::string::npos) return "";
    const std::string::size_type nul = given.find('\0', first);
    const bool is_whole = nul == std::string::npos || nul > given.find_last_not_of('\0');
    return is_whole ? given.c_str() + first : "\xff";
}

// An empty text is an absent one.
inline const char *optional(const std::string &given) { return given.empty() ? nullptr : text(given); }

inline const unsigned char *bytes(const std::string &data) {
    return reinterpret_cast<const unsigned char *>(data.data());
}

template <typename T, void (*Free)(T *)> struct freed {
    void operator()(T *object) const { Free(object); }
};

template <typename T, void (*Free)(T *)> using owned = std::unique_ptr<T, freed<T, Free>>;

} // namespace detail

/* What to do at the gate. Ask is_green() and nothing else. */
enum class verdict : skm_verdict {
    unverified = SKM_VERDICT_UNVERIFIED,
    green = SKM_VERDICT_GREEN,
    yellow = SKM_VERDICT_YELLOW,
    red = SKM_VERDICT_RED
};

/* What the platform said about a person. */
enum class level : skm_level {
    unknown = SKM_LEVEL_UNKNOWN,
    green = SKM_LEVEL_GREEN,
    yellow = SKM_LEVEL_YELLOW,
    red = SKM_LEVEL_RED
};

/* How a client takes and gives texts. */
enum class encoding : std::int32_t { utf8 = SKM_ENCODING_UTF8, gbk = SKM_ENCODING_GBK };

/* How the person agreed. */
enum class consent : std::int32_t { explicitly = SKM_CONSENT_EXPLICIT, authorised = SKM_CONSENT_AUTHORISED };

/* The only test to write at a gate. */
inline bool is_green(verdict v) { return skm_verdict_is_green(static_cast<skm_verdict>(v)); }

inline std::string to_string(verdict v) { return skm_verdict_name(static_cast<skm_verdict>(v)); }
inline std::string to_string(level l) { return skm_level_name(static_cast<skm_level>(l)); }

/* Why a call failed; false if it did not. Everything but platform_text is fit for a log. */
struct error {
    skm_status number = SKM_OK;
    std::string name, message, message_zh, technical_zh, interface_name, field, reason, platform_code, platform_text,
        when_unreachable;
    int http_status = 0;
    std::int64_t clock_offset_s = 0;
    std::uint32_t attempts = 0;
    bool retryable = false;
    bool audit_failed = false;

    explicit operator bool() const { return number != SKM_OK; }

    static error of(const skm_error *from) {
        error e;
        e.number = skm_error_number(from);
        e.name = detail::copy(skm_error_name(from));
        e.message = detail::copy(skm_error_message(from));
        e.message_zh = detail::copy(skm_error_message_zh(from));
        e.technical_zh = detail::copy(skm_error_technical_zh(from));
        e.interface_name = detail::copy(skm_error_interface(from));
        e.field = detail::copy(skm_error_field(from));
        e.reason = detail::copy(skm_error_reason(from));
        e.platform_code = detail::copy(skm_error_platform_code(from));
        e.platform_text = detail::copy(skm_error_platform_text(from));
        e.when_unreachable = detail::copy(skm_error_when_unreachable(from));
        e.http_status = skm_error_http_status(from);
        e.clock_offset_s = skm_error_clock_offset_s(from);
        e.attempts = skm_error_attempts(from);
        e.retryable = skm_error_retryable(from);
        e.audit_failed = skm_error_audit_failed(from);
        return e;
    }
};

#if SKM_HAS_EXCEPTIONS
/* A failed call. what() is the English line. */
class exception : public std::runtime_error {
  public:
    explicit exception(const error &why) : std::runtime_error(why.message), why_(std::make_shared<error>(why)) {}
    const error &why() const noexcept { return *why_; }

  private:
    std::shared_ptr<const error> why_; // copying an exception must not throw
};
#endif

namespace detail {

// Takes the error of a C call: `SKM_OK == skm_…(…, in)` fills or clears the caller's skm::error.
class taking {
  public:
    explicit taking(error &into) : into_(into) { into_ = error(); }
    taking(const taking &) = delete;
    taking &operator=(const taking &) = delete;
    ~taking() {
        if (from_) {
            into_ = error::of(from_);
            skm_error_free(from_);
        }
    }
    operator skm_error **() { return &from_; }

  private:
    error &into_;
    skm_error *from_ = nullptr;
};

#if SKM_HAS_EXCEPTIONS
inline void throw_if(const error &why) {
    if (why) throw exception(why);
}
#endif

inline std::string take(skm_text *text) {
    owned<skm_text, skm_text_free> holder(text);
    return text ? std::string(skm_text_value(text), skm_text_length(text)) : std::string();
}

} // namespace detail

/* Asks interface 3. An empty optional text is left to the configuration. */
struct scan_request {
    std::string qr_text, consent_notice;
    consent consent_kind = consent::explicitly;
    std::uint64_t consent_given_at = 0;
    std::string position, verifier_dept, verifier_name, verifier_phone;

    scan_request() {}
    scan_request(std::string text, std::string notice) : qr_text(std::move(text)), consent_notice(std::move(notice)) {}

    /* Lent: valid while this request is unchanged. */
    skm_scan_request raw() const {
        skm_scan_request r = SKM_SCAN_REQUEST_INIT;
        r.qr_text = detail::text(qr_text);
        r.consent_notice = detail::text(consent_notice);
        r.consent_kind = static_cast<std::int32_t>(consent_kind);
        r.consent_given_at = consent_given_at;
        r.position = detail::optional(position);
        r.verifier_dept = detail::optional(verifier_dept);
        r.verifier_name = detail::optional(verifier_name);
        r.verifier_phone = detail::optional(verifier_phone);
        return r;
    }
};

/* Asks interface 4. */
struct id_request {
    std::string number, name, consent_notice;
    consent consent_kind = consent::explicitly;
    std::uint64_t consent_given_at = 0;
    std::string papers_type, organize_location, apply_type;
    std::uint64_t flags = 0;

    id_request() {}
    id_request(std::string n, std::string who, std::string notice)
        : number(std::move(n)), name(std::move(who)), consent_notice(std::move(notice)) {}

    /* Lent: valid while this request is unchanged. */
    skm_id_request raw() const {
        skm_id_request r = SKM_ID_REQUEST_INIT;
        r.number = detail::text(number);
        r.name = detail::text(name);
        r.consent_notice = detail::text(consent_notice);
        r.consent_kind = static_cast<std::int32_t>(consent_kind);
        r.consent_given_at = consent_given_at;
        r.papers_type = detail::optional(papers_type);
        r.organize_location = detail::optional(organize_location);
        r.apply_type = detail::optional(apply_type);
        r.flags = flags;
        return r;
    }
};

/* Asks interface 1. */
struct token_request {
    std::string name, number, mobile, consent_notice;
    consent consent_kind = consent::explicitly;
    std::uint64_t consent_given_at = 0;
    std::string papers_type, email, phone, sex, birth_date, address, post;
    std::uint64_t flags = 0;

    token_request() {}
    token_request(std::string who, std::string n, std::string m, std::string notice)
        : name(std::move(who)), number(std::move(n)), mobile(std::move(m)), consent_notice(std::move(notice)) {}

    /* Lent: valid while this request is unchanged. */
    skm_token_request raw() const {
        skm_token_request r = SKM_TOKEN_REQUEST_INIT;
        r.name = detail::text(name);
        r.number = detail::text(number);
        r.mobile = detail::text(mobile);
        r.consent_notice = detail::text(consent_notice);
        r.consent_kind = static_cast<std::int32_t>(consent_kind);
        r.consent_given_at = consent_given_at;
        r.papers_type = detail::optional(papers_type);
        r.email = detail::optional(email);
        r.phone = detail::optional(phone);
        r.sex = detail::optional(sex);
        r.birth_date = detail::optional(birth_date);
        r.address = detail::optional(address);
        r.post = detail::optional(post);
        r.flags = flags;
        return r;
    }
};

/* What interface 3 answers; unverified until it says otherwise. */
struct scan_result {
    skm::verdict verdict = skm::verdict::unverified;
    skm::level level = skm::level::unknown;
    std::string name, id_number_masked, phone, tip, qr_code, extra_json;

    bool is_green() const { return skm::is_green(verdict); }

    static scan_result of(const skm_scan_result *from) {
        scan_result r;
        r.verdict = static_cast<skm::verdict>(skm_scan_result_verdict(from));
        r.level = static_cast<skm::level>(skm_scan_result_level(from));
        r.name = detail::copy(skm_scan_result_name(from));
        r.id_number_masked = detail::copy(skm_scan_result_id_number_masked(from));
        r.phone = detail::copy(skm_scan_result_phone(from));
        r.tip = detail::copy(skm_scan_result_tip(from));
        r.qr_code = detail::copy(skm_scan_result_qr_code(from));
        r.extra_json = detail::copy(skm_scan_result_extra_json(from));
        return r;
    }
    static scan_result take(skm_scan_result *from) {
        detail::owned<skm_scan_result, skm_scan_result_free> holder(from);
        return of(from);
    }
};

/* What interface 4 answers; unverified until it says otherwise. */
struct id_result {
    skm::verdict verdict = skm::verdict::unverified;
    skm::level level = skm::level::unknown;
    std::string number, name, travel, reason, extra_json;

    bool is_green() const { return skm::is_green(verdict); }

    static id_result of(const skm_id_result *from) {
        id_result r;
        r.verdict = static_cast<skm::verdict>(skm_id_result_verdict(from));
        r.level = static_cast<skm::level>(skm_id_result_level(from));
        r.number = detail::copy(skm_id_result_number(from));
        r.name = detail::copy(skm_id_result_name(from));
        r.travel = detail::copy(skm_id_result_travel(from));
        r.reason = detail::copy(skm_id_result_reason(from));
        r.extra_json = detail::copy(skm_id_result_extra_json(from));
        return r;
    }
    static id_result take(skm_id_result *from) {
        detail::owned<skm_id_result, skm_id_result_free> holder(from);
        return of(from);
    }
};

/* What interface 1 answers. The token is a credential. */
struct user_token {
    std::string token, uuid;

    static user_token take(skm_user_token *from) {
        detail::owned<skm_user_token, skm_user_token_free> holder(from);
        user_token u;
        u.token = detail::copy(skm_user_token_token(from));
        u.uuid = detail::copy(skm_user_token_uuid(from));
        return u;
    }
};

namespace detail {

inline scan_result fetch(const skm_pending *pending, error &why, scan_result *) {
    skm_scan_result *result = nullptr;
    (void)skm_pending_scan_result(pending, &result, taking(why));
    return scan_result::take(result);
}
inline id_result fetch(const skm_pending *pending, error &why, id_result *) {
    skm_id_result *result = nullptr;
    (void)skm_pending_id_result(pending, &result, taking(why));
    return id_result::take(result);
}
inline user_token fetch(const skm_pending *pending, error &why, user_token *) {
    skm_user_token *result = nullptr;
    (void)skm_pending_user_token(pending, &result, taking(why));
    return user_token::take(result);
}

typedef std::function<void()> done;

// Exactly one call is promised, so the function is freed here.
inline void tell(skm_pending *, void *context) {
    std::unique_ptr<done> function(static_cast<done *>(context));
#if SKM_HAS_EXCEPTIONS
    try {
        (*function)();
    } catch (...) { // nothing may unwind into the library; its thread has nobody to tell
    }
#else
    (*function)();
#endif
}

// Rows of a batch: the function, and what it threw.
template <typename Result> struct rows {
    const std::function<bool(std::size_t, const Result &, const error &)> &tell;
#if SKM_HAS_EXCEPTIONS
    std::exception_ptr thrown;
#endif

    template <typename Raw>
    static bool row(std::size_t number, skm_status, const Raw *result, const skm_error *why, void *context) {
        rows *self = static_cast<rows *>(context);
#if SKM_HAS_EXCEPTIONS
        try {
            return self->tell(number, Result::of(result), error::of(why));
        } catch (...) {
            self->thrown = std::current_exception();
            return false;
        }
#else
        return self->tell(number, Result::of(result), error::of(why));
#endif
    }
    void rethrow() const {
#if SKM_HAS_EXCEPTIONS
        if (thrown) std::rethrow_exception(thrown);
#endif
    }
};

} // namespace detail

/* A submitted call. Destroying it cancels the call if it is not done. */
template <typename Result> class pending {
  public:
    pending() {}
    explicit pending(skm_pending *raw) : raw_(raw) {}

    /* True says that the outcome is there. `done` may still be running, or about to: what it refers to must live on. */
    bool poll() const { return skm_pending_poll(raw_.get()); }
    bool wait(std::uint32_t limit_ms) const { return skm_pending_wait(raw_.get(), limit_ms); }
    void cancel() const { skm_pending_cancel(raw_.get()); }

    Result get(error &why) const { return detail::fetch(raw_.get(), why, static_cast<Result *>(nullptr)); }
#if SKM_HAS_EXCEPTIONS
    Result get() const {
        error why;
        Result result = get(why);
        detail::throw_if(why);
        return result;
    }
#endif

  private:
    detail::owned<skm_pending, skm_pending_free> raw_;
};

/* Ends blocking calls from another thread. */
class cancel {
  public:
    cancel() {
        skm_cancel *raw = nullptr;
        (void)skm_cancel_new(&raw, nullptr);
        raw_.reset(raw);
    }
    void operator()() const { skm_cancel_cancel(raw_.get()); }
    const skm_cancel *raw() const { return raw_.get(); }

  private:
    detail::owned<skm_cancel, skm_cancel_free> raw_;
};

/* The keys of the configuration file, one by one. */
class config {
  public:
    config() {
        skm_config *raw = nullptr;
        (void)skm_config_new(&raw, nullptr);
        raw_.reset(raw);
    }
    config &set(const std::string &key, const std::string &value) {
        error ignored; // a text that is not UTF-8 is refused here, and then missed when the client is made
        (void)skm_config_set(raw_.get(), detail::text(key), detail::text(value), detail::taking(ignored));
        if (ignored && !first_) first_ = ignored;
        return *this;
    }
    const skm_config *raw() const { return raw_.get(); }
    const error &first_error() const { return first_; }

  private:
    detail::owned<skm_config, skm_config_free> raw_;
    error first_;
};

/* Calls the platform. One is enough for a program: all functions may be called from several threads at once. */
class client {
  public:
    client() {}
    explicit client(skm_client *raw) : raw_(raw) {}

    explicit operator bool() const { return static_cast<bool>(raw_); }
    const skm_client *raw() const { return raw_.get(); }

    static client open(const std::string &path, error &why) {
        skm_client *raw = nullptr;
        if (fits(why)) (void)skm_client_open(detail::text(path), &raw, detail::taking(why));
        return client(raw);
    }
    /* `base`: what relative paths in the text are relative to; empty is the working directory. */
    static client parse(const std::string &toml, const std::string &base, error &why) {
        skm_client *raw = nullptr;
        if (fits(why)) (void)skm_client_parse(detail::text(toml), detail::text(base), &raw, detail::taking(why));
        return client(raw);
    }
    static client make(const config &from, error &why) {
        skm_client *raw = nullptr;
        why = from.first_error();
        if (!why && fits(why)) (void)skm_client_new(from.raw(), &raw, detail::taking(why));
        return client(raw);
    }

    client with_deadline(std::uint32_t deadline_ms, error &why) const {
        skm_client *raw = nullptr;
        (void)skm_client_with_deadline(raw_.get(), deadline_ms, &raw, detail::taking(why));
        return client(raw);
    }
    client with_cancel(const cancel &token, error &why) const {
        skm_client *raw = nullptr;
        (void)skm_client_with_cancel(raw_.get(), token.raw(), &raw, detail::taking(why));
        return client(raw);
    }
    client with_encoding(encoding e, error &why) const {
        skm_client *raw = nullptr;
        (void)skm_client_with_encoding(raw_.get(), static_cast<std::int32_t>(e), &raw, detail::taking(why));
        return client(raw);
    }

    void close() const { skm_client_close(raw_.get()); }
    bool is_closed() const { return skm_client_is_closed(raw_.get()); }
    std::uint64_t audit_failures() const { return skm_client_audit_failures(raw_.get()); }

    user_token issue_user_token(const token_request &request, error &why) const {
        skm_user_token *user = nullptr;
        const skm_token_request r = request.raw();
        (void)skm_issue_user_token(raw_.get(), &r, &user, detail::taking(why));
        return user_token::take(user);
    }
    std::string display_url(const user_token &user, error &why) const {
        skm_text *url = nullptr;
        (void)skm_display_url(raw_.get(), detail::text(user.token), detail::optional(user.uuid), &url,
                              detail::taking(why));
        return detail::take(url);
    }
    scan_result verify_scan(const scan_request &request, error &why) const {
        skm_scan_result *result = nullptr;
        const skm_scan_request r = request.raw();
        (void)skm_verify_scan(raw_.get(), &r, &result, detail::taking(why));
        return scan_result::take(result);
    }
    id_result verify_id(const id_request &request, error &why) const {
        skm_id_result *result = nullptr;
        const skm_id_request r = request.raw();
        (void)skm_verify_id(raw_.get(), &r, &result, detail::taking(why));
        return id_result::take(result);
    }

    /* Many at once, told in order on this thread; `tell` gives false to end the batch. What it throws is passed on. */
    void verify_many_scans(const std::vector<scan_request> &requests, std::uint32_t workers,
                           const std::function<bool(std::size_t, const scan_result &, const error &)> &tell,
                           error &why) const {
        many<skm_scan_request>(skm_verify_many_scans, requests, workers, tell,
                               detail::rows<scan_result>::row<skm_scan_result>, why);
    }
    void verify_many_ids(const std::vector<id_request> &requests, std::uint32_t workers,
                         const std::function<bool(std::size_t, const id_result &, const error &)> &tell,
                         error &why) const {
        many<skm_id_request>(skm_verify_many_ids, requests, workers, tell, detail::rows<id_result>::row<skm_id_result>,
                             why);
    }

    /* Not blocking. `done`, if given, is called once on a thread of the library; what it throws is swallowed. */
    pending<scan_result> submit_scan(const scan_request &request, error &why,
                                     std::function<void()> done = nullptr) const {
        return submit<scan_result, skm_scan_request>(skm_submit_scan, request, std::move(done), why);
    }
    pending<id_result> submit_id(const id_request &request, error &why, std::function<void()> done = nullptr) const {
        return submit<id_result, skm_id_request>(skm_submit_id, request, std::move(done), why);
    }
    pending<user_token> submit_user_token(const token_request &request, error &why,
                                          std::function<void()> done = nullptr) const {
        return submit<user_token, skm_token_request>(skm_submit_user_token, request, std::move(done), why);
    }

#if SKM_HAS_EXCEPTIONS
    static client open(const std::string &path) {
        return thrown([&](error &e) { return open(path, e); });
    }
    static client parse(const std::string &toml, const std::string &base = std::string()) {
        return thrown([&](error &e) { return parse(toml, base, e); });
    }
    static client make(const config &from) {
        return thrown([&](error &e) { return make(from, e); });
    }
    client with_deadline(std::uint32_t deadline_ms) const {
        return thrown([&](error &e) { return with_deadline(deadline_ms, e); });
    }
    client with_cancel(const cancel &token) const {
        return thrown([&](error &e) { return with_cancel(token, e); });
    }
    client with_encoding(encoding c) const {
        return thrown([&](error &e) { return with_encoding(c, e); });
    }
    user_token issue_user_token(const token_request &request) const {
        return thrown([&](error &e) { return issue_user_token(request, e); });
    }
    std::string display_url(const user_token &user) const {
        return thrown([&](error &e) { return display_url(user, e); });
    }
    scan_result verify_scan(const scan_request &request) const {
        return thrown([&](error &e) { return verify_scan(request, e); });
    }
    id_result verify_id(const id_request &request) const {
        return thrown([&](error &e) { return verify_id(request, e); });
    }
    void verify_many_scans(const std::vector<scan_request> &requests, std::uint32_t workers,
                           const std::function<bool(std::size_t, const scan_result &, const error &)> &tell) const {
        error why;
        verify_many_scans(requests, workers, tell, why);
        detail::throw_if(why);
    }
    void verify_many_ids(const std::vector<id_request> &requests, std::uint32_t workers,
                         const std::function<bool(std::size_t, const id_result &, const error &)> &tell) const {
        error why;
        verify_many_ids(requests, workers, tell, why);
        detail::throw_if(why);
    }
    pending<scan_result> submit_scan(const scan_request &request, std::function<void()> done = nullptr) const {
        return thrown([&](error &e) { return submit_scan(request, e, std::move(done)); });
    }
    pending<id_result> submit_id(const id_request &request, std::function<void()> done = nullptr) const {
        return thrown([&](error &e) { return submit_id(request, e, std::move(done)); });
    }
    pending<user_token> submit_user_token(const token_request &request, std::function<void()> done = nullptr) const {
        return thrown([&](error &e) { return submit_user_token(request, e, std::move(done)); });
    }
#endif

  private:
    detail::owned<skm_client, skm_client_free> raw_;

    static bool fits(error &why) {
        return skm_check_version(SKM_ABI_VERSION, SKM_VERSION, detail::taking(why)) == SKM_OK;
    }

#if SKM_HAS_EXCEPTIONS
    template <typename Call> static auto thrown(Call call) -> decltype(call(std::declval<error &>())) {
        error why;
        auto result = call(why);
        detail::throw_if(why);
        return result;
    }
#endif

    template <typename Raw, typename Function, typename Request, typename Result, typename Row>
    void many(Function function, const std::vector<Request> &requests, std::uint32_t workers,
              const std::function<bool(std::size_t, const Result &, const error &)> &tell, Row row, error &why) const {
        std::vector<Raw> raw;
        raw.reserve(requests.size());
        for (const Request &request : requests) raw.push_back(request.raw());
        std::vector<const Raw *> pointers;
        pointers.reserve(raw.size());
        for (const Raw &request : raw) pointers.push_back(&request);
        const Raw *const none = nullptr; // the array itself must not be NULL, even without rows
        detail::rows<Result> rows = {tell
#if SKM_HAS_EXCEPTIONS
                                     ,
                                     std::exception_ptr()
#endif
        };
        (void)function(raw_.get(), raw.empty() ? &none : pointers.data(), raw.size(), workers, row, &rows,
                       detail::taking(why));
        rows.rethrow();
    }

    template <typename Result, typename Raw, typename Function, typename Request>
    pending<Result> submit(Function function, const Request &request, std::function<void()> done, error &why) const {
        std::unique_ptr<detail::done> context(done ? new detail::done(std::move(done)) : nullptr);
        const Raw r = request.raw();
        skm_pending *raw = nullptr;
        skm_done tell = context ? detail::tell : nullptr;
        if (function(raw_.get(), &r, tell, context.get(), &raw, detail::taking(why)) == SKM_OK) (void)context.release();
        return pending<Result>(raw);
    }
};

/* A checked resident identity number. */
struct id_number {
    std::string value, birth_date, sex;
};

/* Checks a resident identity number without a network; empty and `why.reason` set if it is not one. */
inline id_number check_id_number(const std::string &number, bool allow_15, error &why) {
    skm_id_number *raw = nullptr;
    (void)skm_check_id_number(detail::text(number), allow_15, &raw, detail::taking(why));
    detail::owned<skm_id_number, skm_id_number_free> holder(raw);
    id_number n;
    n.value = detail::copy(skm_id_number_value(raw));
    n.birth_date = detail::copy(skm_id_number_birth_date(raw));
    n.sex = detail::copy(skm_id_number_sex(raw));
    return n;
}

/* Checks a scanned text by the built-in rules, without a network; the text as it would be sent. */
inline std::string check_qr(const std::string &text, error &why) {
    skm_qr *raw = nullptr;
    (void)skm_check_qr(nullptr, detail::text(text), &raw, detail::taking(why));
    detail::owned<skm_qr, skm_qr_free> holder(raw);
    return detail::copy(skm_qr_text(raw));
}

inline std::string from_gbk(const std::string &gbk, error &why) {
    skm_text *text = nullptr;
    (void)skm_text_from_gbk(gbk.data(), gbk.size(), &text, detail::taking(why));
    return detail::take(text);
}

inline std::string to_gbk(const std::string &utf8, error &why) {
    skm_text *text = nullptr;
    (void)skm_text_to_gbk(detail::text(utf8), &text, detail::taking(why));
    return detail::take(text);
}

namespace detail {
inline std::string masked(skm_status (*mask)(const char *, skm_text **, skm_error **), const std::string &text) {
    skm_text *shown = nullptr;
    return mask(detail::text(text), &shown, nullptr) == SKM_OK ? take(shown) : std::string("***");
}
} // namespace detail

/* Masking never fails: what cannot be read is shown as three stars. */
inline std::string mask_name(const std::string &text) { return detail::masked(skm_mask_name, text); }
inline std::string mask_certificate(const std::string &text) { return detail::masked(skm_mask_certificate, text); }
inline std::string mask_phone(const std::string &text) { return detail::masked(skm_mask_phone, text); }

} // namespace skm

#endif // SKM_HPP
