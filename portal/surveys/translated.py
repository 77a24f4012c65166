"""What a questionnaire lacks in which language: all its sentences, and where English stands in for them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words, texts
from portal.questions.types.age_band import AGE_BANDS


class Translated:
    """Of a questionnaire, whose pages and scales these are."""

    pages: tuple[Any, ...]
    scales: tuple[Any, ...]
    steps: Any

    @cached_property
    def sentences(self) -> tuple[tuple[str, Words], ...]:
        """Each text with its place in the file; not the age bands, which are the portal's own words."""
        pages = tuple(replace(page, questions=tuple(map(_without_bands, page.questions))) for page in self.pages)
        return tuple(texts(replace(cast(Any, self), pages=pages)))

    @cached_property
    def lacking(self) -> dict[str, int]:
        """How many of its texts each language lacks; English stands in for them."""
        return {one.code: sum(not words.get(one.code) for _at, words in self.sentences) for one in LANGUAGES}

    @cached_property
    def partial(self) -> tuple[str, ...]:
        """The languages in which there is something, and something is missing."""
        return tuple(code for code, number in self.lacking.items() if 0 < number < len(self.sentences))

    @cached_property
    def lacking_steps(self) -> dict[str, set[str]]:
        """For each language the codes of the steps at which somebody would read English."""
        scales = {scale.code: scale for scale in self.scales}
        found: dict[str, set[str]] = {one.code: set() for one in LANGUAGES}
        for step in self.steps:
            questions = tuple(map(_without_bands, step.questions))
            shared = tuple(scales.get(question.scale) for question in questions)
            read = [*texts((step.page.title, step.page.intro, step.page.grids, questions, shared))]
            for language, steps in found.items():
                if not all(words.get(language) for _at, words in read):
                    steps.add(step.code)
        return found


def _without_bands(question: Any) -> Any:
    if question.type != "age_band":
        return question
    return replace(question, options=tuple(one for one in question.options if one.code not in AGE_BANDS))
