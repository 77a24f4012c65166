"""What in a questionnaire can be used but should be looked at: words that a language lacks, rules that could not be tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.languages.i18n import ENGLISH, LANGUAGES
from portal.languages.words import texts
from portal.surveys import spreadsheets
from portal.surveys.definition import Option, Questionnaire
from portal.surveys.rules import MAX_COMBINATIONS, check_reach
from portal.text import one_line

# In which of the types people write what they like; an option tells nothing that was not offered.
WRITTEN = ("short_text", "long_text", "number", "date")
TELLS_WHO = re.compile(
    r"e-?mail|(tele)?phone number|mobile number|\b(what is|write|give) your number|\b(full|first|last|your) name\b|\bsurname\b"
    r"|\b(your|home) address\b|house number|post ?code|date of birth|when were you born|passport|national insurance",
    re.IGNORECASE,
)


def cautions(questionnaire: Questionnaire) -> list[str]:
    """A sentence each, with its place and how to mend it."""
    return [
        *_missing(questionnaire),
        *_alike(questionnaire),
        *_telling(questionnaire),
        *(
            f"{place} could not be checked: more than {MAX_COMBINATIONS} combinations of answers lead to it; "
            "try the survey and see that it is asked"
            for place in check_reach(questionnaire)
        ),
        *spreadsheets.warnings(questionnaire),
    ]


def _missing(questionnaire: Questionnaire) -> Iterator[str]:
    said = [*texts(questionnaire)]
    others = [language for language in LANGUAGES if language.code != ENGLISH]
    silent = [language for language in others if not any(words.get(language.code) for _at, words in said)]
    for language in silent:
        yield f"nothing is written in {language.name} ({language.code}); English is shown in its place"
    for at, words in said:
        lacking = [f"{one.name} ({one.code})" for one in others if one not in silent and not words.get(one.code)]
        if lacking:
            yield f"{at} is missing in {', '.join(lacking)}; English is shown in its place"


def _alike(questionnaire: Questionnaire) -> Iterator[str]:
    """Answers that nobody can tell apart."""
    for scale in questionnaire.scales:
        yield from _alike_of(scale.options, f"scales.{scale.code}.options")
    for page in questionnaire.pages:
        for question in page.questions:
            yield from _alike_of(question.options, f"pages.{page.code}.questions.{question.code}.options")


def _alike_of(options: tuple[Option, ...], at: str) -> Iterator[str]:
    for language in LANGUAGES:
        first: dict[str, str] = {}
        for option in options:
            # Two that differ in what nobody sees, or in how a letter is put together, read alike too.
            text = one_line(option.text.get(language.code)).casefold()
            if text and text in first:
                yield f"{at}.{option.code}.text.{language.code} reads like {first[text]}; write another text or take one out"
            first.setdefault(text, option.code)


def _telling(questionnaire: Questionnaire) -> Iterator[str]:
    """What would take from a survey that it is answered without a name."""
    for page in questionnaire.pages:
        for question in page.questions:
            found = TELLS_WHO.search(question.text.in_(ENGLISH)) if question.type in WRITTEN else None
            if found:
                yield (
                    f"pages.{page.code}.questions.{question.code} asks for what tells who somebody is "
                    f"(“{found[0]}”); leave it out, surveys are answered without a name"
                )
