"""Writes C programs that call every function of skm.h, so that no later function escapes these two tests.

usage: every_call.py nulls|panics <skm.h> <C file to write>

nulls: NULL for each pointer argument in turn. A required pointer must come to SKM_ERROR_NULL_ARGUMENT, an optional one
may do anything but crash, a getter answers NULL, 0 or false.
panics: each function is made to panic on purpose (feature `testing`) and must come to SKM_ERROR_INTERNAL, or to the
harmless answer of a getter.

A function, type or optional argument that this file does not know is an error: nothing is left out.
"""

import pathlib
import re
import sys

# Arguments that may be NULL, as the header says: by name, or as function.argument.
OPTIONAL = {
    "error",
    "context",
    "done",
    "base",
    "uuid",
    "content_type",
    "query",
    "iv",
    "ahead_s",
    "skm_check_qr.client",
    "skm_id_keys_new.client",
    "skm_user_token_call_check_time.client",
    "skm_set_log_callback.callback",
    "skm_platform_read_user_token.body",
}
# What a valid argument is, where the type alone does not say.
VALID = {
    "skm_client_open.config_path": "config_path",
    "skm_client_parse.toml": '""',
    "skm_client_parse.base": '""',
    "skm_check_id_number.number": "NUMBER",
    "skm_check_qr.text": "QR",
    "skm_config_set.key": '"scan.source"',
    "skm_cipher_new.algorithm": '"aes-128-ecb"',
    "skm_cipher_new.key": "KEY",
    "skm_cipher_new.iv": "KEY",
    "skm_cipher_open.sealed": "skm_text_value(sealed)",
    "skm_id_keys_open_auth.header": "skm_text_value(sealed)",
    "skm_id_keys_open_body.body": "(const uint8_t *)skm_text_value(sealed)",
    "skm_id_keys_open_body.body_length": "skm_text_length(sealed)",
    "skm_platform_read_user_token.method": '"GET"',
    "skm_platform_read_user_token.body_length": "0",
    "skm_check_version.version": "SKM_VERSION",
    "skm_platform_read_scan.body_length": "4",
    "skm_pending_id_result.pending": "pending_id",
    "skm_pending_user_token.pending": "pending_token",
    "skm_verify_many_scans.requests": "scans",
    "skm_verify_many_ids.requests": "ids",
    "skm_set_log_callback.callback": "NULL",
    "skm_set_log_callback.max_level": "SKM_LOG_OFF",
    "skm_client_with_encoding.encoding": "SKM_ENCODING_UTF8",
    "skm_client_with_deadline.deadline_ms": "5000",
    "skm_pending_wait.limit_ms": "0",
    "skm_text_from_gbk.length": "1",
    "skm_cipher_seal.length": "1",
}
BY_TYPE = {
    "const char *": '"x"',
    "const uint8_t *": '(const uint8_t *)"0123456789abcdef"',
    "size_t": "16",
    "bool": "false",
    "uint32_t": "1",
    "int32_t": "1",
    "int": "SKM_ABI_VERSION",
    "skm_status": "0",
    "skm_verdict": "0",
    "skm_level": "0",
    "uint64_t": "0",
    "void *": "NULL",
    "const skm_client *": "client",
    "skm_config *": "config",
    "const skm_config *": "config",
    "const skm_cancel *": "cancel",
    "const skm_pending *": "pending",
    "const skm_cipher *": "cipher",
    "const skm_id_keys *": "keys",
    "const skm_user_token_call *": "gateway_call",
    "const skm_scan_request *": "&scan",
    "const skm_id_request *": "&id",
    "const skm_token_request *": "&token",
    "const skm_id_answer *": "&reply",
    "skm_scan_row": "on_scan",
    "skm_id_row": "on_id",
    "skm_done": "NULL",
    "const skm_error *": "NULL",
    "const skm_text *": "NULL",
    "const skm_scan_result *": "NULL",
    "const skm_id_result *": "NULL",
    "const skm_user_token *": "NULL",
    "const skm_id_number *": "NULL",
    "const skm_qr *": "NULL",
    "const skm_scan_call *": "NULL",
    "const skm_id_call *": "NULL",
    "const skm_scan_request *const *": "scans",
    "const skm_id_request *const *": "ids",
}
# Required members of the structs; a missing notice has a status of its own.
MEMBERS = {"qr_text", "number", "name", "mobile", "level"}
CALL_OF_STRUCT = {
    "skm_scan_request": ("scan", "skm_verify_scan(client, &scan, &out, &error)", "skm_scan_result"),
    "skm_id_request": ("id", "skm_verify_id(client, &id, &out, &error)", "skm_id_result"),
    "skm_token_request": ("token", "skm_issue_user_token(client, &token, &out, &error)", "skm_user_token"),
    "skm_id_answer": ("reply", "skm_id_keys_seal_answer(keys, &reply, &out, &error)", "skm_text"),
}
PRELUDE = """/* Written by every_call.py: do not edit. */
#include "fixture.h"

bool skm_testing_panic_at(const char *place);

static bool on_scan(size_t row, skm_status status, const skm_scan_result *result, const skm_error *error, void *context) {
    (void)row, (void)status, (void)result, (void)error, (void)context;
    return true;
}
static bool on_id(size_t row, skm_status status, const skm_id_result *result, const skm_error *error, void *context) {
    (void)row, (void)status, (void)result, (void)error, (void)context;
    return true;
}

int main(int count, char **arguments) {
    check_begin();
    CHECK(count == 2);
    const char *config_path = arguments[1];
    peer *peer = peer_start();
    answer(peer, GREEN);
    skm_client *client = client_of(peer);
    skm_config *config = config_of(peer);
    skm_cancel *cancel = NULL;
    skm_cipher *cipher = NULL;
    skm_id_keys *keys = NULL;
    skm_text *sealed = NULL;
    skm_user_token_call *gateway_call = NULL;
    skm_pending *pending = NULL, *pending_id = NULL, *pending_token = NULL;
    skm_scan_request scan = scan_request();
    skm_id_request id = id_request();
    skm_token_request token = token_request();
    skm_id_answer reply = SKM_ID_ANSWER_INIT;
    reply.number = NUMBER, reply.name = NAME, reply.level = "green";
    const skm_scan_request *scans[16];
    const skm_id_request *ids[16];
    for (int i = 0; i < 16; i++) scans[i] = &scan, ids[i] = &id;
    CHECK_OK(skm_cancel_new(&cancel, &error));
    CHECK_OK(skm_cipher_new("aes-128-ecb", KEY, 16, NULL, &cipher, &error));
    CHECK_OK(skm_cipher_seal(cipher, "{}", 2, &sealed, &error));
    CHECK_OK(skm_id_keys_new(NULL, KEY, 16, KEY, 16, &keys, &error));
    CHECK_OK(skm_platform_read_user_token("GET", NULL, "appmark=a&time=1&sign=s&servicename=n&params=p", NULL, 0,
                                          &gateway_call, &error));
    CHECK_OK(skm_submit_scan(client, &scan, NULL, NULL, &pending, &error));
    CHECK_OK(skm_submit_id(client, &id, NULL, NULL, &pending_id, &error));
    CHECK_OK(skm_submit_user_token(client, &token, NULL, NULL, &pending_token, &error));
    CHECK(skm_pending_wait(pending, 10000) && skm_pending_wait(pending_id, 10000) && skm_pending_wait(pending_token, 10000));
"""
POSTLUDE = """
    skm_pending_free(pending), skm_pending_free(pending_id), skm_pending_free(pending_token);
    skm_user_token_call_free(gateway_call);
    skm_id_keys_free(keys);
    skm_text_free(sealed);
    skm_cipher_free(cipher);
    skm_cancel_free(cancel);
    skm_config_free(config);
    skm_client_free(client);
    peer_stop(peer);
    return 0;
}
"""


