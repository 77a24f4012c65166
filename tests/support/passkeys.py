"""A device that keeps passkeys, as the tests have it: it answers what a page's script would ask it."""

from __future__ import annotations

import base64
import json
import re
import secrets
from hashlib import sha256
from html import unescape
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.db import transaction
from portal.staff.models import StaffMember
from portal.text import plain
from tests.support.people import Officer, forms_of

Answer = dict[str, Any]
PRESENT, VERIFIED, NEW = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Device:
    """Has one passkey at most. `verifies`: it makes sure who holds it; `counts`: it says how often it signed."""

    def __init__(self, origin: str, *, verifies: bool = True, counts: bool = True) -> None:
        self.origin, self.verifies, self.counts = origin, verifies, counts
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.handle = b""
        self.count = 0

    def _said(self, kind: str, options: Answer) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, host: str, flags: int, more: bytes = b"") -> bytes:
        self.count += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4) + more

    def make(self, options: Answer) -> Answer:
        self.handle = raw(options["user"]["id"])
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        made = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + cbor2.dumps(public)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(options["rp"]["id"], NEW, made)}
        return self._answer(
            clientDataJSON=self._said("webauthn.create", options), attestationObject=cbor2.dumps(attested)
        )

    def sign(self, options: Answer) -> Answer:
        said, data = self._said("webauthn.get", options), self._data(options["rpId"], 0)
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature, userHandle=self.handle)

    def _answer(self, **parts: bytes) -> Answer:
        called = text(self.credential_id)
        response = {name: text(part) for name, part in parts.items()}
        return {"id": called, "rawId": called, "type": "public-key", "response": response}


def device_for(app: Flask, **how: bool) -> Device:
    return Device(app.extensions["settings"].public_url, **how)


def wait_for_codes(officer: Officer) -> None:
    """As if some minutes had gone by: the code that the app shows now was not used before."""
    with officer.client.application.app_context(), transaction() as db:
        db.execute(update(StaffMember).values(totp_step=0))
    officer._last_code_at = 0.0


def to_make(officer: Officer, name: str = "Work phone", **typed: str) -> tuple[str, Answer]:
    """What the page asks the device, after the officer has shown who they are: its number, and the options."""
    wait_for_codes(officer)
    officer.get("/staff/account/passkeys")
    officer.post(
        "/staff/account/passkeys",
        {"name": name, "current": officer.password, "code": officer.next_code()} | typed,
    )
    options = re.search(r"data-options='([^']*)'", officer.page)
    number = re.search(r'name="number" value="([^"]+)"', officer.page)
    assert options, officer.text
    assert number
    return number[1], json.loads(unescape(options[1]))


def add_passkey(officer: Officer, device: Device, name: str = "Work phone") -> None:
    number, options = to_make(officer, name)
    officer.post("/staff/account/passkeys/made", number=number, answer=json.dumps(device.make(options)))
    officer.follow()
    officer.see(plain(name))


def asked(client: FlaskClient, token: dict[str, object], purpose: str) -> tuple[str, Answer]:
    found = client.post("/staff/passkey/ask", data=token | {"purpose": purpose})
    assert found.status_code == 200
    return found.json["number"], found.json["options"]


def sign_in_by(officer: Officer, device: Device, change: Any = None, door: str = "/staff/sign-in") -> bool:
    """By the passkey alone: whether they are in. `change`: what somebody makes of the answer on its way."""
    officer.get(door)
    (to,) = (action for action, _fields in forms_of(officer.page) if "/sign-in/passkey" in action)
    number, options = asked(officer.client, officer.token, "alone")
    answer = device.sign(options)
    sent = json.dumps(answer if change is None else change(answer))
    return officer.post(to, number=number, answer=sent).status_code == 303
