"""The vault: born once, opened by what its members know, and nobody opens what was not sealed to their team."""

from __future__ import annotations

import ipaddress
import random
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.db import random_id, session, transaction
from portal.reporting.storing import TEAMS
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring, Mode, VaultError
from tests.support.people import Resident, lacking
from tests.test_setup import ROOT, operator_environment

KEYS = st.binary(min_size=32, max_size=32)


def team_id(code: str) -> uuid.UUID:
    return session.scalars(select(keyholders.Keyholder.id).where(keyholders.Keyholder.code == code)).one()


@given(private=KEYS)
@settings(deadline=None)
def test_a_recovery_key_reads_back_as_it_was_written_down(private: bytes) -> None:
    text = keyholders.recovery_text(private)
    assert re.fullmatch(r"([A-Z2-7]{4}-){12}[A-Z2-7]{4}", text)
    assert keyholders.read_recovery_text(text) == private


@given(private=KEYS, separator=st.sampled_from(["", " ", "  ", "\n", ".", "–", "\u200f"]))
@settings(deadline=None)
def test_how_it_is_spaced_and_cased_does_not_matter(private: bytes, separator: str) -> None:
    typed = keyholders.recovery_text(private).lower().replace("-", separator)
    assert keyholders.read_recovery_text(f" {typed}\n") == private


@given(private=KEYS)
@settings(deadline=None)
def test_digits_that_look_like_letters_are_read_as_those_letters(private: bytes) -> None:
    typed = keyholders.recovery_text(private).translate(str.maketrans("OIB", "018"))
    assert keyholders.read_recovery_text(typed) == private


@pytest.mark.parametrize(
    "typed", ["", "-", "AAAA", "A" * 51, "A" * 53, "A" * 104, "9" * 52, "ﬁ" * 52, "٣" * 52, "ф" * 52]
)
def test_what_cannot_be_a_recovery_key_is_told_how_long_one_is(typed: str) -> None:
    with pytest.raises(VaultError, match="52 letters and digits"):
        keyholders.read_recovery_text(typed)


@pytest.mark.same_on_both
def test_any_one_wrong_letter_does_not_open_the_vault(app: Flask, recovery_key: str) -> None:
    draw = random.Random(1)
    with app.app_context():
        right = sealing.public_of(keyholders.read_recovery_text(recovery_key))
        for position, letter in enumerate(recovery_key):
            others = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if c != letter]
            typed = recovery_key[:position] + draw.choice(others) + recovery_key[position + 1 :]
            if letter == "-" or sealing.public_of(keyholders.read_recovery_text(typed)) == right:
                # A few bits of the text are spare: four of the last letter, and those X25519 does not read (RFC 7748).
                continue
            with pytest.raises(VaultError, match="does not open this vault"):
                keyholders.open_recovery(typed)


