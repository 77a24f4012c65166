"""How far a report is, what happens next and who translated what, in the words in which people read it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.db import today
from portal.languages.i18n import direction, long_day, name_for_staff, own_name
from portal.languages.sentences import safety
from portal.partnership.file import Partnership
from portal.partnership.working_days import working_days_after
from portal.reporting.conversations import Conversation
from portal.reporting.deletions import Deletion
from portal.reporting.models import Refusal, State
from portal.reporting.translations import OpenTranslation


def next_steps(
    talk: Conversation, partnership: Partnership, answered_on: date | None, day: date
) -> list[tuple[str, str, str]]:
    """What the officers do by when: (by when, what, how it is drawn). Nothing where they have finished or must stop."""
    if talk.state in (State.CLOSED, State.WITHDRAWN):
        return []
    clocks, holidays = partnership.clocks, partnership.bank_holidays
    steps = []
    if talk.state in (State.HELD, State.NEW) and answered_on is None:
        does = (
            _("An officer reads it and answers you here.")
            if talk.is_request
            else _("An officer reads it and decides who can help.")
        )
        steps.append((talk.read_by, does))
    if talk.is_request:
        ready_by = working_days_after(talk.received_on, clocks.formats_ready, holidays)
        steps.append((ready_by, _("What you asked for is ready, or we tell you here when it will be.")))
    else:
        does = (
            _("We tell you what we are doing. Come back here to read it.")
            if answered_on is None
            else _("We write to you again here, even if there is nothing new.")
        )
        steps.append((_promised_by(talk, partnership, answered_on), does))
    said = [
        (_("By %(day)s", day=long_day(by)), what, "next" if number == 0 else "later")
        if by >= day
        else (_("Late: %(day)s", day=long_day(by)), _("We should have done this by now. Write to us here."), "next")
        for number, (by, what) in enumerate(steps)
    ]
    every = ngettext(
        "We write to you at least every %(num)s working day, until we have finished.",
        "We write to you at least every %(num)s working days, until we have finished.",
        clocks.update,
    )
    return [*said, (_("After that"), every, "later")]


def _promised_by(talk: Conversation, partnership: Partnership, answered_on: date | None) -> date:
    """The day by which we have promised to write next."""
    clocks, holidays = partnership.clocks, partnership.bank_holidays
    if answered_on is None:
        return working_days_after(talk.received_on, clocks.tell_reporter, holidays)
    return working_days_after(answered_on, clocks.update, holidays)


def answer_due(talk: Conversation, partnership: Partnership, answered_on: date | None, told_on: date) -> date:
    """The day by which someone who wrote is answered: as was promised, or, where that had passed by then, anew."""
    promised = _promised_by(talk, partnership, answered_on)
    if promised >= told_on:
        return promised
    return working_days_after(told_on, partnership.clocks.update, partnership.bank_holidays)


def waiting_in_words(
    talk: Conversation, partnership: Partnership, answered_on: date | None, sent_on: date, *, is_stopped: bool
) -> str:
    """What becomes of a message that waits: by when an officer answers it, or reads it where the work has ended."""
    has_ended = is_stopped or talk.state is State.CLOSED
    by = (
        working_days_after(sent_on, partnership.clocks.triage, partnership.bank_holidays)
        if has_ended
        else answer_due(talk, partnership, answered_on, sent_on)
    )
    if by < today():
        return _("We should have answered by %(day)s. Write to us again here.", day=long_day(by))
    if has_ended:
        return _("An officer reads it by %(day)s.", day=long_day(by))
    return _("We answer it here by %(day)s.", day=long_day(by))


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
    state: State, deletion: Deletion | None = None, *, is_request: bool = False
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
