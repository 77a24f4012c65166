"""Which strands and types a report can be of, and those that were ticked, in the words in which reporters read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.partnership.file import current_partnership
from portal.reporting.questions.asb import TYPES
from portal.reporting.questions.hate import BECAUSE, HATE_TYPES, of_partnership

Choices = list[tuple[str, Any]]


def ticked_choices() -> tuple[Choices, Choices, Choices]:
    """What a list can be narrowed to: strands, types of hate, types of anti-social behaviour, each with its code."""
    strands = of_partnership(BECAUSE["strands"], current_partnership().extra_strands).texts
    return (
        list(strands.items()),
        [(f"hate-{code}", words) for code, words in HATE_TYPES["types"].texts.items()],
        [(f"asb-{code}", words) for code, words in TYPES.items()],
    )


def ticked_words(answers: Mapping[str, Any]) -> list[str]:
    """The strands and types of one report."""
    found = []
    for page, question, texts in (
        ("because", "strands", BECAUSE["strands"].texts),
        ("hate_types", "types", HATE_TYPES["types"].texts),
        ("asb_types", "types", TYPES),
    ):
        found += [str(texts.get(code, code)) for code in (answers.get(page) or {}).get(question) or ()]
    return found
