"""What an event says of itself, as people read it: how to get in, which languages are spoken, in which it is written."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.db import today
from portal.events import feedback
from portal.events.afterwards_shown import what_came
from portal.events.facts_form import priority_titles
from portal.events.help_dates import dates_to_ask, needs_to_ask
from portal.events.labels import ACCESS, ANSWERS, FOR_WHOM, KINDS, NOT_KNOWN
from portal.events.listing import ShownEvent
from portal.events.models import AccessFact
from portal.events.times import local
from portal.languages.i18n import current_language, language_of
from portal.partnership.file import current_partnership

# A text that is shown as it is, because nobody has translated it.
WRITTEN_IN = {
    "en": _l("In English"),
    "pl": _l("In Polish"),
    "ro": _l("In Romanian"),
    "ur": _l("In Urdu"),
}

# Those that stand beside an event in the list; its own page says all of them.
LISTED = (
    AccessFact.STEP_FREE,
    AccessFact.HEARING_LOOP,
    AccessFact.SIGN_LANGUAGE,
    AccessFact.QUIET_SPACE,
    AccessFact.CHILDREN,
)


def written_in(code: str) -> str:
    found = WRITTEN_IN.get(code)
    return str(found) if found is not None else language_of(code).name


def contact_address(contact: str) -> str | None:
    """What a press on a contact opens, where it is nothing but a mail address or a telephone number."""
    if re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+", contact):
        return f"mailto:{contact}"
    if re.fullmatch(r"\+?[0-9][0-9 ]{5,20}", contact):
        return f"tel:{contact.replace(' ', '')}"
    return None


def named(shown: ShownEvent) -> dict[str, Any]:
    """What the closed lists say of an event, in words."""
    event = shown.event
    titles = priority_titles() if event.priorities else {}
    # By their titles: the codes are the staff's. One that is no longer in the strategy has no words.
    here = current_partnership().localised(current_language().code).priorities
    return {
        "kind": KINDS[event.kind] if event.kind else "",
        "for_whom": [words for code, words in FOR_WHOM.items() if code in event.for_whom],
        "priorities": [titles.get(code, code) for code in event.priorities],
        "about": [one for one in here if one.code in event.priorities],
    }


def help_day(shown: ShownEvent) -> date | None:
    """The last day to ask for an interpreter for the next time it takes place; None where that day has passed."""
    next_held = next((one for one in (shown.next, *shown.coming) if not one.is_cancelled), shown.next)
    day = local(next_held.starts_at).date() - timedelta(days=shown.event.help_until)
    return day if day >= today() else None


def _asked(shown: ShownEvent) -> tuple[str, str] | None:
    """The survey that asks who came how it was, and the code of the date it was."""
    one = feedback.asked_now(shown)
    return (feedback.SURVEY, feedback.code_of(shown.event.id, one.planned_on)) if one else None


def about(shown: ShownEvent) -> dict[str, Any]:
    """What an event's page says, to residents and, before it is published, to its editors."""
    event = shown.event
    return {
        "shown": shown,
        "event": event,
        "words": shown.words,
        "named": named(shown),
        "help_day": help_day(shown),
        "can_ask": bool(needs_to_ask(dates_to_ask(event, [shown.one] if shown.one else shown.occurrences))),
        "contact_address": contact_address(event.contact),
        "access": [(fact.value, ACCESS[fact], event.access.get(fact, NOT_KNOWN)) for fact in AccessFact],
        "answers": ANSWERS,
        "came": what_came(shown),
        "asked": _asked(shown),
    }
