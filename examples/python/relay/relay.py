"""A relay for operators with the right of second packaging (二封授权, clause 7): downstream units call interfaces 3 and
4 here with credentials of this relay's own; it asks the province and passes the answer on, sealed for the unit.

    RELAY_CONFIG=skm.toml RELAY_UNITS=units.json uvicorn relay:from_environment --factory

`units.json` is a list of objects with the fields of `Unit`; see units.example.json.
"""

from __future__ import annotations

import hmac
import json
import os
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, AsyncGenerator, Dict, Mapping, Optional, Sequence

import skm
import skm.aio
from fastapi import FastAPI, Request
from skm import platform


@dataclass(frozen=True)
class Unit:
    """A downstream unit and the credentials this relay has given it."""

    source: str
    """Its name in interface 3."""
    token: str
    """Its fixed access token in interface 3."""
    account: str
    """Its account in interface 4."""
    auth_key: str
    body_key: str
    notice: str
    """The notice under which its visitors authorise the check: recorded with every call."""

    @property
    def consent(self) -> skm.Consent:
        return skm.Consent.authorised(self.notice)

    def __repr__(self) -> str:
        return f"Unit({self.source!r})"


# What the unit is told, by the name of our error. Everything else is 1 or 500, in words of this relay: whether the
# province accepts it, and where it is, is not the unit's business.
SCAN_CODES = {"qr_expired": "111", "qr_not_skm": "112", "qr_incomplete": "112", "update_required": "119"}
ID_CODES = {"person_not_found": "404", "busy": "429", "input_invalid": "400", "input_encoding": "400"}
NOT_VERIFIED = "核验未能完成,请稍后再试"

RESIDENT_NUMBER = re.compile("[0-9]{17}[0-9Xx]")

Json = Dict[str, Any]


def scan_error(error: skm.SkmError) -> Json:
    return platform.scan_refusal(SCAN_CODES.get(error.name, "1"), told(error, SCAN_CODES))


def id_error(error: skm.SkmError) -> Json:
    return platform.id_refusal(ID_CODES.get(error.name, "500"), told(error, ID_CODES))


def told(error: skm.SkmError, codes: Mapping[str, str]) -> str:
    return error.message_zh if error.name in codes else NOT_VERIFIED


def papers_type(number: str) -> str:
    """How the number is checked before the call: interface 4 does not carry its type (table C.2).

    Whatever looks like a resident number is held to its check character: a mistyped one is refused here.
    """
    return "1" if RESIDENT_NUMBER.fullmatch(number) else "99"


class Relay:
    """Who may call, and how a call is passed on."""

    def __init__(self, upstream: skm.aio.Client, units: Sequence[Unit]) -> None:
        self._upstream = upstream
        self._units = [(unit, platform.IdKeys(auth_key=unit.auth_key, body_key=unit.body_key)) for unit in units]

    async def scan(self, body: bytes) -> Json:
        """Interface 3."""
        try:
            call = platform.read_scan(body)
        except skm.InputError as error:
            return scan_error(error)
        unit = self._unit_of(call)
        if unit is None:
            return platform.scan_refusal("116", "无访问权限")
        try:
            result = await self._upstream.verify_scan(
                qr_text=call.qr_text,
                position=call.position,
                verifier_dept=call.verifier_dept,
                verifier_name=call.verifier_name,
                verifier_phone=call.verifier_phone,
                consent=unit.consent,
            )
        except skm.SkmError as error:
            return scan_error(error)
        return platform.scan_answer(result)

    async def id(self, auth: str, body: bytes) -> Json:
        """Interface 4."""
        for unit, keys in self._units:
            if self._is_of(unit, keys, auth):
                return await self._id(unit, keys, body)
        return platform.id_refusal("401", "auth 无效")

    async def _id(self, unit: Unit, keys: platform.IdKeys, body: bytes) -> Json:
        try:
            asked = keys.open_body(body)
        except skm.SkmError:
            return platform.id_refusal("400", "请求体无法解密")
        try:
            result = await self._upstream.verify_id(
                number=asked.number,
                name=asked.name,
                papers_type=papers_type(asked.number),
                organize_location=asked.organize_location,
                apply_type=asked.apply_type,
                consent=unit.consent,
            )
        except skm.SkmError as error:
            return id_error(error)
        return platform.id_answer(result, keys)

    def _unit_of(self, call: platform.ScanCall) -> Optional[Unit]:
        token = call.token.encode()
        for unit, _ in self._units:
            if unit.source == call.source and hmac.compare_digest(unit.token.encode(), token):
                return unit
        return None

    @staticmethod
    def _is_of(unit: Unit, keys: platform.IdKeys, auth: str) -> bool:
        try:
            account = keys.open_auth(auth)
        except skm.AnswerError:
            return False
        return hmac.compare_digest(unit.account.encode(), account.encode())


def create(upstream: skm.aio.Client, units: Sequence[Unit]) -> FastAPI:
    """The application."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        async with upstream:
            yield

    app = FastAPI(title="SKM relay", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    relay = Relay(upstream, units)

    @app.post("/jkm/scanJsJkm")
    async def scan(request: Request) -> Json:  # pyright: ignore[reportUnusedFunction]
        return await relay.scan(await request.body())

    @app.post("/skm_public/member/get")
    async def id(request: Request) -> Json:  # pyright: ignore[reportUnusedFunction]
        return await relay.id(request.headers.get("auth", ""), await request.body())

    return app


def from_environment() -> FastAPI:
    """The application as RELAY_CONFIG and RELAY_UNITS describe it."""
    units = json.loads(Path(os.environ["RELAY_UNITS"]).read_text("utf-8"))
    return create(skm.aio.Client(os.environ["RELAY_CONFIG"], limit=200), [Unit(**unit) for unit in units])
