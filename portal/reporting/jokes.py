"""Joke reports by the hundred: sorted by their words, closed many at once, and nobody real among them unseen.

Only what was on the officer's screen in full can be closed: see `Seen.READ`. What may tell of someone in need, or of work
that has begun, never is: it is read on its own page and closed there.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import random_id, session, transaction
from portal.files import store
from portal.partnership.file import current_partnership
from portal.reporting import case
from portal.reporting.alike_words import groups_of
from portal.reporting.bulk import Done, Seen, Why, each_as_seen, ticket_batches
from portal.reporting.conversations import answer_report, conversation_about
from portal.reporting.deletions import is_stopped, lock_for_work
from portal.reporting.models import HandOver, Message, Nudge, Report, ReportContact, RiskBand, State
from portal.reporting.questions.dangers import dangers_in
from portal.reporting.questions.risk import score
from portal.reporting.queue_facts import batches, open_summaries
from portal.reporting.texts import first_texts, folded
from portal.vault import keyholders
from portal.vault.keyholders import Keyring

# What one press closes: the officer waits for it.
CLOSED_AT_ONCE = 100
# A longer text is read on the report's own page.
SHORT = 600
# How many reports are opened to be sorted by their words, and of how many alike ones a group is made.
OPENED_AT_ONCE = 1000
LEAST_ALIKE = 3
JOKE_STATES = (State.HELD, State.NEW, State.LOOKED_AT)


@dataclass(frozen=True)
class Checked:
    """A report that may be a joke: all that was written in it, or why it is not closed with many others."""

    report: Report
    answers: dict[str, Any]
    text: str
    why_not: Why | None


def check_jokes(held: Keyring, ids: Sequence[uuid.UUID]) -> list[Checked]:
    """In the order given; those that are gone are left out."""
    opened = open_summaries(held, ids)
    texts = first_texts(held, ids)
    found = {report.id: report for report in session.scalars(select(Report).where(Report.id.in_(ids)))}
    signs = _signs_of_someone(ids)
    checked = []
    for one in (found[each] for each in ids if each in found):
        text = "\n".join(each.words for each in texts.get(one.id, ()) if each.words)
        answers = opened[one.id][0] if one.id in texts else None
        why = _why_not(one, answers, signs.get(one.id)) or (Why.LONG if len(text) > SHORT else None)
        checked.append(Checked(one, answers or {}, text, why))
    return checked


def _why_not(report: Report, answers: dict[str, Any] | None, sign: Why | None) -> Why | None:
    """What may tell of someone in need, or of work that has begun, is read on its own page and closed there."""
    if answers is None:
        return Why.CANNOT_OPEN
    if is_stopped(session, report):
        return Why.STOPPED
    if report.immediate_risk or dangers_in(answers):
        return Why.IMMEDIATE
    weighed = score(answers, current_partnership().risk)
    if report.risk_band not in (None, RiskBand.STANDARD) or weighed.band is not RiskBand.STANDARD:
        return Why.RISK
    if (answers.get("who") or {}).get("under_18") == "yes":
        return Why.CHILD
    return sign or (Why.AT_WORK if report.state not in JOKE_STATES else None)


def _signs_of_someone(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Why]:
    """By report what it has that jokes have not, as far as it lies in the clear."""
    some = list(ids)
    wrote = select(Message.report_id).where(
        Message.report_id.in_(some), (Message.position > 1) | Message.seen.is_(False)
    )
    asked = (
        (Why.AT_WORK, select(HandOver.report_id).where(HandOver.report_id.in_(some))),
        (Why.WROTE, wrote),
        (Why.CONTACT, select(Nudge.report_id).where(Nudge.report_id.in_(some))),
        (Why.CONTACT, select(ReportContact.report_id).where(ReportContact.report_id.in_(some))),
    )
    found = {report_id: why for why, rows in asked for report_id in session.scalars(rows)}
    return found | dict.fromkeys(store.reports_with_files(some), Why.FILES)


def close_jokes(
    held: Keyring, ticked: Sequence[str], messages: Mapping[str, tuple[str, str]], by: uuid.UUID, actor: str, name: str
) -> Done:
    """Close these, each with a message to its reporter; `messages` by the report's language are its text and its language.

    Everything that keeps one from being closed so is looked at again. A closed one is opened again like any other.
    """
    done = Done()
    for batch in ticket_batches(ticked[:CLOSED_AT_ONCE]):
        checked = {one.report.id: one.why_not for one in check_jokes(held, list(batch))}
        keys = _conversation_keys(held, list(batch))
        with transaction() as db:

            def close(report: Report, db: Session = db, checked: Any = checked, keys: Any = keys) -> Why | None:
                why = checked.get(report.id, Why.CHANGED) or _signs_of_someone([report.id]).get(report.id)
                if why is not None:
                    return why
                if report.id not in keys:
                    return Why.CANNOT_OPEN
                text, language = messages[report.language]
                _close_as_joke(db, report, keys[report.id], text, language, actor, name)
                return None

            each_as_seen(db, batch, Seen.READ, by, close, done)
    return done


def languages_of(ids: Collection[uuid.UUID]) -> set[str]:
    """The languages in which these were sent."""
    return set(session.scalars(select(Report.language).where(Report.id.in_(list(ids))).distinct()))


def _conversation_keys(held: Keyring, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, bytes]:
    rows = session.execute(select(Report.conversation_id, Report.id).where(Report.id.in_(ids)))
    talks = {row.conversation_id: row.id for row in rows}
    return {talks[talk]: key for talk, key in keyholders.content_keys(held, talks).items()}


def _close_as_joke(db: Session, report: Report, key: bytes, text: str, language: str, actor: str, name: str) -> None:
    """The one place that closes many: inside the caller's transaction, the report locked. Raises WorkHasStopped."""
    lock_for_work(db, report.id)
    answer_report(db, conversation_about(report, key), text, language, random_id(), name)
    case.change_state(db, report.id, State.CLOSED)
    audit.record(db, actor, Action.CLOSED_AS_JOKE, str(report.id))


@dataclass(frozen=True)
class Alike:
    """Reports whose words are nearly the same: those that may be closed together, the newest first."""

    first: Checked
    ids: list[uuid.UUID]


@dataclass(frozen=True)
class Sorted:
    """The groups, the largest first; how many reports were opened for them, and whether older ones were not."""

    groups: list[Alike]
    looked_at: int
    kept_apart: int
    """How many of them have something that jokes have not: they stand in no group."""
    are_newest_only: bool


def alike_reports(held: Keyring, ids: Sequence[uuid.UUID]) -> Sorted:
    """Of these, the newest first, so many as are opened at once."""
    some = list(ids[:OPENED_AT_ONCE])
    checked = {one.report.id: one for part in batches(some) for one in check_jokes(held, part)}
    may_be = {one: folded(each.text) for one, each in checked.items() if each.why_not is None and each.text}
    groups = [Alike(checked[found[0]], found) for found in groups_of(may_be) if len(found) >= LEAST_ALIKE]
    kept_apart = sum(each.why_not is not None for each in checked.values())
    return Sorted(groups, len(checked), kept_apart, len(ids) > len(some))


def alike_to(held: Keyring, report_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """The reports of this one's group, as long as it still is one."""
    found = alike_reports(held, ids)
    return next((group.ids for group in found.groups if report_id in group.ids), [])
