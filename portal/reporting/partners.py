"""Which partners may be told what, as their reporter chooses it: sealed beside the messages, changed with the receipt."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, session, today, transaction
from portal.reporting.conversations import Conversation, add_message
from portal.reporting.deletions import is_stopped, lock_for_work
from portal.reporting.models import Author, Message, Part, Report, ReportPart
from portal.reporting.questions.contact import CONSENT_TEXT, NOTHING, PARTNER
from portal.reporting.referral_records import follow_consent
from portal.vault import sealing
from portal.vault.sealing import SealError

PARTNERS = "report.partners/1"
# What is kept takes less, in any script: that somebody chose, or changed it, shows in no length.
PARTNERS_PAD = 8 * 1024
# Of more choices than these the first is kept and the newest; how many there were between is said.
KEPT_CHOICES, KEPT_PASSINGS, KEPT_ASKED, KEPT_ASKS = 40, 4, 8, 24
MAX_WHY = 200
MOST_ASKED_AGAIN = 2
"""How often a reporter is asked about one partner after they have answered: nobody is worn down until they say yes."""


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


class Asking(enum.StrEnum):
    """Whether a reporter may be asked about a partner."""

    FREE = "free"
    NEEDS_REASON = "needs_reason"
    """They have answered before: only for a reason in writing."""
    PENDING = "pending"
    """They were asked and have not answered yet."""
    OFTEN_ENOUGH = "often_enough"


class CannotAsk(Exception):
    """Nobody is asked just now; `asking` says why."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking.value)
        self.asking = asking


@dataclass(frozen=True)
class Asked:
    """An officer's question about one partner: how often it was asked again, and how many choices had been made by then."""

    again: int
    choices: int


@dataclass(frozen=True)
class Partners:
    """Oldest first."""

    choices: tuple[Choice, ...] = ()
    passed_on: tuple[PassedOn, ...] = ()
    asked: tuple[str, ...] = ()
    """Partners that an officer asked about later: the reporter is not asked about each of them otherwise."""
    asks: Mapping[str, Asked] = field(default_factory=dict)
    """By the partner's code, of those that an officer asked about."""
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
            {code: Asked(*numbers) for code, numbers in content.get("asks", {}).items()},
            content["choices"].get("dropped", 0) if isinstance(content["choices"], dict) else 0,
            content["is_kept"],
        )

    def as_content(self) -> dict[str, Any]:
        return {
            "choices": self._choices_as_content(),
            "passed_on": [asdict(each) | {"on": each.on.isoformat()} for each in self.passed_on[-KEPT_PASSINGS:]],
            "asked": list(self.asked[-KEPT_ASKED:]),
            "asks": {code: [one.again, one.choices] for code, one in list(self.asks.items())[-KEPT_ASKS:]},
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
    def times_chosen(self) -> int:
        """Those that are no longer kept are counted too."""
        return len(self.choices) + self.dropped

    def is_pending(self, agency: str) -> bool:
        """Whether an officer asked about it, and its reporter has chosen nothing for it since."""
        if agency not in self.asks and agency not in self.asked:
            return False
        is_answered = self.newest is not None and agency in self.newest.given
        return not is_answered or (agency in self.asks and self.times_chosen <= self.asks[agency].choices)

    def asking(self, agency: str, given: Mapping[str, str]) -> Asking:
        """Whether they may be asked about it; `given` is what they agreed to when nothing was chosen since."""
        if self.is_pending(agency):
            return Asking.PENDING
        given = self.newest.given if self.newest is not None else given
        if agency not in self.asks and agency not in self.asked and given.get(agency) != NOTHING:
            return Asking.FREE
        again = self.asks[agency].again if agency in self.asks else 0
        return Asking.NEEDS_REASON if again < MOST_ASKED_AGAIN else Asking.OFTEN_ENOUGH

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


def choose_partners(
    talk: Conversation, given: dict[str, str], language: str, told: str, once: uuid.UUID, told_same: str = ""
) -> bool:
    """The reporter chooses anew: what an agency may not be told any more it opens no more. `told` says so among the messages,
    where officers read it as a new one; `told_same`, where an officer had asked and they leave it as it is.

    False where nothing is changed by it and nobody had asked, or the work has ended.
    """
    with transaction() as db:
        report = db.get(Report, talk.report_id, with_for_update=True)
        if report is None or is_stopped(db, report):
            return False
        row = db.scalar(_part_of(talk.report_id)) or ReportPart(
            id=random_id(), report_id=talk.report_id, part=Part.PARTNERS
        )
        kept = _read(row, talk.key)
        is_same = kept.newest is not None and kept.newest.given == given
        if is_same and not any(kept.is_pending(agency) for agency in given):
            return False
        choice = Choice(given, language, CONSENT_TEXT, today())
        _seal(db, row, report, talk.key, replace(kept, choices=(*kept.choices, choice), is_kept=True))
        follow_consent(db, report, talk.key, given)
        add_message(db, talk, Author.REPORTER, (is_same and told_same) or told, language, once)
    return True


def ask_about(
    db: Session, talk: Conversation, agency: str, given: Mapping[str, str], once: uuid.UUID, *, has_reason: bool
) -> bool:
    """An officer asks what this partner may be told, inside the caller's transaction: from now on it stands on that page.

    `given` as for `Partners.asking`; `once` is the id of the message that asks: False where it is there already, because the
    button was pressed twice. Raises CannotAsk, WorkHasStopped, NotThere.
    """
    report = lock_for_work(db, talk.report_id)
    if db.get(Message, once) is not None:
        return False
    row = db.scalar(_part_of(talk.report_id)) or ReportPart(
        id=random_id(), report_id=talk.report_id, part=Part.PARTNERS
    )
    kept = _read(row, talk.key)
    asking = kept.asking(agency, given)
    if asking is not Asking.FREE and not (asking is Asking.NEEDS_REASON and has_reason):
        raise CannotAsk(asking)
    before = kept.asks[agency].again if agency in kept.asks else 0
    asked = Asked(before + (asking is Asking.NEEDS_REASON), kept.times_chosen)
    codes = kept.asked if agency in kept.asked else (*kept.asked, agency)
    asks = {code: one for code, one in kept.asks.items() if code != agency} | {agency: asked}
    _seal(db, row, report, talk.key, replace(kept, asked=codes, asks=asks))
    return True


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
