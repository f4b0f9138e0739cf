"""A second platform, written from the specification alone, which holds the client to the letter.

A request must be exactly the bytes that the specification describes: field order, encoding, sign, envelope, headers.
Whatever differs is written to `complaints` and answered with HTTP 599. What it answers otherwise can be scripted.
"""

import base64
import contextlib
import http.server
import json
import threading
import time
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from independent import cipher, requests, sign, strict_json

GATEWAY, SCAN, ID = "/jsjis/gateway/interface.do", "/jkm/scanJsJkm", "/skm_public/member/get"
TOKEN_NAMES = ["appmark", "time", "sign", "servicename", "params"]
SCAN_NAMES = ["url", "source", "position", "verifierDept", "verifierName", "verifierPhone", "token"]
ID_NAMES = ["userid", "name", "organizeLocation", "applyType"]
# What a client of this interface family sends, and nothing else: no cookie, no authorisation, nothing about a person.
HEADERS = {"host", "content-type", "content-length", "accept", "accept-encoding", "user-agent", "connection", "auth"}
CLOCK_TOLERANCE_S = 30

GIVEN = {
    "appmark": "示范应用7",
    "appword": "only-invented-密钥-91",
    "source": "wuxi",
    "unit_token": "t0" * 32,
    "account": "skm_auth_demo",
}
AUTH_KEY, BODY_KEY = b"invented-key-A!!", b"invented-key-B??"


class Complaint(Exception):
    """The request is not what the specification says."""


def need(true, what):
    if not true:
        raise Complaint(what)


def _pairs(raw, names):
    """The pairs of a form, which must be written as the URL standard's serializer writes them."""
    pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    need([name for name, _ in pairs] == names, "names or their order: {}".format([name for name, _ in pairs]))
    need(urlencode(pairs).encode() == raw, "the form is spelled in another way")
    return dict(pairs)


def _object(text, names, required):
    """A compact JSON object of texts, its keys in the table's order."""
    found = strict_json.parse(text)
    need(list(found) == [name for name in names if name in found], "keys or their order: {}".format(list(found)))
    need(all(isinstance(value, str) for value in found.values()), "every value is a text")
    need(set(required) <= set(found), "a required key is missing")
    need(strict_json.write(found.items()) == text, "the json is not compact, or spelled in another way")
    return found


