"""The bot check: hCaptcha where the operator has switched it on; where not, nothing of it is there.

A visitor's browser that loads it tells a third party the visitor's address, so no page does unless a view says `admit()`.
When the provider is down nobody is turned away: UNREACHABLE is for the caller to let through and have a person look at.
"""

from __future__ import annotations

import asyncio
import enum
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import current_app

from portal.config import settings
from portal.web import security

HOSTS = ("https://hcaptcha.com", "https://*.hcaptcha.com")
DIRECTIVES = ("script-src", "style-src", "connect-src", "frame-src")
# A visitor waits for this with the page half sent.
TIMEOUT = 4.0
# A token is base64url and dots. Anything else is not passed on: what makes the provider choke would count as its failure.
TOKEN = re.compile(r"[\w.-]{1,8192}", re.ASCII)
# The operator's mistakes, which no visitor is to pay for. A token from another site is not among them: that is a forgery.
NOT_THEIRS = {"missing-input-secret", "invalid-input-secret"}


class Verdict(enum.StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


def is_on() -> bool:
    return bool(settings().hcaptcha_secret)


def admit() -> str:
    """Let the page that is being made load the check; every other answer keeps the strict policy. Not for public pages.

    Gives the site key for the page; empty where there is no check.
    """
    if is_on():
        security.admit(DIRECTIVES, HOSTS)
    return settings().hcaptcha_sitekey


def check(token: str) -> Verdict:
    """Whether the provider says that a person drew this token. Takes up to TIMEOUT seconds: never within a transaction."""
    if not is_on():
        raise RuntimeError("the bot check is off: nobody is to be asked")
    if not TOKEN.fullmatch(token):
        return Verdict.FAILED
    try:
        answer = _within_patience(_verifier().verify(token))
        # The package promises a bool and gives a dict, which is true whatever it says.
        if isinstance(answer, dict) and answer.get("success") is True:
            return Verdict.PASSED
        if NOT_THEIRS.intersection(answer.get("errors", ())):
            return _unreachable("PORTAL_HCAPTCHA_SECRET is not accepted")
    except Exception as problem:  # noqa: BLE001 (whatever a third party does, the visitor goes on)
        return _unreachable(type(problem).__name__)
    return Verdict.FAILED


def _within_patience(question: Coroutine[Any, Any, Any]) -> Any:
    # A thread of its own: this one may have a loop running, and a name server that hangs keeps asyncio.run from ending.
    asking = ThreadPoolExecutor(1)
    try:
        return asking.submit(asyncio.run, asyncio.wait_for(question, TIMEOUT)).result(TIMEOUT + 0.5)
    finally:
        asking.shutdown(wait=False)


def _verifier() -> Any:
    # Half a second to import, and most installations never ask.
    from hcaptcha.hcaptcha import HCaptchaVerifier

    # Without a logger, which would be told the secret. The visitor's address is not passed on.
    verifier = HCaptchaVerifier(settings().hcaptcha_secret)
    verifier.verification_url = settings().hcaptcha_verify_url
    return verifier


def _unreachable(why: str) -> Verdict:
    current_app.logger.warning("The bot check was not answered: %s", why)
    return Verdict.UNREACHABLE
