"""What moved since earlier waves, in words: on a card since the last and the first, beneath it a table of all comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _

from portal.cohesion.changes import Against, Public, still_stands
from portal.cohesion.estimates import Change
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
    return _since(change, _percent(change), is_primary=indicator.get("primary", True))


def _since(change: Mapping[str, Any], percent: str, *, is_primary: bool) -> str:
    month = _month(change)
    match change["word"], is_primary:
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


def _since_the_start(change: Mapping[str, Any], percent: str, *, is_primary: bool) -> str:
    month = _month(change)
    match change["word"], is_primary:
        case "higher", True:
            return _("Higher than at the start (%(month)s: %(percent)s)", month=month, percent=percent)
        case "lower", True:
            return _("Lower than at the start (%(month)s: %(percent)s)", month=month, percent=percent)
        case "higher", False:
            return _("Perhaps higher than at the start (%(month)s: %(percent)s)", month=month, percent=percent)
        case "lower", False:
            return _("Perhaps lower than at the start (%(month)s: %(percent)s)", month=month, percent=percent)
        case _:
            return _("No clear change since the start (%(month)s)", month=month)


def changes_beside(indicator: Mapping[str, Any], public: Public) -> list[str]:
    """What stands beside a figure. Empty where there is nothing to compare with."""
    if "changes" not in indicator:
        only = change_since_the_one_before(indicator, public)
        return [only] if only else []
    standing = [each for each in indicator["changes"] if still_stands(indicator, each, public)]
    return since_the_last_and_the_first(standing, _percent, is_primary=indicator["primary"])


def since_the_one_before(
    changes: Sequence[Mapping[str, Any]], told: Callable[[Mapping[str, Any]], str], *, is_primary: bool
) -> str:
    found = next((each for each in changes if Against.BEFORE in each["against"]), None)
    return _since(found, told(found), is_primary=is_primary) if found else ""


def since_the_last_and_the_first(
    changes: Sequence[Mapping[str, Any]], told: Callable[[Mapping[str, Any]], str], *, is_primary: bool
) -> list[str]:
    """One sentence of the wave before and one of the first; only one where they are the same or nothing is clear since either.

    `told` says what the figure was then.
    """
    before = next((each for each in changes if Against.BEFORE in each["against"]), None)
    first = next((each for each in changes if Against.BASELINE in each["against"]), None)
    if before and first and before is not first and before["word"] == first["word"] == Change.NO_CLEAR_CHANGE:
        return [
            _("No clear change since %(month)s or the start (%(first)s)", month=_month(before), first=_month(first))
        ]
    found = []
    if before and before is not first:
        found.append(_since(before, told(before), is_primary=is_primary))
    if first:
        found.append(_since_the_start(first, told(first), is_primary=is_primary))
    return found


def in_points(difference: float) -> str:
    """+15 or -3.5, in the page's language; isolated, or in a line of Urdu the sign would change sides."""
    locale = formatting_locale(current_language().locale)
    # A number that is added up of nothing has no sign.
    pattern = "+0.#;-0.#" if difference else "0"
    return f"\u2066{format_decimal(Decimal(str(difference)), pattern, locale=locale)}\u2069"


def _percent(change: Mapping[str, Any]) -> str:
    return in_percent(change["percent"])


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
