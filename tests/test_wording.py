"""The words of the catalogues: a message has one meaning, a number has its plural, a term is said in one way."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from flask import Flask
from flask_babel import LazyString

import portal.reporting
from portal.languages.catalogues import translated
from portal.languages.i18n import Language
from portal.languages.sentences import safety_plural
from portal.partnership.file import EXAMPLE
from portal.questions.question import Page, Question
from portal.reporting.questions.equality import EQUALITY_QUESTIONS
from portal.surveys.reading import definition_files
from tests.support.catalogues import every_sentence, sentences
from tests.support.glossary import BANNED, TERMS

pytestmark = pytest.mark.same_on_both

# Answers that are the same words in every language whatever was asked, each with the reason.
SAME_EVERYWHERE = {
    "Large print": "a noun of its own: a format that somebody needs",
    "Audio": "a noun of its own: a format that somebody needs",
    "Braille": "a noun of its own: a format that somebody needs",
    "Easy Read": "a noun of its own: a format that somebody needs",
    "Yes": "an adverb: it agrees with nothing in the question",
    "No": "an adverb: it agrees with nothing in the question",
    "I am not sure": "a sentence of its own, about the person who answers",
    "Prefer not to say": "a sentence of its own, about the person who answers",
    "Something else": "a pronoun that stands alone, and is neuter in every language",
    "Somewhere else": "an adverb of place",
    "Another language": "a noun of its own: every question with this answer asks for a language",
}
SAID_OTHERWISE = {
    "Not sure": "a survey's answer says it of oneself, a list of reports says it of the report",
}
# What a placeholder that counts is called: a word in the sentence may have to agree with it.
COUNTING = {
    "num",
    "count",
    "days",
    "minutes",
    "hours",
    "weeks",
    "months",
    "years",
    "age",
    "base",
    "some",
    "people",
    "files",
}
COUNTED = re.compile(r"%\((\w+)\)s (?:more |working |older )?(\w+s|people|children)\b")
NOT_COUNTED = {
    "case review %(what)s is not": "a number of a case, then a verb",
    "case review %(what)s was held": "a number of a case, then a verb",
    "%(name)s does not work here": "a name, then a verb",
    "less than once in %(times)s times": "twenty or more",
    "%(what)s has lost": "a name, then a verb",
    "%(name)s does not answer": "a name, then a verb",
    "%(name)s knows you": "a name, then a verb",
    "%(number)s passkeys. Remove one": "always ten",
    "%(name)s is committed": "a name, then a verb",
    "%(name)s asks you this": "a name, then a verb",
    "%(name)s keeps it": "a name, then a verb",
    "%(who)s was refused": "a name, then a verb",
    "report %(what)s as a joke": "a report's number, then how it was closed",
    "report %(what)s closes": "a report's number, then a verb",
    "report %(what)s is": "a report's number, then a verb",
    "account %(what)s works": "a name, then a verb",
    "published for %(day)s is": "a day, then a verb",
    "entry %(number)s is": "an entry's number, then a verb",
    "%(name)s has had this open": "a name, then a verb",
    "%(name)s owns it now": "a name, then a verb",
    "%(day)s is damaged": "a day, then a verb",
    "made up %(surveys)s surveys": "a thousand, over the areas of a recorded case: never one or a few",
    "%(day)s people": "a day, then who could still answer",
    "%(most)s times": "two decimals, like 0.51: a fraction takes one form",
}


def options_in(value: Any, seen: set[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The options of each question that can be reached from a module's names."""
    if id(value) in seen or isinstance(value, str | bytes | LazyString | type):
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        if value and any(isinstance(label, LazyString) for label in value.values()):
            yield "/".join(map(str, value)), value
        for each in value.values():
            yield from options_in(each, seen)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from options_in(each, seen)
    elif isinstance(value, Page):
        yield from options_in(value.questions, seen)
    elif isinstance(value, Question) and value.options:
        yield f"{value.code}: {value.text}", value.texts


def message_of(label: Any) -> tuple[str | None, str] | None:
    """The context and the English of a label that is said in the reader's language."""
    given = [each for each in label._args if isinstance(each, str)] if isinstance(label, LazyString) else []
    return (given[0] if len(given) > 1 else None, given[-1]) if given else None


def questions_with_options() -> dict[str, set[tuple[str | None, str]]]:
    seen: set[int] = set()
    found: dict[str, set[tuple[str | None, str]]] = {}
    for module in pkgutil.walk_packages(portal.reporting.__path__, "portal.reporting."):
        for name, value in vars(importlib.import_module(module.name)).items():
            for question, options in options_in(value, seen):
                messages = {message for label in options.values() if (message := message_of(label))}
                found[f"{module.name}.{name}: {question}"] = messages
    # Options that several questions share, or that are a part of one question's, are no question of their own.
    return {
        question: messages
        for question, messages in found.items()
        if not any(messages < others for others in found.values())
    }


