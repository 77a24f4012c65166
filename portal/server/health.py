"""Is all well? What an operator or a monitor asks, answered in sentences."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select, text

from portal import audit, audit_anchor, disk, migrations, outbox, read_copy
from portal.audit import AuditEntry
from portal.config import settings
from portal.db import LOCAL_TIME, database, session, today, utcnow
from portal.files import store, sweeping, virus_check
from portal.languages import i18n
from portal.partnership.awareness import current_awareness
from portal.partnership.case_review import case_review_problems
from portal.partnership.file import current_partnership
from portal.partnership.help_lines import help_line_problems
from portal.partnership.outcomes import outcome_problems
from portal.partnership.priorities import priority_problems
from portal.partnership.readiness import missing_for_live
from portal.partnership.retention import schedule_problems
from portal.reporting import hand_over_sending, hand_overs, promises
from portal.server import backup_record, clock, worker
from portal.server.retention import hold_problems
from portal.staff import accounts, oidc_provider
from portal.staff.models import Role
from portal.vault import rotation
from portal.vault.keyholders import Mode, find_vault, mode

# All of what the mail server is asked, each step of which has five.
MAIL_SERVER_SECONDS = 20.0
NO_END = "The mail server in PORTAL_SMTP_URL answers, but comes to no end."
# So many working days a promise may be late before it is the operator's business as well.
LATE_DAYS = 5
CLOCK_TOLERANCE = timedelta(minutes=1)
# It looks every few seconds, but an export may take it minutes.
WORKER_TOLERANCE = timedelta(minutes=15)


def problems(live: bool = False) -> list[str]:
    """One sentence for each thing that is wrong, with `live` for all that is still to be done; empty where all is well."""
    found = []
    if database().is_sqlite:
        answer = session.scalar(text("PRAGMA integrity_check"))
        if answer != "ok":
            found.append(f"The database file is damaged: {answer}.")
    broken = list(audit.broken_links())
    if broken:
        found.append(f"The audit log does not hold together at entry {broken[0]}.")
    found += _anchor_problems(settings().audit_anchor)
    found += rotation.unfinished()
    if store.folder().exists() and find_vault() and not sweeping.are_this_vaults():
        found.append(f"The files in {store.folder()} belong to another database: none is deleted that should be.")
    found += disk.warnings()
    found += read_copy.problems()
    found += _clock_problems()
    found += _worker_problems(live)
    found += _missing_words()
    found += _desk_problems()
    found += [problem for problem in (oidc_provider.problem(),) if problem]
    found += _mail_problems()
    if promises.longest_overdue() > LATE_DAYS:
        found.append(f"Something that reporters were promised has been late for more than {LATE_DAYS} working days.")
    found += _table_problems()
    found += hold_problems()
    partnership = current_partnership()
    if live or mode() is Mode.LIVE:
        found += help_line_problems(partnership.help_lines, today())
        has_supervisor = accounts.has_anyone(Role.SUPERVISOR)
        found += outcome_problems(partnership.outcomes, partnership.closing, has_supervisor=has_supervisor)
    if live:
        found += backup_record.lateness(utcnow())
        found += _mail_server_problems()
        found += virus_check.problems()
        found += schedule_problems(partnership.retention)
        found += case_review_problems(partnership.case_review, today())
        found += missing_for_live() + priority_problems(partnership.priorities, today())
    return found


def waiting_migrations() -> list[str]:
    """Raises SettingError where a newer portal gave the database its shape."""
    engine = database().engine
    migrations.refuse_newer(engine)
    number = migrations.waiting(engine)
    return [f"The database is not up to date, migrations that wait: {number}. Run `portal migrate`."] if number else []


def _clock_problems() -> list[str]:
    """Clocks, deadlines and codes go by this machine's clock."""
    if problem := clock.doubt():
        return [problem]
    newest = session.scalar(select(AuditEntry.at).order_by(AuditEntry.id.desc()).limit(1))
    if newest is not None and newest > utcnow() + CLOCK_TOLERANCE:
        return [
            f"This machine's clock was ahead or was set back: something was done here on {newest:%d %B %Y at %H:%M} UTC."
        ]
    if database().is_sqlite:
        written = datetime.fromtimestamp(Path(str(database().engine.url.database)).stat().st_mtime, UTC)
        if written > utcnow() + CLOCK_TOLERANCE:
            return [
                f"This machine's clock was ahead or was set back: the database was written on {written:%d %B %Y at %H:%M} UTC."
            ]
    else:
        apart = abs(session.scalars(select(func.clock_timestamp())).one() - utcnow())
        if apart > CLOCK_TOLERANCE:
            return [f"The database's clock and this machine's are {apart.total_seconds():.0f} seconds apart."]
    return []


