"""Which partners may be told what, as their reporter chooses it: sealed beside the messages, changed with the receipt."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, session, today, transaction
from portal.reporting.conversations import Conversation, add_message
from portal.reporting.deletions import is_stopped, lock_for_work
from portal.reporting.models import Author, Part, Report, ReportPart
from portal.reporting.questions.contact import CONSENT_TEXT, NOTHING, PARTNER
from portal.reporting.referral_records import follow_consent
from portal.vault import sealing
from portal.vault.sealing import SealError

PARTNERS = "report.partners/1"
# What is kept takes less, in any script: that somebody chose, or changed it, shows in no length.
PARTNERS_PAD = 8 * 1024
# Of more choices than these the first is kept and the newest; how many there were between is said.
KEPT_CHOICES, KEPT_PASSINGS, KEPT_ASKED = 40, 4, 8
MAX_WHY = 200


@dataclass(frozen=True)
class Choice:
    """What each partner may be told, by its code, in the words of which text and which language, and since when."""

    given: dict[str, str]
    language: str
    text: int
    on: date

    def as_answer(self) -> dict[str, Any]:
        """As the page that asks it keeps it."""
        return {f"{PARTNER}{code}": told for code, told in self.given.items()} | {
            "language": self.language,
            "text": self.text,
        }


@dataclass(frozen=True)
class PassedOn:
    """Of before referrals were records: with this partner since that day; `why`, where its reporter had not agreed."""

    agency: str
    on: date
    why: str = ""


@dataclass(frozen=True)
class Partners:
    """Oldest first."""

    choices: tuple[Choice, ...] = ()
    passed_on: tuple[PassedOn, ...] = ()
    asked: tuple[str, ...] = ()
    """Partners that an officer asked about later: the reporter is not asked about each of them otherwise."""
    dropped: int = 0
    """How many choices between the first and the second of these are no longer kept."""
    is_kept: bool = True
    """False of a report that came before this was kept, or where it is damaged: what was chosen with it lies elsewhere."""

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        return cls(
            tuple(_choices_in(content["choices"])),
            tuple(PassedOn(**each | {"on": date.fromisoformat(each["on"])}) for each in content["passed_on"]),
            tuple(content.get("asked", ())),
            content["choices"].get("dropped", 0) if isinstance(content["choices"], dict) else 0,
            content["is_kept"],
        )

    def as_content(self) -> dict[str, Any]:
        return {
            "choices": self._choices_as_content(),
            "passed_on": [asdict(each) | {"on": each.on.isoformat()} for each in self.passed_on[-KEPT_PASSINGS:]],
            "asked": list(self.asked[-KEPT_ASKED:]),
            "is_kept": self.is_kept,
        }

    def _choices_as_content(self) -> dict[str, Any]:
        """Each partner and each answer is written once, and a choice is a digit for each partner: forty need 2 KB."""
        kept, over = self.choices, len(self.choices) - KEPT_CHOICES
        if over > 0:
            kept = (kept[0], *kept[over + 1 :])
        codes = list(dict.fromkeys(code for each in kept for code in each.given))
        told = list(dict.fromkeys(answer for each in kept for answer in each.given.values()))
        rows = [
            [each.on.isoformat(), each.language, each.text]
            + ["".join(str(told.index(each.given[code])) if code in each.given else "-" for code in codes)]
            for each in kept
        ]
        return {"partners": codes, "told": told, "rows": rows, "dropped": self.dropped + max(over, 0)}

    @property
    def newest(self) -> Choice | None:
        return self.choices[-1] if self.choices else None

    @property
    def is_taken_back(self) -> bool:
        """Whether its reporter no longer agrees that the partner who has it is told: somebody must say so to that partner."""
        passed, newest = self.has_it, self.newest
        if passed is None or passed.why or newest is None or newest.on < passed.on:
            return False
        return newest.given.get(passed.agency, NOTHING) == NOTHING

    @property
    def has_it(self) -> PassedOn | None:
        """The partner that the report went to last."""
        return self.passed_on[-1] if self.passed_on else None


def _choices_in(content: Any) -> Iterator[Choice]:
    """Before there were more than four, each choice was written out."""
    if isinstance(content, list):
        yield from (Choice(**each | {"on": date.fromisoformat(each["on"])}) for each in content)
        return
    for on, language, text, digits in content["rows"]:
        given = {
            code: content["told"][int(digit)]
            for code, digit in zip(content["partners"], digits, strict=True)
            if digit != "-"
        }
        yield Choice(given, language, text, date.fromisoformat(on))


def begin_partners(db: Session, report: Report, key: bytes, given: dict[str, str], language: str) -> None:
    """Every report has one from the beginning, inside the caller's transaction: that there is one tells nothing."""
    first = (Choice(given, language, CONSENT_TEXT, report.received_on),) if given else ()
    _seal(db, ReportPart(id=random_id(), report_id=report.id, part=Part.PARTNERS), report, key, Partners(first))


def partners_of(report_id: uuid.UUID, key: bytes) -> Partners:
    """Where it is damaged it must not hide the rest."""
    return _read(session.scalar(_part_of(report_id)), key)


def choose_partners(talk: Conversation, given: dict[str, str], language: str, told: str, once: uuid.UUID) -> bool:
    """The reporter chooses anew: what an agency may not be told any more it opens no more. `told` says so among the messages,
    where officers read it as a new one.

    False where nothing is changed by it, or the work has ended.
    """
    with transaction() as db:
        report = db.get(Report, talk.report_id, with_for_update=True)
        if report is None or is_stopped(db, report):
            return False
        row = db.scalar(_part_of(talk.report_id)) or ReportPart(
            id=random_id(), report_id=talk.report_id, part=Part.PARTNERS
        )
        kept = _read(row, talk.key)
        if kept.newest is not None and kept.newest.given == given:
            return False
        choice = Choice(given, language, CONSENT_TEXT, today())
        _seal(db, row, report, talk.key, replace(kept, choices=(*kept.choices, choice), is_kept=True))
        follow_consent(db, report, talk.key, given)
        add_message(db, talk, Author.REPORTER, told, language, once)
    return True


def ask_about(db: Session, talk: Conversation, agency: str) -> None:
    """An officer asks what this partner may be told, inside the caller's transaction: from now on it stands on that page.

    Raises WorkHasStopped, NotThere.
    """
    report = lock_for_work(db, talk.report_id)
    row = db.scalar(_part_of(talk.report_id)) or ReportPart(
        id=random_id(), report_id=talk.report_id, part=Part.PARTNERS
    )
    kept = _read(row, talk.key)
    if agency not in kept.asked:
        _seal(db, row, report, talk.key, replace(kept, asked=(*kept.asked, agency)))


def _part_of(report_id: uuid.UUID) -> Any:
    return select(ReportPart).where(ReportPart.report_id == report_id, ReportPart.part == Part.PARTNERS)


def _read(row: ReportPart | None, key: bytes) -> Partners:
    if row is None or not row.sealed:
        return Partners(is_kept=False)
    try:
        return Partners.read(sealing.unseal(row.sealed, key, PARTNERS, row.id))
    except SealError:
        return Partners(is_kept=False)


def _seal(db: Session, row: ReportPart, report: Report, key: bytes, partners: Partners) -> None:
    row.sealed = sealing.seal(partners.as_content(), key, report.conversation_id, PARTNERS, row.id, PARTNERS_PAD)
    db.add(row)
