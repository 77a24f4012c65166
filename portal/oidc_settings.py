"""What the operator may say about signing in by an organisation's own accounts (OpenID Connect), and what goes together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# What an operator must say of it, or nothing at all.
NEEDED = ("PORTAL_OIDC_ISSUER", "PORTAL_OIDC_CLIENT_ID")
SECRETS = ("PORTAL_OIDC_CLIENT_SECRET", "PORTAL_OIDC_CLIENT_SECRET_FILE")
MORE = ("PORTAL_OIDC_NAME", "PORTAL_OIDC_SECOND_FACTOR")


def is_safe_address(value: str, *, loopback: bool) -> bool:
    """Whether nobody on the way can read what is sent there; with `loopback` also one of this machine's own."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or not re.fullmatch(r"[!-~]{1,2000}", value):
        return False
    return parts.scheme == "https" or (loopback and parts.scheme == "http" and parts.hostname in LOOPBACK)


def issuer(value: str) -> str:
    """As the provider spells it: a slash at its end is part of it."""
    if value and (not is_safe_address(value, loopback=True) or "?" in value or "#" in value):
        raise ValueError("the provider's issuer, like https://login.microsoftonline.com/TENANT/v2.0")
    return value


def client_id(value: str) -> str:
    if value and not re.fullmatch(r"[!-9;-~]{1,200}", value):
        raise ValueError("the client id that the provider shows for this portal, without spaces and colons")
    return value


def client_secret(value: str) -> str:
    if value and not re.fullmatch(r"[!-~]{8,500}", value):
        raise ValueError("the secret that the provider shows for this portal, without spaces")
    return value


def name(value: str) -> str:
    if len(value) > 60 or not value.isprintable() or (value and not value.strip()):
        raise ValueError("a name of at most 60 letters, like Milton Keynes Council")
    return value.strip()


def second_factor(value: str) -> str:
    if value and not re.fullmatch(r"(amr|acr|acrs)=[!-~]{1,200}", value):
        raise ValueError("amr=VALUE, acr=VALUE or acrs=VALUE, like amr=mfa")
    return value


def mistake(given: Mapping[str, object]) -> str | None:
    """Which of these settings is missing, in one sentence: with some of them nobody could sign in, though it looks on."""
    if not any(given[each] for each in (*NEEDED, *SECRETS, *MORE)):
        return None
    if missing := [each for each in NEEDED if not given[each]]:
        return f"{missing[0]} is missing: the other settings of PORTAL_OIDC_ work only together with it."
    if len([each for each in SECRETS if given[each]]) != 1:
        return f"Set {SECRETS[0]} or {SECRETS[1]}, one of them."
    if find_spec("authlib") is None:
        return "PORTAL_OIDC_ISSUER needs the package authlib: pip install 'community-safety-portal[oidc]'."
    return None