def split(parameter):
    kind, name = re.fullmatch(r"(.*?)\s*(\w+)", parameter.strip()).groups()
    return kind if kind.endswith("*") or " *" not in kind else kind.strip(), name


def prototypes(header):
    header = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    header = re.sub(r"^#.*?(?<!\\)$", "", header, flags=re.S | re.M)
    for match in re.finditer(r"^([a-z][\w ]*?[ *]+)(skm_\w+)\(([^()]*)\);", header, re.M):
        returns, function, parameters = (" ".join(part.split()) for part in match.groups())
        yield returns, function, [] if parameters == "void" else [split(p) for p in parameters.split(",")]


def is_pointer(kind):
    return kind.endswith("*") or kind in ("skm_done", "skm_scan_row", "skm_id_row", "skm_log")


def is_out(kind):
    return kind.endswith("**") and "const" not in kind or kind in ("bool *", "int64_t *")


def valid(function, kind, name):
    if is_out(kind):
        return "&error" if name == "error" else "&out"
    found = VALID.get(f"{function}.{name}") or BY_TYPE.get(kind)
    return found or sys.exit(f"every_call.py: no valid value for {kind} {name} of {function}")


def failing_call(function, parameters, at, write):
    """A function with a status, NULL for its argument `at`."""
    kind, name = parameters[at]
    optional = name in OPTIONAL or f"{function}.{name}" in OPTIONAL
    arguments = [valid(function, *parameter) for parameter in parameters]
    arguments[at] = "NULL"
    outs = [k for k, n in parameters if is_out(k) and n != "error"]
    declared = f"{outs[0][:-1].strip()} out = {0 if outs[0] in ('bool *', 'int64_t *') else 'NULL'};" if outs else ""
    object_type = outs[0].split()[0] if outs and outs[0].endswith("**") else None
    free = f"{object_type}_free(out);" if object_type else "(void)out;" if outs else ""
    call = f"{function}({', '.join(arguments)})"
    if optional:
        write(f"    {{ skm_error *error = NULL; {declared} (void)error; (void){call}; skm_error_free(error); {free} }}")
    else:
        write(f"    {{ {declared} CHECK_STATUS({call}, SKM_ERROR_NULL_ARGUMENT); {free} }}")


