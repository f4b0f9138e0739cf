"""The two calls as written by hand in Python: bodies, pycryptodome, checked answers. The HTTP library is the caller's."""

import base64
import json
from urllib.parse import quote_plus

import driver
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad, unpad

FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


def seal(key: bytes, text: str) -> str:
    return base64.b64encode(AES.new(key, AES.MODE_ECB).encrypt(pad(text.encode(), 16))).decode("ascii")


def unseal(key: bytes, text: str) -> str:
    return unpad(AES.new(key, AES.MODE_ECB).decrypt(base64.b64decode(text)), 16).decode()


ID_HEADERS = {"Content-Type": "text/plain", "auth": seal(driver.AUTH_KEY, driver.ACCOUNT)}


def scan_body() -> str:
    pairs = {
        "url": driver.QR_TEXT,
        "source": driver.SOURCE,
        "position": driver.POSITION,
        "verifierDept": driver.DEPT,
        "verifierName": driver.VERIFIER,
        "verifierPhone": driver.PHONE,
        "token": driver.TOKEN,
    }
    return "&".join(f"{name}={quote_plus(value)}" for name, value in pairs.items())


def id_body() -> str:
    question = {
        "userid": driver.NUMBER,
        "name": driver.NAME,
        "organizeLocation": driver.DEPT,
        "applyType": driver.APPLY_TYPE,
    }
    return seal(driver.BODY_KEY, json.dumps(question, ensure_ascii=False, separators=(",", ":")))


def check_scan(status: int, text: bytes) -> None:
    answer = json.loads(text)
    if status != 200 or str(answer["resCode"]) != "0":
        raise SystemExit(answer.get("resMessage") or status)
    if answer["res"]["level"] != "green" or not answer["res"]["name"]:
        raise SystemExit("not green")


def check_id(status: int, text: bytes) -> None:
    answer = json.loads(text)
    if status != 200 or str(answer["code"]) != "200":
        raise SystemExit(answer.get("message") or status)
    person = json.loads(unseal(driver.BODY_KEY, answer["data"]))
    if person["userid"] != driver.NUMBER or person["levelData"] != "green" or not person["name"]:
        raise SystemExit("not green")


def exchange(interface: str):
    """Path, headers, body maker and check of one interface."""
    if interface == "id":
        return driver.ID_PATH, ID_HEADERS, id_body, check_id
    return driver.SCAN_PATH, FORM_HEADERS, scan_body, check_scan
