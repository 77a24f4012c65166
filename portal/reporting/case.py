"""One report as an officer works on it: opened whole, marked as read, moved to another state."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import existing, session
from portal.partnership.file import current_partnership
from portal.reporting import nudges
from portal.reporting.contacts import Contact, find_contact, follow_state
from portal.reporting.conversations import Conversation, OpenMessage, conversation_about, messages_of, set_seen
from portal.reporting.deletions import is_stopped, lock_for_work
from portal.reporting.files import SentFile, files_of_report
from portal.reporting.judgements import Judgement, read_judgement
from portal.reporting.models import Author, Part, Report, ReportPart, State
from portal.reporting.partners import Partners, partners_of
from portal.reporting.questions.contact import CONSENT
from portal.reporting.questions.risk import Score, by_page, score
from portal.reporting.queue_facts import ticked_answers
from portal.reporting.storing import DETAILS, NARRATIVE
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


def change_state(db: Session, report_id: uuid.UUID, state: State) -> None:
    """Inside the caller's transaction; whoever closes it has seen what the reporter wrote. Raises WorkHasStopped, NotThere."""
    report = lock_for_work(db, report_id)
    is_news = report.state is not state
    report.state = state
    follow_state(db, report)
    nudges.follow_state(db, report)
    if is_news:
        nudges.mark_due(db, report_id)
    if state is State.CLOSED:
        set_seen(db, report_id, Author.OFFICER)


def mark_read(db: Session, report_id: uuid.UUID) -> None:
    """An officer has opened it: the reporter is told so. A held one waits until someone decides about it.

    In one that was taken back or is to be deleted nobody can answer, so what its reporter wrote is seen by being read.
    Raises NotThere.
    """
    report = existing(db, Report, report_id, with_for_update=True)
    if report.state is State.NEW:
        report.state = State.LOOKED_AT
        nudges.mark_due(db, report_id)
    if is_stopped(db, report):
        set_seen(db, report_id, Author.OFFICER)


def _together(ticked: dict[str, Any], details: ReportPart | None, key: bytes) -> dict[str, Any]:
    """Reports that came before the details were asked have none."""
    written = sealing.unseal(details.sealed, key, DETAILS, details.id)["written"] if details else {}
    return {question: (answer or {}) | written.get(question, {}) for question, answer in ticked.items()}
