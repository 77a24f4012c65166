"""A demonstration's synthetic records, each marked as a sample, and people who can sign in and open them."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import settings
from portal.db import session, transaction
from portal.reporting.models import Report
from portal.reporting.storing import TEAMS as REPORT_TEAMS
from portal.reporting.storing import TEAMS_OF
from portal.sample.activity import add_activity
from portal.sample.afterwards import add_afterwards
from portal.sample.case_review_applications import add_applications
from portal.sample.case_review_panels import add_panels
from portal.sample.case_reviews import add_published_period
from portal.sample.casework import add_casework, add_saved_views
from portal.sample.equality import add_equality
from portal.sample.event_sources import add_calendar
from portal.sample.events import add_events
from portal.sample.findings import add_findings
from portal.sample.marac import add_marac
from portal.sample.needs import add_needs
from portal.sample.profiles import add_profiles
from portal.sample.published_log import add_published_days
from portal.sample.referrals import AGENCY, add_referrals
from portal.sample.reports import add_reports
from portal.sample.surveys import add_surveys
from portal.sample.unsafe_places import add_unsafe_places
from portal.staff import accounts
from portal.staff.models import Role, StaffMember
from portal.surveys.versions import SURVEY_TEAM
from portal.vault import agencies, keyholders, meetings, receipts
from portal.vault.keyholders import Mode, VaultError

SIGN_IN = "demonstration.json"
TEAMS = (*REPORT_TEAMS, SURVEY_TEAM, meetings.RECORD_TEAM)
STAFF = (
    ("amina", "Amina K.", (Role.OFFICER,), (*REPORT_TEAMS, meetings.RECORD_TEAM)),
    ("dev", "Dev R.", (Role.OFFICER,), ("asb_team",)),
    ("nadia", "Nadia S.", (Role.SUPERVISOR,), REPORT_TEAMS),
    ("grace", "Grace O.", (Role.SURVEY_MANAGER, Role.ANALYST), (SURVEY_TEAM,)),
    ("tomasz", "Tomasz W.", (Role.CALENDAR_EDITOR,), ()),
    ("orchid", "Orchid Centre", (Role.REPORTING_CENTRE,), ()),
    ("omar", "Omar T.", (Role.ANALYST,), (SURVEY_TEAM,)),
    ("priya", "Priya N.", (Role.ADMINISTRATOR,), ()),
    ("edith", "Edith L.", (Role.AUDITOR,), ()),
    ("harriet", "Harriet B., landlord", (Role.PARTNER_AGENCY,), (agencies.team_of(AGENCY),)),
)


def fill(*, again: bool) -> Iterator[str]:
    """Make the records, or with `again` only say the sign-in where they are there. Yields lines for the console.

    Raises VaultError beside real records: sample and real are never mixed.
    """
    path: Path = settings().data / "secrets" / SIGN_IN
    found = keyholders.find_vault()
    if found is not None and again:
        if found.mode is Mode.DEMONSTRATION and path.exists():
            yield from _say(json.loads(path.read_text(encoding="utf-8")))
        return
    if found is not None or session.scalar(select(Report.id).limit(1)) is not None:
        raise VaultError("There are records here already; samples go into an empty database only.")
    passwords = {name: "-".join(_words(4)) for name, *_ in STAFF}
    with transaction() as db:
        recovery = keyholders.create_vault(db, Mode.DEMONSTRATION, TEAMS)
        agencies.open_agency(db, AGENCY)
    held = keyholders.open_recovery(recovery)
    with transaction() as db:
        secrets = {
            name: accounts.add_staff(db, name, shown, roles, passwords[name], passwords[name], teams, held)
            for name, shown, roles, teams in STAFF
        }
        numbers = add_reports(db, _owners(db), held)
        add_equality(db)
        add_unsafe_places(db)
    with transaction() as db:
        add_referrals(db, held, _owners(db))
        add_casework(db, held, _owners(db))
        panel_numbers = add_panels(db, held)
        applied_numbers = add_applications(db, held, numbers)
    details = {
        "officers": [{"name": name, "password": passwords[name], "totp": secrets[name]} for name, *_ in STAFF],
        "receipts": numbers,
        "case_reviews_with_a_panel": panel_numbers,
        "case_reviews": applied_numbers,
        "recovery": recovery,
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(details, file)
    add_marac(recovery)
    add_saved_views("amina")
    add_surveys("grace", held)
    add_findings("grace")
    add_events("tomasz")
    add_afterwards()
    add_needs()
    add_calendar("tomasz")
    add_activity("grace")
    add_profiles("omar")
    add_published_days()
    add_published_period("grace")
    yield from _say(details)


def _owners(db: Session) -> dict[str, list[StaffMember]]:
    """Who works on which kind of report."""
    members = {one.name: one for one in db.scalars(select(StaffMember))}
    officers = [(members[name], teams) for name, _shown, roles, teams in STAFF if Role.OFFICER in roles]
    able = {team: [one for one, teams in officers if team in teams] for team in REPORT_TEAMS}
    return {kind.value: able[teams[0]] for kind, teams in TEAMS_OF.items()}


def sample_code(name: str) -> str | None:
    """The code that a sample officer's authenticator app would show now."""
    path: Path = settings().data / "secrets" / SIGN_IN
    if not keyholders.is_demonstration() or not path.exists():
        return None
    officers = json.loads(path.read_text(encoding="utf-8"))["officers"]
    return next((pyotp.TOTP(each["totp"]).now() for each in officers if each["name"] == name), None)


def _say(details: dict[str, Any]) -> Iterator[str]:
    yield "This is a demonstration with sample records. Who can sign in (the password is the passphrase too):"
    works_on = {name: " and ".join(role.replace("_", " ") for role in roles) for name, _shown, roles, _teams in STAFF}
    for officer in details["officers"]:
        name = officer["name"]
        yield f"  {name:<7} {works_on[name]}: password {officer['password']}  authenticator secret {officer['totp']}"
    yield "  A code for now, without an app: .venv/bin/portal staff code amina"
    *at_work, closed = [" ".join(receipts.groups(one)) for one in details["receipts"]]
    yield f"Sample receipts to come back with: {', '.join(at_work)}; of a report that is closed: {closed}"
    with_panel = [" ".join(receipts.groups(one)) for one in details["case_reviews_with_a_panel"]]
    yield f"Sample numbers of case reviews, the one that waits for its panel and one that had it: {', '.join(with_panel)}"
    applied = [" ".join(receipts.groups(one)) for one in details["case_reviews"]]
    yield f"Sample numbers of case reviews that were asked for, the last of them refused: {', '.join(applied)}"
    yield f"Recovery key, for `portal staff add` and `portal vault rotate`: {details['recovery']}"


def _words(count: int) -> list[str]:
    """Random words of two syllables: at four, 44 bits, enough for a throw-away vault on a loopback address."""
    rng = random.SystemRandom()
    return ["".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3)) for _ in range(count)]
