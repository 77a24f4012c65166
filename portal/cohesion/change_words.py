"""What moved since earlier waves, in words: on a card in one line, and beneath it as a table of all comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _

from portal.cohesion.changes import Against, Public, still_stands
from portal.languages.i18n import current_language, formatting_locale, in_percent, month_name


@dataclass(frozen=True)
class Comparison:
    """One earlier wave that a figure is held against: which, its percentage, how far apart the two are, and what that says."""

    earlier: str
    percent: str
    low: str
    high: str
    word: str


def comparisons(indicator: Mapping[str, Any], public: Public) -> list[Comparison]:
    """With figures that are still public as they were then."""
    return [
        Comparison(
            _earlier(frozenset(each["against"]), _month(each)),
            in_percent(each["percent"]),
            in_points(each["low"]),
            in_points(each["high"]),
            _word(each["word"], is_primary=indicator["primary"]),
        )
        for each in indicator.get("changes", ())
        if still_stands(indicator, each, public)
    ]


def change_since_the_one_before(indicator: Mapping[str, Any], public: Public) -> str:
    """Empty where there is nothing to compare with. A release of before there were several comparisons has one of them."""
    changes = [each for each in indicator.get("changes", ()) if Against.BEFORE in each["against"]]
    change = changes[0] if changes else indicator.get("change")
    if change is None or not still_stands(indicator, change, public):
        return ""
    month, percent = _month(change), in_percent(change["percent"])
    match change["word"], indicator.get("primary", True):
        case "higher", True:
            return _("Higher than in %(month)s (%(percent)s)", month=month, percent=percent)
        case "lower", True:
            return _("Lower than in %(month)s (%(percent)s)", month=month, percent=percent)
        case "higher", False:
            return _("Perhaps higher than in %(month)s (%(percent)s)", month=month, percent=percent)
        case "lower", False:
            return _("Perhaps lower than in %(month)s (%(percent)s)", month=month, percent=percent)
        case _:
            return _("No clear change since %(month)s", month=month)


def in_points(difference: float) -> str:
    """+15 or -3.5, in the page's language; isolated, or in a line of Urdu the sign would change sides."""
    locale = formatting_locale(current_language().locale)
    # A number that is added up of nothing has no sign.
    pattern = "+0.#;-0.#" if difference else "0"
    return f"\u2066{format_decimal(Decimal(str(difference)), pattern, locale=locale)}\u2069"


def _month(change: Mapping[str, Any]) -> str:
    return month_name(date.fromisoformat(change["closes_on"]))


def _word(word: str, *, is_primary: bool) -> str:
    match word, is_primary:
        case "higher", True:
            return _("Higher now")
        case "lower", True:
            return _("Lower now")
        case "higher", False:
            return _("Perhaps higher now")
        case "lower", False:
            return _("Perhaps lower now")
        case _:
            return _("No clear change")


def _earlier(against: frozenset[str], month: str) -> str:
    is_before, is_season, is_first = (each in against for each in Against)
    match is_before, is_season, is_first:
        case True, False, False:
            return _("%(month)s, the survey before", month=month)
        case False, True, False:
            return _("%(month)s, the same season a year before", month=month)
        case False, False, True:
            return _("%(month)s, our first figures", month=month)
        case True, True, False:
            return _("%(month)s, the survey before, in the same season", month=month)
        case True, False, True:
            return _("%(month)s, the survey before and our first figures", month=month)
        case False, True, True:
            return _("%(month)s, the same season a year before and our first figures", month=month)
        case _:
            return _("%(month)s, the survey before and our first figures, in the same season", month=month)
