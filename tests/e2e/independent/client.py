"""The four calls over plain sockets of the standard library, for a platform described by a skm.toml."""

import base64
import http.client
import re
import time
from urllib.parse import urlsplit

from . import answers, requests, sign
from .person import as_sent

DEADLINE_S = 20


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


def send(url, wire):
    """Sends exactly what `wire` says and adds nothing but Host and Content-Length."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=DEADLINE_S)
    try:
        target = parts.path + ("?" + wire.query if wire.query else "")
        headers = dict(wire.headers)
        if wire.content_type:
            headers["Content-Type"] = wire.content_type
        connection.request(wire.method, target, wire.body or None, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def read_config(text):
    """The few lines of TOML that a written configuration holds: `[section]` and `key = "text"`."""
    config, section = {}, {}
    for line in text.splitlines():
        header = re.match(r"^\[(\w+)\]", line)
        pair = re.match(r'^(\w+) = "([^"]*)"', line)
        if header:
            section = config.setdefault(header.group(1), {})
        elif pair:
            section[pair.group(1)] = pair.group(2)
    return config


class Client:
    """`config` is what `read_config` gives."""

    def __init__(self, config, servicename="generateUserToken"):
        self.config = config
        self.servicename = servicename
        self.auth_key = base64.b64decode(config["id"]["auth_key"])
        self.body_key = base64.b64decode(config["id"]["body_key"])

    def token_pairs(self, person, at=None):
        given = self.config["user_token"]
        stamp = sign.timestamp(time.time() if at is None else at)
        return requests.token_pairs(given["appmark"], given["appword"], stamp, self.servicename, person)

    def send_token(self, pairs, method="form"):
        answer = send(self.config["user_token"]["url"], requests.token_wire(pairs, method))
        return answers.user_token(answer.status, answer.body)

    def issue_user_token(self, person, method="form"):
        return self.send_token(self.token_pairs(person), method)

    def display_url(self, token):
        return requests.display_url(self.config["display"]["url"], token["token"], token["uuid"])

    def scan_pairs(self, qr_text):
        given = self.config["scan"]
        return requests.scan_pairs(
            qr_text,
            given["source"],
            given["position"],
            given["verifier_dept"],
            given["verifier_name"],
            given["verifier_phone"],
            given["token"],
        )

    def send_scan(self, pairs):
        answer = send(self.config["scan"]["url"], requests.scan_wire(pairs))
        return answers.scan(answer.status, answer.body)

    def verify_scan(self, qr_text):
        return self.send_scan(self.scan_pairs(qr_text))

    def send_id(self, wire, asked):
        answer = send(self.config["id"]["url"], wire)
        return answers.id_card(answer.status, answer.body, self.body_key, asked)

    def verify_id(self, userid, name):
        given, userid = self.config["id"], as_sent(userid)
        body = requests.id_body(userid, name, given.get("organize_location"), given.get("apply_type"))
        return self.send_id(requests.id_wire(given["account"], self.auth_key, self.body_key, body), userid)