def test_the_recovery_key_opens_every_team(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        held = keyholders.open_recovery(recovery_key)
        for code in TEAMS:
            team = session.get_one(keyholders.Keyholder, team_id(code))
            assert sealing.public_of(held.keys[team.id]) == team.public_key


@pytest.mark.same_on_both
def test_the_recovery_key_of_another_installation_opens_nothing(app: Flask) -> None:
    with app.app_context(), pytest.raises(VaultError, match="does not open this vault"):
        keyholders.open_recovery(keyholders.recovery_text(sealing.new_pair()[0]))


@pytest.mark.same_on_both
def test_before_there_is_a_vault_no_recovery_key_opens_it(bare_app: Flask) -> None:
    with bare_app.app_context(), pytest.raises(VaultError, match="does not open this vault"):
        keyholders.open_recovery(keyholders.recovery_text(sealing.new_pair()[0]))


def test_a_member_opens_their_own_key_with_their_passphrase_only(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        with transaction() as db:
            member = keyholders.add_member(db, "the right words", TEAMS, keyholders.open_recovery(recovery_key))
        private = keyholders.open_member(member.id, "the right words")
        assert private
        assert sealing.public_of(private) == member.public_key
        for wrong in ("", "the right word", "The right words", "the right words "):
            assert keyholders.open_member(member.id, wrong) is None
        assert keyholders.open_member(random_id(), "the right words") is None


def test_a_member_may_have_two_passphrases(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        with transaction() as db:
            member = keyholders.add_member(db, "the first", TEAMS, keyholders.open_recovery(recovery_key))
        private = keyholders.open_member(member.id, "the first")
        assert private
        with transaction() as db:
            keyholders.set_passphrase(db, member, private, "the second")
        assert (
            keyholders.open_member(member.id, "the second") == keyholders.open_member(member.id, "the first") == private
        )


def test_a_team_opens_what_was_granted_to_it_and_nothing_else(app: Flask, recovery_key: str) -> None:
    contents = {("hate_team",): random_id(), ("asb_team",): random_id(), TEAMS: random_id()}
    keys = {content: sealing.new_key() for content in contents.values()}
    with app.app_context():
        with transaction() as db:
            recovered = keyholders.open_recovery(recovery_key)
            members = {team: keyholders.add_member(db, team, (team,), recovered) for team in TEAMS}
            for teams, content in contents.items():
                keyholders.grant(db, content, keys[content], teams)
        for team in TEAMS:
            private = keyholders.open_member(members[team].id, team)
            assert private
            held = keyholders.keyring(members[team].id, private)
            assert held.keys.keys() == {team_id(team)}
            theirs = {content: keys[content] for teams, content in contents.items() if team in teams}
            assert keyholders.content_keys(held, contents.values()) == theirs


def test_the_rows_of_a_team_do_not_open_for_another_member(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        with transaction() as db:
            recovered = keyholders.open_recovery(recovery_key)
            fatima = keyholders.add_member(db, "fatima's", ("hate_team",), recovered)
            dev = keyholders.add_member(db, "dev's", ("asb_team",), recovered)
        private = keyholders.open_member(dev.id, "dev's")
        assert private
        with pytest.raises(sealing.SealError):
            keyholders.keyring(fatima.id, private)
        with transaction() as db:  # dev has got at the database and writes himself into the team
            stolen = db.scalars(select(keyholders.Membership).where(keyholders.Membership.member_id == fatima.id)).one()
            db.add(
                keyholders.Membership(keyholder_id=stolen.keyholder_id, member_id=dev.id, sealed_key=stolen.sealed_key)
            )
        with pytest.raises(sealing.SealError):
            keyholders.keyring(dev.id, private)


def test_nobody_hands_out_the_key_of_a_team_they_are_not_in(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        recovered = keyholders.open_recovery(recovery_key)
        only_asb = Keyring({team_id("asb_team"): recovered.keys[team_id("asb_team")]})
        with pytest.raises(VaultError, match="hate_team"), transaction() as db:
            keyholders.add_member(db, "the words", ("asb_team", "hate_team"), only_asb)
        assert len(session.scalars(select(keyholders.Member)).all()) == 1  # the recovery key, and no half-made member


def test_what_nobody_could_open_is_not_sealed(app: Flask) -> None:
    with app.app_context(), transaction() as db, pytest.raises(VaultError, match="No team"):
        keyholders.grant(db, random_id(), sealing.new_key(), ("a team that is not",))


@pytest.mark.parametrize("first", Mode)
@pytest.mark.parametrize("second", Mode)
def test_a_vault_is_born_once_and_a_demonstration_never_becomes_live(
    bare_app: Flask, first: Mode, second: Mode
) -> None:
    with bare_app.app_context():
        assert keyholders.is_demonstration()
        with transaction() as db:
            keyholders.create_vault(db, first, TEAMS)
        salt = session.get_one(keyholders.Vault, 1).receipt_salt
        with pytest.raises(VaultError, match="a vault already"), transaction() as db:
            keyholders.create_vault(db, second, TEAMS)
        kept = session.get_one(keyholders.Vault, 1)
        assert (kept.mode, kept.receipt_salt) == (first, salt)
        assert keyholders.is_demonstration() == (first is Mode.DEMONSTRATION)
        assert len(session.scalars(select(keyholders.Keyholder)).all()) == len(TEAMS)


def portal(*arguments: str, data: Path, address: str = "https://safer.north.gov.uk") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "portal", *arguments],
        env=operator_environment(data, PORTAL_PUBLIC_URL=address),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def create_live_vault(data: Path, *, typed_back: Callable[[str], str]) -> tuple[str, str, str, int]:
    """`portal vault create` as an operator uses it; gives the recovery key, what was said, the errors, the exit code."""
    with portal("vault", "create", data=data) as operator:
        assert operator.stdout
        said = ""
        while not (shown := re.search(r"([A-Z2-7]{4}-){12}[A-Z2-7]{4}", said)):
            line = operator.stdout.readline()
            assert line, f"no recovery key was shown: {said}"
            said += line
        answers = [
            typed_back(shown[0]),
            "amina",
            "Amina K.",
            *["nine otters by a canal"] * 2,
            *["a lamp above the old bridge"] * 2,
        ]
        rest, errors = operator.communicate("".join(f"{answer}\n" for answer in answers), timeout=60)
        return shown[0], said + rest, errors, operator.returncode


@pytest.mark.parametrize(
    "address",
    ["http://safer.north.gov.uk", "https://localhost:8443", "https://127.0.0.1", "https://portal.example.org"],
)
def test_no_live_vault_is_made_under_an_address_that_residents_cannot_open(
    address: str, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    with portal("vault", "create", data=tmp_path, address=address) as operator:
        said, errors = operator.communicate(timeout=60)
    assert operator.returncode != 0
    assert "Set PORTAL_PUBLIC_URL to the https:// address that residents open." in errors
    assert said == ""


@pytest.mark.dear
def test_the_operator_makes_the_live_vault_once_and_only_with_the_recovery_key_written_down(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    another = keyholders.recovery_text(sealing.new_pair()[0])
    _, _, errors, code = create_live_vault(tmp_path, typed_back=lambda _: another)
    assert code != 0
    assert "Nothing was stored" in errors

    recovery, said, errors, code = create_live_vault(tmp_path, typed_back=str.lower)
    assert (code, errors) == (0, "")
    assert "otpauth://totp/" in said
    assert "Still missing: Set duty_address in partnership.toml" in said
    stored = (tmp_path / "portal.db").read_bytes()
    assert keyholders.read_recovery_text(recovery) not in stored
    assert recovery.encode() not in stored

    for command, says in [
        (["vault", "create"], "has a vault already"),
        (["sample"], "samples go into an empty database only"),
    ]:
        with portal(*command, data=tmp_path) as again:
            _, errors = again.communicate(timeout=60)
            assert again.returncode != 0
            assert says in errors


# What an administrator fills in before a live portal opens: the line in partnership.toml, and what it becomes.
PARTNERSHIP = {
    "controller.name": [('name = "Example Council (example, to be set)"', 'name = "North Council"')],
    "controller.address": [
        ('address = "Example House, 1 Example Street, Example Town (example, to be set)"', 'address = "1 High Street"')
    ],
    "controller.officer_name": [
        ('officer_name = "Data Protection Officer (example, to be set)"', 'officer_name = "J. Bell"')
    ],
    "controller.officer_email": [('officer_email = "dpo@example.org"', 'officer_email = "dpo@north.gov.uk"')],
    "[contact]": [('phone = "01908 691691"\ncheck = true', 'phone = "01908 691691"')],
    "contact.email": [('email = "safermk@example.org"', 'email = "safer@north.gov.uk"')],
    "card_address": [('card_address = "card.example.org"', 'card_address = "card.north.gov.uk"')],
    "reports_read": [('reports_read_agreed_by = ""', 'reports_read_agreed_by = "The board"')],
    "duty_address": [('duty_address = ""', 'duty_address = "duty@north.gov.uk"')],
    "[emergency]": [('checked_on = ""', "checked_on = 2026-11-01"), ('checked_by = ""', 'checked_by = "A. Khan"')],
}
SETTINGS = {
    "PORTAL_PUBLIC_URL": {"public_url": "https://safer.north.gov.uk"},
    "PORTAL_TRUSTED_PROXIES": {"trusted_proxies": (ipaddress.ip_network("127.0.0.1"),)},
    "PORTAL_SMTP_URL": {"smtp_url": "smtp://127.0.0.1:25"},
}


@pytest.fixture
def open_live(make_app: Callable[..., Flask], tmp_path: Path) -> Callable[..., Flask]:
    """A live installation that still lacks what is named."""

    def open_live(*lacking: str) -> Flask:
        file = tmp_path / "data" / "partnership.toml"
        if not file.exists():
            with make_app().app_context(), transaction() as db:
                keyholders.create_vault(db, Mode.LIVE, TEAMS)
        text = (ROOT / "portal" / "partnership" / "partnership.toml").read_text(encoding="utf-8")
        for name, changes in PARTNERSHIP.items():
            for old, new in changes if name not in lacking else []:
                assert old in text
                text = text.replace(old, new, 1)
        file.write_text(text, encoding="utf-8")
        chosen = {}
        for name, setting in SETTINGS.items():
            chosen |= setting if name not in lacking else {}
        return make_app(**chosen)

    return open_live


@pytest.mark.same_on_both
def test_each_thing_a_live_installation_lacks_is_named_and_keeps_the_form_away(open_live: Callable[..., Flask]) -> None:
    for wanted in [*PARTNERSHIP, *SETTINGS]:
        app = open_live(wanted)
        missing = lacking(app)
        assert len(missing) == 1
        assert wanted in missing[0]
        assert missing[0].endswith(".")
        resident = Resident(app.test_client())
        resident.get("/report")
        resident.not_see("Are you safe right now?", "Demonstration")
        resident.see("999")


@pytest.mark.same_on_both
def test_a_complete_live_installation_takes_reports_and_shows_no_demonstration_banner(
    open_live: Callable[..., Flask],
) -> None:
    app = open_live()
    assert lacking(app) == []
    resident = Resident(app.test_client())
    resident.get("/report", base_url="https://safer.north.gov.uk")
    resident.see("Are you safe right now?")
    resident.not_see("Demonstration")


@pytest.mark.same_on_both
def test_a_demonstration_says_so_and_takes_reports_whatever_is_missing(resident: Resident, app: Flask) -> None:
    assert len(lacking(app)) == len(PARTNERSHIP) + len(SETTINGS)
    resident.get("/report")
    resident.see("Are you safe right now?", "Demonstration: nothing you send here reaches anyone.")
