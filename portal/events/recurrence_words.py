"""How often an event comes, as a sentence in the visitor's language: people misread rules, and dates alone hide them."""

from __future__ import annotations

from babel.dates import get_day_names
from babel.lists import format_list
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.events.listing import ShownEvent
from portal.events.recurrence import LAST, nth_of, weekdays_of, weeks_of
from portal.events.times import clock, local
from portal.languages.i18n import current_language, day_and_year

EVERY_WEEK = (
    _l("Every Monday"),
    _l("Every Tuesday"),
    _l("Every Wednesday"),
    _l("Every Thursday"),
    _l("Every Friday"),
    _l("Every Saturday"),
    _l("Every Sunday"),
)


def comes_again(shown: ShownEvent) -> str:
    """Every Tuesday, 10:00 to 11:30, until Tuesday 15 December 2026; empty where it is once."""
    event, count = shown.event, len(shown.occurrences)
    if count < 2 or not event.rule:
        return ""
    how_often = _how_often(event.rule, local(event.starts_at).weekday(), local(event.starts_at).day)
    start, end = clock(event.starts_at), clock(event.ends_at)
    if event.times == count:
        return ngettext(
            "%(how_often)s, %(start)s to %(end)s, %(num)s time",
            "%(how_often)s, %(start)s to %(end)s, %(num)s times",
            count,
            how_often=how_often,
            start=start,
            end=end,
        )
    return _(
        "%(how_often)s, %(start)s to %(end)s, until %(day)s",
        how_often=how_often,
        start=start,
        end=end,
        day=day_and_year(max(one.planned_on for one in shown.occurrences)),
    )


def _how_often(rule: str, weekday: int, day: int) -> str:
    names = get_day_names("wide", locale=current_language().locale)
    name, several = names[weekday], weekdays_of(rule)
    if len(several) > 1:
        return _several([names[one] for one in several], weeks_of(rule) or 1)
    weeks = weeks_of(rule)
    if weeks == 1:
        return str(EVERY_WEEK[weekday])
    if weeks is not None:
        return ngettext("Every %(num)s week: %(weekday)s", "Every %(num)s weeks: %(weekday)s", weeks, weekday=name)
    match nth_of(rule):
        case 1:
            return _("Every month, on the first %(weekday)s", weekday=name)
        case 2:
            return _("Every month, on the second %(weekday)s", weekday=name)
        case 3:
            return _("Every month, on the third %(weekday)s", weekday=name)
        case 4:
            return _("Every month, on the fourth %(weekday)s", weekday=name)
        case nth if nth == LAST:
            return _("Every month, on the last %(weekday)s", weekday=name)
    return _("Every month, on day %(number)s", number=str(day))


def _several(names: list[str], weeks: int) -> str:
    weekdays = format_list(names, locale=current_language().locale)
    if weeks == 1:
        return _("Every %(weekdays)s", weekdays=weekdays)
    return ngettext("Every %(num)s week: %(weekday)s", "Every %(num)s weeks: %(weekday)s", weeks, weekday=weekdays)
