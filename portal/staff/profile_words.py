"""Problem profiles and planned activity as staff read them: which reports, which area, how far it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_pgettext

from portal.languages.i18n import current_language, formatting_locale, full_day
from portal.partnership.file import current_partnership
from portal.profiles.models import ActivityState
from portal.profiles.scopes import Scope
from portal.staff.profile_forms import ABOUT

STATES: dict[str, Any] = {
    ActivityState.PLANNED: lazy_pgettext("an activity", "Planned"),
    ActivityState.DONE: lazy_pgettext("an activity", "Done"),
    ActivityState.NOT_DONE: lazy_pgettext("an activity", "Not done"),
}


def area_words(place_group: str) -> str:
    """Its code where the partnership has no such group any more."""
    return str(areas().get(place_group, place_group))


def scope_words(scope: Scope) -> str:
    """All reports, Bletchley and Fenny Stratford."""
    return _("%(about)s, %(area)s", about=ABOUT[scope.about], area=area_words(scope.place_group))


def days_words(first: date, last: date) -> str:
    if first == last:
        return full_day(first)
    return _("%(first)s to %(last)s", first=full_day(first), last=full_day(last))


def month_alone(day: date) -> str:
    """October, in the page's language."""
    return format_date(day, "LLLL", locale=formatting_locale(current_language().locale))


def areas() -> dict[str, Any]:
    """What may be chosen, by code."""
    return {"": _("The whole area"), **{group.code: group.name for group in current_partnership().places.groups}}


def priority_choices() -> dict[str, str]:
    found = current_partnership().localised(current_language().code).priorities
    return {one.code: f"{one.code}: {one.title}" for one in found}
