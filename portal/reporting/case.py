"""One report as an officer works on it: opened whole, marked as read, moved to another state."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import outbox
from portal.db import existing, session, today
from portal.partnership.file import current_partnership
from portal.reporting import clocks, nudges
from portal.reporting.contacts import Contact, find_contact
from portal.reporting.conversations import Conversation, OpenMessage, conversation_about, messages_of, set_seen
from portal.reporting.deletions import WorkHasStopped, is_stopped, lock_for_work
from portal.reporting.files import SentFile, files_of_report
from portal.reporting.judgements import Judgement, read_judgement
from portal.reporting.models import Author, Part, Promise, Report, ReportPart, State
from portal.reporting.notes import Note, notes_of
from portal.reporting.partners import Partners, partners_of
from portal.reporting.questions.contact import CONSENT
from portal.reporting.questions.risk import Score, by_page, score
from portal.reporting.queue_facts import ticked_answers
from portal.reporting.storing import DETAILS, NARRATIVE
from portal.reporting.tasks import Task, tasks_of
from portal.reporting.translations import Original, Translations, translations_of
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError


@dataclass(frozen=True)
class OpenReport:
    """A report an officer has opened."""

    report: Report
    answers: dict[str, Any]
    """By question, what was ticked and what was written to it."""
    score: Score
    judgement: Judgement | None
    narrative: str
    files: list[SentFile]
    messages: list[OpenMessage]
    conversation: Conversation
    contact: Contact | None
    translations: Translations
    partners: Partners
    key: bytes

    @cached_property
    def notes(self) -> list[Note]:
        """Its record of notes and decisions, oldest first."""
        return notes_of(self.report.id, self.key)

    @cached_property
    def tasks(self) -> list[Task]:
        return tasks_of(self.report.id, self.key)

    def original(self, original_id: uuid.UUID) -> Original | None:
        """What is translated: a message, or (the report's own id) the first words; None where nobody can read it."""
        report, talk = self.report, self.conversation
        if original_id == report.id:
            return Original(report.id, None, Author.REPORTER, self.narrative, report.language, report.id, self.key)
        for one in self.messages:
            if one.id == original_id and one.text is not None:
                return Original(report.id, one.id, one.author, one.text, one.language, talk.conversation_id, talk.key)
        return None


def find_report(report_id: uuid.UUID, held: Keyring) -> OpenReport | None:
    """The whole report, or None where there is none that this keyring opens. Raises SealError where it is damaged."""
    report = session.get(Report, report_id)
    if report is None:
        return None
    keys = keyholders.content_keys(held, [report.id, report.conversation_id])
    if len(keys) < 2:
        return None
    parts = {part.part: part for part in session.scalars(select(ReportPart).where(ReportPart.report_id == report.id))}
    if not {Part.SUMMARY, Part.NARRATIVE} <= parts.keys():
        if session.get(Report, report_id, populate_existing=True) is None:  # deleted while it was being opened
            return None
        raise SealError("a part is missing")
    key, narrative = keys[report.id], parts[Part.NARRATIVE]
    conversation = conversation_about(report, keys[report.conversation_id])
    answers = by_page(
        _together(ticked_answers(parts[Part.SUMMARY], key), parts.get(Part.DETAILS), key), current_partnership().risk
    )
    partners = partners_of(report.id, conversation.key)
    if partners.newest is not None:
        # What its reporter chose last counts, not what they chose when they sent it.
        answers[CONSENT.code] = partners.newest.as_answer()
    return OpenReport(
        report=report,
        answers=answers,
        partners=partners,
        score=score(answers, current_partnership().risk),
        judgement=read_judgement(parts.get(Part.JUDGEMENT), key),
        narrative=sealing.unseal(narrative.sealed, key, NARRATIVE, narrative.id)["text"],
        files=files_of_report(report.id, key),
        messages=messages_of(conversation, Author.OFFICER),
        conversation=conversation,
        contact=find_contact(report.id, held),
        translations=translations_of(report.id, conversation.key, key),
        key=key,
    )


def still_there(db: Session, report_id: uuid.UUID) -> None:
    """Raises NotThere where it was deleted after it was opened."""
    existing(db, Report, report_id)


def is_in_state(db: Session, report_id: uuid.UUID, state: State) -> bool:
    return db.scalar(select(Report.state).where(Report.id == report_id)) is state


def change_state(db: Session, report_id: uuid.UUID, state: State) -> None:
    """Of an open report, inside the caller's transaction. Raises WorkHasStopped, where it is closed as well; NotThere.

    Closing and opening again are in `portal.reporting.closing`: neither goes without a word.
    """
    report = lock_for_work(db, report_id)
    if report.state is State.CLOSED:
        raise WorkHasStopped
    clocks.meet(db, report_id, today(), Promise.READ)
    if report.state is not state:
        report.state = state
        nudges.mark_due(db, report_id)


def mark_read(db: Session, report_id: uuid.UUID) -> bool:
    """An officer says that they have read it, and of a held one that it is from a person: the reporter is told so.

    Where the work has ended nobody answers, so what its reporter wrote is seen by being read. False where nobody had to
    read it any more. Raises NotThere.
    """
    report = existing(db, Report, report_id, with_for_update=True)
    if not clocks.meet(db, report_id, today(), Promise.READ):
        return False
    if is_stopped(db, report) or report.state is State.CLOSED:
        set_seen(db, report_id, Author.OFFICER)
    elif report.state in clocks.NOT_READ:
        report.state = State.LOOKED_AT
        nudges.mark_due(db, report_id)
    return True


def acknowledge_risk(db: Session, report_id: uuid.UUID) -> bool:
    """An officer has seen that someone may be badly hurt, and will act. False where that was said before. Raises NotThere."""
    existing(db, Report, report_id, with_for_update=True)
    clocks.meet(db, report_id, today(), Promise.ACKNOWLEDGE)
    return outbox.acknowledge(db, report_id)


def _together(ticked: dict[str, Any], details: ReportPart | None, key: bytes) -> dict[str, Any]:
    """Reports that came before the details were asked have none."""
    written = sealing.unseal(details.sealed, key, DETAILS, details.id)["written"] if details else {}
    return {question: (answer or {}) | written.get(question, {}) for question, answer in ticked.items()}
