"""Accounts over the years, by the operator's commands: a lost phone, a lost passphrase, other work, leaving."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from portal import audit
from portal.audit import Action, AuditEntry
from portal.db import session
from portal.server import cli, cli_keys, cli_staff
from portal.staff import account_changes, audit_words
from portal.staff.models import Role
from portal.vault import rotation
from portal.vault.keyholders import VaultError
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_people import join

Operator = Callable[..., str]
NEW = "an entirely new secret"


@pytest.fixture
def operator(app: Flask, recovery_key: str, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """`operator("list", typed=...)`: what `portal staff list` says, or why it refuses."""
    for module in (cli_keys, cli_staff):
        monkeypatch.setattr(module, "open_app", lambda: app)

    def portal(*arguments: str, typed: tuple[str, ...] = ()) -> str:
        said = CliRunner().invoke(cli.portal, ["staff", *arguments], input="".join(f"{line}\n" for line in typed))
        assert said.exception is None or isinstance(said.exception, VaultError | SystemExit), said.exception
        assert recovery_key not in said.output
        return f"{said.output}{said.exception or ''}"

    return portal


def acts(app: Flask) -> list[str]:
    with app.app_context():
        assert not list(audit.broken_links())
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def reads(officer: Officer) -> bool:
    """Whether the first report of the list opens."""
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    return bool(found) and officer.get(found[0] if found else "").status_code == 200 and "bags" in officer.page


def is_signed_in(officer: Officer) -> bool:
    return officer.get("/staff/reports").status_code == 200


def test_everyone_is_listed_with_their_work_and_their_keys(operator: Operator, hire: Callable[..., Officer]) -> None:
    hire("sam")
    hire("ed", teams=(), roles=(Role.CALENDAR_EDITOR,))
    assert operator("list") == "ed: Ed; calendar_editor; no team\nsam: Sam; officer; asb_team, hate_team\n"
    operator("close", "sam")
    assert operator("list").splitlines()[1] == "sam (closed): Sam; officer; no team"


def test_whoever_lost_a_phone_signs_in_with_a_new_one_and_the_old_session_is_over(
    app: Flask, operator: Operator, officer: Officer, resident: Resident
) -> None:
    send_report(resident, narrative="They left bags.")
    assert reads(officer)
    link = re.search(r"/staff/invitation\?link=[\w-]+", operator("reset", "sam"))
    assert link
    assert not is_signed_in(officer)
    officer._sign_in()
    officer.see("The name, the password or the code")
    again, codes = join(app, link[0], "sam")
    assert len(codes) == 10
    again.passphrase = officer.passphrase
    again.come_to_work()
    assert reads(again)
    assert Action.RESET_SIGN_IN in acts(app)


@pytest.mark.dear
@pytest.mark.parametrize("by", ["recovery key", "colleague"])
def test_a_lost_passphrase_is_set_anew_by_whoever_holds_the_keys(
    app: Flask,
    operator: Operator,
    officer: Officer,
    resident: Resident,
    hire: Callable[..., Officer],
    recovery_key: str,
    by: str,
) -> None:
    send_report(resident, narrative="They left bags.")
    hire("dev")
    keys = (recovery_key,) if by == "recovery key" else ("dev", Officer.passphrase)
    assert "does not open their keys" in operator("reset", "sam", "--passphrase", typed=("dev", "no passphrase"))
    assert "is not a recovery key" in operator("reset", "sam", "--passphrase", typed=("nobody",))
    assert is_signed_in(officer)
    assert "The old one opens nothing." in operator("reset", "sam", "--passphrase", typed=(*keys, NEW, NEW))
    assert not is_signed_in(officer)
    officer.sign_in()
    officer.get("/staff/unlock")
    officer.post("/staff/unlock", passphrase=Officer.passphrase)
    assert not reads(officer)
    officer.passphrase = NEW
    officer.unlock()
    assert reads(officer)
    assert Action.RESET_PASSPHRASE in acts(app)


def test_a_colleague_hands_out_no_key_that_they_do_not_hold(
    operator: Operator, hire: Callable[..., Officer], resident: Resident
) -> None:
    send_report(resident, kind="asb", narrative="They left bags.")
    hire("dev", teams=("hate_team",))
    kim = hire("kim", teams=("hate_team",))
    ana = hire("ana", teams=("asb_team",))
    assert "There is no team asb_team whose key you hold." in operator(
        "add-to-team", "kim", "asb_team", typed=("dev", Officer.passphrase)
    )
    kim.come_to_work()
    assert not reads(kim)
    assert "as soon as they sign in again" in operator("add-to-team", "kim", "asb_team", typed=("ana", ana.passphrase))
    assert "They are in asb_team already." in operator("add-to-team", "kim", "asb_team", typed=("ana", ana.passphrase))
    kim.come_to_work()
    assert reads(kim)


@pytest.mark.dear
def test_whoever_leaves_signs_in_nowhere_opens_nothing_and_their_case_is_nobodys(
    app: Flask,
    operator: Operator,
    officer: Officer,
    resident: Resident,
    hire: Callable[..., Officer],
    recovery_key: str,
) -> None:
    send_report(resident, narrative="They left bags.")
    assert reads(officer)
    later = operator("close", "sam")
    assert "Nobody opens hate_team any more but the recovery key: add someone." in later
    assert later.endswith("run `portal vault rotate asb_team` and `portal vault rotate hate_team`.\n")
    assert not is_signed_in(officer)
    officer._sign_in()
    officer.see("The name, the password or the code")
    assert operator("close", "SAM") == "The account of SAM was closed."
    assert operator("close", "nobody") == "There is nobody called nobody."
    hire("dev")
    assert operator("close", "dev", typed=(recovery_key,)).count("the old key is deleted.") == 2
    with app.app_context():
        assert list(rotation.unfinished()) == []
    hire("eve", teams=())
    assert operator("close", "eve") == "The account of eve is closed.\n"
    assert acts(app).count(Action.CLOSED_ACCOUNT) == 3


def test_other_work_begins_at_the_next_sign_in(app: Flask, operator: Operator, officer: Officer) -> None:
    assert is_signed_in(officer)
    said = operator("roles", "sam", "--role", "calendar_editor", "--role", "survey_manager")
    assert said == "sam works on this from now on: calendar_editor, survey_manager. Their sessions have ended.\n"
    officer.sign_in()
    assert officer.get("/staff/events").status_code == 200
    assert officer.get("/staff/reports").status_code == 403
    assert "stays that" in operator("roles", "sam", "--role", "partner_agency")
    assert "has no other role" in operator("roles", "sam", "--role", "partner_agency", "--role", "officer")
    assert "Invalid value" in operator("roles", "sam", "--role", "king")
    assert acts(app).count(Action.CHANGED_ROLES) == 1


@pytest.mark.same_on_both
def test_a_new_name_is_what_colleagues_see(operator: Operator, officer: Officer) -> None:
    assert operator("rename", "sam", " Samira K. ") == "sam is Samira K. to colleagues from now on.\n"
    assert "sam: Samira K.; officer" in operator("list")
    assert operator("rename", "sam", " ") == "A name of up to 80 letters is needed."
    assert operator("rename", "sam", "x" * 81) == "A name of up to 80 letters is needed."
    assert operator("rename", "sam", "Sam\nK.\x1b\u202e\u200b") == "sam is Sam K. to colleagues from now on.\n"
    assert operator("rename", "sam", "\u202e\u200b") == "A name of up to 80 letters is needed."
    assert is_signed_in(officer)


@pytest.mark.same_on_both
def test_nobody_is_called_what_the_log_calls_somebody_else_or_what_no_address_can_hold(
    app: Flask, operator: Operator, recovery_key: str
) -> None:
    with app.test_request_context():
        taken = set(audit_words.nobody_in_particular())
    assert {"command line", "worker"} <= taken
    for name in {*taken, "Worker", "..", "-x", "a/b", "x" * 41, "ß" * 21, "x\x1by z", ""}:
        typed = (recovery_key, name, "Kim P.", NEW, NEW, NEW, NEW)
        for said in (
            operator("add", "--role", "administrator", typed=typed),
            operator("invite", "--role", "officer", "--", name),
        ):
            assert "sign-in name has up to 40" in said or "choose another name" in said, (name, said)
    assert operator("list") == ""
    assert "authenticator" in operator("add", typed=(recovery_key, " KIM.P ", "Kim\x1b P.", NEW, NEW, NEW, NEW))
    assert operator("list") == "kim.p: Kim P.; officer; asb_team, hate_team\n"


def test_whoever_has_the_longest_name_may_have_every_role(operator: Operator, hire: Callable[..., Officer]) -> None:
    hire("s" * 40)
    every = [word for role in Role if not role.stands_alone for word in ("--role", role.value)]
    assert "Their sessions have ended." in operator("roles", "s" * 40, *every)


@pytest.mark.same_on_both
def test_the_log_has_the_name_as_it_is_stored_however_it_was_typed(
    app: Flask, operator: Operator, hire: Callable[..., Officer]
) -> None:
    hire("sam")
    for command in (
        ("rename", "SAM", "S."),
        ("roles", "Sam", "--role", "officer"),
        ("sessions", "SAM", "--end"),
        ("close", "SAM"),
    ):
        operator(*command)
    with app.app_context():
        said = [each.partition(" ")[0] for each in session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id))]
    assert said[-4:] == ["sam"] * 4
    assert "closed" in operator("reset", "sam")
    assert operator("sessions", "sam") == "sam is signed in nowhere.\n"


def test_a_new_passphrase_is_not_built_from_the_persons_name_either(app: Flask, officer: Officer) -> None:
    """It locks a key that may be stolen: guessed as soon as a password of that kind, and without any limit."""
    with app.app_context():
        account_changes.rename("sam", "Samantha Okonkwo")
    officer.get("/staff/account/passphrase")
    officer.post(
        "/staff/account/passphrase",
        current=officer.password,
        code=officer.next_code(),
        old_passphrase=officer.passphrase,
        passphrase="Samantha-Okonkwo-1984",
    )
    officer.see("no common words alone")
