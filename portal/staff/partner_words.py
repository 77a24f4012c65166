"""The partners that a report can be passed on to, as staff choose one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.languages.i18n import Language, language_of
from portal.partnership.file import current_partnership
from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import agency_in_words, consents_in_words


@dataclass(frozen=True)
class ShownChoice:
    """What was chosen on a day, in the words of which version and language: each partner and what it may be told."""

    on: date
    language: Language
    text: int
    told: list[tuple[str, Any]]


def consent_history(found: OpenReport) -> list[ShownChoice]:
    """Every choice that is kept, the newest first."""
    return [
        ShownChoice(
            choice.on,
            language_of(choice.language),
            choice.text,
            [
                (partner, told)
                for partner, told, _is_told in consents_in_words({"consent": choice.as_answer()}, has_contact=True)
            ],
        )
        for choice in reversed(found.partners.choices)
    ]


def partner_choices(found: OpenReport) -> list[tuple[str, str]]:
    """Every partner that is not retired, and the one that has it already."""
    kept = found.partners.has_it.agency if found.partners.has_it else ""
    codes = [each.code for each in current_partnership().agencies if not each.retired or each.code == kept]
    return [("", _("Choose a partner")), *((code, agency_in_words(code)) for code in codes)]
