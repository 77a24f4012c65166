"""How much help was asked for at events, and met: from the requests while they are there, and from counts when they are gone."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from portal.db import today, upsert
from portal.events.afterwards_models import EventOutcome
from portal.events.help_dates import TOLD
from portal.events.help_models import HelpCount, HelpRequest, HelpState, Need, Outcome
from portal.events.help_requests import OpenRequest, opened
from portal.events.models import Occurrence
from portal.events.times import midnight
from portal.partnership.file import current_partnership
from portal.small_counts import QUARTER, ShownCounts, month_after

ALL = "all"


def kept() -> timedelta:
    """After the date of an event its requests are destroyed; until then an editor can still say what was met."""
    return timedelta(days=current_partnership().retention.help_request_days)


@dataclass(frozen=True)
class RequestsMet:
    """Each thing that somebody needed is one; what is taken back, or for a date that is called off, is none."""

    made: int
    met: int
    not_met: int
    open: int


class Counted(NamedTuple):
    event_id: uuid.UUID
    day: date
    need: Need
    language: str
    outcome: Outcome


def requests_met(db: Session, since: date, until: date) -> RequestsMet:
    """Of the dates of events from the first day to the last, both included; without who only asked for a place or a link.

    Exact: whoever shows it to others hides small counts (`portal.small_counts`).
    """
    times: Counter[Outcome] = Counter()
    for counted, number in _counted(db, since, until).items():
        if counted.need not in TOLD:
            times[counted.outcome] += number
    return RequestsMet(times.total(), times[Outcome.MET], times[Outcome.NOT_MET], times[Outcome.OPEN])


def _counted(db: Session, since: date, until: date) -> Counter[Counted]:
    found: Counter[Counted] = Counter()
    for row in db.scalars(select(HelpCount).where(HelpCount.held_on.between(since, until))):
        found[Counted(row.event_id, row.held_on, row.need, row.language, row.outcome)] += row.times
    found.update(one for one in _of_requests(opened(db.scalars(_not_held()))) if since <= one.day <= until)
    return found


def _not_held() -> Select[HelpRequest]:
    return select(HelpRequest).where(~HelpRequest.is_held, HelpRequest.state != HelpState.WITHDRAWN)


def _of_requests(requests: Iterable[OpenRequest]) -> Iterator[Counted]:
    for one in requests:
        if one.is_held or one.state is HelpState.WITHDRAWN or one.meant.is_called_off:
            continue
        for need, outcome in one.needs.items():
            language = one.language if need is Need.INTERPRETER else ""
            yield Counted(one.meant.event.id, one.meant.day, need, language, outcome)


def has_people(db: Session, event_id: uuid.UUID) -> bool:
    """Whether somebody asked for something at this event, or what came of it was stored: more than its words is known."""
    known = (HelpRequest, HelpCount, EventOutcome)
    return any(db.scalar(select(exists().where(table.event_id == event_id))) for table in known)


def needs_to_tell(db: Session, event_id: uuid.UUID) -> dict[date, Counter[tuple[Need, str]]]:
    """What the organiser is told: on each date to come how many people need what. What cannot be met is not asked of them."""
    found: dict[date, Counter[tuple[Need, str]]] = {}
    requests = [one for one in opened(db.scalars(_not_held().where(HelpRequest.event_id == event_id))) if one.is_open]
    for one in _of_requests(requests):
        if one.need not in TOLD and one.outcome is not Outcome.NOT_MET:
            found.setdefault(one.day, Counter())[one.need, one.language] += 1
    return dict(sorted(found.items()))


def count_over(db: Session, by: date) -> int:
    """How many requests are destroyed by that day."""
    last = by - kept()
    return sum(_is_due(one, last) for one in opened(db.scalars(_may_be_due(last))))


def _may_be_due(last: date) -> Select[HelpRequest]:
    due = or_(
        HelpRequest.planned_on < last,
        exists().where(
            Occurrence.event_id == HelpRequest.event_id,
            Occurrence.planned_on == HelpRequest.planned_on,
            Occurrence.ends_at < midnight(last),
        ),
        (HelpRequest.state == HelpState.WITHDRAWN) & (HelpRequest.changed_on < last),
    )
    return select(HelpRequest).where(due)


def sweep_help_requests(db: Session) -> int:
    """Requests whose date is over for long enough become counts, and nothing else stays; what was open was not met.

    Gives how many.
    """
    last = today() - kept()
    over = [one for one in opened(db.scalars(_may_be_due(last).with_for_update())) if _is_due(one, last)]
    for counted, number in Counter(_of_requests(over)).items():
        outcome = Outcome.NOT_MET if counted.outcome is Outcome.OPEN else counted.outcome
        key = {
            "event_id": counted.event_id,
            "held_on": counted.day,
            "need": counted.need,
            "language": counted.language,
            "outcome": outcome,
        }
        upsert(db, HelpCount, key, {"times": number}, add={"times": number})
    db.execute(delete(HelpRequest).where(HelpRequest.id.in_([one.id for one in over])))
    return len(over)


def _is_due(request: OpenRequest, last: date) -> bool:
    """One that was taken back does not wait for its date."""
    return request.state is HelpState.WITHDRAWN or request.meant.day < last


def _last_final_month() -> date:
    return month_after((today() - kept() - timedelta(days=1)).replace(day=1), -1)


def final_quarters(most: int) -> list[date]:
    """The first days of the newest quarters whose months are all final, in order."""
    after = month_after(_last_final_month())
    newest = month_after(after.replace(month=(after.month - 1) // QUARTER * QUARTER + 1), -QUARTER)
    return [month_after(newest, -QUARTER * back) for back in reversed(range(most))]


class HelpFigures(NamedTuple):
    """What may be shown of the requests, by month and what a month adds up to; each sums to `made`'s one answer."""

    made: ShownCounts
    outcomes: ShownCounts
    needs: ShownCounts
    languages: ShownCounts
    """Of the interpreters."""


def help_figures(db: Session, spoken: Iterable[str]) -> HelpFigures:
    """Of the months that are final: no request of them is left, so nothing of them changes any more.

    `spoken`: the languages that can be asked for, in order. To offer only those that were would tell that they were.
    """
    last = _last_final_month()
    tables: dict[str, dict[date, Counter[str]]] = {name: {} for name in HelpFigures._fields}
    for row in db.scalars(select(HelpCount).where(HelpCount.need.not_in(TOLD))):
        said = {"made": ALL, "outcomes": row.outcome, "needs": row.need, "languages": row.language}
        for name, answer in said.items():
            if answer:
                tables[name].setdefault(row.held_on.replace(day=1), Counter())[answer] += row.times
    asked = sorted({code for month in tables["languages"].values() for code in month})
    offered = list(dict.fromkeys([*spoken, *asked]))
    made = ShownCounts(tables["made"], [ALL], last)
    needs = ShownCounts(tables["needs"], [need for need in Need if need not in TOLD], last, (made, ALL))
    return HelpFigures(
        made,
        ShownCounts(tables["outcomes"], [Outcome.MET, Outcome.NOT_MET], last, (made, ALL)),
        needs,
        ShownCounts(tables["languages"], offered, last, (needs, Need.INTERPRETER)),
    )
