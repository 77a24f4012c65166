"""Reports in numbers, of the months that are over: how many came, of what, from where, and how they ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from portal.db import session, today
from portal.partnership.file import current_partnership
from portal.reporting.count_models import ReportCount
from portal.reporting.models import Kind, Source
from portal.reporting.questions.asb import AFFECTED, COUNTED_AS, TYPES
from portal.reporting.questions.codes import NOT_SURE
from portal.reporting.questions.hate import EXTRA_STRANDS, HATE_TYPES, MONITORED_STRANDS
from portal.small_counts import ShownCounts, month_after

ALL = "all"
NOT_GIVEN = "not_given"
"""The place group of reports that name no place."""
ASB_TYPES = tuple(code for code in TYPES if code not in COUNTED_AS)

Months = dict[date, dict[str, int]]


@dataclass(frozen=True)
class Figures:
    """What may be shown of each question's counts; `by_group` are the categories of anti-social behaviour, each by place."""

    first: date | None
    """The first month in which a report came; None where no month with one is over."""
    last: date
    received: ShownCounts
    tables: Mapping[str, ShownCounts]
    by_group: Mapping[str, ShownCounts]
    hate_by_group: ShownCounts


def last_month() -> date:
    """The last that is over. In one that runs, whoever looks before and after a report would see what it was about."""
    return month_after(today().replace(day=1), -1)


def report_figures() -> Figures:
    """All questions that are counted. Nothing here changes when a report is deleted."""
    last = last_month()
    counted, by_group = _counted(last)
    received = ShownCounts(_sums(counted["kind"]), [ALL], last)
    whole = (received, ALL)
    closed = ShownCounts(_sums(counted["outcome"]), [ALL], last)
    groups = [*(group.code for group in current_partnership().places.groups), NOT_GIVEN]
    # Whoever is not sure, or skips the question, says nothing of anybody: that is the rest, and is not shown.
    kinds = [Kind.HATE.value, Kind.ASB.value]
    categories = [code for code in AFFECTED["affected"].texts if code != NOT_SURE]
    kind = ShownCounts(counted["kind"], kinds, last, whole, has_rest=True)
    # Only a report of anti-social behaviour has a category: held against all reports, a small one could follow.
    category = ShownCounts(counted["asb_category"], categories, last, (kind, Kind.ASB.value), has_rest=True)
    place_group = ShownCounts(by_group["kind"], _with(groups, by_group["kind"]), last, whole)
    tables = {
        "kind": kind,
        "place_group": place_group,
        "strand": ShownCounts(counted["strand"], [*MONITORED_STRANDS], last),
        "strand_extra": ShownCounts(counted["strand_extra"], [*EXTRA_STRANDS], last),
        "hate_type": ShownCounts(counted["hate_type"], [option.code for option in HATE_TYPES["types"].options], last),
        "asb_category": category,
        "asb_type": ShownCounts(counted["asb_type"], _with(ASB_TYPES, counted["asb_type"]), last),
        "repeat": ShownCounts(counted["repeat"], ["yes"], last, whole, has_rest=True),
        "online": ShownCounts(counted["online"], ["yes"], last, whole, has_rest=True),
        # Each report has one. Of those deleted before these were counted nothing is known: to keep the others as if there were
        # no such rest is the safer rule.
        "language": ShownCounts(counted["language"], _with((), counted["language"]), last, whole),
        "source": ShownCounts(counted["source"], [*Source], last, whole),
        "closed": closed,
        "outcome": ShownCounts(counted["outcome"], _with((), counted["outcome"]), last, (closed, ALL)),
    }
    found: dict[str, ShownCounts] = {}
    for code in categories:
        months = by_group[f"asb_category {code}"]
        found[code] = ShownCounts(
            months, _with(groups, months), last, (category, code), bound=(place_group, tuple(found.values()))
        )
    # After the categories, of which none is changed by it: what is about hate has no category, so all are apart from each other.
    hate = by_group["kind hate"]
    hate_by_group = ShownCounts(
        hate, _with(groups, hate), last, (kind, Kind.HATE.value), bound=(place_group, tuple(found.values()))
    )
    first = min((month for month, times in counted["kind"].items() if any(times.values())), default=None)
    return Figures(first, last, received, tables, found, hate_by_group)


def _counted(last: date) -> tuple[defaultdict[str, Months], defaultdict[str, Months]]:
    """By question, then month and answer; and by question (of categories with the answer), then month and place group."""
    times = func.sum(ReportCount.times)
    keys = (ReportCount.month, ReportCount.question, ReportCount.answer)
    counted: defaultdict[str, Months] = defaultdict(dict)
    for month, question, answer, number in session.execute(
        select(*keys, times).where(ReportCount.month <= last).group_by(*keys)
    ):
        counted[question].setdefault(month, {})[answer] = int(number)
    by_group: defaultdict[str, Months] = defaultdict(dict)
    placed = select(*keys, ReportCount.place_group, ReportCount.times).where(
        ReportCount.month <= last, ReportCount.question.in_(["kind", "asb_category"])
    )
    for month, question, answer, group, number in session.execute(placed):
        for name in ("kind", f"kind {answer}") if question == "kind" else (f"{question} {answer}",):
            found = by_group[name].setdefault(month, {})
            found[group] = found.get(group, 0) + number
    return counted, by_group


def _sums(months: Months) -> Months:
    return {month: {ALL: sum(times.values())} for month, times in months.items()}


def _with(known: Iterable[str], months: Months) -> list[str]:
    """The known answers in their order, then others that were counted: of a code that is no longer there, say."""
    order = [str(code) for code in known]
    return order + sorted({answer for times in months.values() for answer in times} - set(order))


def last_day(month: date) -> date:
    return month_after(month) - timedelta(days=1)
