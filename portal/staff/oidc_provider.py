"""The provider of the organisation's accounts: the way there, and what is believed of what it says (OpenID Connect Core 1.0).

Authorization code flow with PKCE, state and nonce. Of what the provider gives, the ID token is read and nothing is kept.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from portal.config import settings
from portal.oidc_settings import is_safe_address
from portal.staff.oidc_asking import Asker, NotSignedIn, Trouble, find

# Signed by a key that only the provider has. With "none", or with a secret of ours, anyone could sign.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
KINDS_OF_KEY = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
# Seconds for which a process trusts what the provider said of itself, and its keys.
LASTS = 3600.0
# After a provider was silent nobody waits for it again for so many seconds.
REST = 10.0
# Seconds that the clocks of both may be apart, and within which the token must have been made.
LEEWAY, YOUNG = 60, 600
MAX_TOKEN = 32 * 1024
MAX_CODE = 4096
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
BACK = "/staff/sign-in/organisation/back"


@dataclass(frozen=True)
class Begun:
    """A sign-in that waits for its answer; all but the address stays in the visitor's sealed cookie."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Person:
    """Who signed in over there."""

    subject: str
    has_second_factor: bool


def is_on() -> bool:
    return bool(settings().oidc_issuer)


def name() -> str:
    return settings().oidc_name or urlsplit(settings().oidc_issuer).hostname or ""