def quiet_call(returns, function, parameters, at, write):
    """A getter, a free or another function without a status; NULL for `at`, freed twice over."""
    arguments = ["NULL" if i == at else valid(function, *p) for i, p in enumerate(parameters)]
    call = f"{function}({', '.join(arguments)})"
    if returns == "void":
        write(f"    {call}; {call};")
    elif returns.endswith("*"):
        write(f"    CHECK({call} == NULL);")
    elif function in ("skm_client_is_closed", "skm_pending_poll", "skm_pending_wait"):
        write(f"    CHECK({call});")
    else:
        write(f"    CHECK({call} == 0);")


def panicking_call(returns, function, parameters, write):
    """Any function, with valid arguments, armed to panic. What it answers must be what a failure answers."""
    arguments = ["NULL" if function.endswith("_free") else valid(function, *p) for p in parameters]
    call = f"{function}({', '.join(arguments)})"
    outs = [k for k, n in parameters if is_out(k) and n != "error"]
    declared = f"{outs[0][:-1].strip()} out = {0 if outs[0] in ('bool *', 'int64_t *') else 'NULL'};" if outs else ""
    if parameters and parameters[-1] == ("skm_error **", "error"):
        check = f"CHECK_STATUS({call}, SKM_ERROR_INTERNAL);" + (" CHECK(!out);" if outs else "")
    elif returns == "void":
        check = f"{call};"
    elif function in ("skm_verdict_name", "skm_level_name"):
        check = f"CHECK({call} != NULL);"
    elif returns.endswith("*"):
        check = f"CHECK({call} == NULL);"
    elif function in ("skm_client_is_closed", "skm_pending_poll", "skm_pending_wait"):
        check = f"CHECK({call});"
    else:
        worst = {"skm_error_number": "SKM_ERROR_INTERNAL", "skm_status_at": "-1"}.get(function, "0")
        check = f"CHECK({call} == {worst});"
    armed = f'CHECK(!skm_testing_panic_at("{function}"));'
    write(f"    {{ {declared} {armed} {check} CHECK(!skm_testing_panic_at(NULL)); }}")


def members(header, write):
    for struct, (variable, call, result) in CALL_OF_STRUCT.items():
        body = re.search(r"typedef struct \{((?:(?!typedef).)*?)\} " + struct + ";", header, re.S).group(1)
        names = re.findall(r"const char \*(\w+);", body)
        if not names:
            sys.exit(f"every_call.py: no members found in {struct}")
        for name in names:
            declared = f"const char *kept = {variable}.{name}; {result} *out = NULL; {variable}.{name} = NULL;"
            after = f"{result}_free(out); {variable}.{name} = kept;"
            if name == "consent_notice":
                write(f"    {{ {declared} CHECK_STATUS({call}, SKM_ERROR_CONSENT_MISSING); {after} }}")
            elif name in MEMBERS:
                write(f"    {{ {declared} CHECK_STATUS({call}, SKM_ERROR_NULL_ARGUMENT); {after} }}")
            else:
                write(f"    {{ {declared} skm_error *error = NULL; (void){call}; skm_error_free(error); {after} }}")


def main():
    mode, source, target = sys.argv[1:]
    header = pathlib.Path(source).read_text(encoding="utf-8")
    lines = [PRELUDE]
    functions = 0
    for returns, function, parameters in prototypes(header):
        functions += 1
        if mode == "panics":
            panicking_call(returns, function, parameters, lines.append)
            continue
        for at, (kind, _) in enumerate(parameters):
            if is_pointer(kind) and parameters[-1] == ("skm_error **", "error"):
                failing_call(function, parameters, at, lines.append)
            elif is_pointer(kind):
                quiet_call(returns, function, parameters, at, lines.append)
    if mode == "nulls":
        members(header, lines.append)
    expected = len(set(re.findall(r"\b(skm_\w+)\((?=\w)", re.sub(r"/\*.*?\*/", "", header, flags=re.S))))
    if functions != expected:
        sys.exit(f"every_call.py: read {functions} prototypes where the header has {expected}")
    pathlib.Path(target).write_text("\n".join(lines) + POSTLUDE, encoding="utf-8")


main()
