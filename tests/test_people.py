"""People who work here, by an administrator's pages and their own: invitation, recovery codes, keys of teams, leaving."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event, select, update

from portal import audit
from portal.audit import Action, AuditEntry
from portal.db import session, transaction, utcnow
from portal.reporting.models import Report
from portal.server import cli, cli_staff
from portal.staff import account_pages, accounts, joining_pages, passwords, people_forms, waiting_for_keys
from portal.staff.models import Role, StaffInvitation, StaffMember, StaffRole, StaffSession
from portal.staff.passwords import Weak
from portal.staff.role_table import role_table
from portal.vault import keyholders
from portal.vault.keyholders import Member
from tests.support.loot import stolen
from tests.support.passkeys import wait_for_codes
from tests.support.people import Officer, Resident, sent_to
from tests.support.sending import send_report
from tests.test_access import WHO_MAY, address
from tests.test_outbox import MailServer, mail_server

__all__ = ["mail_server"]

GOOD = "seven otters by a canal"
PHRASE = "the quiet lock at dusk"
Hire = Callable[..., Officer]


@pytest.fixture
def admin(hire: Hire) -> Officer:
    admin = hire("priya", teams=(), roles=(Role.ADMINISTRATOR,))
    admin.sign_in()
    return admin


def invite(
    admin: Officer, name: str = "kim", roles: tuple[str, ...] = ("officer",), teams: tuple[str, ...] = ()
) -> str:
    """The link's path."""
    admin.get("/staff/people/invite")
    admin.post("/staff/people/invite", name=name, display_name="Kim P.", roles=list(roles), teams=list(teams))
    found = re.search(r"/staff/invitation\?link=[\w-]+", admin.page)
    assert found, admin.text
    return found[0]


