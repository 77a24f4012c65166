"""An event as its entries in people's calendars: the series, each date that is otherwise, each that stands by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time

from portal.db import LOCAL_TIME
from portal.events.feeds import Entry
from portal.events.listing import ShownEvent
from portal.events.models import Event, Occurrence
from portal.events.occurrences import of_the_rule
from portal.events.outgoing_words import kind_in_words, title_in_words, where_is
from portal.events.recurrence import moments_on
from portal.events.times import clock, local
from portal.text import unmarked

Address = Callable[[date | None], str]
"""The public address of the date of this planned day; of none, that of the event."""


def entries_of(shown: ShownEvent, address: Address) -> list[Entry]:
    """The series begins at the first date from which its rule holds without a gap, so that calendars reckon only dates
    that are. Dates of an earlier rule, which are over, stand by themselves.
    """
    series = of_the_rule(shown.event, shown.occurrences)
    in_series = {one.planned_on for one in series}
    alone = [entry_alone(shown, one, address) for one in shown.occurrences if one.planned_on not in in_series]
    if not series:
        return alone
    if len(series) == 1:
        # The date itself, which may have been moved or cancelled, under the address of the event.
        return [*alone, replace(entry_of(shown, series[0], lambda _day: address(None)), uid=str(shown.event.id))]
    starts = local(shown.event.starts_at).time()
    whole = entry_of(shown, None, address, times=len(series))
    begins = _as_the_rule_says(series[0], starts)
    _start, ends = moments_on(begins.date(), whole.starts_at, whole.ends_at)
    whole = replace(whole, starts_at=begins, ends_at=ends)
    overrides = [
        replace(entry_of(shown, one, address), planned_at=_as_the_rule_says(one, starts))
        for one in series
        if _is_otherwise(one, shown.event)
    ]
    return [*alone, whole, *overrides]


def entry_alone(shown: ShownEvent, one: Occurrence, address: Address) -> Entry:
    """One date for whoever keeps only that. It has a UID of its own: calendars take a RECURRENCE-ID without its series
    for a mistake, or drop it.
    """
    return replace(entry_of(shown, one, address), uid=f"{shown.event.id}-{one.planned_on}")


def entry_of(shown: ShownEvent, one: Occurrence | None, address: Address, times: int = 1) -> Entry:
    """All of an event, or one of its dates."""
    event = shown.event
    is_cancelled = shown.is_cancelled or (one is not None and one.is_cancelled)
    when = one or event
    url = address(one.planned_on if one else None)
    # Many calendars show no other web address than one in the text.
    return Entry(
        uid=str(event.id),
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        created_at=event.created_at,
        changed_at=event.changed_at,
        sequence=event.sequence,
        is_cancelled=is_cancelled,
        title=title_in_words(shown, is_cancelled=is_cancelled),
        text=f"{unmarked(shown.words.description)}\n\n{url}",
        html=shown.words.description,
        language=shown.words.language,
        location=where_is(shown, one).in_one_line,
        category=kind_in_words(shown),
        url=url,
        rule=event.rule if one is None else "",
        times=times,
    )


def _is_otherwise(one: Occurrence, event: Event) -> bool:
    """Also one in whose night the clocks change: calendars give each date of a series the same length, and disagree on
    an hour that is left out.
    """
    is_own_length = one.ends_at - one.starts_at != event.ends_at - event.starts_at
    is_own_hour = clock(one.starts_at) != clock(event.starts_at)
    return bool(one.is_cancelled or one.moved_from or one.venue or is_own_length or is_own_hour)


def _as_the_rule_says(one: Occurrence, starts: time) -> datetime:
    """The planned start by the clock of the series: in the night in which the clocks go forward it is written as an hour
    that is left out, as calendars reckon it.
    """
    return datetime.combine(local(one.planned_at).date(), starts.replace(fold=0), LOCAL_TIME)
