"""In which words two definitions of a survey differ, and what each difference does to its series of answers."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from portal.languages.i18n import language_of
from portal.surveys.definition import Questionnaire
from portal.surveys.differences import Difference, Effect, What, differences


def effect_words(effect: Effect, number: int) -> str:
    """What stands over the differences of this kind."""
    match effect:
        case Effect.ENDS:
            return ngettext("%(num)s change ends a series", "%(num)s changes end a series", number)
        case Effect.BEGINS:
            return ngettext("%(num)s change begins a series", "%(num)s changes begin a series", number)
        case Effect.CARE:
            return ngettext("%(num)s change to compare with care", "%(num)s changes to compare with care", number)
    return ngettext(
        "%(num)s change leaves every series as it is", "%(num)s changes leave every series as it is", number
    )


def effect_hint(effect: Effect) -> str:
    match effect:
        case Effect.ENDS:
            return _("Do not draw one line through the answers before and after.")
        case Effect.BEGINS:
            return _("There are no earlier answers to compare with.")
        case Effect.CARE:
            return _("The answers stay one series. Say so beside the figures: this may move them.")
    return _("The answers can be compared as before.")


def compared(old: Questionnaire, new: Questionnaire) -> dict[Effect, list[str]]:
    """A sentence for each difference, under what it does to the series."""
    found: dict[Effect, list[str]] = {}
    for one in differences(old, new):
        found.setdefault(one.effect, []).append(_sentence(one))
    return found


def _sentence(one: Difference) -> str:
    named = {"code": one.code, "old": one.old, "new": one.new}
    match one.what:
        case What.WORDING:
            return _("%(code)s: “%(old)s” is now “%(new)s”.", **named)
        case What.TYPE:
            return _("%(code)s: it is answered in another way.", **named)
        case What.OPTION:
            return _("%(code)s: the answer “%(old)s” is now “%(new)s”.", **named)
        case What.OPTION_GONE:
            return _("%(code)s: the answer “%(old)s” is gone.", **named)
        case What.COUNTED:
            return _("%(code)s: the figure counts other answers.", **named)
        case What.QUESTION_GONE:
            return _("%(code)s: “%(old)s” is not asked any more.", **named)
        case What.INDICATOR_GONE:
            return _("%(code)s: the figure “%(old)s” is gone.", **named)
        case What.QUESTION_NEW:
            return _("%(code)s: “%(new)s” is new.", **named)
        case What.INDICATOR_NEW:
            return _("%(code)s: the figure “%(new)s” is new.", **named)
    return _sentence_of_small(one, named)


def _sentence_of_small(one: Difference, named: dict[str, str]) -> str:
    match one.what:
        case What.OPTION_NEW:
            return _("%(code)s: the answer “%(new)s” is new. Nobody could choose it before.", **named)
        case What.OPTIONS_MOVED:
            return _("%(code)s: its answers stand in another order.", **named)
        case What.MOVED if one.new:
            return _("%(code)s: it is asked elsewhere, now after “%(new)s”.", **named)
        case What.MOVED:
            return _("%(code)s: it is asked elsewhere, now first.", **named)
        case What.ASKED_OF:
            return _("%(code)s: other people are asked.", **named)
        case What.VARIANTS:
            return _("%(code)s: other people are asked it in other words.", **named)
        case What.LEAST_AGE:
            return _("People aged %(new)s or over may answer; before, %(old)s or over.", **named)
        case What.PRIMARY:
            return _("%(code)s: “%(new)s” is now a main figure.", **named)
        case What.NOT_PRIMARY:
            return _("%(code)s: “%(new)s” is no longer a main figure.", **named)
        case What.REPORTING_GAP:
            return _("Whom people told of hate is counted in another way.")
        case What.REGISTER:
            return _("%(code)s: its owner, its target or what else the register says of it is another one.", **named)
        case What.HINT:
            return _("%(code)s: its hint is another one.", **named)
        case What.PAGE:
            return pgettext("survey page", "Page %(code)s: “%(old)s” is now “%(new)s”.", **named)
        case What.ABOUT:
            return _("Before the questions: “%(old)s” is now “%(new)s”.", **named)
    return ngettext(
        "%(language)s: %(num)s sentence is translated otherwise.",
        "%(language)s: %(num)s sentences are translated otherwise.",
        int(one.new),
        language=language_of(one.code).name,
    )