def join(app: Flask, link: str, name: str = "kim", **typed: str) -> tuple[Officer, list[str]]:
    """Through the link: the person, and their recovery codes."""
    guest = Officer(app.test_client(), name, "A" * 32)
    guest.get(link)
    guest.follow()
    secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", guest.text)
    assert secret, guest.text
    guest.totp = pyotp.TOTP(secret[0].replace(" ", ""))
    guest.password, guest.passphrase = GOOD, PHRASE
    guest.post("/staff/join", {"password": GOOD, "passphrase": PHRASE, "code": guest.totp.at(int(time.time()))} | typed)
    return guest, re.findall(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", guest.text)


def acts(app: Flask) -> list[str]:
    with app.app_context():
        assert not list(audit.broken_links())
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_someone_invited_signs_in_and_reads_once_a_member_hands_them_the_key(
    app: Flask, admin: Officer, officer: Officer, resident: Resident
) -> None:
    send_report(resident, kind="asb", narrative="They left bags.")
    kim, codes = join(app, invite(admin, teams=("asb_team",)))
    assert len(set(codes)) == 10
    kim.come_to_work()
    kim.get("/staff/reports")
    assert not re.search(r"/staff/reports/[0-9a-f-]{36}", kim.page)
    admin.get("/staff/people/kim")
    admin.see("They wait for a key: Anti-social behaviour team.")
    assert sent_to(admin.get("/staff/account/team")) == "/staff/unlock"
    officer.get("/staff/account/team")
    officer.see("Kim P. · Anti-social behaviour team")
    officer.post("/staff/account/team")
    kim.come_to_work()
    kim.get("/staff/reports")
    assert re.search(r"/staff/reports/[0-9a-f-]{36}", kim.page)
    officer.get("/staff/account/team")
    officer.see("Nobody waits.")
    assert {Action.INVITED_STAFF, Action.ACCEPTED_INVITATION, Action.ADDED_TO_TEAM} <= {*acts(app)}


@pytest.mark.same_on_both
def test_an_invitation_is_mailed_where_that_is_wanted_and_nothing_of_the_mail_is_kept(
    app: Flask, admin: Officer, mail_server: MailServer
) -> None:
    admin.get("/staff/people/invite")
    admin.not_see("Email address to send the link to")
    app.extensions["settings"] = replace(
        app.extensions["settings"], smtp_url=mail_server.url, mail_from="portal@council.example"
    )
    for wrong in (
        "kim",
        "kim@work.example, eve@elsewhere.example",
        "kim@work.example\r\nBcc: eve@elsewhere.example",
        "k\u200bim@x",
    ):
        admin.get("/staff/people/invite")
        admin.post("/staff/people/invite", name="kim", display_name="Kim P.", roles=["officer"], mail=wrong)
        admin.see("Write one email address")
    admin.post("/staff/people/invite", name="kim", display_name="Kim P.", roles=["officer"], mail="kim@work.example")
    admin.see("We sent it to kim@work.example.")
    link = re.search(r"/staff/invitation\?link=[\w-]+", admin.page)
    (mail,) = mail_server.mails
    assert link
    assert mail["To"] == "kim@work.example"
    body = mail.get_content()
    assert link[0] in body
    assert not re.search("kim|priya|officer|report", body.replace(link[0], ""), re.IGNORECASE)
    assert b"kim@work.example" not in stolen(app)
    mail_server.says = {"MAIL": "550 no"}
    admin.get("/staff/people/invite")
    admin.post("/staff/people/invite", name="lee", display_name="Lee", roles=["officer"], mail="lee@work.example")
    admin.see("We could not send it by email.", "/staff/invitation?link=")


def test_a_link_works_once_and_in_its_time_and_for_nobody_signed_in(app: Flask, admin: Officer) -> None:
    link = invite(admin)
    admin.get(link)
    admin.see("You are signed in. Sign out first")
    join(app, link)
    stranger = Resident(app.test_client())
    for path, said in [
        (link, "was used already"),
        ("/staff/invitation?link=nonsense", "is not known"),
        (invite(admin, "eve"), "has ended"),
    ]:
        with app.app_context(), transaction() as db:
            past = utcnow() - timedelta(seconds=1)
            db.execute(update(StaffInvitation).where(StaffInvitation.used_at.is_(None)).values(ends_at=past))
        stranger.get(path)
        stranger.follow()
        stranger.see(said)
    with app.app_context():
        secret = link.rpartition("/")[2]
        assert secret.encode() not in b"".join(session.scalars(select(StaffInvitation.secret_hash)))


def test_what_is_wrong_on_the_links_page_is_said_and_the_link_still_works(app: Flask, admin: Officer) -> None:
    link = invite(admin)
    for wrong, said in [
        ({"password": "short"}, "Use at least 12 characters."),
        ({"password": "Password123456"}, "Many people use a password like this."),
        ({"password": "kim p. 2026 2027"}, "Do not build it from your name"),
        ({"code": "123"}, "That is not the code"),
        ({"passphrase": ""}, "no common words alone"),
        ({"password": "x" * 9999}, "Use at most 200 characters."),
    ]:
        guest, codes = join(app, link, **wrong)
        guest.see(said)
        assert codes == []
    assert len(join(app, link)[1]) == 10


def test_a_recovery_code_stands_in_for_a_lost_phone_once(app: Flask, admin: Officer) -> None:
    kim, codes = join(app, invite(admin))

    def sign_in(code: str, password: str = GOOD) -> bool:
        kim.get("/staff/sign-in")
        return kim.post("/staff/sign-in", name="kim", password=password, code=code).status_code == 303

    assert not sign_in(codes[0], "not the password")
    assert sign_in(codes[0].lower().replace("-", " "))
    assert not sign_in(codes[0])
    assert sign_in(codes[1])
    kim.get("/staff/account")
    kim.see("8 are left")
    kim.get("/staff/account/codes")
    kim.post("/staff/account/codes", current=GOOD, code=codes[2])
    assert not sign_in(codes[3])
    assert acts(app).count(Action.USED_RECOVERY_CODE) == 3


def test_a_reset_ends_what_there_was_and_the_passphrase_stays(app: Flask, admin: Officer, officer: Officer) -> None:
    admin.get("/staff/people/sam")
    admin.post("/staff/people/sam/reset")
    found = re.search(r"/staff/invitation\?link=[\w-]+", admin.page)
    assert found
    assert sent_to(officer.get("/staff/reports")) == "/staff/sign-in"
    officer._sign_in()
    officer.see("The name, the password or the code")
    again, codes = join(app, found[0], "sam")
    assert len(codes) == 10
    again.passphrase = Officer.passphrase
    again.come_to_work()
    assert again.get("/staff/reports").status_code == 200


@pytest.mark.same_on_both
def test_the_link_of_a_reset_is_mailed_as_an_invitations_is(
    app: Flask, admin: Officer, officer: Officer, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def portal(*arguments: str) -> str:
        monkeypatch.setattr(cli_staff, "open_app", lambda: app)
        said = CliRunner().invoke(cli.portal, ["staff", *arguments])
        return f"{said.output}{said.exception or ''}"

    def link() -> str:
        found = re.search(r"/staff/invitation\?link=[\w-]+", admin.page)
        assert found
        return found[0]

    admin.get("/staff/people/sam")
    admin.not_see("Email address to send the link to")
    assert "No mail can be sent" in portal("reset", "sam", "--mail", "sam@work.example")
    app.extensions["settings"] = replace(
        app.extensions["settings"], smtp_url=mail_server.url, mail_from="portal@council.example"
    )
    admin.get("/staff/people/sam")
    admin.post("/staff/people/sam/reset", mail="sam@work.example, eve@elsewhere.example")
    admin.see("Write one email address")
    assert 'value="sam@work.example, eve@elsewhere.example"' in admin.page
    assert "not one email address" in portal("reset", "sam", "--mail", "sam@work.example\r\nBcc: eve@elsewhere.example")
    assert "has no link" in portal("reset", "sam", "--passphrase", "--mail", "sam@work.example")
    assert officer.get("/staff/reports").status_code == 200, "nothing was reset by what was refused"

    admin.get("/staff/people/sam")
    admin.post("/staff/people/sam/reset", mail=" sam@work.example")
    admin.see("We sent it to sam@work.example.")
    (mail,) = mail_server.mails
    body = mail.get_content()
    assert mail["To"] == "sam@work.example"
    assert link() in body
    assert not re.search("sam|priya|officer|report|reset|passphrase", body.replace(link(), ""), re.IGNORECASE)
    assert b"sam@work.example" not in stolen(app)
    assert len(join(app, link(), "sam")[1]) == 10
    assert "It was sent to kim@work.example." in portal(
        "invite", "kim", "--role", "officer", "--mail", "kim@work.example"
    )
    assert mail_server.mails[-1]["To"] == "kim@work.example"
    mail_server.says = {"MAIL": "550 no"}
    admin.get("/staff/people/sam")
    admin.post("/staff/people/sam/reset", mail="sam@work.example")
    admin.see("We could not send it by email.", "/staff/invitation?link=")
    assert "did not take it" in portal("reset", "sam", "--mail", "sam@work.example")


def test_a_new_password_ends_every_session(app: Flask, officer: Officer) -> None:
    other = Officer(app.test_client(), "sam", officer.totp.secret)
    other._last_code_at = officer._last_code_at
    officer.get("/staff/account/password")
    officer.post("/staff/account/password", current="wrong", code="1", password=GOOD)
    officer.see("The password or the code is not right.")
    officer.post("/staff/account/password", current=officer.password, code=officer.next_code(), password=GOOD)
    assert sent_to(officer.get("/staff/reports")) == "/staff/sign-in"
    with app.app_context():
        assert session.scalars(select(StaffSession)).all() == []
        sam = session.scalars(select(StaffMember)).one()
        assert accounts.password_holds(sam, GOOD)
        assert not accounts.password_holds(sam, other.password)


def test_a_new_passphrase_opens_what_the_old_one_opened(app: Flask, officer: Officer, resident: Resident) -> None:
    send_report(resident, narrative="They left bags.")
    officer.get("/staff/account/passphrase")
    officer.post(
        "/staff/account/passphrase",
        current=officer.password,
        code=officer.next_code(),
        old_passphrase=officer.passphrase,
        passphrase=PHRASE,
    )
    assert sent_to(officer.get("/staff/account")) == "/staff/sign-in"
    with app.app_context():
        member = session.scalars(select(StaffMember.member_id)).one()
        private = keyholders.open_member(member, PHRASE)
        assert private
        assert len(keyholders.keyring(member, private).keys) == 2
        assert keyholders.open_member(member, officer.passphrase) is None


def test_an_administrator_changes_ends_and_closes_and_each_is_in_the_audit(
    app: Flask, admin: Officer, officer: Officer
) -> None:
    at = "/staff/people/sam"
    admin.get(at)
    admin.post(f"{at}/rename", display_name=" Samira\u202e K. ")
    admin.get(at)
    admin.see("Samira K.")
    admin.post(f"{at}/rename", display_name="")
    admin.see("Write a name.")
    admin.post(f"{at}/end-sessions")
    assert sent_to(officer.get("/staff/reports")) == "/staff/sign-in"
    admin.get(at)
    admin.post(f"{at}/roles", roles=["auditor", "officer"])
    admin.see("An auditor has no other work.")
    admin.post(f"{at}/roles", roles=["calendar_editor"])
    admin.get(at)
    admin.post(f"{at}/leave-team", team="hate_team")
    admin.get("/staff/people?q=calendar")
    admin.see("Samira K.", "Anti-social behaviour team")
    admin.not_see("Hate team")
    admin.get(at)
    admin.post(f"{at}/close")
    admin.get("/staff/people?q=SAMIRA")
    admin.see("Closed")
    made = {
        Action.RENAMED_STAFF,
        Action.ENDED_SESSIONS,
        Action.CHANGED_ROLES,
        Action.REMOVED_FROM_TEAM,
        Action.CLOSED_ACCOUNT,
    }
    assert made <= {*acts(app)}
    with app.app_context():
        by = set(session.scalars(select(AuditEntry.actor).where(AuditEntry.action.in_(made))))
    assert by == {"priya"}


def test_the_last_administrator_stays_one_and_nobody_closes_themselves(app: Flask, admin: Officer, hire: Hire) -> None:
    for colleague in (None, "ola"):
        if colleague:
            hire(colleague, teams=(), roles=(Role.ADMINISTRATOR,))
        admin.get("/staff/people/priya")
        admin.post("/staff/people/priya/close")
        admin.see("This cannot be done.")
        admin.post("/staff/people/priya/reset")
        admin.see("Change your own sign-in")
        if not colleague:
            admin.post("/staff/people/priya/roles", roles=["officer"])
            admin.see("This cannot be done.")
    admin.post("/staff/people/priya/roles", roles=["officer"])
    admin.sign_in()
    assert admin.get("/staff/people").status_code == 403


def test_whoever_lost_their_passphrase_chooses_another_and_a_colleague_hands_on_the_key(
    app: Flask, admin: Officer, officer: Officer, hire: Hire, resident: Resident
) -> None:
    send_report(resident, kind="asb", narrative="They left bags.")
    kim = hire("kim", teams=("asb_team",))
    kim.come_to_work()
    admin.get("/staff/people/kim")
    admin.post("/staff/people/kim/forget-passphrase")
    admin.follow()
    admin.see("They wait for a key: Anti-social behaviour team.")
    admin.not_see("Lost vault passphrase")
    assert sent_to(kim.get("/staff/reports")) == "/staff/sign-in"
    wait_for_codes(kim)
    kim.sign_in()
    assert kim.get("/staff/unlock").location == "/staff/account/passphrase"
    kim.get("/staff/account/passphrase")
    kim.post("/staff/account/passphrase", current=kim.password, code=kim.next_code(), passphrase=PHRASE)
    old, kim.passphrase = kim.passphrase, PHRASE
    officer.get("/staff/account/team")
    officer.post("/staff/account/team")
    wait_for_codes(kim)
    kim.sign_in()
    kim.get("/staff/unlock")
    kim.post("/staff/unlock", passphrase=old)
    kim.see("does not open your key")
    kim.post("/staff/unlock", passphrase=PHRASE)
    kim.get("/staff/reports")
    assert re.search(r"/staff/reports/[0-9a-f-]{36}", kim.page)
    assert Action.FORGOT_PASSPHRASE in acts(app)


def test_after_a_new_sign_in_by_somebody_else_a_key_goes_over_only_once_they_were_talked_with(
    app: Flask, admin: Officer, officer: Officer, hire: Hire
) -> None:
    """An administrator who kept the new link for themselves would read as kim."""
    hire("kim", teams=("asb_team",))
    admin.get("/staff/people/kim")
    admin.post("/staff/people/kim/forget-passphrase")
    officer.get("/staff/account/team")
    officer.see("What others did to this account lately", "Priya said that kim has lost their passphrase")
    officer.not_see("I talked with them")
    admin.get("/staff/people/kim")
    admin.post("/staff/people/kim/reset")
    link = re.search(r"/staff/invitation\?link=[\w-]+", admin.page)
    assert link
    join(app, link[0])
    officer.get("/staff/account/team")
    officer.see("gave the account kim a new password and app code", "I talked with them, face to face")
    officer.post("/staff/account/team")
    officer.see("Talk with them first. Then tick the box.")
    with app.app_context():
        kim = session.scalars(select(StaffMember.id).where(StaffMember.name == "kim")).one()
        assert waiting_for_keys.waits_of(kim) == ["asb_team"]
        with transaction() as db:
            db.execute(update(AuditEntry).values(at=utcnow() - waiting_for_keys.LATELY - timedelta(days=1)))
    officer.get("/staff/account/team")
    officer.not_see("What others did", "I talked with them")
    with app.app_context(), transaction() as db:
        db.execute(update(AuditEntry).values(at=utcnow()))
    officer.get("/staff/account/team")
    officer.post("/staff/account/team", talked="y")
    officer.follow()
    officer.see("Nobody waits.")
    with app.app_context():
        assert waiting_for_keys.waits_of(kim) == []


def test_a_passphrase_is_not_given_up_where_nobody_else_opens_the_team_or_it_is_ones_own(
    app: Flask, admin: Officer, hire: Hire
) -> None:
    kim = hire("kim", teams=("asb_team",))
    for path, said in (("kim", "Nobody else holds the key"), ("priya", "This cannot be done.")):
        admin.get("/staff/people/kim")
        admin.post(f"/staff/people/{path}/forget-passphrase")
        admin.see(said)
    kim.come_to_work()
    assert Action.FORGOT_PASSPHRASE not in acts(app)


def test_an_administrator_opens_no_report_by_any_route(app: Flask, admin: Officer, resident: Resident) -> None:
    send_report(resident, narrative="They left bags.")
    with app.app_context():
        report_id = session.scalars(select(Report.id)).one()
    admin.get("/staff/people/priya")
    admin.post("/staff/people/priya/join-team", team="asb_team")
    admin.get("/staff/people/priya")
    tried, token = 0, admin.token
    for method, path in WHO_MAY:
        if path.startswith(("/staff/reports", "/staff/referr", "/staff/tasks", "/staff/second")):
            data = token if method == "POST" else None
            answer = admin.client.open(address(path, report_id), method=method, data=data)
            assert answer.status_code == 403, (method, path)
            tried += 1
    assert tried > 40
    admin.get("/staff/unlock")
    admin.post("/staff/unlock", passphrase=admin.passphrase)
    admin.get("/staff/account/team")
    admin.see("Nobody waits.")
    with app.app_context():
        priya = session.scalars(select(StaffMember).where(StaffMember.name == "priya")).one().id
    admin.post("/staff/account/team", who=str(priya), team="asb_team")
    admin.see("They do not wait any more")


def test_names_that_cannot_be_are_said_and_what_was_typed_stays(admin: Officer) -> None:
    for name, said in [
        ("kim p", "no spaces"),
        ("", "Write a sign-in name."),
        ("PRIYA", "Someone has this name"),
        ("x" * 500, "too long"),
        ("a/b", "no spaces"),
        ("..", "Begin with a letter"),
        ("Worker", "Choose another one"),
    ]:
        admin.get("/staff/people/invite")
        admin.post(
            "/staff/people/invite",
            name=name,
            display_name="Kim <b>",
            roles=["officer"],
            teams=["no_team", "asb_team"][1:],
        )
        admin.see(said)
        assert "Kim &lt;b&gt;" in admin.page
    for nobody in ("nobody", "%00", "a%FF", "..%2f", "x" * 500):
        assert admin.get(f"/staff/people/{nobody}").status_code == 404, nobody
    admin.get("/staff/people/priya")
    admin.post("/staff/people/priya/leave-team", team="a\0b")
    admin.see("This cannot be done.")
    assert admin.get("/staff/people?page=99999&q=%00%FF").status_code == 200


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("hunter2", Weak.SHORT), ("aaaaaaaaaaaaaaaa", Weak.COMMON), ("passwordpassword", Weak.COMMON), ("P@ssw0rd2026!", Weak.COMMON),
        ("qwertyuiop123", Weak.COMMON), ("123456789012", Weak.COMMON), ("Welcome2Council!", Weak.COMMON), ("Samira-K-2026!", Weak.NAMES), ("x" * 201, Weak.LONG),
        ("abc123" * 33, Weak.COMMON), ("sam saw seven otters by a canal", None),
        ("seven otters by a canal", None), ("   spaces count  ok", None), ("ہمارے محلے کا باغ", None),
    ],
)  # fmt: skip
def test_a_password_is_long_and_neither_common_nor_a_name(password: str, weak: Weak | None) -> None:
    assert passwords.weakness(password, ("sam", "Samira K.")) is weak


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "password", ["4@8({[<369!1|70$5+%2" * 4, "p@55w0rd!1|7{[(<4$3" * 4, "$5" * 20 + "4@({[<1!|7+69"]
)
def test_no_password_keeps_the_machine_busy(password: str) -> None:
    """Signs that stand for letters in many ways took seconds; a tenth of one is meant, and five tenths are given."""
    began_at = time.process_time()
    passwords.weakness(password, ("sam", "Samira K."))
    assert time.process_time() - began_at < 0.5


