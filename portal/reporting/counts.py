"""How many reports of a month and an area gave an answer: all that is kept of an answer outside the seal."""

from __future__ import annotations

import uuid
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from portal.db import today, transaction, upsert
from portal.partnership.file import current_partnership
from portal.reporting.count_models import ReportCount
from portal.reporting.models import INCIDENTS, Kind, Report, State
from portal.reporting.questions.asb import COUNTED_AS, is_environmental
from portal.reporting.questions.hate import EXTRA_STRANDS, MONITORED_STRANDS

EVERYWHERE = "everywhere"


def of_kind(question: str, kind: Kind) -> str:
    """The question under which an answer is counted by the kind of report, of all places together."""
    return f"{question}.{kind.value}"


def count_report(db: Session, report: Report, answers: dict[str, dict[str, Any] | None]) -> None:
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
        "asb_category": ["environmental"]
        if is_environmental(answers.get("asb_types"))
        else given("affected", "affected"),
        "asb_type": sorted({COUNTED_AS.get(each, each) for each in given("asb_types", "types")}),
    }
    count_answers(db, report, report.received_on, ticked)
    # Apart from the place, so that the two are not tied together; counted, because the report may be deleted.
    month = report.received_on.replace(day=1)
    for question, answer in (("language", report.language), ("source", report.source.value)):
        _count_everywhere(db, month, question, answer)


def count_answers(db: Session, report: Report, day: date, answers: dict[str, list[str]]) -> None:
    place = current_partnership().places.find(report.place_code) if report.place_code else None
    month, group = day.replace(day=1), place.group if place else "not_given"
    for question, chosen in answers.items():
        # In one order, whichever they came in: two reports at once wait for each other's rows.
        for answer in sorted(chosen):
            key = {"month": month, "place_group": group, "question": question, "answer": answer}
            upsert(db, ReportCount, key, {"times": 1}, add={"times": 1})


def _count_everywhere(db: Session, month: date, question: str, answer: str) -> None:
    key = {"month": month, "place_group": EVERYWHERE, "question": question, "answer": answer}
    upsert(db, ReportCount, key, {"times": 1}, add={"times": 1})


def _given(answers: dict[str, dict[str, Any] | None], page: str, question: str) -> list[str]:
    """The options that were chosen; none where it was skipped."""
    given = (answers.get(page) or {}).get(question) or []
    return [given] if isinstance(given, str) else given


def tell_if_it_helped(report_id: uuid.UUID, answers: dict[str, str | None]) -> None:
    """Count what was answered about a closed report, once; beside the report stays only that it was asked."""
    with transaction() as db:
        report = db.get(Report, report_id, with_for_update=True)
        if report is None or report.kind not in INCIDENTS:
            return
        if report.state is State.CLOSED and not report.told_if_it_helped:
            report.told_if_it_helped = True
            chosen = {question: [answer] if answer else [] for question, answer in answers.items()}
            count_answers(db, report, today(), chosen)
            for question, answer in answers.items():
                if answer:
                    # Apart from the place, so that the two are not tied together.
                    _count_everywhere(db, today().replace(day=1), of_kind(question, report.kind), answer)
