"""What a tablet without a line says of answers and of what is wrong with them, in the page's language: as the web says it.

The browser fills in what stands in braces, and of a sentence with a number takes the one of its plural form (CLDR).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from babel import Locale
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from portal.languages.i18n import current_language, formatting_locale
from portal.languages.sentences import safety_plural

# Among these are all the forms that a whole number can have in any of the portal's languages.
_NUMBERS = range(1, 101)


class _Number(int):
    """A number by which a form is chosen, and in whose place the browser writes its own."""

    def __str__(self) -> str:
        return "{num}"

    __repr__ = __str__


def words() -> dict[str, Any]:
    return {
        "progress": _("Page %(number)s of about %(all)s", number="{number}", all="{all}"),
        "minutes": _forms(lambda n: ngettext("About %(num)s minute left", "About %(num)s minutes left", n)),
        "skip": _("Skip this question"),
        "skipPage": _("Clear this page and go on"),
        "skipped": _("You skipped this."),
        "answered": _forms(
            lambda n: ngettext(
                "You answered %(num)s question of %(all)s.",
                "You answered %(num)s questions of %(all)s.",
                n,
                all="{all}",
            )
        ),
        "digits": _("Use digits, like 17."),
        "range": _("Write a number from %(least)s to %(most)s.", least="{least}", most="{most}"),
        "long": _forms(
            lambda n: ngettext(
                "This is %(num)s letter too long. Make it shorter.",
                "This is %(num)s letters too long. Make it shorter.",
                n,
            )
        ),
        "over": _forms(
            lambda n: ngettext(
                "You can tick %(most)s. Untick %(num)s answer.",
                "You can tick %(most)s. Untick %(num)s answers.",
                n,
                most="{most}",
            )
        ),
        "day": _("Write the day as a number from 1 to 31."),
        "month": _("Write the month as a number from 1 to 12, or as a word, like November."),
        "year": _("Write the year with four digits, like 2026."),
        "calendar": _("Write a date that is on the calendar, like 17 11 2026."),
        "future": _("Choose a day that is not in the future."),
        "futureMonth": _("Choose a month that is not in the future."),
        "late": _("Write a date that is not after %(day)s.", day="{day}"),
        "early": _("Write a date that is not before %(day)s.", day="{day}"),
        "unknownPlace": _("We do not know this name. Choose a place near it from the list, or leave it empty."),
        "noPlace": _("Choose the nearest place from the list, or leave this empty."),
        "whichPlace": _("Choose one of these, or “None of these”."),
    }


def changed() -> dict[str, dict[str, Markup]]:
    """What a changed answer took away or brought back, as templates/surveys/changed.html says it."""
    return {
        "dropped": _forms(
            lambda n: safety_plural(
                "You changed an answer, so %(num)s other answer no longer applies. We will not send it. If you change back, it will be there again.",
                "You changed an answer, so %(num)s other answers no longer apply. We will not send them. If you change back, they will be there again.",
                n,
            )
        ),
        "returned": _forms(
            lambda n: ngettext(
                "You changed an answer, so %(num)s other answer applies again. It is there as you left it.",
                "You changed an answer, so %(num)s other answers apply again. They are there as you left them.",
                n,
            )
        ),
    }


def _forms(say: Callable[[int], Any]) -> dict[str, Any]:
    """The sentence in each plural form, by the form's name."""
    form_of = formatting_locale(current_language().locale).plural_form
    found: dict[str, Any] = {}
    for number in _NUMBERS:
        form = form_of(number)
        if form not in found:
            found[form] = say(_Number(number))
    return found


def dates() -> dict[str, Any]:
    """How a day is written: names of days from Sunday on, of months in and outside a date, and the pattern."""
    language = current_language()
    locale: Locale = formatting_locale(language.locale)
    days = locale.days["format"]["wide"]
    named, alone = (locale.months[use]["wide"] for use in ("format", "stand-alone"))
    return {
        "days": [days[number] for number in (6, 0, 1, 2, 3, 4, 5)],
        "named": [named[number] for number in range(1, 13)],
        "alone": [alone[number] for number in range(1, 13)],
        # A date is not broken between two lines: see together() in portal/languages/i18n.py.
        "pattern": f"{language.day_pattern} y".replace("MMMM y", "MMMM\u00a0y"),
    }
