"""Series of groups' own calendars, as our calendar can have them: by a rule of ours where it says the same, else day by day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter

from portal.events.recurrence import (
    MAX_OCCURRENCES,
    WEEKDAYS,
    TooMany,
    days,
    monthly_by_day,
    monthly_by_weekday,
    weekly,
)
from portal.events.times import local

# Dates of a rule that our own rules cannot say: each is an event of its own, and an editor looks at each.
MAX_SINGLE = 60
MAX_INTERVAL = 99
MONTHS_AHEAD = 15
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
_PERIODS = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(T\d{6}Z?)?")


class CannotFollow(Exception):
    """A rule that nobody understands, or that makes very many dates."""


@dataclass(frozen=True)
class Series:
    """The days of a rule that lie within the time that is looked at. `rule` is empty where ours cannot say them."""

    days: list[date]
    rule: str


def quarter_of(day: date) -> date:
    """The first day of its quarter: a series that never ends is prolonged four times a year, and not with every reading."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def horizon_of(day: date) -> date:
    """How far ahead is read: to the end of the quarter in which it will be a year from now."""
    months = quarter_of(day).month - 1 + MONTHS_AHEAD
    return date(day.year + months // 12, months % 12 + 1, 1) - timedelta(days=1)


def series(rule: str, starts_at: datetime, since: date, until: date) -> Series:
    """The days of the rule from one day to another, by the clock of `starts_at`. Raises CannotFollow."""
    parts = _parts(rule)
    first = starts_at.date()
    found = list(islice(_days(parts, first, since, until, _last(parts, starts_at)), MAX_OCCURRENCES + 1))
    if len(found) > MAX_OCCURRENCES:
        raise CannotFollow
    # By another clock than ours the day may be another, too.
    shift = local(starts_at).date() - first
    found = [day + shift for day in found]
    ours = next((one for one in _candidates(parts, found[0]) if _is_same(one, found)), "") if len(found) > 1 else ""
    if not ours and len(found) > MAX_SINGLE:
        raise CannotFollow
    return Series(found, ours)


def _is_same(rule: str, found: list[date]) -> bool:
    try:
        return days(rule, found[0], found[-1]) == found
    except TooMany:
        return False


def _candidates(parts: dict[str, str], first: date) -> Iterator[str]:
    """Rules of ours that may say the same; the dates tell."""
    every = int(parts["INTERVAL"])
    if parts["FREQ"] in {"DAILY", "WEEKLY"}:
        named = [WEEKDAYS.index(one[2]) for one in _WEEKDAY.finditer(parts.get("BYDAY", ""))]
        weeks = every if parts["FREQ"] == "WEEKLY" else max(1, every // 7)
        yield weekly(weeks)
        yield weekly(weeks, named or range(7))
    else:
        yield monthly_by_day(first)
        yield monthly_by_weekday(first)
        yield monthly_by_weekday(first, last=True)


def _parts(rule: str) -> dict[str, str]:
    parts = {"INTERVAL": "1"}
    for part in rule.upper().strip().strip(";").split(";"):
        name, _equals, value = part.partition("=")
        if name.startswith("X-"):
            continue
        if name not in _KNOWN or not value:
            raise CannotFollow
        parts[name] = value
    every = parts["INTERVAL"]
    if parts.get("FREQ") not in _PERIODS or not re.fullmatch(r"\d{1,2}", every) or not 1 <= int(every) <= MAX_INTERVAL:
        raise CannotFollow
    return parts


def _numbers(parts: dict[str, str], name: str, most: int) -> set[int]:
    if name not in parts:
        return set()
    said = parts[name].split(",")
    if len(said) > most or not all(re.fullmatch(r"[+-]?\d{1,3}", one) and abs(int(one)) <= most for one in said):
        raise CannotFollow
    return set(map(int, said)) - {0}


def _days(parts: dict[str, str], first: date, since: date, until: date, ends_on: date | None) -> Iterator[date]:
    """Each day of the rule that is not before `since`. It looks at each day once, so no rule can keep it for long."""
    last = min(until, ends_on or until)
    count = int(parts["COUNT"]) if re.fullmatch(r"\d{1,6}", parts.get("COUNT", "")) else None
    if "COUNT" in parts and count is None:
        raise CannotFollow
    fits, period = _test(parts, first)
    positions = _numbers(parts, "BYSETPOS", 366)
    # Whoever counts needs the days from the first on; all others a whole period before.
    begin = first if count is not None else max(first, date(since.year - 1, 1, 1))
    # Of a period that has begun already, its earlier days are counted with it.
    whole = date(begin.year, 1, 1) - timedelta(weeks=1) if positions else begin
    fitting = (day for day in _each(whole, last) if fits(day))
    if positions:
        fitting = (day for day in _at(positions, fitting, period) if day >= begin)
    made = 0
    if begin == first and last >= first and (count is None or count > 0):
        made = 1
        if first >= since:
            yield first
    for day in fitting:
        if day == first:
            continue
        if count is not None and made >= count:
            return
        made += 1
        if day >= since:
            yield day


def _each(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _at(positions: set[int], fitting: Iterator[date], period: Callable[[date], int]) -> Iterator[date]:
    for _period, group in groupby(((period(day), day) for day in fitting), itemgetter(0)):
        of_period = [day for _number, day in group]
        for number, day in enumerate(of_period, 1):
            if number in positions or number - len(of_period) - 1 in positions:
                yield day


def _last(parts: dict[str, str], starts_at: datetime) -> date | None:
    """The last day on which one may begin: UNTIL with a time is a moment (RFC 5545, 3.3.10), and that day may begin later."""
    if "UNTIL" not in parts:
        return None
    found = _UNTIL.fullmatch(parts["UNTIL"])
    if not found:
        return _refuse()
    try:
        if not found[4]:
            return date(*map(int, found.groups()[:3]))
        ends_at = datetime.strptime(found[0].removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=starts_at.tzinfo)
        if found[0].endswith("Z"):
            ends_at = ends_at.replace(tzinfo=UTC).astimezone(starts_at.tzinfo)
    except (ValueError, OverflowError):
        return _refuse()
    return ends_at.date() - timedelta(days=ends_at.time() < starts_at.time())


def _refuse() -> date:
    raise CannotFollow


def _test(parts: dict[str, str], first: date) -> tuple[Callable[[date], bool], Callable[[date], int]]:
    """Whether a day is one of the rule's (RFC 5545, 3.3.10), and in which of its periods it lies."""
    frequency, every = parts["FREQ"], int(parts["INTERVAL"])
    months, month_days = _numbers(parts, "BYMONTH", 12), _numbers(parts, "BYMONTHDAY", 31)
    weekdays = _weekdays(parts)
    if frequency == "WEEKLY" and month_days:
        raise CannotFollow
    begins = WEEKDAYS.index(parts["WKST"]) if parts.get("WKST") in WEEKDAYS else 0
    if frequency == "WEEKLY" and not weekdays:
        weekdays = {(0, first.weekday())}
    if frequency in {"MONTHLY", "YEARLY"} and not weekdays and not month_days:
        month_days = {first.day}
        months = months or ({first.month} if frequency == "YEARLY" else set())
    in_year = frequency == "YEARLY" and not months and not month_days

    def period(day: date) -> int:
        match frequency:
            case "DAILY":
                return (day - first).days
            case "WEEKLY":
                return (day.toordinal() - 1 - begins) // 7 - (first.toordinal() - 1 - begins) // 7
            case "MONTHLY":
                return (day.year - first.year) * 12 + day.month - first.month
        return day.year - first.year

    def fits(day: date) -> bool:
        return (
            period(day) % every == 0
            and (not months or day.month in months)
            and (not month_days or day.day in month_days or day.day - _length(day) - 1 in month_days)
            and (not weekdays or not weekdays.isdisjoint(_names(day, in_year=in_year)))
        )

    return fits, period


def _weekdays(parts: dict[str, str]) -> set[tuple[int, int]]:
    """(which of its month or year, 0 for each; weekday from 0 for Monday)."""
    if "BYDAY" not in parts:
        return set()
    found = [_WEEKDAY.fullmatch(one) for one in parts["BYDAY"].split(",")[:60]]
    if not all(found) or (parts["FREQ"] in {"DAILY", "WEEKLY"} and any(one and one[1] for one in found)):
        raise CannotFollow
    return {(int(one[1] or 0), WEEKDAYS.index(one[2])) for one in found if one}


def _names(day: date, *, in_year: bool) -> set[tuple[int, int]]:
    """What a rule may call this day: "a Tuesday", "the second Tuesday", "the last but two"."""
    if in_year:
        number, length = day.timetuple().tm_yday, 366 if _length(day.replace(month=2, day=1)) == 29 else 365
    else:
        number, length = day.day, _length(day)
    weekday = day.weekday()
    return {(0, weekday), ((number - 1) // 7 + 1, weekday), (-((length - number) // 7 + 1), weekday)}


def _length(day: date) -> int:
    following = day.replace(day=28) + timedelta(days=4)
    return (following - timedelta(days=following.day)).day