def test_passwords_are_judged_so_often_an_hour_and_not_before_they_are_counted(
    app: Flask, admin: Officer, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest, _codes = join(app, invite(admin), password="short", code="1")
    monkeypatch.setattr(joining_pages, "MOST_AN_HOUR", 1)
    monkeypatch.setattr(account_pages, "MOST_AN_HOUR", 0)
    monkeypatch.setattr(people_forms, "weakness", lambda *_: 1 / 0)
    guest.post("/staff/join", password=GOOD, passphrase=PHRASE, code="1")
    assert guest.response
    assert guest.response.status_code == 429
    for what in ("password", "passphrase"):
        officer.get(f"/staff/account/{what}")
        officer.post(f"/staff/account/{what}", current="x", code="1", password=GOOD, passphrase=PHRASE)
        assert officer.response
        assert officer.response.status_code == 429


@pytest.mark.same_on_both
def test_what_the_table_of_roles_says_nobody_sees_is_behind_a_guard_without_them(bare_app: Flask) -> None:
    reach = {
        role: {path for (_method, path), may in WHO_MAY.items() if role in may.partition(",")[0].split(" or ")}
        for role in Role
    }
    with bare_app.test_request_context():
        assert [line.role for line in role_table()] == list(Role)
    sealed = ("/staff/reports/<", "/staff/referrals", "/staff/second-looks", "/staff/marac")
    for role in (Role.REPORTING_CENTRE, Role.SURVEY_MANAGER, Role.ANALYST, Role.CALENDAR_EDITOR):
        assert not any(path.startswith(sealed) for path in reach[role]), role
    assert not any(path.startswith(("/staff/surveys", "/staff/waves")) for path in reach[Role.CALENDAR_EDITOR])
    tables = (
        "/staff/referred",
        "/staff/marac",
        "/staff/case-review-panels",
        "/staff/case-reviews/<uuid:review_id>/panel",
    )
    assert all(path.startswith(tables) for path in reach[Role.PARTNER_AGENCY])
    assert reach[Role.ADMINISTRATOR]
    # The rules name no case: they are what the partnership's file says, and what of it nobody has checked.
    assert all(path.startswith(("/staff/people", "/staff/case-reviews/rules")) for path in reach[Role.ADMINISTRATOR])
    assert not any(path.startswith((*sealed, "/staff/people", "/staff/waves")) for path in reach[Role.AUDITOR])


@pytest.mark.same_on_both
def test_the_operator_invites_and_ends_sessions_without_any_key(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_staff, "open_app", lambda: app)

    def portal(*arguments: str) -> str:
        said = CliRunner().invoke(cli.portal, ["staff", *arguments])
        return f"{said.output}{said.exception or ''}"

    found = re.search(
        r"/staff/invitation\?link=[\w-]+", portal("invite", "kim", "--role", "officer", "--team", "asb_team")
    )
    assert found
    assert len(join(app, found[0])[1]) == 10
    assert "There is someone called kim already." in portal("invite", "kim", "--role", "officer")
    assert "since " in portal("sessions", "sam")
    assert portal("sessions", "sam", "--end") == "sam is signed in nowhere any more.\n"
    assert sent_to(officer.get("/staff/reports")) == "/staff/sign-in"


def test_one_session_ends_alone_by_its_owner_or_an_administrator(app: Flask, admin: Officer, officer: Officer) -> None:
    def elsewhere() -> Officer:
        other = Officer(app.test_client(), "sam", officer.totp.secret)
        with app.app_context(), transaction() as db:
            db.execute(update(StaffMember).values(totp_step=0))
        other.sign_in()
        return other

    def of_sam(but: str = "") -> set[str]:
        return set(re.findall(r'name="which" value="([^"]+)"', officer.page)) - {but}

    phone, library = elsewhere(), elsewhere()
    officer.get("/staff/account")
    assert officer.text.count("You are here") == 1
    assert len(of_sam()) == 2  # not the one they sit in
    admin.post("/staff/account/end-session", which=of_sam().pop())  # somebody else's is none of theirs
    admin.post("/staff/account/end-session", which="nonsense")
    officer.post("/staff/account/end-session", which=min(of_sam()))
    assert [each.get("/staff/account").status_code for each in (phone, library)].count(200) == 1
    officer.get("/staff/account")
    left = min(of_sam())
    admin.get("/staff/people/sam")
    admin.post("/staff/people/sam/end-session", which=left)
    assert [each.get("/staff/account").status_code for each in (phone, library)] == [303, 303]
    assert officer.get("/staff/account").status_code == 200
    admin.post("/staff/people/sam/end-session", which=left)
    assert acts(app).count(Action.ENDED_SESSION) == 2


def test_a_list_of_five_hundred_is_searched_and_turned_by_page_with_few_questions(app: Flask, admin: Officer) -> None:
    with app.app_context(), transaction() as db:
        priya = db.scalars(select(StaffMember)).one()
        vault_key = db.get_one(Member, priya.member_id).public_key
        for number in range(500):
            member = Member(public_key=vault_key)
            db.add(member)
            db.flush()
            someone = StaffMember(name=f"x{number:03}", display_name=f"Person {number}", member_id=member.id)
            someone.password_hash, someone.totp_secret, someone.roles = "", b"", [StaffRole(role=Role.OFFICER)]
            db.add(someone)
    asked: list[str] = []
    with app.app_context():
        engine = app.extensions["database"].engine

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    admin.get("/staff/people?page=2")
    assert len(asked) < 25, asked
    admin.see("Page 2 of 11", "Person 60")
    admin.get("/staff/people?q=person%20499")
    admin.see("Person 499")
    admin.not_see("Person 498")
    admin.get("/staff/people?q=reporting%20officer&page=99")
    admin.see("Page 10 of 10", "Person 499")