class Platform:
    """State of one platform; the server below only passes requests on."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = []
        self.complaints = []
        self.scripted = None
        self.body_key = BODY_KEY

    def answer_with(self, status, body, headers=None):
        """The answer to every request from now on."""
        self.scripted = (status, body, headers or {})

    def handle(self, method, path, headers, body):
        try:
            fields = self.read(method, path, headers, body)
        except Exception as error:  # whatever is wrong with a request is told, never hidden
            with self.lock:
                self.complaints.append("{}: {!r}".format(path, error))
            return 599, b"complaint", {}
        with self.lock:
            self.requests.append(fields)
        return self.scripted or (200, self.usual(path, fields), {})

    def read(self, method, path, headers, body):
        need(method == "POST", method)
        strange = {name.lower() for name in headers} - HEADERS
        need(not strange, "headers: {}".format(strange))
        need(len(headers.get_all("content-type", [])) == 1, "content-type once")
        if path == ID:
            return self.read_id(headers, body)
        need(headers["content-type"].split(";")[0] == requests.FORM, headers["content-type"])
        need(path == GATEWAY or headers["content-type"].endswith("; charset=UTF-8"), headers["content-type"])
        need("auth" not in headers, "auth is interface 4's")
        if path == GATEWAY:
            return self.read_token(_pairs(body, TOKEN_NAMES))
        need(path == SCAN, path)
        fields = _pairs(body, SCAN_NAMES)
        need(fields["source"] == GIVEN["source"], "source")
        need(fields["token"] == GIVEN["unit_token"], "token")
        return fields

    @staticmethod
    def read_token(fields):
        need(fields["appmark"] == GIVEN["appmark"], "appmark")
        need(fields["sign"] == sign.sign(GIVEN["appmark"], GIVEN["appword"], fields["time"]), "sign")
        need(fields["servicename"] == "generateUserToken", "servicename")
        meant = datetime.strptime(fields["time"], "%Y%m%d%H%M%S").replace(tzinfo=sign.CHINA)
        need(abs(meant.timestamp() - time.time()) < CLOCK_TOLERANCE_S, "time: {}".format(fields["time"]))
        need(len(fields["time"]) == 14, "time has 14 digits")
        return _object(fields["params"], list(requests.PARAMS), requests.PARAMS[:4])

    def read_id(self, headers, body):
        need(headers["content-type"].split(";")[0] == "text/plain", headers["content-type"])
        auth, sealed = headers["auth"], body.decode("ascii")
        need(cipher.open_sealed("aes-128-ecb", AUTH_KEY, auth) == GIVEN["account"], "account")
        need(auth == cipher.seal("aes-128-ecb", AUTH_KEY, GIVEN["account"]), "auth is spelled in another way")
        plain = cipher.open_sealed("aes-128-ecb", self.body_key, sealed)
        need(sealed == cipher.seal("aes-128-ecb", self.body_key, plain), "the body is spelled in another way")
        return _object(plain, ID_NAMES, ID_NAMES[:2])

    @staticmethod
    def usual(path, fields):
        """Yes to everything, green for everybody."""
        if path == GATEWAY:
            return token_answer({"token": TOKEN, "uuid": UUID})
        if path == SCAN:
            return scan_answer(GREEN)
        return id_answer(green_for(fields["userid"], fields["name"]))


TOKEN, UUID = "ab" * 32, "P202101011200001236210783"
GREEN = {"name": "张三", "idcardNo": "3200**********4142", "level": "green", "phone": "138****1234", "tip": "绿色:好"}


def green_for(userid, name):
    return {"userid": userid, "name": name, "levelData": "green", "xcValue": "当日未核验", "exceptionCodeReason": ""}


def token_answer(data):
    return write({"retcode": "000000", "msg": "成功", "data": data})


def write(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def scan_answer(res, code=0, message="OK"):
    return write({"resMessage": message, "resCode": code, "res": res})


def id_answer(inner, code=200, key=BODY_KEY):
    text = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
    return write({"code": code, "message": "success", "data": cipher.seal("aes-128-ecb", key, text)})


def _handler(platform):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, content, headers = platform.handle(self.command, self.path, self.headers, body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            try:
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                self.close_connection = True  # a client at its deadline has gone

        do_GET = do_POST = do_PUT = do

        def log_message(self, *arguments):
            """Quiet: nothing personal on standard error."""

    return Handler


def config_text(base, body_key=BODY_KEY, deadline_ms=3000):
    """A complete configuration; the display page is nobody's and never called."""
    encode = base64.b64encode
    return f'''[user_token]
url = "{base}{GATEWAY}"
appmark = "{GIVEN["appmark"]}"
appword = "{GIVEN["appword"]}"
[display]
url = "https://h5.example.invalid/jkmIndex.html?lang=zh#/top"
[scan]
url = "{base}{SCAN}"
source = "{GIVEN["source"]}"
token = "{GIVEN["unit_token"]}"
position = "江苏省,无锡市,梁溪区,示范路1号"
verifier_dept = "示范医院"
verifier_name = "示范员"
verifier_phone = "17700000000"
[id]
url = "{base}{ID}"
account = "{GIVEN["account"]}"
auth_key = "{encode(AUTH_KEY).decode()}"
body_key = "{encode(body_key).decode()}"
[http]
deadline_ms = {deadline_ms}
'''


@contextlib.contextmanager
def start_platform():
    """A platform on a free loopback port; gives it and its base URL."""
    platform = Platform()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(platform))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield platform, "http://127.0.0.1:{}".format(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
