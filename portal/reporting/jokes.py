"""Joke reports by the hundred: sorted by their words, closed many at once, and nobody real among them unseen.

Only what was on the officer's screen in full can be closed: see `Seen.READ`. What may tell of someone in need, or of work
that has begun, never is: it is read on its own page and closed there. Each ends as every report does: see `closing`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import session, today, transaction
from portal.files import store
from portal.partnership.file import current_partnership
from portal.reporting.alike_words import groups_of
from portal.reporting.bulk import Done, Seen, Why, each_as_seen, report_of, ticket_batches
from portal.reporting.case_models import CaseTask
from portal.reporting.closing import CannotClose, Closing, Obstacle, close_report, read_second_look
from portal.reporting.conversations import conversation_about, message_id
from portal.reporting.deletions import is_stopped
from portal.reporting.models import Author, HandOver, Message, Nudge, Report, ReportContact, RiskBand, State
from portal.reporting.questions.dangers import dangers_in
from portal.reporting.questions.risk import score
from portal.reporting.queue_facts import batches, open_summaries
from portal.reporting.referral_models import OPEN_REFERRALS, Referral
from portal.reporting.second_look_models import SecondLook
from portal.reporting.second_looks import agree
from portal.reporting.texts import first_texts, folded
from portal.vault import keyholders
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

# What one press closes: the officer waits for it.
CLOSED_AT_ONCE = 100
# A longer text is read on the report's own page.
SHORT = 600
# How many reports are opened to be sorted by their words, and of how many alike ones a group is made.
OPENED_AT_ONCE = 1000
LEAST_ALIKE = 3
JOKE_STATES = (State.HELD, State.NEW, State.LOOKED_AT)
OBSTACLES = {
    Obstacle.ALERT_WAITS: Why.IMMEDIATE,
    Obstacle.REPORTER_WROTE: Why.WROTE,
    Obstacle.TASK_ADDED: Why.AT_WORK,
    Obstacle.PARTNER_HAS_IT: Why.AT_WORK,
    Obstacle.WAITS_ALREADY: Why.WAITS,
    Obstacle.OWN_CLOSING: Why.OWN_CLOSING,
}


@dataclass(frozen=True)
class Checked:
    """A report that may be a joke: all that was written in it, or why it is not closed with many others."""

    report: Report
    answers: dict[str, Any]
    text: str
    why_not: Why | None


def check_jokes(held: Keyring, ids: Sequence[uuid.UUID], *, waits: bool = False) -> list[Checked]:
    """In the order given; those that are gone are left out. `waits`: of each a closing waits for a second look."""
    opened = open_summaries(held, ids)
    texts = first_texts(held, ids)
    found = {report.id: report for report in session.scalars(select(Report).where(Report.id.in_(ids)))}
    signs = _signs_of_someone(ids, waits=waits)
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


def _signs_of_someone(ids: Collection[uuid.UUID], *, waits: bool = False) -> dict[uuid.UUID, Why]:
    """By report what it has that jokes have not, as far as it lies in the clear."""
    some = list(ids)
    wrote = select(Message.report_id).where(
        Message.report_id.in_(some),
        (Message.position > 1) | Message.seen.is_(False) | (Message.author == Author.REPORTER),
    )
    asked = [
        (Why.AT_WORK, select(HandOver.report_id).where(HandOver.report_id.in_(some))),
        (Why.AT_WORK, select(CaseTask.report_id).where(CaseTask.report_id.in_(some), CaseTask.done_on.is_(None))),
        (
            Why.AT_WORK,
            select(Referral.report_id).where(Referral.report_id.in_(some), Referral.state.in_(OPEN_REFERRALS)),
        ),
        (Why.WROTE, wrote),
        (Why.CONTACT, select(Nudge.report_id).where(Nudge.report_id.in_(some))),
        (Why.CONTACT, select(ReportContact.report_id).where(ReportContact.report_id.in_(some))),
    ]
    if not waits:
        asked.append((Why.WAITS, select(SecondLook.report_id).where(SecondLook.report_id.in_(some))))
    found = {report_id: why for why, rows in asked for report_id in session.scalars(rows)}
    return found | dict.fromkeys(store.reports_with_files(some), Why.FILES)


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """Who closes many, or agrees to it: their account, as the audit log names it and as the page of a report does."""

    by_id: uuid.UUID
    actor: str
    by: str


# Does it to one report, whose own key and conversation's key are given, inside the caller's transaction, the report locked.
Act = Callable[[Session, Report, bytes, bytes, Done], None]


def close_jokes(
    held: Keyring, ticked: Sequence[str], outcome: str, messages: Mapping[str, tuple[str, str]], reason: str, who: Bulk
) -> Done:
    """Close these with this outcome, each with a message; `messages` by the report's language are its text and its language.

    Everything that keeps one from being closed so is looked at again. Those that need a second look wait for it; a closed
    one is opened again like any other.
    """
    pages = {report_of(ticket): ticket for ticket in ticked}

    def close(db: Session, report: Report, key: bytes, talk_key: bytes, done: Done) -> None:
        text, language = messages[report.language]
        closing = Closing(
            outcome=outcome,
            message=text,
            language=language,
            reason=reason,
            by=who.by,
            by_id=who.by_id,
            # One page closes it once.
            once=message_id(report.id.hex, f"{pages[report.id]}\n{text}"),
            read=0,  # with a message of its reporter it is not closed here
            on=today(),
        )
        if close_report(db, held, conversation_about(report, talk_key), key, closing):
            audit.record(db, who.actor, Action.CLOSED_AS_JOKE, str(report.id))
        else:
            audit.record(db, who.actor, Action.PROPOSED_CLOSING, str(report.id))
            done.waiting.add(report.id)

    return _each(held, ticked, Seen.READ, who, close)


def agree_to_jokes(held: Keyring, ticked: Sequence[str], who: Bulk) -> Done:
    """The closings that wait of these are done, each as it was on the screen with all that was written in its report."""

    def do(db: Session, report: Report, key: bytes, talk_key: bytes, _done: Done) -> None:
        row = db.get(SecondLook, report.id)
        if row is None:
            raise CannotClose(Obstacle.IS_GONE)
        talk, once = conversation_about(report, talk_key), read_second_look(row, key).once
        agree(db, held, talk, key, once, by=who.by, by_id=who.by_id, read=0)
        audit.record(db, who.actor, Action.CLOSED_REPORT, str(report.id))

    return _each(held, ticked, Seen.CLOSING, who, do)


def _each(held: Keyring, ticked: Sequence[str], seen: Seen, who: Bulk, act: Act) -> Done:
    """What this may not be done to, and what is not as it was seen, is left out."""
    done, waits = Done(), seen is Seen.CLOSING
    for batch in ticket_batches(ticked[:CLOSED_AT_ONCE]):
        checked = {one.report.id: one.why_not for one in check_jokes(held, list(batch), waits=waits)}
        rows = session.execute(select(Report.id, Report.conversation_id).where(Report.id.in_(batch)))
        talks = {row.id: row.conversation_id for row in rows}
        keys = keyholders.content_keys(held, [*talks, *talks.values()])
        with transaction() as db:

            def one(
                report: Report, db: Session = db, checked: Any = checked, talks: Any = talks, keys: Any = keys
            ) -> Why | None:
                signs = _signs_of_someone([report.id], waits=waits)
                why: Why | None = checked.get(report.id, Why.CHANGED) or signs.get(report.id)
                if why is not None:
                    return why
                if not {report.id, talks[report.id]} <= keys.keys():
                    return Why.CANNOT_OPEN
                try:
                    act(db, report, keys[report.id], keys[talks[report.id]], done)
                except CannotClose as cannot:
                    return OBSTACLES.get(cannot.obstacle, Why.CHANGED)
                except SealError:
                    return Why.CANNOT_OPEN
                return None

            each_as_seen(db, batch, seen, who.by_id, one, done)
    return done


def languages_of(ids: Collection[uuid.UUID]) -> set[str]:
    """The languages in which these were sent."""
    return set(session.scalars(select(Report.language).where(Report.id.in_(list(ids))).distinct()))


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
    """Of these, the newest first, so many as are opened at once; not those whose closing waits for a second look."""
    waiting = set(session.scalars(select(SecondLook.report_id)))
    ids = [one for one in ids if one not in waiting]
    some = ids[:OPENED_AT_ONCE]
    checked = {one.report.id: one for part in batches(some) for one in check_jokes(held, part)}
    may_be = {one: folded(each.text) for one, each in checked.items() if each.why_not is None and each.text}
    groups = [Alike(checked[found[0]], found) for found in groups_of(may_be) if len(found) >= LEAST_ALIKE]
    kept_apart = sum(each.why_not is not None for each in checked.values())
    return Sorted(groups, len(checked), kept_apart, len(ids) > len(some))


def alike_to(held: Keyring, report_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """The reports of this one's group, as long as it still is one."""
    found = alike_reports(held, ids)
    return next((group.ids for group in found.groups if report_id in group.ids), [])
