"""Sections 1, 3, 4 and 5: what an answer means. Only a well-formed success whose level is exactly green is green."""

from . import cipher, strict_json
from .errors import Refused

LEVELS = {"green": "green", "1": "green", "yellow": "yellow", "2": "yellow", "red": "red", "3": "red"}
SCAN_ERRORS = {
    "111": "qr_expired",
    "112": "qr_not_skm",
    "116": "no_access",
    "118": "no_access",
    "119": "update_required",
}
ID_ERRORS = {"401": "no_access", "403": "no_access", "404": "person_not_found", "429": "busy"}
INNER = {"userid": "userid", "name": "name", "xcValue": "travel", "exceptionCodeReason": "reason"}
RES = {"name": "name", "idcardNo": "id_number_masked", "phone": "phone", "tip": "tip"}


def _outer(status, body):
    if not 200 <= status < 300:
        raise Refused("http_status")
    answer = strict_json.parse(body)
    if not isinstance(answer, dict):
        raise Refused("answer_malformed")
    return answer


def _level(value):
    if value is None:
        return "unknown"
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Refused("answer_malformed")
    return LEVELS.get(str(value).lower(), "unknown")


def _result(source, names, level_key):
    level = _level(source.get(level_key))
    texts = {theirs: _text(source.get(theirs)) for theirs in names}
    result = {ours: texts[theirs] for theirs, ours in names.items()}
    used = {level_key} | {theirs for theirs, text in texts.items() if text is not None or source.get(theirs) is None}
    result.update(level=level, green=level == "green", extra={k: v for k, v in source.items() if k not in used})
    return result


def _text(value):
    """An optional member: a number is its text, anything else that is no text is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def user_token(status, body):
    answer = _outer(status, body)
    code = strict_json.code(answer.get("retcode"))
    if code != "000000":
        raise Refused("refused", code, answer.get("msg"))
    data = strict_json.unfold(answer.get("data"))
    token = data.get("token")
    if not isinstance(token, str) or not token:
        raise Refused("answer_malformed")
    return {"token": token, "uuid": _text(data.get("uuid"))}


def scan(status, body):
    answer = _outer(status, body)
    code = strict_json.code(answer.get("resCode"))
    if code != "0":
        raise Refused(SCAN_ERRORS.get(code, "refused"), code, answer.get("resMessage"))
    return _result(strict_json.unfold(answer.get("res")), RES, "level")


def _open_inner(data, body_key, cipher_name):
    if isinstance(data, dict):
        return data
    if not isinstance(data, str):
        raise Refused("answer_malformed")
    plain = cipher.open_sealed(cipher_name, body_key, data)
    try:
        inner = strict_json.parse(plain)
    except Refused:
        raise Refused("answer_unreadable") from None
    if not isinstance(inner, dict):
        raise Refused("answer_malformed")
    return inner


def id_card(status, body, body_key, asked, cipher_name="aes-128-ecb"):
    answer = _outer(status, body)
    code = strict_json.code(answer.get("code"))
    if code != "200":
        raise Refused(ID_ERRORS.get(code, "refused"), code, answer.get("message", answer.get("msg")))
    inner = _open_inner(answer.get("data"), body_key, cipher_name)
    for required in ("userid", "name", "levelData"):
        if required not in inner or inner[required] is None:
            raise Refused("answer_malformed")
    if not isinstance(inner["userid"], str) or not isinstance(inner["name"], str):
        raise Refused("answer_malformed")
    if inner["userid"].upper() != asked.upper():
        raise Refused("answer_malformed")
    return _result(inner, INNER, "levelData")
