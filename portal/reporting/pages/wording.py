"""How far a report is, what happens next and who translated what, in the words in which people read it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.db import today
from portal.languages.i18n import direction, long_day, name_for_staff, own_name
from portal.languages.sentences import safety
from portal.reporting.conversations import Conversation
from portal.reporting.deletions import Deletion
from portal.reporting.models import Promise, Refusal, State
from portal.reporting.promises import PromiseClock, find_owed
from portal.reporting.translations import OpenTranslation


def next_steps(
    talk: Conversation, owed: list[PromiseClock], update_days: int, *, is_together: bool = False
) -> list[tuple[str, str, str]]:
    """What the officers do by when: (by when, what, how it is drawn). Nothing where they have finished or must stop.

    That someone acknowledges an immediate risk is not said: whoever found the receipt would read what was ticked.
    """
    if _is_over(talk, is_together=is_together):
        return []
    said = [(clock, does) for clock in owed if (does := _does(clock, is_request=talk.is_request))]
    steps = [
        (
            _("Late: %(day)s", day=long_day(clock.due_on)),
            _("We should have done this by now. Write to us here."),
            "next",
        )
        if clock.is_overdue
        else (_("By %(day)s", day=long_day(clock.latest_on)), does, "next" if number == 0 else "later")
        for number, (clock, does) in enumerate(said)
    ]
    every = ngettext(
        "We write to you at least every %(num)s working day, until we have finished.",
        "We write to you at least every %(num)s working days, until we have finished.",
        update_days,
    )
    return [*steps, (_("After that"), every, "later")] if steps else []


def _does(clock: PromiseClock, *, is_request: bool) -> str | None:
    match clock.promise:
        case Promise.READ if is_request:
            return _("An officer reads it and answers you here.")
        case Promise.READ:
            return _("An officer reads it and decides who can help.")
        case Promise.FORMATS:
            return _("What you asked for is ready, or we tell you here when it will be.")
        case Promise.TELL:
            return _("We tell you what we are doing. Come back here to read it.")
        case Promise.WRITE_AGAIN if clock.is_paused:
            return _("If you do not answer, we write to you again here all the same.")
        case Promise.WRITE_AGAIN:
            return _("We write to you again here, even if there is nothing new.")
    return None


def is_asked(talk: Conversation, owed: list[PromiseClock], *, is_together: bool = False) -> bool:
    """Whether the reporter was asked something and has not written since."""
    return not _is_over(talk, is_together=is_together) and any(clock.is_paused for clock in owed)


def _is_over(talk: Conversation, *, is_together: bool) -> bool:
    """`is_together` where it was closed and goes on as a part of another."""
    return talk.state is State.WITHDRAWN or (talk.state is State.CLOSED and not is_together)


def waiting_in_words(owed: list[PromiseClock]) -> str:
    """What becomes of a message that waits: by when an officer answers it, or reads it where the work has ended."""
    if answer := find_owed(owed, Promise.ANSWER):
        return answer_in_words(answer)
    if read := find_owed(owed, Promise.READ):
        if read.is_overdue:
            return _(
                "We should have read it by %(day)s. We are late. Our officers are reminded of it.",
                day=long_day(read.due_on),
            )
        return _("An officer reads it by %(day)s.", day=long_day(read.due_on))
    return _("An officer has read it.")


def answer_in_words(answer: PromiseClock) -> str:
    if answer.is_overdue:
        return _(
            "We should have answered by %(day)s. We are late. Our officers are reminded of it.",
            day=long_day(answer.due_on),
        )
    return _("We answer it here by %(day)s.", day=long_day(answer.due_on))


def arrived_in_words(files: int) -> str:
    """What came with a report, without showing it."""
    if not files:
        return _("We have what you told us.")
    return ngettext(
        "We have what you told us, and %(num)s photo or file.",
        "We have what you told us, and %(num)s photos or files.",
        files,
    )


def shown_translations(
    found: list[OpenTranslation], *, for_staff: bool, is_folded: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """The newest into each language, and apart from them those that somebody has since made better."""
    newest = {one.language: one for one in reversed(found)}
    shown: dict[str, list[dict[str, Any]]] = {"newest": [], "older": []}
    for one in found:
        name = name_for_staff if for_staff else own_name
        named = {"language": name(one.language), "day": long_day(one.made_on)}
        shown["newest" if newest[one.language] is one else "older"].append(
            {
                "made": _("Translated into %(language)s by %(name)s on %(day)s.", name=one.by, **named)
                if for_staff
                else _("Translated into %(language)s by a person on %(day)s.", **named),
                "text": one.text if one.text is not None else _("This translation cannot be read."),
                "language_tag": one.language,
                "dir": direction(one.language),
                "is_folded": is_folded,
            }
        )
    return shown


def state_for_reporter(
    state: State, deletion: Deletion | None = None, *, is_request: bool = False, is_together: bool = False
) -> tuple[str, str, str]:
    """Tag kind, tag words and sentence."""
    if is_request and not (deletion is not None and deletion.is_standing):
        match state:
            case State.NEW | State.HELD:
                return "new", _("Sent"), _("We have your request. An officer has not read it yet.")
            case State.LOOKED_AT:
                return "looking", _("Being looked at"), _("An officer has read your request and is working on it.")
            case State.CLOSED:
                return "closed", _("Closed"), _("We have finished with this request. You can still write to us here.")
    if deletion is not None and deletion.is_standing:
        if deletion.due_on <= today():
            said = (
                safety("We are deleting this request today.")
                if is_request
                else safety("We are deleting this report today.")
            )
        elif is_request:
            said = safety(
                "You asked us to delete this request. We have stopped work on it. We delete it on %(day)s.",
                day=deletion.due_on,
            )
        else:
            said = safety(
                "You asked us to delete this report. We have stopped work on it. We delete it on %(day)s.",
                day=deletion.due_on,
            )
        return "closed", _("To be deleted"), said
    match state:
        case State.NEW | State.HELD:
            return "new", _("Sent"), _("We have your report. An officer has not read it yet.")
        case State.LOOKED_AT:
            return (
                "looking",
                _("Being looked at"),
                _("An officer has read your report and is deciding what can be done."),
            )
        case State.REFERRED:
            return (
                "looking",
                _("With a partner"),
                _("An officer has asked another service to help with what you told us."),
            )
        case State.ACTION:
            return "done", _("Something is being done"), _("Someone is acting on what you told us.")
        case State.CLOSED if is_together:
            return "looking", _("Being looked at"), _("We are working on what you told us.")
        case State.CLOSED:
            return "closed", _("Closed"), _("We have finished with this report. You can still write to us here.")
        case State.WITHDRAWN:
            return (
                "closed",
                _("You took it back"),
                safety("You took this report back. We have stopped work on it. You can still write to us here."),
            )


def refusal_for_reporter(deletion: Deletion | None) -> str | None:
    """Why the report is kept although its reporter wants it deleted; None where nobody refused."""
    match deletion.refused_for if deletion is not None else None:
        case Refusal.LEGAL_HOLD:
            return safety("The law says that we must keep it for now.")
        case Refusal.REFERRED:
            return safety("We have already passed it to another service.")
        case Refusal.AT_RISK:
            return safety("Someone may be badly hurt.")
    return None