def begin() -> Begun:
    """Raises NotSignedIn."""
    about = _about()
    state, nonce, verifier = token_urlsafe(32), token_urlsafe(32), token_urlsafe(48)
    claim, _, value = settings().oidc_second_factor.partition("=")
    # Entra ID says of an authentication context only where it was asked for it; others take `acr_values`.
    more: dict[str, str] = {}
    if claim == "acrs":
        more["claims"] = json.dumps({"id_token": {"acrs": {"essential": True, "value": value}}})
    elif claim == "acr":
        more["acr_values"] = value
    address, _state = _client(about).create_authorization_url(
        about["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce, **more
    )
    return Begun(address, state, nonce, verifier)


def finish(code: str, said_issuer: str | None, nonce: str, verifier: str) -> Person:
    """Who came back with this code. `said_issuer`: the `iss` beside it (RFC 9207). Raises NotSignedIn."""
    from authlib.oauth2 import OAuth2Error

    about = _about()
    if said_issuer != settings().oidc_issuer and (
        said_issuer is not None or about.get("authorization_response_iss_parameter_supported") is True
    ):
        raise NotSignedIn(Trouble.REFUSED, "the answer comes from another issuer")
    if not 0 < len(code) <= MAX_CODE:
        raise NotSignedIn(Trouble.REFUSED, "there is no code")
    try:
        answer = _client(about).fetch_token(
            about["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
        )
    except OAuth2Error:
        raise NotSignedIn(Trouble.REFUSED, "the provider takes the code for none of its own, or not from us") from None
    except (ValueError, TypeError):
        raise NotSignedIn(Trouble.UNFIT, "the provider gives no tokens") from None
    token = answer.get("id_token")
    if not isinstance(token, str) or len(token) > MAX_TOKEN:
        raise NotSignedIn(Trouble.UNFIT, "the provider gives no ID token")
    return _person(_checked(token, nonce))


def problem() -> str | None:
    """What keeps staff from signing in with it, for the operator; asked anew, with a short patience."""
    if not is_on():
        return None
    try:
        _secret()
        _fitting(find(_discovery(), patience=3.0))
    except NotSignedIn as failed:
        return f"Nobody can sign in by PORTAL_OIDC_ISSUER: {failed.why}."
    return None


def _client(about: Mapping[str, Any]) -> Any:
    from authlib.oauth2.client import OAuth2Client

    ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return OAuth2Client(
        Asker(),
        client_id=settings().oidc_client_id,
        client_secret=_secret(),
        token_endpoint_auth_method="client_secret_basic" if "client_secret_basic" in ways else "client_secret_post",
        scope="openid profile" if any(map(GUID.fullmatch, _places())) else "openid",
        redirect_uri=f"{settings().public_url}{BACK}",
        code_challenge_method="S256",
    )


def _places() -> list[str]:
    """The parts of the issuer's path; with Entra ID one is the tenant, a GUID, and tells `oid` only to who asks for `profile`."""
    return urlsplit(settings().oidc_issuer).path.split("/")


def _secret() -> str:
    file = settings().oidc_client_secret_file
    try:
        secret = file.read_text(encoding="ascii").strip() if file else settings().oidc_client_secret
    except (OSError, ValueError):
        secret = ""
    if not re.fullmatch(r"[!-~]{8,500}", secret):
        raise NotSignedIn(Trouble.UNFIT, "the file of PORTAL_OIDC_CLIENT_SECRET_FILE holds no secret that can be read")
    return secret


def _discovery() -> str:
    return f"{settings().oidc_issuer.rstrip('/')}/.well-known/openid-configuration"


def _remembered() -> dict[str, Any]:
    """What this process knows of the provider; each entry is put there in one step."""
    known: dict[str, Any] = current_app.extensions.setdefault("oidc", {})
    return known


def _about() -> Mapping[str, Any]:
    """What the provider says of itself. Raises NotSignedIn."""
    known = _remembered()
    at, about = known.get("about", (0.0, None))
    if about is not None and time.monotonic() - at < LASTS:
        return dict(about)
    if time.monotonic() < known.get("rests_until", 0.0):
        raise NotSignedIn(Trouble.SILENT, "the provider was silent a moment ago")
    try:
        fitting = _fitting(find(_discovery()))
    except NotSignedIn as failed:
        if failed.trouble is Trouble.SILENT:
            known["rests_until"] = time.monotonic() + REST
        raise
    known["about"] = (time.monotonic(), fitting)
    return fitting


def _fitting(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises NotSignedIn."""
    # The tenants of Entra ID that are called "common" or "organizations" name no one issuer: whoever has an account
    # anywhere could come. They end here.
    if about.get("issuer") != settings().oidc_issuer:
        raise NotSignedIn(Trouble.UNFIT, "its discovery names another issuer")
    on_loopback = settings().oidc_issuer.startswith("http:")
    for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        address = about.get(endpoint)
        if not isinstance(address, str) or not is_safe_address(address, loopback=on_loopback) or "#" in address:
            raise NotSignedIn(Trouble.UNFIT, f"its discovery names no {endpoint} by https")
    for offers, needed in (
        ("response_types_supported", {"code"}),
        ("id_token_signing_alg_values_supported", {*ALGORITHMS}),
        ("code_challenge_methods_supported", {"S256"}),
        ("token_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post"}),
    ):
        offered = about.get(offers)
        if offered is not None and not (isinstance(offered, list) and any(each in needed for each in offered)):
            raise NotSignedIn(Trouble.UNFIT, f"its discovery offers nothing of {offers} that the portal takes")
    return about


def _checked(token: str, nonce: str) -> Mapping[str, Any]:
    """The claims of an ID token that is signed, for us, of now and of this sign-in. Raises NotSignedIn."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        signed = jwt.decode(token, lambda signature: _key(signature.headers()), algorithms=[*ALGORITHMS])
        us = settings().oidc_client_id
        needed = {name: {"essential": True, "value": value} for name, value in _expected().items()}
        claims = CodeIDToken(signed.claims, signed.header, needed, {"nonce": nonce, "client_id": us})
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, RecursionError) as problem:
        raise NotSignedIn(Trouble.REFUSED, f"the ID token does not hold: {type(problem).__name__}") from None
    # What the libraries leave to us: nobody else may be meant beside us, and a token that has long been about is none.
    if claims["aud"] not in (us, [us]):
        raise NotSignedIn(Trouble.REFUSED, "the ID token is for others too")
    if claims["iat"] < time.time() - YOUNG:
        raise NotSignedIn(Trouble.REFUSED, "the ID token was made long ago")
    return dict(claims)


def _expected() -> dict[str, str]:
    return {"iss": settings().oidc_issuer, "aud": settings().oidc_client_id}


def _key(header: Mapping[str, Any]) -> Any:
    """The key that signed it; the provider's keys are read again, once, where it is none that we know. Raises NotSignedIn."""
    from joserfc import jwk

    kind, kid = KINDS_OF_KEY.get(str(header.get("alg"))), header.get("kid")
    if kind is None:
        raise NotSignedIn(Trouble.REFUSED, "the ID token is signed in no way that the portal takes")
    at, keys = _remembered().get("keys", (0.0, None))
    is_fresh = keys is None or time.monotonic() - at >= LASTS
    if is_fresh:
        keys = _read_keys()
    found = _matching(keys, kind, kid)
    if not found and not is_fresh:
        found = _matching(_read_keys(), kind, kid)
    if len(found) != 1:
        raise NotSignedIn(
            Trouble.REFUSED, "the ID token is signed by no key of the provider's, or it does not say which"
        )
    # Only this one of what may be many is read as a key.
    return jwk.import_key(dict(found[0]))


def _matching(keys: list[Mapping[str, Any]], kind: str, kid: object) -> list[Mapping[str, Any]]:
    return [
        key
        for key in keys
        if key.get("kty") == kind and key.get("use", "sig") == "sig" and (kid is None or key.get("kid") == kid)
    ]


def _read_keys() -> list[Mapping[str, Any]]:
    """Raises NotSignedIn."""
    found = find(_about()["jwks_uri"]).get("keys")
    if not isinstance(found, list):
        raise NotSignedIn(Trouble.UNFIT, "the provider shows no keys")
    keys: list[Mapping[str, Any]] = [key for key in found if isinstance(key, dict)]
    _remembered()["keys"] = (time.monotonic(), keys)
    return keys


def _person(claims: Mapping[str, Any]) -> Person:
    """Raises NotSignedIn."""
    subject, tenant = claims["sub"], claims.get("tid")
    # Entra ID gives each application another `sub`; an administrator finds `oid`, the same for all of a tenant's.
    if isinstance(tenant, str) and tenant and tenant in _places():
        subject = claims.get("oid", subject)
    if not isinstance(subject, str) or not (same := same_subject(subject)):
        raise NotSignedIn(Trouble.REFUSED, "the ID token names nobody")
    claim, _, value = settings().oidc_second_factor.partition("=")
    said = claims.get(claim) if claim else None
    return Person(same, value in said if isinstance(said, list) else said is not None and said == value)


def same_subject(written: str) -> str:
    """As we compare it; empty where it can be none. A GUID is the same in capitals, as some pages copy it."""
    if not re.fullmatch(r"[!-~]{1,255}", written):
        return ""
    return written.lower() if GUID.fullmatch(written) else written
