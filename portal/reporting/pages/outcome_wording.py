"""How a closed report ended, in the words in which its reporter reads it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from portal.languages.i18n import current_language
from portal.languages.sentences import in_order
from portal.languages.words import in_words
from portal.partnership.file import current_partnership
from portal.reporting.closing import Ending


def outcome_for_reporter(ending: Ending) -> Any:
    """The outcome's name; of one that was taken out of the partnership file, what its group says."""
    outcome = current_partnership().find_outcome(ending.outcome)
    if outcome is not None:
        return in_words(outcome.name)
    match ending.group:
        case "done":
            return _("Something was done about what you told us")
        case "no_further_action":
            return _("We can do nothing more now")
        case "duplicate":
            return _("We already work on this")
        case "outside_area":
            return _("It happened outside our area")
        case "another_body":
            return _("Another service works on it now")
        case "taken_back":
            return _("You asked us to stop")
        case _:
            return _("We have finished with this report. You can still write to us here.")


def complaining() -> list[Markup]:
    """What somebody can do who is unhappy with the end, as the partnership file says it."""
    rules, language = current_partnership().closing, current_language()
    said = [in_words(text) for text in (rules.complain, rules.case_review) if text.in_("en")]
    return [text if isinstance(text, Markup) else in_order(text, language) for text in said]
