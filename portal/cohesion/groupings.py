"""Which groups of people figures are told apart by, and held against the population: from the partnership's file and the questionnaire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.partnership.populations import LANGUAGE, PLACE_GROUP, Compared, Population, answers_of
from portal.surveys.answers import CodedAnswers
from portal.surveys.columns import LANGUAGE as ANSWERED_IN
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument, Question
from portal.surveys.demographics import demographics

NO_GROUP = ""
Answer = tuple[str, str]


@dataclass(frozen=True)
class Group:
    """`texts`: what it is called, in each language; `of`: the answers that make somebody one of it; `people`: in the population."""

    code: str
    texts: tuple[Mapping[str, str], ...]
    of: frozenset[Answer]
    people: int | None = None


@dataclass(frozen=True)
class Grouping:
    """Groups of which nobody is in two. `everyone`: the population that they are part of, where it is known."""

    code: str
    title: Mapping[str, str]
    source: str
    groups: tuple[Group, ...]
    everyone: int | None
    has_gaps: bool
    is_compared: bool
    """Whether its groups are held against the population."""


def groupings(
    instruments: Sequence[Instrument], population: Population | None, recipe: Mapping[str, Any]
) -> list[Grouping]:
    """Those that the population's figures name; then what else is asked of people, by the margins or answer by answer."""
    asked = _asked(instruments)
    named = [each for each in population.compared if _is_asked(each, asked)] if population else []
    found = [_named(each, asked, instruments) for each in named]
    taken = {name for each in found for group in each.groups for name, _code in group.of}
    found += [_plain(name, question, instruments, recipe) for name, question in asked.items() if name not in taken]
    return [each for each in found if each.groups]


def kinds(grouping: Grouping, who: Mapping[str, Sequence[Value]], size: int) -> list[str]:
    """Of each person the code of their group; NO_GROUP for whoever said nothing, or something else."""
    found: list[str] = []
    group_of = {answer: group.code for group in grouping.groups for answer in group.of}
    for name in dict.fromkeys(name for name, _code in group_of):
        mine = {code: group for (by, code), group in group_of.items() if by == name}
        given = who.get(name) or [None] * size
        groups = {value: mine.get(str(value), NO_GROUP) for value in set(given)}
        now = list(map(groups.__getitem__, given))
        found = [before or group for before, group in zip(found, now, strict=True)] if found else now
    return found or [NO_GROUP] * size


def who_answered(instruments: Sequence[Instrument], coded: CodedAnswers) -> dict[str, Sequence[Value]]:
    """What each person said of themselves, the language they answered in, and the group of places they live in."""
    place = next((q for i in instruments for q in i.questionnaire.questions.values() if q.type == "place"), None)
    groups: dict[Value, Value] = {each.code: each.group for i in reversed(instruments) for each in i.places}
    homes = coded.values.get(place.code) if place else None
    return {
        **demographics(instruments, coded.values, coded.size),
        LANGUAGE: coded.values.get(ANSWERED_IN) or [None] * coded.size,
        PLACE_GROUP: list(map(groups.get, homes or [None] * coded.size)),
    }


def _asked(instruments: Sequence[Instrument]) -> dict[str, Question]:
    """By what a population's figures call it, the newest question."""
    questions = [q for i in reversed(instruments) for q in i.questionnaire.questions.values()]
    return {question.demographic: question for question in questions if question.demographic}


def _is_asked(compared: Compared, asked: Mapping[str, Question]) -> bool:
    if not compared.is_of_people:
        return True
    return {name for group in compared.groups for name, _code in answers_of(compared.by, group)} <= asked.keys()


def _named(compared: Compared, asked: Mapping[str, Question], instruments: Sequence[Instrument]) -> Grouping:
    everyone = sum(group.count for group in compared.groups)
    groups = [
        Group(
            group.code,
            (dict(group.name),)
            if any(group.name.values())
            else tuple(_texts(compared.by, group.code, asked, instruments)),
            answers_of(compared.by, group),
            group.count,
        )
        for group in compared.groups
        if group.code
    ]
    return Grouping(
        compared.by,
        dict(compared.title) if any(compared.title.values()) else {},
        compared.source,
        tuple(group for group in groups if group.texts or compared.by == LANGUAGE),
        everyone,
        compared.is_of_people and compared.use != "heard",
        compared.use != "gaps",
    )


def _plain(name: str, question: Question, instruments: Sequence[Instrument], recipe: Mapping[str, Any]) -> Grouping:
    """As the wave's margins count it, where they do; else each answer that is not set apart from the others."""
    counted: dict[str, int] = {}
    for margin in recipe.get("margins", ()):
        if name in margin["by"] and not counted:
            at = margin["by"].index(name)
            for cell in margin["cells"]:
                code = "|".join(cell["of"][at])
                counted[code] = counted.get(code, 0) + cell["count"]
    options = [option.code for option in instruments[0].questionnaire.options_of(question) if not option.apart]
    asked = {name: question}
    groups = tuple(
        Group(
            code,
            tuple(_texts(name, code, asked, instruments)),
            frozenset((name, one) for one in code.split("|")),
            counted.get(code),
        )
        for code in counted or options
    )
    return Grouping(
        name,
        dict(question.text),
        recipe.get("source", "") if counted else "",
        groups,
        sum(counted.values()) if counted else None,
        has_gaps=True,
        is_compared=bool(counted),
    )


def _texts(
    by: str, code: str, asked: Mapping[str, Question], instruments: Sequence[Instrument]
) -> Iterator[dict[str, str]]:
    if by == PLACE_GROUP:
        names = {each.group: each.group_name for i in reversed(instruments) for each in i.places}
        yield from ({"en": names[code]} for _ in range(code in names))
    if by in asked:
        options = {
            option.code: option
            for i in reversed(instruments)
            for question in i.questionnaire.questions.values()
            if question.demographic == by
            for option in i.questionnaire.options_of(question)
        }
        yield from (dict(options[one].text) for one in code.split("|") if one in options)