def _worker_problems(live: bool) -> list[str]:
    looked_at = worker.last_look()
    if looked_at is None:
        return ["No worker was ever at work here: `portal serve` starts one."] if live else []
    if utcnow() - looked_at < WORKER_TOLERANCE:
        return []
    return [
        f"No worker has been at work since {looked_at.astimezone(LOCAL_TIME):%d %B %Y, %H:%M}: no alert is mailed, nothing is deleted."
    ]


def _missing_words() -> list[str]:
    return [
        f"The words in {language.name} are not there: run `portal translate compile`."
        for language in i18n.LANGUAGES
        if not i18n.has_words(language)
    ]


def _mail_problems() -> list[str]:
    """One line for each reason, however many wait for it."""
    waiting = outbox.failing_mail()
    why = Counter(
        (mail.letter is outbox.Letter.REFERRED, mail.problem or "no worker has taken it up") for mail in waiting
    )
    found = [
        f"{'Mails to partner agencies' if is_referred else 'Alerts to the duty address'} that could not be mailed: {number} ({problem})."
        for (is_referred, problem), number in sorted(why.items())
    ]
    if waiting and (late := utcnow() - min(mail.due_at for mail in waiting)) > WORKER_TOLERANCE:
        found.append(f"The oldest of them should have gone {late // timedelta(minutes=1)} minutes ago.")
    return found


def _mail_server_problems() -> list[str]:
    """A server that says a little every few seconds is not waited for either."""
    said: list[str | None] = []
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def ask() -> None:
        with app.app_context():
            said.append(outbox.mail_server_problem())

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(MAIL_SERVER_SECONDS)
    return [problem for problem in (said or [NO_END]) if problem]


def _anchor_problems(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [
            f"The audit log was written anew: entry {entry} is not the one in {path}."
            for entry in audit_anchor.rewritten_links(path)
        ]
    except (OSError, ValueError):
        return [f"The audit log's daily heads in {path} (PORTAL_AUDIT_ANCHOR) cannot be read."]


def _table_problems() -> list[str]:
    """From a year before on: new dates have to be looked up by a person."""
    ending = current_awareness().ending_tables(today() + timedelta(days=365))
    codes = ", ".join(day.code for day, _last in ending)
    if not ending:
        return []
    return [
        f"The tables of dates in awareness.toml end in {min(last for _day, last in ending)} ({codes}): "
        "add the coming years to a copy in the data folder."
    ]


def _desk_problems() -> list[str]:
    desks = current_partnership().desks
    found = []
    if mode() is Mode.LIVE and desks and not any(desk.is_verified(today()) for desk in desks):
        found.append("No desk in partnership.toml was checked within 12 months: residents are shown none.")
    try:
        hand_over_sending.api_keys()
    except (OSError, ValueError):
        found.append("The file that PORTAL_OPEN311_KEYS names cannot be read.")
    failing = hand_overs.failing_hand_overs()
    if failing:
        why = ", ".join(sorted({each.problem or "no worker has taken it up" for each in failing}))
        found.append(f"Reports that cannot be handed over to a desk: {len(failing)} ({why}).")
    return found
