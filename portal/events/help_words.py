"""What people need at an event, in words: for those who ask, for editors, and as counts for whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.events.help_dates import TOLD
from portal.events.help_models import Need, Outcome
from portal.languages.i18n import SPOKEN, name_for_staff

OTHER_LANGUAGE = "other"
# For which an interpreter can be asked for.
INTERPRETED = (*(code for code in SPOKEN if code != "en"), OTHER_LANGUAGE)

NEEDS: dict[str, Any] = {
    Need.INTERPRETER: _l("An interpreter"),
    Need.SIGN_LANGUAGE: _l("A BSL interpreter"),
    Need.CAPTIONS: _l("Captions: to read what is said"),
    Need.STEP_FREE: _l("A seat without steps"),
    Need.QUIET_SPACE: _l("A quiet space"),
    Need.TRANSPORT: _l("Help to get there"),
    Need.OTHER: _l("Something else"),
    Need.PLACE: _l("To know where it is"),
    Need.LINK: _l("The link to take part online"),
}
# What the person reads, with the colour of its tag.
OUTCOMES: dict[Outcome, tuple[Any, str]] = {
    Outcome.OPEN: (_l("We are looking at it"), "looking"),
    Outcome.MET: (_l("Yes, it will be there"), "done"),
    Outcome.NOT_MET: (_l("Sorry, no"), "closed"),
}
TOLD_OUTCOMES: dict[Outcome, tuple[Any, str]] = OUTCOMES | {Outcome.MET: (_l("You find it below"), "done")}
# What editors choose from.
FOR_EDITORS: dict[str, Any] = {
    Outcome.OPEN: _l("Still open"),
    Outcome.MET: _l("Met"),
    Outcome.NOT_MET: _l("Not met"),
}
TOLD_FOR_EDITORS: dict[str, Any] = {
    Outcome.OPEN: _l("Still open"),
    Outcome.MET: _l("Tell them"),
    Outcome.NOT_MET: _l("Do not tell them"),
}
# Whether it is something to be told, and what editors read of it.
DECIDED: dict[bool, dict[str, Any]] = {
    False: FOR_EDITORS,
    True: {Outcome.OPEN: _l("Still open"), Outcome.MET: _l("Told"), Outcome.NOT_MET: _l("Not told")},
}


def outcome_in_words(need: Need, outcome: Outcome) -> tuple[str, str]:
    words, kind = (TOLD_OUTCOMES if need in TOLD else OUTCOMES)[outcome]
    return str(words), kind


def language_in_words(code: str) -> str:
    return _("Another language") if code == OTHER_LANGUAGE else name_for_staff(code)


def need_in_words(need: Need, language: str) -> str:
    """An interpreter with the language."""
    if need is not Need.INTERPRETER:
        return str(NEEDS[need])
    return _("An interpreter: %(language)s", language=language_in_words(language))


def told_in_words(counts: Mapping[tuple[Need, str], int]) -> list[str]:
    """A sentence for each need, in their order: how many people need it, and never who they are or what they wrote."""
    order = list(Need)
    return [
        _COUNTED[need](number) if need is not Need.INTERPRETER else _interpreters(language, number)
        for (need, language), number in sorted(counts.items(), key=lambda one: (order.index(one[0][0]), one[0][1]))
    ]


def _interpreters(language: str, number: int) -> str:
    if language == OTHER_LANGUAGE:
        return ngettext(
            "%(num)s person needs an interpreter for another language. Ask us which.",
            "%(num)s people need an interpreter for another language. Ask us which.",
            number,
        )
    return ngettext(
        "%(num)s person needs an interpreter: %(language)s.",
        "%(num)s people need an interpreter: %(language)s.",
        number,
        language=name_for_staff(language),
    )


_COUNTED: dict[Need, Callable[[int], str]] = {
    Need.SIGN_LANGUAGE: lambda number: ngettext(
        "%(num)s person needs a BSL interpreter.", "%(num)s people need a BSL interpreter.", number
    ),
    Need.CAPTIONS: lambda number: ngettext("%(num)s person needs captions.", "%(num)s people need captions.", number),
    Need.STEP_FREE: lambda number: ngettext(
        "%(num)s person needs a seat without steps.", "%(num)s people need a seat without steps.", number
    ),
    Need.QUIET_SPACE: lambda number: ngettext(
        "%(num)s person needs a quiet space.", "%(num)s people need a quiet space.", number
    ),
    Need.TRANSPORT: lambda number: ngettext(
        "%(num)s person needs help to get there.", "%(num)s people need help to get there.", number
    ),
    Need.OTHER: lambda number: ngettext(
        "%(num)s person needs something else. Ask us what.", "%(num)s people need something else. Ask us what.", number
    ),
}
