"""A provider of an organisation's accounts on this machine (OpenID Connect), which can be told to misbehave in many ways."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from secrets import token_urlsafe
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server
from werkzeug.test import Client, TestResponse

from tests.support.browsers import QuietHandler

TENANT = "7f3c1d52-0f5e-4d8a-9a55-1f0f7c2b6a11"
OBJECT_ID = "0b1f6a54-93a1-4d0e-8a71-5c27d0a4e9f3"
CLIENT, SECRET = "portal", "a secret of the tests"
CLIENT_SECRET = SECRET.replace(" ", "-")


@cache
def rsa_key(kid: str) -> RSAKey:
    """Drawn once: that takes a while."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class Provider:
    """As Entra ID shapes it: a tenant in the issuer, `tid` and `oid` beside a `sub` of this application's own."""

    address: str
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "pairwise-1", "oid": OBJECT_ID, "tid": TENANT})
    """Whoever is signed in over there; None leaves a claim out."""
    discovery: dict[str, Any] = field(default_factory=dict)
    """What it says otherwise of itself."""
    back: dict[str, str | None] = field(default_factory=dict)
    """What it says otherwise beside the code."""
    signs: Callable[[dict[str, Any]], str] | None = None
    """How it signs otherwise."""
    answers: dict[str, Callable[[], ResponseReturnValue]] = field(default_factory=dict)
    """What it answers otherwise: "discovery", "token", "keys"."""
    key: str = "first"
    more_keys: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    goes_on: Event = field(default_factory=Event)
    """For who is to be silent until the test ends."""

    @property
    def issuer(self) -> str:
        return f"{self.address}/{TENANT}/v2.0"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": CLIENT_SECRET,
            "oidc_name": "Fernhill Council",
        }

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code", "id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        } | self.discovery

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        return self.signs(claims) if self.signs else signed(claims, rsa_key(self.key))

    def go_through(self, client: FlaskClient, path: str = "/staff/sign-in/organisation") -> TestResponse:
        """A browser there and back: the portal's answer to the address to which it is led back."""
        return client.get(self.way_back(client, path))

    def way_back(self, client: FlaskClient, path: str = "/staff/sign-in/organisation") -> str:
        led = client.get(path)
        assert led.status_code == 303, led.text
        assert led.location.startswith(self.address), led.location
        there = Client(self.app).get(led.location.removeprefix(self.address))
        back = urlsplit(there.location)
        return f"{back.path}?{back.query}"

    @property
    def app(self) -> Flask:
        app = Flask("provider")

        @app.before_request
        def note() -> ResponseReturnValue | None:
            what = request.path.rpartition("/")[2].replace("openid-configuration", "discovery")
            self.asked.append(what)
            return self.answers[what]() if what in self.answers else None

        @app.get(f"/{TENANT}/v2.0/.well-known/openid-configuration")
        def discovery() -> ResponseReturnValue:
            return self.about()

        @app.get("/authorize")
        def authorize() -> ResponseReturnValue:
            asked = request.args
            assert asked["response_type"] == "code"
            assert asked["scope"] == "openid profile"  # without `profile` Entra ID tells no `oid`
            assert asked["client_id"] == CLIENT
            assert asked["code_challenge_method"] == "S256"
            code = token_urlsafe(32)
            self.codes[code] = asked.to_dict()
            back = {"code": code, "state": asked["state"], "iss": self.issuer} | self.back
            said = urlencode({name: value for name, value in back.items() if value is not None})
            return redirect(f"{asked['redirect_uri']}?{said}")

        @app.post("/token")
        def token() -> ResponseReturnValue:
            given = request.form
            assert request.authorization
            assert (request.authorization.username, request.authorization.password) == (CLIENT, CLIENT_SECRET)
            began = self.codes.pop(given["code"], None)  # a code is good once
            drawn = hashlib.sha256(given["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
            if not began or (began["code_challenge"], began["redirect_uri"]) != (challenge, given["redirect_uri"]):
                return {"error": "invalid_grant", "error_description": "canary-words"}, 400
            lasts = {"access_token": "canary-access", "refresh_token": "canary-refresh", "token_type": "Bearer"}
            return lasts | {"id_token": self.id_token(began["nonce"])}

        @app.get("/keys")
        def keys() -> ResponseReturnValue:
            return {"keys": [*self.more_keys, rsa_key(self.key).as_dict(private=False)]}

        return app


def signed(claims: dict[str, Any], key: RSAKey | OctKey, **header: Any) -> str:
    made = {"alg": "RS256", "kid": key.kid} | header
    return jwt.encode(made, claims, key, algorithms=[made["alg"]])


def unsigned(claims: dict[str, Any]) -> str:
    parts = [{"alg": "none", "kid": "first"}, claims]
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts) + "."


def by_public_key(claims: dict[str, Any]) -> str:
    """With the public key taken for a shared secret, as those verifiers take it that ask the token how to check it."""
    shown = rsa_key("first").as_pem(private=False)
    return signed(claims, OctKey.import_key(base64.urlsafe_b64encode(shown).decode()), alg="HS256", kid="first")


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider("")
    server = make_server("127.0.0.1", 0, made.app, threaded=True, request_handler=QuietHandler)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.goes_on.set()
    server.shutdown()
    thread.join()
    server.server_close()
