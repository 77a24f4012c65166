"""What a reporter chose that partners may be told, each time with its day and the version of the words, as staff read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.languages.i18n import Language, language_of
from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import consents_in_words


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
