"""A report is begun, kept answer by answer, and sent once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import limits, outbox, receipts, sealing, vault
from portal.db import random_id, today, transaction, upsert, utcnow
from portal.drafts import Draft, Purpose, drop_draft, find_draft, new_draft
from portal.partnership import Partnership
from portal.reporting import contacts, equality
from portal.reporting.contact_questions import CONSENT, CONSENT_TEXT, PARTNER, SEALED_APART, agreed, told_of_contact
from portal.reporting.conversations import LONG_TEXT_PAD, seal_message
from portal.reporting.files import attach_to_report
from portal.reporting.hate_questions import EXTRA_STRANDS, MONITORED_STRANDS
from portal.reporting.models import Author, Kind, Message, Part, Report, ReportCount, ReportPart, Source, State
from portal.reporting.questions import BOXES, QUESTIONS, is_immediate, still_asked
from portal.reporting.suspicion import looks_automatic
from portal.working_days import working_days_after

TEAMS = ("hate_team", "asb_team")
TEAMS_OF = {Kind.HATE: ("hate_team",), Kind.ASB: ("asb_team",), Kind.NOT_SURE: TEAMS}

RECEIPT_SHOWN_FOR = timedelta(minutes=15)
REPORTS_AN_HOUR = 5
SEND_ATTEMPTS = 3
SUMMARY, NARRATIVE, DETAILS = "report.summary/1", "report.narrative/1", "report.details/1"
JUDGEMENT = "report.judgement/1"
# All that can be ticked takes less: a queue's summary tells by its length not even how much was ticked.
SUMMARY_PAD = 4 * 1024


@dataclass(frozen=True)
class Receipt:
    """What the page after sending shows."""

    digits: str
    received_on: date
    immediate_risk: bool
    has_contact: bool
    taken: Source | None
    """How the report was told, where someone at work wrote it down."""

    @property
    def groups(self) -> list[str]:
        return receipts.groups(self.digits)


def _partnership() -> Partnership:
    found: Partnership = current_app.extensions["portal"].partnership
    return found


def read_by(received_on: date, *, immediate_risk: bool) -> date:
    """The day by which the partnership has promised that an officer reads it."""
    partnership = _partnership()
    clock = partnership.clocks.high_risk_contact if immediate_risk else partnership.clocks.triage
    return working_days_after(received_on, clock, partnership.bank_holidays)


def begin_report() -> Draft:
    """A new draft; its receipt is drawn now, so that sending twice cannot give two."""
    with transaction() as db:
        return _begin(db, {})


def take_report(db: Session, source: Source, centre: str) -> Draft:
    """A new draft for what someone tells by telephone or in person, inside the caller's transaction.

    `centre` is the reporting centre that writes it down; empty where an officer does.
    """
    return _begin(db, {"taken": {"source": source.value, "centre": centre}})


def _begin(db: Session, answers: dict[str, Any]) -> Draft:
    content = {
        "token": random_id().hex,
        "receipt": receipts.draw(),
        "answers": answers,
        "typed": {},
        "begun_at": utcnow().timestamp(),
    }
    draft = new_draft(Purpose.REPORT, content)
    draft.save(db)
    return draft


def taken_by(answers: Mapping[str, Any]) -> Source | None:
    """How a report was told that someone at work wrote down; None where its reporter wrote it."""
    taken = answers.get("taken")
    return Source(taken["source"]) if taken else None


def find_report_draft(token: str | None) -> Draft | None:
    return find_draft(token, Purpose.REPORT)


def keep_answer(token: str | None, question: str, answer: dict[str, Any] | None) -> Draft | None:
    """Keep an answer (None: skipped) and forget what was half typed. None where the draft has ended."""
    return _change_draft(token, question, lambda content: content["answers"].__setitem__(question, answer))


def keep_typed(token: str | None, question: str, typed: dict[str, list[str]]) -> Draft | None:
    """Keep what was typed but not yet checked, while the language is changed."""
    return _change_draft(token, question, lambda content: content["typed"].__setitem__(question, typed))


def _change_draft(token: str | None, question: str, change: Any) -> Draft | None:
    with transaction() as db:
        draft = find_draft(token, Purpose.REPORT, lock=True)
        if draft is None or "sent" in draft.content:
            return draft
        draft.content["typed"].pop(question, None)
        change(draft.content)
        draft.save(db)
    return draft


def sent_receipt(draft: Draft | None) -> Receipt | None:
    """The receipt of a draft that was sent, as long as it may be shown."""
    if draft is None or "sent" not in draft.content:
        return None
    sent = draft.content["sent"]
    return Receipt(
        sent["receipt"],
        date.fromisoformat(sent["received_on"]),
        immediate_risk=sent["immediate_risk"],
        has_contact=sent["has_contact"],
        taken=taken_by(sent),
    )


def leave_receipt(token: str) -> Draft | None:
    """Forget the receipt and give the right to answer the equality questions; None where no report was sent."""
    with transaction() as db:
        draft = find_draft(token, Purpose.REPORT, lock=True)
        if draft is None or "sent" not in draft.content:
            return None
        drop_draft(db, token)
        return equality.give_right(db, draft.content["sent"]["kind"])


def forget_draft(token: str) -> None:
    with transaction() as db:
        drop_draft(db, token)


def looks_like_a_program(draft: Draft, *, is_trapped: bool) -> bool:
    """Whether a person would look at this draft's report first, if it were sent now by the visitor who asks."""
    is_one_of_many = not taken_by(draft.content["answers"]) and limits.visits("report") >= REPORTS_AN_HOUR
    return is_one_of_many or _looks_automatic(draft.content, is_trapped)


