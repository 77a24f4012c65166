"""All in which two definitions of a survey differ, and what each difference does to the series of answers."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from portal.languages.i18n import ENGLISH, LANGUAGES
from portal.questions.types.age_band import AGE_BANDS
from portal.surveys.comparing import Change, changes
from portal.surveys.definition import Question, Questionnaire
from portal.surveys.indicators import REGISTER, Indicator


class Effect(enum.StrEnum):
    """CARE: the answers stay one series, but were given under other circumstances."""

    ENDS = "ends"
    BEGINS = "begins"
    CARE = "care"
    KEEPS = "keeps"


class What(enum.StrEnum):
    WORDING = "wording"
    TYPE = "type"
    OPTION = "option"
    OPTION_GONE = "option_gone"
    COUNTED = "counted"
    QUESTION_GONE = "question_gone"
    QUESTION_NEW = "question_new"
    INDICATOR_GONE = "indicator_gone"
    INDICATOR_NEW = "indicator_new"
    OPTION_NEW = "option_new"
    OPTIONS_MOVED = "options_moved"
    MOVED = "moved"
    ASKED_OF = "asked_of"
    VARIANTS = "variants"
    LEAST_AGE = "least_age"
    PRIMARY = "primary"
    NOT_PRIMARY = "not_primary"
    REPORTING_GAP = "reporting_gap"
    REGISTER = "register"
    HINT = "hint"
    PAGE = "page"
    ABOUT = "about"
    TRANSLATIONS = "translations"


EFFECTS = {
    **dict.fromkeys([*map(What, Change), What.QUESTION_GONE, What.INDICATOR_GONE], Effect.ENDS),
    **dict.fromkeys([What.QUESTION_NEW, What.INDICATOR_NEW], Effect.BEGINS),
    **dict.fromkeys(
        [
            What.OPTION_NEW,
            What.OPTIONS_MOVED,
            What.MOVED,
            What.ASKED_OF,
            What.VARIANTS,
            What.LEAST_AGE,
            What.PRIMARY,
            What.NOT_PRIMARY,
            What.REPORTING_GAP,
        ],
        Effect.CARE,
    ),
    **dict.fromkeys([What.REGISTER, What.HINT, What.PAGE, What.ABOUT, What.TRANSLATIONS], Effect.KEEPS),
}


@dataclass(frozen=True)
class Difference:
    """`code`: of the question, the indicator, the page or the language; `old` and `new`: English words, or numbers."""

    what: What
    code: str = ""
    old: str = ""
    new: str = ""

    @property
    def effect(self) -> Effect:
        return EFFECTS[self.what]


def differences(old: Questionnaire, new: Questionnaire) -> list[Difference]:
    """By kind, then by the order in which they are asked."""
    found = [
        *(Difference(What(one.what), one.code, one.old, one.new) for one in changes(old, new)),
        *_gone(old, new),
        *_new(old, new),
        *_of_questions(old, new),
        *_around(old, new),
    ]
    return sorted(found, key=lambda one: [*Effect].index(one.effect))


def _gone(old: Questionnaire, new: Questionnaire) -> Iterator[Difference]:
    for code, question in old.questions.items():
        if code not in new.questions:
            yield Difference(What.QUESTION_GONE, code, question.text[ENGLISH])
    there = {indicator.code for indicator in new.indicators}
    for indicator in old.indicators:
        if indicator.code not in there:
            yield Difference(What.INDICATOR_GONE, indicator.code, indicator.title[ENGLISH])


def _new(old: Questionnaire, new: Questionnaire) -> Iterator[Difference]:
    for code, question in new.questions.items():
        if code not in old.questions:
            yield Difference(What.QUESTION_NEW, code, new=question.text[ENGLISH])
    there = {indicator.code: indicator for indicator in old.indicators}
    for indicator in new.indicators:
        before = there.get(indicator.code)
        if before is None:
            yield Difference(What.INDICATOR_NEW, indicator.code, new=indicator.title[ENGLISH])
        elif before.primary != indicator.primary:
            what = What.PRIMARY if indicator.primary else What.NOT_PRIMARY
            yield Difference(what, indicator.code, before.title[ENGLISH], indicator.title[ENGLISH])
        if before is not None and _registered(before) != _registered(indicator):
            yield Difference(What.REGISTER, indicator.code)


def _registered(indicator: Indicator) -> tuple[object, ...]:
    return tuple(getattr(indicator, name) for name in REGISTER)


def _of_questions(old: Questionnaire, new: Questionnaire) -> Iterator[Difference]:
    moved = set(_moved([*old.questions], [*new.questions]))
    before, after = _rules(old), _rules(new)
    for code, question in new.questions.items():
        earlier = old.questions.get(code)
        if earlier is None:
            continue
        if code in moved:
            yield Difference(What.MOVED, code, new=_text_before(new, code))
        if before[code] != after[code]:
            yield Difference(What.ASKED_OF, code)
        if [str(one.when.expression) for one in earlier.variants] != [
            str(one.when.expression) for one in question.variants
        ]:
            yield Difference(What.VARIANTS, code)
        options, were = _options(new, question), _options(old, earlier)
        for option, text in options.items():
            if were and option not in were:
                yield Difference(What.OPTION_NEW, code, new=text)
        if [*_moved([*were], [*options])]:
            yield Difference(What.OPTIONS_MOVED, code)
        if earlier.hint[ENGLISH] != question.hint[ENGLISH]:
            yield Difference(What.HINT, code, earlier.hint[ENGLISH], question.hint[ENGLISH])


def _around(old: Questionnaire, new: Questionnaire) -> Iterator[Difference]:
    if old.least_age != new.least_age:
        yield Difference(What.LEAST_AGE, "", str(old.least_age), str(new.least_age))
    if old.reporting_gap != new.reporting_gap:
        yield Difference(What.REPORTING_GAP)
    for was, now in ((old.title, new.title), (old.about, new.about)):
        if was[ENGLISH] != now[ENGLISH]:
            yield Difference(What.ABOUT, "", was[ENGLISH], now[ENGLISH])
    pages = {page.code: page for page in old.pages}
    for page in new.pages:
        earlier = pages.get(page.code)
        for was, now in ((earlier.title, page.title), (earlier.intro, page.intro)) if earlier else ():
            if was[ENGLISH] != now[ENGLISH]:
                yield Difference(What.PAGE, page.code, was[ENGLISH], now[ENGLISH])
    for language in LANGUAGES:
        if language.code != ENGLISH:
            said = {(words[ENGLISH], words.get(language.code, "")) for _at, words in old.sentences}
            english = {text for text, _translated in said}
            says = {(words[ENGLISH], words.get(language.code, "")) for _at, words in new.sentences}
            number = sum(text in english for text, _translated in says - said)
            if number:
                yield Difference(What.TRANSLATIONS, language.code, new=str(number))


def _moved(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Of what is in both, that which stands elsewhere in the new one."""
    before, after = [one for one in old if one in new], [one for one in new if one in old]
    for tag, _i, _j, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag in ("insert", "replace"):
            yield from after[first:last]


def _text_before(questionnaire: Questionnaire, code: str) -> str:
    """Of the question that is asked before this one; empty for the first."""
    codes = [*questionnaire.questions]
    place = codes.index(code)
    return questionnaire.questions[codes[place - 1]].text[ENGLISH] if place else ""


def _rules(questionnaire: Questionnaire) -> dict[str, tuple[str, str]]:
    return {
        question.code: (str(page.only_if.expression), str(question.only_if.expression))
        for page in questionnaire.pages
        for question in page.questions
    }


def _options(questionnaire: Questionnaire, question: Question) -> dict[str, str]:
    """Without the age bands, which only a published version has."""
    options = questionnaire.options_of(question)
    return {option.code: option.text[ENGLISH] for option in options if option.code not in AGE_BANDS}
