"""Whole months of which figures are asked: as an address names them, the quarters, the same months earlier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.small_counts import month_after

QUARTERS_OFFERED = 8


@dataclass(frozen=True)
class Span:
    """Whole months, from the first to the last, each by its first day."""

    first: date
    last: date

    @property
    def months(self) -> int:
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    @property
    def before(self) -> Span:
        return Span(month_after(self.first, -self.months), month_after(self.last, -self.months))

    @property
    def year_ago(self) -> Span:
        return Span(month_after(self.first, -12), month_after(self.last, -12))

    @property
    def address(self) -> dict[str, str]:
        """As `asked_span` reads it again."""
        return {"from": f"{self.first:%Y-%m}", "to": f"{self.last:%Y-%m}"}

    @property
    def quarter(self) -> str:
        """2026-3, of the months that are one."""
        return f"{self.first.year}-{self.last.month // 3}"


def asked_span(given: Mapping[str, str], first: date | None, last: date) -> Span | None:
    """The months from `from` to `to`; None where these name none, are not in order, or lie outside the first and the last."""
    start, end = (_month(given.get(name)) for name in ("from", "to"))
    if first is None or start is None or end is None or not first <= start <= end <= last:
        return None
    return Span(start, end)


def _month(text: str | None) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if text and len(text) == len("2026-01") else None
    except ValueError:
        return None


def last_quarter(last: date) -> Span:
    """The last quarter of the calendar that is over with this month."""
    end = month_after(last, -(last.month % 3))
    return Span(month_after(end, -2), end)


def default_span(first: date | None, last: date) -> Span:
    """The last quarter; where reports came only later, the months since."""
    quarter = last_quarter(last)
    return quarter if first is None or first <= quarter.last else Span(first, last)


def quarters(first: date | None, last: date, most: int) -> list[Span]:
    """Those that are over and in which reports came, newest first."""
    span, found = last_quarter(last), list[Span]()
    while first is not None and span.last >= first and len(found) < most:
        found.append(span)
        span = span.before
    return found