def _looks_automatic(content: dict[str, Any], is_trapped: bool) -> bool:
    seconds = utcnow().timestamp() - content.get("begun_at", 0.0)
    text = content["answers"]["narrative"]["narrative"]
    return looks_automatic(seconds=seconds, is_trapped=is_trapped or content.get("doubted", False), text=text)


def doubt(token: str, checked: dict[str, Any] | None) -> Draft | None:
    """Keep what was answered on the page that sends, and that a program may have pressed its button."""

    def change(content: dict[str, Any]) -> None:
        content["answers"]["check"], content["doubted"] = checked, True

    return _change_draft(token, "check", change)


def submit_report(
    token: str,
    checked: dict[str, Any] | None,
    language: str,
    visitor: str,
    *,
    is_trapped: bool = False,
    is_person: bool = False,
) -> Receipt | None:
    """Seal, store, count and acknowledge the draft's report, once, however often it is sent.

    `checked` is what was answered on the page that sends it; `is_trapped` where a box was filled in that no person sees;
    `is_person` where the bot check said so.

    None where the draft has ended. When this returns a receipt the report is on disk.
    """
    draft = find_draft(token, Purpose.REPORT)
    if draft is None or "sent" in draft.content:
        return sent_receipt(draft)
    keys = receipts.derive(draft.content["receipt"])
    for attempt in range(SEND_ATTEMPTS):
        try:
            return _submit(token, checked, keys, language, visitor, is_trapped, is_person)
        except IntegrityError:
            # Two server processes stored the same thing in the same moment: look again, never lose it.
            if attempt == SEND_ATTEMPTS - 1:
                raise
    return None


def _submit(
    token: str,
    checked: dict[str, Any] | None,
    keys: receipts.ReceiptKeys,
    language: str,
    visitor: str,
    is_trapped: bool,
    is_person: bool,
) -> Receipt | None:
    with transaction() as db:
        draft = find_draft(token, Purpose.REPORT, lock=True)
        if draft is None or "sent" in draft.content:
            return sent_receipt(draft)
        content = draft.content
        content["answers"]["check"] = checked
        # Whoever takes reports for others sends many from one address.
        is_one_of_many = not taken_by(content["answers"]) and limits.count(db, "report", visitor) > REPORTS_AN_HOUR
        is_held = not is_person and (is_one_of_many or _looks_automatic(content, is_trapped))
        report = store_report(db, content, keys, language, State.HELD if is_held else State.NEW, today())
        draft.content = {
            "sent": {
                "receipt": content["receipt"],
                "kind": report.kind.value,
                "received_on": report.received_on.isoformat(),
                "immediate_risk": report.immediate_risk,
                "taken": content["answers"].get("taken"),
                "has_contact": told_of_contact(content["answers"]) is not None,
            }
        }
        draft.save(db, idle=RECEIPT_SHOWN_FOR)
    return sent_receipt(draft)


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
    partnership = _partnership()
    report_key, conversation_key = sealing.new_key(), sealing.new_key()
    report = Report(
        id=random_id(),
        kind=kind,
        place_geography=partnership.places.geography,
        place_version=partnership.places.version,
        place_code=place,
        received_on=received_on,
        state=state,
        immediate_risk=is_immediate(answers),
        due_on=read_by(received_on, immediate_risk=is_immediate(answers)),
        language=language,
        source=_source(answers),
        submission_token=uuid.UUID(content["token"]),
        conversation_id=random_id(),
        receipt_lookup=keys.lookup,
        conversation_key=sealing.lock(conversation_key, keys.key),
    )
    db.add(report)
    db.flush()
    vault.grant(db, report.id, report_key, TEAMS_OF[kind])
    vault.grant(db, report.conversation_id, conversation_key, TEAMS_OF[kind])
    narrative = (answers.get("narrative") or {})["narrative"]
    contact = told_of_contact(answers)
    if contact is not None:
        contacts.seal_contact(db, report, contact, TEAMS_OF[kind])
    ticked, written = _apart(answers)
    ticked |= _consent(answers, language, has_contact=contact is not None)
    seal_part(db, report, report_key, Part.SUMMARY, {"answers": ticked}, SUMMARY, pad_to=SUMMARY_PAD)
    seal_part(db, report, report_key, Part.NARRATIVE, {"text": narrative}, NARRATIVE, pad_to=LONG_TEXT_PAD)
    seal_part(db, report, report_key, Part.DETAILS, {"written": written}, DETAILS, pad_to=LONG_TEXT_PAD)
    attach_to_report(db, content, report, report_key)
    if (answers.get("check") or {}).get("open_words"):
        first = Message(id=random_id(), report_id=report.id, position=1, author=Author.REPORTER, seen=True)
        seal_message(db, first, report.conversation_id, conversation_key, narrative, language, received_on)
    if report.immediate_risk:
        outbox.alert(db, outbox.Letter.IMMEDIATE_RISK, report.id)
    _count(db, report, answers)
    return report


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
        if question not in QUESTIONS:
            ticked[question] = answer
            continue
        ticked[question] = {code: given for code, given in (answer or {}).items() if code not in BOXES}
        written[question] = {code: given for code, given in (answer or {}).items() if code in BOXES}
    return ticked, written