def test_a_label_that_answers_two_questions_is_two_messages(app: Flask) -> None:
    with app.test_request_context():
        asked = questions_with_options()
    assert len(asked) > 25
    used = defaultdict(set)
    for messages in asked.values():
        for message in messages:
            used[message].add(frozenset(messages))
    shared = {
        english
        for (context, english), questions in used.items()
        if len(questions) > 1 and english not in SAME_EVERYWHERE
    }
    assert shared == set()


@pytest.mark.parametrize(("language", "against"), [("ro", "mpotriva"), ("pl", "rzeciw"), ("ur", "خلاف")])
def test_a_religion_of_ones_own_is_not_said_to_be_one_that_hate_is_against(
    app: Flask, language: str, against: str
) -> None:
    religion = next(question for question in EQUALITY_QUESTIONS if question.code == "religion")
    with app.test_request_context(environ_overrides={"portal.language": language}):
        said = [str(words) for words in religion.texts.values()]
    assert [words for words in said if against in words] == []
    assert len(set(said)) == len(said) == 9


def texts(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple | list) else [message.id]


@pytest.mark.dear
def test_a_sentence_with_a_count_in_it_has_its_plural() -> None:
    plain = []
    for message in sentences(every_sentence()):
        if isinstance(message.id, tuple | list):
            continue
        names = set(re.findall(r"%\((\w+)\)s", message.id))
        counted = COUNTED.search(message.id)
        excused = any(words in message.id for words in NOT_COUNTED)
        if names & COUNTING or (counted and not excused):
            plain.append(message.id)
    assert plain == []


@pytest.mark.dear
@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("en", 1, "1 more day."),
        ("en", 35, "35 more days."),
        ("pl", 1, "1 dzień"),
        ("pl", 3, "3 dni"),
        ("ro", 1, "o zi"),
        ("ro", 19, "19 zile"),
        ("ro", 35, "35 de zile"),
        ("ur", 35, "35 دن"),
    ],
)
def test_a_sentence_about_safety_says_its_number_by_the_rules_of_the_language(
    app: Flask, language: str, number: int, words: str
) -> None:
    message = next(
        message
        for message in sentences(every_sentence())
        if "backup copies still hold your report" in "".join(message.id)
    )
    one, many = message.id
    with app.test_request_context(environ_overrides={"portal.language": language}):
        said = safety_plural(one, many, number)
    assert words.replace("o zi", "1 zi") in said
    if language != "en":
        assert f"{number} more day" in said


def stated(language: Language) -> Iterator[tuple[str, str]]:
    """English and translation of every text in the partnership's file and in the questionnaires."""
    for path in (EXAMPLE, *definition_files()):
        yield from _pairs(tomllib.loads(path.read_text(encoding="utf-8")), language.code)


def _pairs(value: Any, code: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if isinstance(english := value.get("en"), str) and isinstance(said := value.get(code), str):
            yield english, said
        for each in value.values():
            yield from _pairs(each, code)
    elif isinstance(value, list):
        for each in value:
            yield from _pairs(each, code)


def language_of_catalogue(words: Catalog) -> Language:
    return next(language for language in translated() if language.locale == str(words.locale))


def said_in(words: Catalog) -> list[tuple[str, str]]:
    """English and translation of every message of a catalogue and of every text in the shipped files."""
    found = list(stated(language_of_catalogue(words)))
    for message in sentences(words):
        said = message.string if isinstance(message.string, tuple | list) else [message.string]
        found += [(" ".join(texts(message)), form) for form in said if form]
    return found


def test_a_term_is_said_in_one_way(words_of: Catalog) -> None:
    code = str(words_of.locale)
    pairs = said_in(words_of)
    other = [
        (english, said)
        for english, said in pairs
        for term, wanted in TERMS[code].items()
        if re.search(term, english, re.I) and not re.search(wanted, said, re.I)
    ]
    assert other == []
    for term in TERMS[code]:
        assert any(re.search(term, english, re.I) for english, _said in pairs), f"{term} is not said any more"


def test_the_same_words_are_translated_alike_in_every_file(words_of: Catalog) -> None:
    """Where they cannot be, the message has a context."""
    found = defaultdict(set)
    for english, said in stated(language_of_catalogue(words_of)):
        found[english].add(said)
    for message in sentences(words_of):
        if message.context is None and message.id in found:
            found[message.id].add(message.string)
    unlike = {english: said for english, said in found.items() if len(said) > 1 and english not in SAID_OTHERWISE}
    assert unlike == {}


def test_no_word_is_used_that_the_review_has_replaced(words_of: Catalog) -> None:
    banned = [
        (found.group(), said)
        for _english, said in said_in(words_of)
        for word in BANNED[str(words_of.locale)]
        if (found := re.search(word, said))
    ]
    assert banned == []
