"""Signing in with an account of the organisation, by a provider that is honest and by ones that are not."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask
from joserfc import jwt
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from portal.audit import Action, AuditEntry
from portal.config import SettingError, read_settings
from portal.db import session, transaction
from portal.server import cli, cli_staff, health
from portal.staff import joining, oidc, oidc_asking, oidc_pages, oidc_provider
from portal.staff.models import Role, StaffMember
from portal.staff.oidc_models import OrganisationAccount
from tests.support.browsers import DESK
from tests.support.oidc_provider import (
    CLIENT,
    CLIENT_SECRET,
    OBJECT_ID,
    TENANT,
    Provider,
    by_public_key,
    provider,
    rsa_key,
    signed,
    unsigned,
)
from tests.support.passkeys import wait_for_codes
from tests.support.people import Officer, Resident, sent_to
from tests.test_account_races import once_before
from tests.test_languages import Reader, make_believe, told

__all__ = ["make_believe", "provider", "told"]

Hire = Callable[..., Officer]
GO = "/staff/sign-in/organisation"
BACK = oidc_provider.BACK


@pytest.fixture
def bare_app(make_app: Callable[..., Flask], provider: Provider) -> Flask:
    return make_app(**provider.settings)


@pytest.fixture
def sam(app: Flask, hire: Hire) -> Officer:
    """Whose account of the organisation is linked; not signed in."""
    sam = hire()
    with app.app_context():
        oidc.link("sam", OBJECT_ID.upper(), "sam")
    return sam


def set_up(app: Flask, **changed: Any) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], **changed)


def comes_back(person: Resident, provider: Provider, path: str = GO) -> None:
    person._arrive(BACK, provider.go_through(person.client, path))


def acts(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(each.actor, each.action) for each in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_who_is_known_over_there_types_a_code_here_and_still_has_to_unlock(
    app: Flask, sam: Officer, provider: Provider
) -> None:
    sam.get("/staff/sign-in")
    sam.see("Sign in with Fernhill Council")
    comes_back(sam, provider)
    sam.follow()
    sam.see("Now your code", "Fernhill Council knows you.")
    sam.post(sam.path, code="000000")
    sam.see("The code is not right.")
    code = sam.next_code()
    sam.post(sam.path, code=code)
    assert sam.response
    assert sam.response.location == "/staff/unlock"
    assert sent_to(sam.get("/staff/reports")) == "/staff/unlock"
    sam.unlock()
    assert sam.get("/staff/reports").status_code == 200
    assert ("sam", Action.SIGNED_IN_ELSEWHERE) in acts(app)
    # The same code and the same answer of the provider are good for nobody any more.
    other = Officer(app.test_client(), "sam", sam.totp.secret)
    comes_back(other, provider)
    other.follow()
    other.post(other.path, code=code)
    other.see("The code is not right.")


def test_the_way_there_and_back_leads_on_to_the_page_that_was_asked_for(sam: Officer, provider: Provider) -> None:
    sam.get(sam.get("/staff/account").location)
    (there,) = re.findall(rf'href="({GO}[^"]*)"', sam.page)
    comes_back(sam, provider, there)
    sam.follow()
    sam.post(sam.path, code=sam.next_code())
    sam.follow()
    sam.post(sam.path, passphrase=sam.passphrase)
    assert sam.response
    assert sam.response.location == "/staff/account"


@pytest.mark.same_on_both
def test_no_code_is_asked_for_only_where_the_provider_says_it_asked_for_a_second_factor(
    app: Flask, sam: Officer, provider: Provider
) -> None:
    for setting, claims, is_in in [
        ("amr=mfa", {"amr": ["pwd", "mfa"]}, True),
        ("acr=https://refeds.org/profile/mfa", {"acr": "https://refeds.org/profile/mfa"}, True),
        ("acrs=c1", {"acrs": ["c1"]}, True),
        ("amr=mfa", {"amr": ["pwd"]}, False),
        ("amr=mfa", {"acr": "mfa"}, False),
        ("acr=mfa", {"acr": "no mfa"}, False),
        ("acr=2", {"acr": 2}, False),
        ("amr=mfa", {}, False),
        ("", {"amr": ["mfa"], "acr": "2"}, False),
    ]:
        set_up(app, oidc_second_factor=setting)
        provider.claims = {"sub": "pairwise-1", "oid": OBJECT_ID, "tid": TENANT} | claims
        here = Resident(app.test_client())
        comes_back(here, provider)
        assert here.response
        assert here.response.location == ("/staff/unlock" if is_in else f"{GO}/code"), (setting, claims)
        assert sent_to(here.get("/staff/reports")) == ("/staff/unlock" if is_in else "/staff/sign-in")


def test_whoever_has_no_open_account_here_gets_none_and_is_told_why(app: Flask, hire: Hire, provider: Provider) -> None:
    stranger = Resident(app.test_client())
    with app.app_context():
        before = session.scalars(select(StaffMember)).all()
    comes_back(stranger, provider)
    stranger.see("You are not signed in", "nobody has linked that account", OBJECT_ID)
    assert sent_to(stranger.get("/staff/account")) == "/staff/sign-in"
    with app.app_context():
        assert session.scalars(select(StaffMember)).all() == before
        stored = session.scalars(select(AuditEntry.subject)).all()
    assert not any(OBJECT_ID in subject for subject in stored)
    hire()
    with app.app_context():
        oidc.link("sam", OBJECT_ID)
        for changed, said in [
            ({"password_hash": ""}, "open the link of your invitation"),
            ({"active": False}, "closed"),
        ]:
            with transaction() as db:
                sam = db.scalars(select(StaffMember).where(StaffMember.name == "sam")).one()
                for name, value in changed.items():
                    setattr(sam, name, value)
            comes_back(stranger, provider)
            stranger.see(said)
            stranger.not_see(OBJECT_ID)


CLAIMS: dict[str, dict[str, Any]] = {
    "for somebody else": {"aud": "another"},
    "for others too": {"aud": [CLIENT, "another"], "azp": CLIENT},
    "for nobody": {"aud": None},
    "given to another party": {"azp": "another"},
    "of another sign-in": {"nonce": "another"},
    "without a nonce": {"nonce": None},
    "with a nonce that is no text": {"nonce": ["another"]},
    "expired": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "with an end that is none": {"exp": "tomorrow"},
    "made long ago": {"iat": 1_700_000_000},
    "made in years to come": {"iat": 4_000_000_000},
    "of another issuer": {"iss": "https://login.example.org"},
    "of nobody": {"sub": None},
    "of somebody unspeakable": {"sub": "x", "oid": "sam\u202e\n"},
    "of somebody who is a number": {"oid": 7},
    "with methods that are no list": {"amr": "mfa"},
}
SIGNED: dict[str, Callable[[dict[str, Any]], str]] = {
    "not signed": unsigned,
    "signed with the public key as a secret": by_public_key,
    "signed by a key that nobody knows": lambda claims: signed(claims, rsa_key("stranger")),
    "signed by a stranger under a known name": lambda claims: signed(claims, rsa_key("stranger"), kid="first"),
    "signed by a key that it brings along": lambda claims: signed(
        claims, rsa_key("stranger"), kid="first", jwk=rsa_key("stranger").as_dict(private=False)
    ),
    "no token": lambda _claims: "canary",
    "three empty parts": lambda _claims: "..",
    "endless": lambda claims: signed(claims | {"more": "x" * 40_000}, rsa_key("first")),
}


@pytest.mark.same_on_both
def test_no_token_is_believed_that_is_not_the_providers_for_us_of_now_and_of_this_sign_in(
    app: Flask, sam: Officer, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    set_up(app, oidc_second_factor="amr=mfa")
    honest = provider.claims | {"amr": ["mfa"]}
    for what, claims, signs in [
        *((what, claims, None) for what, claims in CLAIMS.items()),
        *((what, {}, signs) for what, signs in SIGNED.items()),
    ]:
        provider.claims, provider.signs = honest | claims, signs
        comes_back(sam, provider)
        assert sam.response
        assert sam.response.status_code == 403, what
        sam.see("You are not signed in")
        assert sent_to(sam.get("/staff/account")) == "/staff/sign-in", what
    assert "canary" not in caplog.text
    provider.claims, provider.signs = honest, None
    comes_back(sam, provider)
    assert sam.get("/staff/account").status_code == 200


@pytest.mark.same_on_both
def test_an_answer_is_good_once_in_its_time_for_the_browser_that_began_and_from_the_issuer_asked(
    app: Flask, sam: Officer, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(app, oidc_second_factor="amr=mfa")
    provider.claims |= {"amr": ["mfa"]}
    victim = Resident(app.test_client())
    victim.client.get(GO)
    victim.get(provider.way_back(sam.client))
    victim.see("does not belong to a sign-in that you began here")
    used = provider.way_back(sam.client)
    cookie = sam.client.get_cookie("work")
    assert cookie
    sam.get(used)
    assert sam.get("/staff/account").status_code == 200
    for again, said in [(None, "does not belong to"), (cookie.value, "We cannot be sure")]:
        thief = Resident(app.test_client())
        if again:
            thief.client.set_cookie("work", again)
        thief.get(used)
        thief.see(said)
    for back, said in [
        ({"iss": "https://login.example.org"}, "We cannot be sure"),
        ({"iss": None}, "We cannot be sure"),
        ({"code": None}, "We cannot be sure"),
        ({"code": "x" * 5000}, "We cannot be sure"),
        ({"code": "\u202e\u200b"}, "We cannot be sure"),
        ({"state": None}, "does not belong to"),
        ({"state": "\u202e"}, "does not belong to"),
        ({"error": "access_denied", "error_description": "canary"}, "did not sign you in"),
    ]:
        provider.back = back
        comes_back(victim, provider)
        victim.see(said)
        victim.not_see("canary")
    provider.back = {}
    late = provider.way_back(victim.client)
    now = oidc_pages.time.time()
    monkeypatch.setattr(oidc_pages.time, "time", lambda: now + 601)
    victim.get(late)
    victim.see("it took too long")


def silent(provider: Provider) -> Callable[[], Any]:
    def wait() -> Any:
        provider.goes_on.wait(20)
        return {}

    return wait


TROUBLES: dict[str, tuple[str, Callable[[Provider], Any], str]] = {
    "silent": ("discovery", silent, "does not answer now"),
    "broken": ("discovery", lambda _: lambda: ("canary", 500), "does not answer now"),
    "not there": ("discovery", lambda _: lambda: ("canary", 404), "do not fit together"),
    "led elsewhere": (
        "discovery",
        lambda _: lambda: ("", 302, {"Location": "http://127.0.0.1:9/"}),
        "do not fit together",
    ),
    "no JSON": ("discovery", lambda _: lambda: "canary", "do not fit together"),
    "too deep": ("discovery", lambda _: lambda: "[" * 200_000, "do not fit together"),
    "a list": ("discovery", lambda _: lambda: ["canary"], "do not fit together"),
    "endless": ("discovery", lambda _: lambda: (b"x" * 65536 for _ in range(1000)), "do not fit together"),
    "silent about tokens": ("token", silent, "does not answer now"),
    "no tokens": ("token", lambda _: lambda: {"access_token": "canary"}, "do not fit together"),
    "a token that is none": ("token", lambda _: lambda: {"id_token": 7}, "do not fit together"),
    "endless tokens": ("token", lambda _: lambda: (b" " * 65536 for _ in range(1000)), "do not fit together"),
    "refuses us": ("token", lambda _: lambda: ({"error": "invalid_client"}, 401), "We cannot be sure"),
    "no keys": ("keys", lambda _: dict, "do not fit together"),
    "keys that are none": (
        "keys",
        lambda _: lambda: {"keys": [7, {}, {"kty": "RSA", "kid": "first"}]},
        "cannot be sure",
    ),
}


@pytest.mark.same_on_both
def test_a_provider_in_trouble_is_named_in_a_sentence_and_password_and_code_still_work(
    app: Flask, sam: Officer, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc_asking, "PATIENCE", 0.5)
    for trouble, (what, answers, said) in TROUBLES.items():
        app.extensions.pop("oidc", None)  # as a process that has just begun
        provider.answers = {what: answers(provider)}
        if what == "discovery":
            sam.get(GO)
        else:
            comes_back(sam, provider)
        sam.see("You are not signed in", said)
        sam.not_see("canary")
        assert sam.response
        assert sam.response.status_code == 403, trouble
    # One that was silent is left alone for a while, so that nobody waits for it again and again.
    app.extensions.pop("oidc")
    provider.answers = {"discovery": silent(provider)}
    provider.asked.clear()
    for _time in range(3):
        sam.get(GO)
        sam.see("does not answer now")
    assert provider.asked == ["discovery"]
    sam.sign_in()
    assert sam.get("/staff/account").status_code == 200


@pytest.mark.same_on_both
def test_an_operator_is_told_what_is_wrong_with_the_provider(
    app: Flask, provider: Provider, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    def said() -> str:
        with app.app_context():
            return " ".join(each for each in health.problems() if "OIDC" in each)

    assert said() == ""
    for changed, named in [
        ({"issuer": provider.address}, "names another issuer"),
        ({"jwks_uri": "http://login.example.org/keys"}, "names no jwks_uri by https"),
        ({"token_endpoint": "https://sam:word@login.example.org/"}, "names no token_endpoint"),
        ({"authorization_endpoint": None}, "names no authorization_endpoint"),
        ({"response_types_supported": ["id_token"]}, "offers nothing of response_types_supported"),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "offers nothing of id_token_signing"),
        ({"code_challenge_methods_supported": "S256"}, "offers nothing of code_challenge"),
    ]:
        provider.discovery = changed
        assert named in said()
        assert "do not fit together" in app.test_client().get(GO).text
    provider.discovery = {}
    provider.answers = {"discovery": lambda: (provider.about(), 302, {"Location": "http://127.0.0.1:9/"})}
    assert "leads elsewhere instead of answering" in said()
    provider.answers = {}
    file = tmp_path / "secret"
    set_up(app, oidc_client_secret="", oidc_client_secret_file=file)
    assert "holds no secret" in said()
    file.write_text(f"{CLIENT_SECRET}\n")
    assert said() == ""
    set_up(app, oidc_issuer=f"http://127.0.0.1:9/{TENANT}")
    assert "cannot be asked: ConnectionRefusedError" in said()
    off = make_app()
    with off.app_context():
        assert oidc_provider.problem() is None
    for path in (GO, BACK, f"{GO}/code"):
        assert off.test_client().get(path).status_code == 404
    assert "organisation" not in off.test_client().get("/staff/sign-in").text


@pytest.mark.same_on_both
def test_of_many_keys_the_one_that_signed_is_taken_and_new_ones_are_read_once(
    app: Flask, sam: Officer, provider: Provider
) -> None:
    provider.more_keys = [rsa_key("stranger").as_dict(private=False) | {"kid": str(number)} for number in range(100)]
    provider.more_keys += [
        {"kty": "oct", "kid": "first", "k": "c2VjcmV0"},
        rsa_key("first").as_dict(private=False) | {"use": "enc"},
    ]
    for _time in range(2):
        comes_back(sam, provider)
        sam.follow()
        sam.see("Now your code")
    assert (provider.asked.count("keys"), provider.asked.count("discovery")) == (1, 1)
    provider.key = "second"
    comes_back(sam, provider)
    sam.follow()
    sam.see("Now your code")
    assert provider.asked.count("keys") == 2
    provider.signs = lambda claims: signed(claims, rsa_key("stranger"))
    comes_back(sam, provider)
    sam.see("We cannot be sure")
    assert provider.asked.count("keys") == 3
    # One that does not say which key signed it is believed where there is only one.
    provider.signs = lambda claims: jwt.encode({"alg": "RS256"}, claims, rsa_key("second"))
    for more_keys, said in [([rsa_key("first").as_dict(private=False)], "We cannot be sure"), ([], "Now your code")]:
        app.extensions.pop("oidc")
        provider.more_keys = more_keys
        comes_back(sam, provider)
        if sam.response and sam.response.location:
            sam.follow()
        sam.see(said)


@pytest.mark.same_on_both
def test_beyond_the_tenant_of_the_issuer_it_is_the_subject_that_counts(
    app: Flask, hire: Hire, provider: Provider
) -> None:
    stranger = Resident(app.test_client())
    for claims, counts in [
        ({"tid": "another"}, "pairwise-1"),
        ({"tid": None}, "pairwise-1"),
        ({"tid": ""}, "pairwise-1"),
        ({"oid": OBJECT_ID.upper()}, OBJECT_ID),
    ]:
        provider.claims = {"sub": "pairwise-1", "oid": OBJECT_ID, "tid": TENANT} | claims
        comes_back(stranger, provider)
        stranger.see(counts)
    led = parse_qs(urlsplit(stranger.client.get(GO).location).query)
    assert led["redirect_uri"] == [app.extensions["settings"].public_url + BACK]
    assert {"state", "nonce", "code_challenge"} < led.keys()
    set_up(app, oidc_second_factor="acrs=c1")
    led = parse_qs(urlsplit(stranger.client.get(GO).location).query)
    assert led["claims"] == ['{"id_token": {"acrs": {"essential": true, "value": "c1"}}}']


def test_people_link_their_own_account_with_password_and_code_and_end_it(
    app: Flask, officer: Officer, hire: Hire, provider: Provider
) -> None:
    at = "/staff/account/organisation"
    officer.get("/staff/account")
    officer.see("Sign in with Fernhill Council")
    officer.get(at)
    officer.post(at, current=officer.password, code="000000")
    officer.see("Sign in over there once")
    comes_back(officer, provider, f"{at}/go")
    officer.follow()
    officer.post(at, current="wrong", code="1")
    officer.see("The password or the code is not right.")
    with app.app_context():
        assert session.scalars(select(OrganisationAccount)).all() == []
    officer.post(at, current=officer.password, code=officer.next_code())
    officer.follow()
    officer.see("You can sign in that way")
    dev = hire("dev")
    dev.come_to_work()
    comes_back(dev, provider, f"{at}/go")
    dev.follow()
    dev.post(at, current=dev.password, code=dev.next_code())
    dev.see("linked to somebody else here")
    set_up(app, oidc_second_factor="amr=mfa")
    provider.claims |= {"amr": ["mfa"]}
    again = Resident(app.test_client())
    comes_back(again, provider)
    assert again.get("/staff/account").status_code == 200
    officer.get(at)
    officer.post(f"{at}/end")
    assert officer.get(at).status_code == 200
    assert sent_to(again.get("/staff/account")) == "/staff/sign-in"
    comes_back(again, provider)
    again.see("nobody has linked that account")
    assert {("sam", Action.LINKED_SIGN_IN), ("sam", Action.UNLINKED_SIGN_IN)} <= {*acts(app)}


def test_an_administrator_links_and_ends_and_a_reset_or_leaving_ends_it_too(
    app: Flask, hire: Hire, sam: Officer, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = hire("priya", teams=(), roles=(Role.ADMINISTRATOR,))
    admin.sign_in()
    dev = hire("dev")
    dev.sign_in()
    at = "/staff/people/dev/organisation"
    admin.get("/staff/people/dev")
    admin.see("Sign in with Fernhill Council")
    admin.get(at)
    for subject, said in [
        ("", "Write the number"),
        ("two words", "Copy it whole"),
        ("żółw", "Copy it whole"),
        ("x" * 256, "too long"),
        (f"\u200b{OBJECT_ID}\u202e", "linked to somebody here already"),
    ]:
        admin.post(at, subject=subject)
        admin.see(said)
    admin.post(at, subject=" dev-over-there ")
    admin.get(at)
    admin.see("Linked on")
    provider.claims = {"sub": "dev-over-there"}
    again = Officer(app.test_client(), "dev", dev.totp.secret)
    comes_back(again, provider)
    again.follow()
    again.see("Now your code")
    admin.post(f"{at}/end")
    assert sent_to(dev.get("/staff/account")) == "/staff/sign-in"
    again.post(again.path, code=again.next_code())
    again.see("The code is not right.")
    for path in ("/staff/people/nobody/organisation", "/staff/people/nobody/organisation/end"):
        admin.get(at)
        assert admin.post(path, subject="x").status_code == 404

    monkeypatch.setattr(cli_staff, "open_app", lambda: app)

    def operator(*arguments: str) -> str:
        said = CliRunner().invoke(cli.portal, ["staff", *arguments], input="an entirely new secret\n" * 2)
        return f"{said.output}{said.exception or ''}"

    for end in (
        lambda: admin.post("/staff/people/dev/reset"),
        lambda: operator("reset", "dev"),
        lambda: operator("unlink-oidc", "dev"),
        lambda: admin.post("/staff/people/dev/close"),
    ):
        assert "dev can sign in with that account" in operator("link-oidc", "dev", "dev-over-there")
        admin.get("/staff/people/dev")
        end()
        with app.app_context():
            theirs = select(OrganisationAccount).join(StaffMember).where(StaffMember.name == "dev")
            assert session.scalars(theirs).all() == []
    assert "closed" in operator("link-oidc", "dev", "dev-over-there")
    assert "linked to somebody already" in operator("link-oidc", "priya", OBJECT_ID)
    assert "no spaces" in operator("link-oidc", "priya", "two words")
    admin.get("/staff/people")
    admin.post(at, subject="dev-over-there")
    admin.see("Their account here was closed.")
    set_up(app, oidc_issuer="")
    assert "No provider is set" in operator("link-oidc", "priya", "x")


def test_an_administrators_open_screen_links_nobody_elses_account_to_them(
    app: Flask, hire: Hire, provider: Provider
) -> None:
    """Their own they link as everyone does: with their password and code."""
    admin = hire("priya", teams=(), roles=(Role.ADMINISTRATOR,))
    admin.sign_in()
    for name in ("priya", "PRIYA"):
        admin.get("/staff/account")
        sent = admin.post(f"/staff/people/{name}/organisation", subject="whoever-sat-there")
        assert sent.location == "/staff/account/organisation"
    with app.app_context():
        assert session.scalars(select(OrganisationAccount)).all() == []


def test_a_link_that_was_wrong_signs_nobody_in(app: Flask, hire: Hire, provider: Provider) -> None:
    """Whoever somebody else linked shows first that it is theirs, also where the provider asked for a second factor.

    Once it is another, neither who came in by it stays, nor does who had come as far as the code.
    """
    dev = hire("dev")
    set_up(app, oidc_second_factor="amr=mfa")
    with app.app_context():
        oidc.link("dev", "wrong-person", "priya")
    provider.claims = {"sub": "wrong-person", "amr": ["mfa"]}
    stranger = Resident(app.test_client())
    comes_back(stranger, provider)
    assert stranger.response
    assert stranger.response.location == f"{GO}/code"
    assert sent_to(stranger.get("/staff/account")) == "/staff/sign-in"
    comes_back(dev, provider)
    dev.follow()
    dev.post(dev.path, code=dev.next_code())
    wait_for_codes(dev)
    is_in = Resident(app.test_client())
    comes_back(is_in, provider)
    assert is_in.get("/staff/account").status_code == 200, "they have shown it once"
    waits = Officer(app.test_client(), "dev", dev.totp.secret)
    provider.claims = {"sub": "wrong-person"}
    comes_back(waits, provider)
    waits.follow()
    with app.app_context():
        oidc.link("dev", "dev-over-there")
    assert sent_to(is_in.get("/staff/account")) == "/staff/sign-in"
    waits.post(waits.path, code=waits.next_code())
    waits.see("The code is not right.")


@pytest.mark.same_on_both
def test_one_address_leaves_others_a_place_to_ask_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc_asking, "TURN", 0.05)
    with contextlib.ExitStack() as held:
        for _ in range(oidc_asking.AT_ONCE_FROM_ONE):
            held.enter_context(oidc_asking.turn_of("192.0.2.1"))
        with pytest.raises(oidc_asking.NotSignedIn, match="too many at one address"):
            held.enter_context(oidc_asking.turn_of("192.0.2.1"))
        held.enter_context(oidc_asking.turn_of("192.0.2.2"))
    assert not oidc_asking._asking_from
    with oidc_asking.turn_of("192.0.2.1"):
        pass


def test_who_links_another_account_stays_where_they_are_and_an_earlier_way_in_ends(
    app: Flask, officer: Officer, provider: Provider
) -> None:
    at = "/staff/account/organisation"
    set_up(app, oidc_second_factor="amr=mfa")
    with app.app_context():
        oidc.link("sam", "before", "sam")
    provider.claims = {"sub": "before", "amr": ["mfa"]}
    earlier = Resident(app.test_client())
    comes_back(earlier, provider)
    provider.claims = {"sub": "after"}
    comes_back(officer, provider, f"{at}/go")
    officer.follow()
    officer.post(at, current=officer.password, code=officer.next_code())
    officer.follow()
    officer.see("You can sign in that way")
    assert sent_to(earlier.get("/staff/account")) == "/staff/sign-in"


def test_a_reset_while_someone_links_leaves_no_link(
    app: Flask, officer: Officer, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = "/staff/account/organisation"
    comes_back(officer, provider, f"{at}/go")
    officer.follow()
    once_before(monkeypatch, oidc, "link", app, lambda: joining.reset("sam", "priya"))
    officer.post(at, current=officer.password, code=officer.next_code())
    with app.app_context():
        assert session.scalars(select(OrganisationAccount)).all() == []


@pytest.mark.same_on_both
def test_nothing_that_the_provider_gives_is_kept_and_only_the_way_to_it_leads_out(
    app: Flask, sam: Officer, provider: Provider
) -> None:
    comes_back(sam, provider)
    sam.follow()
    sam.post(sam.path, code=sam.next_code())
    with app.extensions["database"].engine.connect() as connection:
        rows = "".join(map(repr, connection.exec_driver_sql("SELECT * FROM organisation_account")))
        rows += "".join(map(repr, connection.exec_driver_sql("SELECT * FROM staff_session")))
    assert OBJECT_ID not in rows
    assert "canary" not in rows
    stranger = app.test_client()
    led = stranger.get(f"/ur{GO}")
    assert led.location.startswith(provider.address)
    assert (led.headers["Referrer-Policy"], led.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert "form-action 'self'" in led.headers["Content-Security-Policy"]
    # Whoever began in Urdu goes on in it, at the one address that the provider knows.
    other = provider.way_back(stranger, f"/ur{GO}")
    first = stranger.get(other)
    assert first.location == f"/ur{other}"
    assert stranger.get(first.location).location == "/ur/staff/sign-in/organisation/code"
    for _time in range(130):
        answer = stranger.get(GO)
    assert answer.status_code == 429
    assert sam.get(GO).location == "/staff/"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ISSUER": "https://a.example/x"}, "PORTAL_OIDC_CLIENT_ID is missing"),
        ({"NAME": "Fernhill"}, "PORTAL_OIDC_ISSUER is missing"),
        ({"ISSUER": "https://a.example", "CLIENT_ID": "x"}, "one of them"),
        (
            {"ISSUER": "https://a.example", "CLIENT_ID": "x", "CLIENT_SECRET": "x" * 8, "CLIENT_SECRET_FILE": "/x"},
            "one of",
        ),
        ({"ISSUER": "http://a.example"}, "PORTAL_OIDC_ISSUER must be"),
        ({"ISSUER": "https://a.example:port"}, "PORTAL_OIDC_ISSUER must be"),
        ({"ISSUER": "https://a.example/?x"}, "PORTAL_OIDC_ISSUER must be"),
        ({"CLIENT_ID": "a:b"}, "PORTAL_OIDC_CLIENT_ID must be"),
        ({"CLIENT_SECRET": "short"}, "PORTAL_OIDC_CLIENT_SECRET must be"),
        ({"NAME": "x\u202e"}, "PORTAL_OIDC_NAME must be"),
        ({"SECOND_FACTOR": "mfa"}, "PORTAL_OIDC_SECOND_FACTOR must be"),
    ],
)
def test_settings_that_do_not_go_together_stop_the_start(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        read_settings({f"PORTAL_OIDC_{name}": value for name, value in given.items()})


@pytest.mark.dear
@pytest.mark.same_on_both
def test_staff_find_no_word_about_it_that_cannot_be_translated(told: Flask, hire: Hire, provider: Provider) -> None:
    set_up(told, **provider.settings)
    admin = hire("priya", teams=(), roles=(Role.ADMINISTRATOR,))
    admin.client = told.test_client()
    reader = Reader(told, admin)
    reader.knows("Fernhill Council", "Priya", "priya", OBJECT_ID)
    reader.get("/eo/staff/sign-in")
    reader.get(f"/eo{BACK}")
    for back in ({"error": "access_denied"}, {"iss": "x"}):
        provider.back = back
        reader._arrive(f"/eo{BACK}", reader.client.get(f"/eo{provider.way_back(reader.client, f'/eo{GO}')}"))
    provider.back = {}
    reader._arrive(f"/eo{BACK}", reader.client.get(f"/eo{provider.way_back(reader.client, f'/eo{GO}')}"))
    with told.app_context():
        oidc.link("priya", OBJECT_ID)
    reader.client.get(f"/eo{provider.way_back(reader.client, f'/eo{GO}')}")
    reader.get(f"/eo{GO}/code")
    reader.post(f"/eo{GO}/code", code="")
    reader.post(f"/eo{GO}/code", code="1")
    admin.sign_in()
    for path in ("/account", "/account/organisation", "/people/priya", "/people/priya/organisation"):
        reader.get(f"/eo/staff{path}")
    reader.post("/eo/staff/people/priya/organisation", subject="")
    reader.post("/eo/staff/people/priya/organisation", subject="two words")
    reader.post("/eo/staff/people/priya/organisation/end")
    for answers, trouble in ((list, "keys"), (lambda: ("", 500), "discovery")):
        told.extensions.pop("oidc", None)
        provider.answers = {trouble: answers}
        admin.client = reader.client = told.test_client()
        if trouble == "keys":
            reader._arrive(f"/eo{BACK}", reader.client.get(f"/eo{provider.way_back(reader.client, f'/eo{GO}')}"))
        else:
            reader.get(f"/eo{GO}")
    assert reader.pages > 14
    assert reader.bare == {}


@pytest.mark.dear
def test_signed_in_from_over_there_the_vault_is_locked_until_it_is_unlocked(
    app: Flask, live_server: str, browser: Browser, sam: Officer, provider: Provider
) -> None:
    set_up(app, oidc_second_factor="amr=mfa")
    provider.claims |= {"amr": ["mfa"]}
    context = browser.new_context(**DESK)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server}/staff/sign-in")
    page.get_by_role("link", name="Sign in with Fernhill Council").click()
    expect(page.get_by_role("heading", name="Unlock")).to_be_visible()
    page.goto(f"{live_server}/staff/reports")
    expect(page).to_have_url(f"{live_server}/staff/unlock?to=/staff/reports")
    page.locator("#passphrase").fill(sam.passphrase)
    page.locator("main").get_by_role("button").click()
    expect(page).to_have_url(f"{live_server}/staff/reports")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{live_server}/staff/sign-in")
    page.goto(f"{live_server}/staff/reports")
    expect(page).to_have_url(f"{live_server}/staff/sign-in?to=/staff/reports")
    elsewhere = [url for url in asked if not url.startswith(live_server)]
    assert [urlsplit(url).path for url in elsewhere] == ["/authorize"]
    context.close()
