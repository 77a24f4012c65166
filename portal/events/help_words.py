"""What people need at an event, in words: for those who ask, for editors, and as counts for whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.events.help_dates import TOLD
from portal.events.help_labels import NEEDS, OTHER_LANGUAGE, OUTCOMES, TOLD_OUTCOMES
from portal.events.help_models import Need, Outcome
from portal.languages.i18n import name_for_staff


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
