"""The times that something happened, in the words in which reporters and officers read them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.languages.i18n import short_day
from portal.questions.types import type_of
from portal.reporting.again import Happening
from portal.reporting.case import OpenReport
from portal.reporting.chronology import Entry, chronology
from portal.reporting.questions.again import HARM, LASTED
from portal.reporting.questions.codes import NONE, NOT_SURE
from portal.reporting.questions.first import WHEN

_WHEN = WHEN["when"]


def day_in_words(when: dict[str, Any]) -> str:
    """The day, the days between, or what is known instead."""
    if when.get("when", NOT_SURE) == NOT_SURE:
        return _("Day not known")
    return type_of(_WHEN).words(_WHEN, when)[0]


def time_in_words(when: dict[str, Any]) -> list[str]:
    """About what time, and in what part of the day; empty where nobody said."""
    return type_of(_WHEN).words(_WHEN, {"when": NOT_SURE} | when)[1:]


def lasted_in_words(told: Happening) -> str:
    """How long; empty where nobody said."""
    return str(LASTED.texts.get(told.lasted, told.lasted)) if told.lasted not in (None, NOT_SURE) else ""


def harm_in_words(told: Happening) -> list[str]:
    return [str(HARM.texts.get(code, code)) for code in told.harm if code != NONE]


def happening_in_words(told: Happening) -> list[str]:
    """Friday 20 November 2026; about 22:30; about an hour; and how it affected them."""
    said = [day_in_words(told.when), *time_in_words(told.when), lasted_in_words(told), *harm_in_words(told)]
    return [each for each in said if each]


def gap_in_words(entry: Entry) -> str:
    """How many days after the time before it; empty of the first."""
    return ngettext("%(num)s day", "%(num)s days", entry.gap) if entry.gap is not None else ""


def series_rows(found: OpenReport) -> list[dict[str, Any]]:
    """The times as the rows of the officers' table."""
    return [
        {
            "entry": entry,
            "day": short_day(entry.told.day) if entry.told.day else day_in_words(entry.told.when),
            "time": time_in_words(entry.told.when),
            "gap": gap_in_words(entry),
            "lasted": lasted_in_words(entry.told),
            "harm": harm_in_words(entry.told),
        }
        for entry in chronology(found)
    ]
