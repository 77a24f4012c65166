"""Awareness days as people read them: when they are, and how certain that is."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask_babel import gettext as _

from portal.events.planning import Coming
from portal.languages.i18n import current_language, day_and_year, formatting_locale


def when(one: Coming) -> str:
    """Saturday 10 October 2026 to Saturday 17 October 2026; of what has no dates yet, what is usual."""
    if one.span is not None:
        first, last = one.span
        return (
            day_and_year(first)
            if first == last
            else _("%(first)s to %(last)s", first=day_and_year(first), last=day_and_year(last))
        )
    month = one.usual_month
    if month is None:
        return _("The dates are different each year.")
    name = format_date(month, "LLLL", locale=formatting_locale(current_language().locale))
    match one.day.rule.part:
        case "early":
            return _("Usually: %(month)s (at the beginning)", month=name)
        case "middle":
            return _("Usually: %(month)s (in the middle)", month=name)
        case "late":
            return _("Usually: %(month)s (at the end)", month=name)
    return _("Usually: %(month)s", month=name)


def cautions(one: Coming) -> list[str]:
    """What someone should know before they rely on the day."""
    found = []
    if one.day.may_differ:
        found.append(_("It may differ by a day."))
    if one.day.evening_before:
        found.append(_("It begins on the evening before."))
    return found


def month_of(one: Coming, first: date) -> date:
    """The first day of the month under which it stands; what began before `first` and is still on stands with it."""
    return max(one.begins, first).replace(day=1)
