"""The app that shows a code of six digits, a new one every half minute: how it is set up, and which code is right."""

from __future__ import annotations

import time

import pyotp

from portal.config import settings
from portal.text import digits

SECONDS = 30


def app_address(name: str, secret: str) -> str:
    """What an authenticator app reads, as text or as a QR code."""
    issuer = settings().public_url.split("://")[1]
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def matching_step(secret: str, code: str) -> int | None:
    """The 30-second step that this code belongs to: now, or one before or after for a clock that is off (RFC 6238)."""
    now = int(time.time()) // SECONDS
    totp = pyotp.TOTP(secret)
    typed = digits(code)
    matching = [step for step in (now - 1, now, now + 1) if pyotp.utils.strings_equal(totp.generate_otp(step), typed)]
    return matching[0] if matching else None
