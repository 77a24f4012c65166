"""A report as it is stored: sealed part by part, granted to its teams, counted, its alert set off."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import outbox
from portal.db import random_id
from portal.partnership.file import current_partnership
from portal.reporting import clocks, contacts
from portal.reporting.conversations import LONG_TEXT_PAD, lock_conversation, seal_message
from portal.reporting.counts import count_report
from portal.reporting.files import attach_to_report
from portal.reporting.hand_overs import queue_hand_overs
from portal.reporting.links import begin_links
from portal.reporting.models import INCIDENTS, Author, Kind, Message, Part, Promise, Report, ReportPart, Source, State
from portal.reporting.partners import begin_partners
from portal.reporting.questions.asked import WRITTEN_CODES, still_asked
from portal.reporting.questions.contact import CONSENT, CONSENT_TEXT, PARTNER, SEALED_APART, agreed, told_of_contact
from portal.reporting.questions.dangers import is_immediate
from portal.reporting.references import draw_reference
from portal.reporting.series import begin_series
from portal.vault import keyholders, receipts, sealing

TEAMS = ("hate_team", "asb_team")
TEAMS_OF = {Kind.HATE: ("hate_team",), Kind.ASB: ("asb_team",), Kind.NOT_SURE: TEAMS, Kind.REQUEST: TEAMS}

SUMMARY, NARRATIVE, DETAILS = "report.summary/1", "report.narrative/1", "report.details/1"
JUDGEMENT = "report.judgement/1"
# All that can be ticked takes less: a queue's summary tells by its length not even how much was ticked.
SUMMARY_PAD = 4 * 1024


def store_report(
    db: Session,
    content: dict[str, Any],
    keys: receipts.ReceiptKeys,
    language: str,
    state: State,
    received_on: date,
) -> Report:
    """Seal and store what a draft holds, inside the caller's transaction."""
    answers: dict[str, dict[str, Any] | None] = still_asked(content["answers"])
    kind = Kind((answers.get("kind") or {}).get("kind", Kind.NOT_SURE))
    place = (answers.get("where") or {}).get("place")
    partnership = current_partnership()
    report_key, conversation_key = sealing.new_key(), sealing.new_key()
    report_id = random_id()
    report = Report(
        id=report_id,
        reference=free_reference(db),
        kind=kind,
        place_geography=partnership.places.geography,
        place_version=partnership.places.version,
        place_code=place,
        received_on=received_on,
        state=state,
        immediate_risk=is_immediate(answers),
        due_on=clocks.due_after(received_on, Promise.READ, immediate_risk=is_immediate(answers)),
        language=language,
        source=_source(answers),
        submission_token=uuid.UUID(content["token"]),
        conversation_id=random_id(),
        receipt_lookup=keys.lookup,
        conversation_key=lock_conversation(report_id, conversation_key, keys),
    )
    db.add(report)
    db.flush()
    clocks.begin_first(db, report)
    keyholders.grant(db, report.id, report_key, TEAMS_OF[kind])
    keyholders.grant(db, report.conversation_id, conversation_key, TEAMS_OF[kind])
    # Of dumped rubbish enough may be known by what was ticked.
    narrative = (answers.get("narrative") or {}).get("narrative", "")
    contact = told_of_contact(answers)
    if contact is not None:
        contacts.seal_contact(db, report, contact, TEAMS_OF[kind])
    ticked, written = _apart(answers)
    ticked |= _consent(answers, language, has_contact=contact is not None)
    seal_part(db, report, report_key, Part.SUMMARY, {"answers": ticked}, SUMMARY, pad_to=SUMMARY_PAD)
    seal_part(db, report, report_key, Part.NARRATIVE, {"text": narrative}, NARRATIVE, pad_to=LONG_TEXT_PAD)
    seal_part(db, report, report_key, Part.DETAILS, {"written": written}, DETAILS, pad_to=LONG_TEXT_PAD)
    begin_series(db, report, conversation_key)
    begin_links(db, report.id, report_key)
    given = agreed(answers, has_contact=contact is not None)
    begin_partners(db, report, conversation_key, given, _consent_read_in(answers, language))
    attach_to_report(db, content, report, report_key)
    if narrative and (answers.get("check") or {}).get("open_words"):
        first = Message(id=random_id(), report_id=report.id, position=1, author=Author.REPORTER, seen=True)
        seal_message(db, first, report.conversation_id, conversation_key, narrative, language, received_on)
    queue_hand_overs(db, report, conversation_key, answers, language)
    if report.immediate_risk:
        outbox.alert(db, outbox.Letter.IMMEDIATE_RISK, report.id)
    if kind in INCIDENTS:
        count_report(db, report, answers)
    return report


def free_reference(db: Session) -> str:
    """One that no report has; should two be drawn alike in one moment, the sending is tried again."""
    while True:
        reference = draw_reference()
        if db.scalar(select(Report.id).where(Report.reference == reference)) is None:
            return reference


def taken_by(answers: Mapping[str, Any]) -> Source | None:
    """How a report was told that someone at work wrote down; None where its reporter wrote it."""
    taken = answers.get("taken")
    return Source(taken["source"]) if taken else None


def _source(answers: Mapping[str, Any]) -> Source:
    """What lies in the clear of how it came: of a centre not which, and not how they were told."""
    return Source.CENTRE if (answers.get("taken") or {}).get("centre") else taken_by(answers) or Source.WEB


def _apart(answers: dict[str, dict[str, Any] | None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was ticked, and what was written besides the narrative, each by its question."""
    ticked: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for question, answer in answers.items():
        if question == "narrative" or question in SEALED_APART:
            continue
        ticked[question] = {code: given for code, given in (answer or {}).items() if code not in WRITTEN_CODES}
        written[question] = {code: given for code, given in (answer or {}).items() if code in WRITTEN_CODES}
    return ticked, written


def _consent(answers: dict[str, dict[str, Any] | None], language: str, *, has_contact: bool) -> dict[str, Any]:
    """What each partner may be told, with the language and the version of the words that were read."""
    given = agreed(answers, has_contact=has_contact)
    if not given:
        return {}
    kept: dict[str, Any] = {f"{PARTNER}{code}": telling for code, telling in given.items()}
    return {CONSENT.code: kept | {"language": _consent_read_in(answers, language), "text": CONSENT_TEXT}}


def _consent_read_in(answers: Mapping[str, Any], language: str) -> str:
    read_in: str = (answers.get(CONSENT.code) or {}).get("language", language)
    return read_in


def seal_part(
    db: Session, report: Report, key: bytes, part: Part, content: dict[str, Any], label: str, pad_to: int
) -> None:
    row = ReportPart(id=random_id(), report_id=report.id, part=part)
    row.sealed = sealing.seal(content, key, report.id, label, row.id, pad_to)
    db.add(row)
