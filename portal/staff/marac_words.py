"""The MARAC in words: agencies, risk, how far a case is, why minutes cannot be agreed."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.languages.i18n import full_day, isolated, long_day
from portal.languages.words import in_words
from portal.marac.agreeing import NotYet
from portal.marac.models import ActionState, CaseState, ChangeReason
from portal.marac.tables import Meeting
from portal.partnership.file import current_partnership
from portal.reporting.pages.steps import agency_in_words

CASES = {
    CaseState.WAITING.value: (_l("Waits for a meeting"), "new"),
    CaseState.ON_AGENDA.value: (_l("On an agenda"), "looking"),
    CaseState.HEARD.value: (lazy_pgettext("a case", "Heard"), "closed"),
    CaseState.LEFT_OUT.value: (_l("Not taken"), "closed"),
}
ACTIONS = {
    ActionState.OPEN.value: (_l("To do"), "looking"),
    ActionState.DONE.value: (_l("Done"), "closed"),
    ActionState.NOT_DONE.value: (_l("Not done"), "high"),
}
STEPS = {
    "added": _l("Written down"),
    "done": _l("Done"),
    "not_done": _l("Not done"),
    "open": _l("To do again"),
    "given_on": _l("Given on to"),
}
FIGURES = {
    "referred": _l("Cases referred"),
    "repeat": _l("of them referred before"),
    "heard": _l("Cases heard"),
    "lower": _l("Risk lower afterwards"),
    "same": _l("Risk the same"),
    "higher": _l("Risk higher afterwards"),
    "actions": _l("Actions that were due"),
    "in_time": _l("Actions done in time"),
}


REASONS = {
    ChangeReason.CHAIR.value: _l("The chair cannot come"),
    ChangeReason.TOO_FEW.value: _l("Too few agencies can come"),
    ChangeReason.URGENT.value: _l("A case cannot wait"),
    ChangeReason.NO_CASES.value: _l("There is no case to hear"),
    ChangeReason.OTHER_MEETING.value: _l("Another meeting hears the cases"),
    ChangeReason.NO_ROOM.value: _l("There is no room, or the call does not work"),
    ChangeReason.WRONG_DAY.value: _l("The day or time was written wrongly"),
}


def agency(code: str) -> Any:
    """Empty is the partnership itself."""
    return agency_in_words(code) if code else _("The partnership")


def agency_choices() -> dict[str, Any]:
    """Those at the table by the partnership file."""
    return {"": agency("")} | {code: agency(code) for code in current_partnership().marac.agencies}


def meeting(one: Meeting) -> str:
    return when(one.held_on, one.begins)


def when(day: date, clock: str) -> str:
    """A day and what the clock shows then."""
    return _("%(day)s at %(time)s", day=long_day(day), time=isolated(clock))


def over(one: Meeting) -> str:
    """Why nothing of it is changed any more."""
    if one.cancelled_on is not None:
        return _("This meeting was cancelled, so nothing of it is changed any more.")
    return _("The minutes of this meeting are agreed, so nothing of it is changed any more.")


def not_your_key() -> str:
    return _("Your key does not open this meeting. Ask somebody at its table to hand it to you. Nothing was changed.")


def day_of(step: dict[str, str]) -> str:
    """Of something that was done with an action."""
    return full_day(date.fromisoformat(step["on"]))


def risk(code: str) -> Any:
    """A step of the scale; its code where it is no longer on it."""
    step = current_partnership().marac.find_step(code)
    return in_words(step.words) if step is not None else code or _("Not said")


def risk_choices() -> dict[str, Any]:
    return {step.code: risk(step.code) for step in current_partnership().marac.scale}


def criterion(code: str) -> Any:
    words = {each.code: each.words for each in current_partnership().marac.criteria}
    return in_words(words[code]) if code in words else code


def why_not_yet(why: NotYet) -> str:
    match why:
        case NotYet.NO_CHAIR:
            return _("The chair was not there, so the minutes cannot be agreed. Name a deputy who was there.")
        case NotYet.NOT_YOURS:
            return _("The chair agrees the minutes, or the deputy if the chair was not there.")
        case NotYet.NO_QUORUM:
            return _(
                "Too few agencies were there. %(quorum)s are needed before the minutes can be agreed.",
                quorum=current_partnership().marac.quorum,
            )
        case NotYet.NOT_OVER:
            return _("The meeting is still to come. Its minutes are agreed afterwards.")
        case NotYet.NOTHING_HEARD:
            return _("No case has minutes yet. Write them first.")


def quarter(first: date) -> str:
    return _("Q%(quarter)s %(year)s", quarter=(first.month + 2) // 3, year=first.year)
