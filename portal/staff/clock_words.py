"""What was promised to a reporter and how it stands, as staff read it."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from portal.db import today
from portal.languages.i18n import long_day
from portal.reporting.models import Promise
from portal.reporting.promises import PromiseClock


class Stand(NamedTuple):
    """How a clock stands: one word, what it means in days, and whether the promise was missed."""

    word: str
    days: list[str]
    is_missed: bool


class Owed(NamedTuple):
    """What is owed next: the sentence, what else is to be said of it, and whether it is late."""

    sentence: str
    more: str
    is_late: bool


def promise_in_words(clock: PromiseClock) -> str:
    match clock.promise:
        case Promise.READ:
            return _("Read what they told us")
        case Promise.TELL:
            return _("Tell them what we do")
        case Promise.WRITE_AGAIN:
            return _("Write to them again")
        case Promise.ANSWER:
            return _("Answer their message")
        case Promise.FORMATS:
            return _("Have ready what they asked for, or say when it will be")
        case Promise.ACKNOWLEDGE:
            return _("Say that the immediate risk was seen")


def stand_in_words(clock: PromiseClock) -> Stand:
    return Stand(_word(clock), _days(clock), clock.is_missed)


def _word(clock: PromiseClock) -> str:
    if clock.is_paused:
        return pgettext("promise", "Waits for the reporter")
    if clock.is_owed:
        if clock.is_overdue:
            return pgettext("promise", "Late")
        return pgettext("promise", "Due today") if clock.due_on == today() else pgettext("promise", "To do")
    if clock.met_on is None:
        return pgettext("promise", "Ended, late") if clock.is_missed else pgettext("promise", "Ended")
    return pgettext("promise", "Done late") if clock.is_missed else pgettext("promise", "Done in time")


def _days(clock: PromiseClock) -> list[str]:
    said = [_("Promised for %(day)s.", day=long_day(clock.due_on))]
    if clock.met_on:
        said.append(_("Done on %(day)s.", day=long_day(clock.met_on)))
    elif clock.ended_on:
        said.append(_("Nothing was owed any more from %(day)s.", day=long_day(clock.ended_on)))
    elif clock.is_paused and clock.paused_on and clock.waits_until:
        said = [
            _("Since %(day)s.", day=long_day(clock.paused_on)),
            _("It runs again when they write, or on %(day)s.", day=long_day(clock.waits_until)),
        ]
    if clock.days_paused:
        said.append(
            ngettext(
                "It waited %(num)s working day for the reporter.",
                "It waited %(num)s working days for the reporter.",
                clock.days_paused,
            )
        )
    return said


def owed_next_in_words(clock: PromiseClock) -> Owed:
    """What an officer owes the reporter next and by when, as one sentence."""
    if clock.is_paused and clock.waits_until:
        sentence = _(
            "We wait for the reporter. If they do not write, we go on from %(day)s.", day=long_day(clock.waits_until)
        )
        return Owed(sentence, "", is_late=False)
    more = _("We waited for the reporter as long as we do. They did not write.") if clock.has_waited_long_enough else ""
    return Owed(_owed(clock), more, is_late=clock.is_overdue)


def _owed(clock: PromiseClock) -> str:
    day = long_day(clock.due_on)
    match clock.promise:
        case Promise.ANSWER if clock.is_overdue:
            return _("Late: answer their message. It was promised for %(day)s.", day=day)
        case Promise.ANSWER:
            return _("Answer their message by %(day)s.", day=day)
        case Promise.TELL if clock.is_overdue:
            return _("Late: tell them what we do. It was promised for %(day)s.", day=day)
        case Promise.TELL:
            return _("Tell them what we do by %(day)s.", day=day)
        case Promise.FORMATS if clock.is_overdue:
            return _(
                "Late: have ready what they asked for, or say when it will be. It was promised for %(day)s.", day=day
            )
        case Promise.FORMATS:
            return _("Have ready what they asked for, or say when it will be, by %(day)s.", day=day)
        case Promise.READ if clock.is_overdue:
            return _("Late: read this. It was promised for %(day)s.", day=day)
        case Promise.READ:
            return _("Read this by %(day)s.", day=day)
        case Promise.ACKNOWLEDGE if clock.is_overdue:
            return _("Late: say that you have seen the immediate risk. It was promised for %(day)s.", day=day)
        case Promise.ACKNOWLEDGE:
            return _("Say by %(day)s that you have seen the immediate risk.", day=day)
        case Promise.WRITE_AGAIN if clock.is_overdue:
            return _("Late: write to them again. It was promised for %(day)s.", day=day)
        case Promise.WRITE_AGAIN:
            return _("Write to them again by %(day)s.", day=day)