def _consent(answers: dict[str, dict[str, Any] | None], language: str, *, has_contact: bool) -> dict[str, Any]:
    """What each partner may be told, with the language and the version of the words that were read."""
    given = agreed(answers, has_contact=has_contact)
    if not given:
        return {}
    kept: dict[str, Any] = {f"{PARTNER}{code}": telling for code, telling in given.items()}
    return {CONSENT.code: kept | {"language": language, "text": CONSENT_TEXT}}


def seal_part(
    db: Session, report: Report, key: bytes, part: Part, content: dict[str, Any], label: str, pad_to: int
) -> None:
    row = ReportPart(id=random_id(), report_id=report.id, part=part)
    row.sealed = sealing.seal(content, key, report.id, label, row.id, pad_to)
    db.add(row)


def _count(db: Session, report: Report, answers: dict[str, dict[str, Any] | None]) -> None:
    """Add the ticked answers to the month's counts, where nothing ties them together again."""
    when = (answers.get("when") or {}).get("when")
    given = partial(_given, answers)
    is_repeated = when == "keeps_happening" or {*given("often", "often")} & {"sometimes", "weekly", "daily"}
    strands = given("because", "strands")
    ticked = {
        "kind": [report.kind.value],
        "repeat": ["yes"] if is_repeated else [],
        "online": ["yes"] if "online" in [*given("setting", "setting"), *given("hate_types", "types")] else [],
        # Apart, because figures of the nationally monitored ones are compared with the Home Office's.
        "strand": [strand for strand in strands if strand in MONITORED_STRANDS],
        "strand_extra": [strand for strand in strands if strand in EXTRA_STRANDS],
        "hate_type": given("hate_types", "types"),
        "asb_category": given("affected", "affected"),
        "asb_type": given("asb_types", "types"),
    }
    _count_answers(db, report, report.received_on, ticked)


def _count_answers(db: Session, report: Report, day: date, answers: dict[str, list[str]]) -> None:
    place = _partnership().places.find(report.place_code) if report.place_code else None
    month, group = day.replace(day=1), place.group if place else "not_given"
    for question, chosen in answers.items():
        for answer in chosen:
            key = {"month": month, "place_group": group, "question": question, "answer": answer}
            upsert(db, ReportCount, key, {"times": 1}, add={"times": 1})


def _given(answers: dict[str, dict[str, Any] | None], question: str, choice: str) -> list[str]:
    """The options that were chosen; none where it was skipped."""
    given = (answers.get(question) or {}).get(choice) or []
    return [given] if isinstance(given, str) else given


def tell_if_it_helped(report_id: uuid.UUID, answers: dict[str, str | None]) -> None:
    """Count what was answered about a closed report, once; beside the report stays only that it was asked."""
    with transaction() as db:
        report = db.get(Report, report_id, with_for_update=True)
        if report is not None and report.state is State.CLOSED and not report.told_if_it_helped:
            report.told_if_it_helped = True
            chosen = {question: [answer] if answer else [] for question, answer in answers.items()}
            _count_answers(db, report, today(), chosen)
