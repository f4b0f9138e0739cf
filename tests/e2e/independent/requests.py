"""Sections 1 to 4: what stands on the wire, byte for byte."""

from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from . import cipher, strict_json
from .sign import sign

FORM = "application/x-www-form-urlencoded"
PARAMS = ("name", "paperstype", "papersnumber", "mobile", "email", "phone", "sex", "birthdate", "address", "post")


class Wire:
    """One HTTP request: method, content type, extra headers, query, body."""

    def __init__(self, method, content_type=None, headers=None, query="", body=b""):
        self.method = method
        self.content_type = content_type
        self.headers = headers or {}
        self.query = query
        self.body = body


def params(person):
    """Table A.2 as compact JSON in the table's order."""
    return strict_json.write([(key, person.get(key)) for key in PARAMS])


def token_pairs(appmark, appword, time, servicename, person):
    return [
        ("appmark", appmark),
        ("time", time),
        ("sign", sign(appmark, appword, time)),
        ("servicename", servicename),
        ("params", params(person)),
    ]


def token_wire(pairs, method="form"):
    """Table A.1 by one of the three methods of the family."""
    if method == "query":
        return Wire("GET", query=urlencode(pairs))
    if method == "json":
        return Wire("POST", "application/json", body=strict_json.write(pairs).encode("utf-8"))
    return Wire("POST", FORM, body=urlencode(pairs).encode("ascii"))


def scan_pairs(qr_text, source, position, dept, name, phone, token):
    return [
        ("url", qr_text),
        ("source", source),
        ("position", position),
        ("verifierDept", dept),
        ("verifierName", name),
        ("verifierPhone", phone),
        ("token", token),
    ]


def scan_wire(pairs):
    return Wire("POST", FORM, body=urlencode(pairs).encode("ascii"))


def id_body(userid, name, location=None, apply_type=None):
    return strict_json.write(
        [("userid", userid), ("name", name), ("organizeLocation", location), ("applyType", apply_type)]
    )


def id_wire(account, auth_key, body_key, body, cipher_name="aes-128-ecb"):
    auth = cipher.seal(cipher_name, auth_key, account)
    sealed = cipher.seal(cipher_name, body_key, body)
    return Wire("POST", "text/plain", {"auth": auth}, body=sealed.encode("ascii"))


def display_url(page, token, uuid=None):
    parts = urlsplit(page)
    query = "token=" + quote(token, safe="")
    if uuid is not None:
        query += "&uuid=" + quote(uuid, safe="")
    return urlunsplit(parts._replace(query=parts.query + "&" + query if parts.query else query))
