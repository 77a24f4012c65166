"""What a questionnaire asks otherwise than an earlier one under the same code: the answers would not be one series."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from portal.languages.i18n import ENGLISH
from portal.questions.types.age_band import AGE_BANDS
from portal.surveys.definition import Indicator, Question, Questionnaire


class Change(enum.StrEnum):
    WORDING = "wording"
    TYPE = "type"
    OPTION = "option"
    OPTION_GONE = "option_gone"
    COUNTED = "counted"


@dataclass(frozen=True)
class Changed:
    """`at`: its place in the file; `code`: the question's or the indicator's. `old` and `new`: English words, or types."""

    what: Change
    at: str
    code: str
    old: str = ""
    new: str = ""

    @property
    def sentence(self) -> str:
        """For whoever writes the file: the place, what is wrong and how to mend it."""
        before = f'{self.at} was "{self.old}" in the earlier one'
        match self.what:
            case Change.WORDING:
                says = f'{before} and is "{self.new}" under the same code; give the new question a code of its own'
            case Change.TYPE:
                says = f"{before} and is {self.new}; give the new question a code of its own"
            case Change.OPTION:
                says = f'{before} and is "{self.new}" under the same code; give the new option a code of its own'
            case Change.OPTION_GONE:
                says = f"{before} and is gone; put it back, or give the question without it a code of its own"
            case Change.COUNTED:
                says = f"{self.at} counts otherwise than in the earlier one; give the new indicator a code of its own"
        return says


def changes(old: Questionnaire, new: Questionnaire) -> list[Changed]:
    """By the order of the new one. Only English counts as wording: a translation may be corrected."""
    return [*_of_questions(old, new), *_of_indicators(old, new)]


def _of_questions(old: Questionnaire, new: Questionnaire) -> Iterator[Changed]:
    for page in new.pages:
        for question in page.questions:
            earlier = old.questions.get(question.code)
            if earlier is None:
                continue
            at = f"pages.{page.code}.questions.{question.code}"
            if earlier.type != question.type:
                yield Changed(Change.TYPE, f"{at}.type", question.code, earlier.type, question.type)
            for before, after in zip(_wordings(earlier), _wordings(question), strict=False):
                if _plain(before) != _plain(after):
                    yield Changed(Change.WORDING, f"{at}.text", question.code, before, after)
            yield from _of_options(_options(old, earlier), _options(new, question), at, question.code)


def _wordings(question: Question) -> list[str]:
    return [question.text[ENGLISH], *(variant.text[ENGLISH] for variant in question.variants)]


def _options(questionnaire: Questionnaire, question: Question) -> dict[str, str]:
    """Without the age bands, which come in when a questionnaire is frozen and always say the same."""
    options = questionnaire.options_of(question)
    return {option.code: option.text[ENGLISH] for option in options if option.code not in AGE_BANDS}


def _of_options(old: dict[str, str], new: dict[str, str], at: str, question: str) -> Iterator[Changed]:
    for code, text in old.items():
        here = f"{at}.options.{code}"
        if code not in new:
            if new:
                yield Changed(Change.OPTION_GONE, here, question, text)
        elif _plain(text) != _plain(new[code]):
            yield Changed(Change.OPTION, f"{here}.text", question, text, new[code])


def _of_indicators(old: Questionnaire, new: Questionnaire) -> Iterator[Changed]:
    earlier = {indicator.code: indicator for indicator in old.indicators}
    for indicator in new.indicators:
        if indicator.code in earlier and _counted(earlier[indicator.code]) != _counted(indicator):
            yield Changed(Change.COUNTED, f"indicators.{indicator.code}", indicator.code)


def _counted(indicator: Indicator) -> tuple[object, ...]:
    sets = (frozenset(codes) for codes in (indicator.questions, indicator.positive, indicator.left_out))
    base = indicator.base and (indicator.base.question, frozenset(indicator.base.any_of))
    return (indicator.kind, *sets, dict(indicator.points or {}), indicator.at_least, indicator.better, base)


def _plain(text: str) -> str:
    """Without what nobody hears: spaces and the shape of apostrophes and quotation marks."""
    return " ".join(text.translate(str.maketrans("’‘“”", "''\"\"")).split())
