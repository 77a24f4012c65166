"""Which findings there are: those the public sees, those that staff must look at, and how a quarter stands."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.cohesion.finding_figures import PublishedFigure, figures_of
from portal.cohesion.finding_models import ActionState, Finding, FindingState, FindingWords
from portal.cohesion.findings import WordsOfFinding, words_of
from portal.cohesion.models import Release, ReleaseState
from portal.db import session, today
from portal.partnership.file import current_partnership

VIEWS = ("public", "late", "figure", "drafts", "withdrawn")


@dataclass(frozen=True)
class Part:
    """One text of a finding, and the language that it is in."""

    text: str
    language: str


@dataclass(frozen=True)
class ShownFinding:
    """A finding as someone who reads one language sees it on one day."""

    finding: Finding
    words: WordsOfFinding
    figure: PublishedFigure | None
    language: str
    day: date

    @property
    def said(self) -> Part:
        return self._part("said")

    @property
    def did(self) -> Part:
        return self._part("did")

    @property
    def outcome(self) -> Part:
        return self._part("outcome")

    def _part(self, name: str) -> Part:
        words = self.words.part_in(self.language, name)
        return Part(getattr(words, name), words.language)

    @property
    def _mine(self) -> FindingWords:
        return self.words.in_(self.language)

    @property
    def is_translated(self) -> bool:
        return self._mine is not self.words.original

    @property
    def is_checked(self) -> bool:
        return self._mine.is_checked

    @property
    def is_older(self) -> bool:
        """The translation is of an earlier original."""
        return self.words.is_older(self._mine)

    @property
    def is_late(self) -> bool:
        return is_late(self.finding, self.day)

    @property
    def has_lost_figure(self) -> bool:
        """It points at a figure that was taken back."""
        return self.finding.release_id is not None and self.figure is None


def is_late(finding: Finding, day: date) -> bool:
    """Planned for a day that has passed; of what was answered since, whether it was so on that day."""
    is_open = finding.answered_on is None or finding.answered_on > day
    return is_open and finding.due_on is not None and finding.due_on < day


def shown_findings(findings: Iterable[Finding], language: str) -> list[ShownFinding]:
    findings = list(findings)
    words, figures, day = words_of(one.id for one in findings), figures_of(findings), today()
    return [ShownFinding(one, words[one.id], figures.get(one.id), language, day) for one in findings]


@dataclass(frozen=True)
class Wanted:
    """What someone looks for among the public ones; empty finds every one."""

    action: str = ""
    priority: str = ""

    def of(self, findings: Sequence[Finding]) -> list[Finding]:
        return [
            one for one in findings if self.action in ("", one.action.value) and self.priority in ("", one.priority)
        ]


def public_findings() -> list[Finding]:
    """In the order of the partnership's priorities, and of each the newest first; those of none last."""
    return sorted(
        session.scalars(select(Finding).where(Finding.state == FindingState.PUBLISHED)),
        key=lambda one: (_place(one.priority), -one.found_on.toordinal(), one.id),
    )


def _place(priority: str) -> int:
    codes = [one.code for one in current_partnership().priorities]
    return codes.index(priority) if priority in codes else len(codes)


def has_public_findings(priority: str = "") -> bool:
    """Any, or of one priority."""
    wanted = select(Finding.id).where(Finding.state == FindingState.PUBLISHED)
    if priority:
        wanted = wanted.where(Finding.priority == priority)
    return session.scalar(wanted.limit(1)) is not None


def _is_late() -> ColumnElement[bool]:
    return and_(
        Finding.state == FindingState.PUBLISHED, Finding.action == ActionState.PLANNED, Finding.due_on < today()
    )


def _has_lost_figure() -> ColumnElement[bool]:
    not_public = select(Release.id).where(Release.state != ReleaseState.PUBLISHED)
    return and_(Finding.state != FindingState.WITHDRAWN, Finding.release_id.in_(not_public))


def count_to_look_at() -> int:
    """How many are late, or show a figure no more: what waits for the survey manager."""
    return _count(or_(_is_late(), _has_lost_figure()))


def count_showing(release_id: uuid.UUID) -> int:
    """How many would lose their figure with this release."""
    return _count(Finding.state != FindingState.WITHDRAWN, Finding.release_id == release_id)


def _count(*which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Finding).where(*which)) or 0


def _in_view(view: str) -> ColumnElement[bool]:
    match view:
        case "late":
            return _is_late()
        case "figure":
            return _has_lost_figure()
        case "drafts":
            return Finding.state == FindingState.DRAFT
        case "withdrawn":
            return Finding.state == FindingState.WITHDRAWN
    return Finding.state == FindingState.PUBLISHED


def count_findings(view: str, *, priority: str = "", action: str = "") -> int:
    return _count(*_wanted(view, priority, action))


def listed_findings(
    view: str, language: str, *, priority: str = "", action: str = "", skip: int = 0, most: int = 50
) -> list[ShownFinding]:
    """The staff's list: what is late longest first, all else the newest first."""
    order: Any = Finding.due_on if view == "late" else Finding.found_on.desc()
    found = select(Finding).where(*_wanted(view, priority, action))
    return shown_findings(session.scalars(found.order_by(order, Finding.id).offset(skip).limit(most)), language)


def _wanted(view: str, priority: str, action: str) -> list[ColumnElement[bool]]:
    wanted = [_in_view(view)]
    if priority:
        wanted.append(Finding.priority == priority)
    if action:
        wanted.append(Finding.action == action)
    return wanted


@dataclass(frozen=True)
class Summary:
    """How what people said stood at the end of a span of days, of the findings that are public now.

    `shown_findings` gives the words of any of them in a language.
    """

    found: Sequence[Finding]
    """Told within the span."""
    answered: Sequence[Finding]
    """Done, or decided that nothing will be, within the span."""
    all_found: int
    """Told by its last day, whenever that was."""
    all_answered: int
    """Of these, answered by its last day."""
    late: Sequence[Finding]
    """Of these, planned for a day before its last one and not answered by then; late longest first."""


def summary(db: Session, first_day: date, last_day: date) -> Summary:
    """For a report on a quarter: both days belong to it. Asked again on a later day it says the same, unless edited since."""
    public = select(Finding).where(Finding.state == FindingState.PUBLISHED, Finding.found_on <= last_day)
    told = sorted(db.scalars(public), key=lambda one: (_place(one.priority), one.found_on, one.id))
    answered = [one for one in told if one.answered_on is not None and one.answered_on <= last_day]
    late = [one for one in told if is_late(one, last_day)]
    return Summary(
        found=[one for one in told if one.found_on >= first_day],
        answered=[one for one in answered if one.answered_on and one.answered_on >= first_day],
        all_found=len(told),
        all_answered=len(answered),
        late=sorted(late, key=lambda one: (one.due_on or last_day, one.id)),
    )
