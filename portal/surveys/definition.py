"""What a questionnaire is: pages, questions, options, routing and what is measured.

The dataclasses are the file's schema: a field is a key, a field without a default must be there. `freeze` makes of one a
document that never changes, with the age bands' words and the partnership's places in it; `thaw` opens it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import groupby
from typing import Any, Self, cast

from portal.languages.i18n import LANGUAGES
from portal.languages.words import NOTHING, Localised, Words
from portal.partnership.toml_records import CODE as PLACE_CODE
from portal.partnership.toml_records import FILLED, Check, Wrong, key, matching, record
from portal.questions import question as base
from portal.questions.types import TYPES, type_of
from portal.questions.types.age_band import AGE_BANDS
from portal.surveys.expression_parser import ExpressionError, parse
from portal.surveys.expressions import All, Expression, Is, atoms
from portal.surveys.indicators import CODE, Indicator, ReportingGap
from portal.surveys.translated import Translated

NAME = matching(r"[a-z][a-z0-9-]{0,39}", "be a short code of small letters, digits and hyphens")
OPTION_CODE = matching(r"[a-z0-9][a-z0-9_]{0,39}", "be a short code of small letters, digits and underlines")
TYPE: Check = (
    lambda value: value in TYPES and not TYPES[value].is_composite,
    f"be one of {', '.join(sorted(code for code, kind in TYPES.items() if not kind.is_composite))}",
)
WORDING = matching("verified|to_check|own", "be verified, to_check or own")
MISSING = matching("dont_know|not_said|no", "be dont_know, not_said or no")
DEMOGRAPHIC = matching("[a-z_]{0,40}", "be what a population's figures name it, like sex or age_band")
YES_OR_NO = matching("yes|no", "be yes or no")
AGE: Check = (lambda value: 0 <= value <= 99, "be a whole number of years from 0 to 99")
# Who is younger is asked only after somebody who answers for children's safety has agreed.
GROWN_UP_AT = 16
MINUTES: Check = (lambda value: 1 <= value <= 60, "be a whole number of minutes from 1 to 60")


@dataclass(frozen=True, kw_only=True)
class Option(base.Option):
    code: str = key(OPTION_CODE)
    text: Words = field()
    missing: str = key(MISSING, default="")
    """Whether an export takes it for no answer; empty: as its code says."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Options that several questions share, in the order in which they were published."""

    code: str = key(CODE)
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True)
class Condition(base.Condition):
    """One entry of the older way to write a rule, a list of which all must hold. It looks at a question on an earlier page."""

    question: str = key(CODE)


@dataclass(frozen=True)
class Rule:
    """When something is asked, or asked in other words. `conditions`: as the list that it was read from, where it was one."""

    expression: Expression
    conditions: tuple[Condition, ...] = ()

    @classmethod
    def from_file(cls, raw: Any, at: str) -> Self:
        """Of a text in the words of expressions.py, or of a list of conditions. Raises Wrong."""
        if isinstance(raw, list):
            found = tuple(record(Condition, one, f"{at} number {number}") for number, one in enumerate(raw, 1))
            parts = tuple(Is(one.question, one.any_of) for one in found)
            return cls(parts[0] if len(parts) == 1 else All(parts), found)
        if not isinstance(raw, str):
            raise Wrong(f'{at} must be a condition in quotation marks, like "tenure is rent"')
        try:
            return cls(parse(raw))
        except ExpressionError as wrong:
            raise Wrong(f"{at} {wrong}") from None

    def __bool__(self) -> bool:
        return self != ALWAYS


ALWAYS = Rule(All(()))


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Other words for a question, for whom `when` holds; without a hint of its own it has the question's."""

    when: Rule
    text: Words
    hint: Words = NOTHING


@dataclass(frozen=True, kw_only=True)
class Row:
    """A statement of a grid."""

    code: str = key(CODE)
    text: Words


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What the rows of a grid have in common; the rows are questions of the page that name it."""

    code: str = key(CODE)
    text: Words
    hint: Words = NOTHING


@dataclass(frozen=True, kw_only=True)
class Question(base.Question):
    """Where `wording` is "verified" somebody has held `text` against its `source`."""

    code: str = key(CODE)
    type: str = key(TYPE)
    text: Words = field()
    hint: Words = NOTHING
    options: tuple[Option, ...] = ()
    scale: str = ""
    rows: tuple[Row, ...] = ()
    """Of a grid in a file; once it is read, they are questions."""
    grid: str = ""
    ends: tuple[Words, ...] = ()
    shuffle: bool = False
    grain: str = ""
    earliest: str = ""
    latest: str = ""
    only_if: Rule = ALWAYS
    variants: tuple[Variant, ...] = ()
    """Of those whose rule holds, the first is asked in place of `text`."""
    demographic: str = key(DEMOGRAPHIC, default="")
    """What this is called in a population's figures, where answers are weighted by it; its options are then theirs."""
    source: str = ""
    wording: str = key(WORDING, default="own")
    identifying: str = key(YES_OR_NO, default="")
    """Whether an export leaves it out unless it is asked for; empty: as its type and its options say."""


@dataclass(frozen=True, kw_only=True)
class Page(base.Page):
    code: str = key(CODE)
    title: Words = field()
    intro: Words = NOTHING
    """What the page's questions have in common, such as the beginning of a sentence that they end."""
    questions: tuple[Question, ...] = field()
    only_if: Rule = ALWAYS
    together: bool = False
    """Whether its questions are asked at once; a page with an intro always asks them so."""
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True)
class Step:
    """What somebody is asked at once: a question, a grid, or a page of the file that keeps its questions together."""

    code: str
    page: Page
    questions: tuple[Question, ...]

    @cached_property
    def is_for_everyone(self) -> bool:
        """Whether whoever is asked the page is asked all of it, in the same words."""
        return all(question.only_if is ALWAYS and not question.variants for question in self.questions)


def _steps_of(page: Page) -> Iterator[Step]:
    parts = [tuple(part) for _, part in groupby(page.questions, lambda question: question.grid or question.code)]
    if len(parts) == 1 or page.together or any(page.intro.values()):
        yield Step(page.code, page, page.questions)
        return
    for part in parts:
        yield Step(f"{page.code}.{part[0].grid or part[0].code}", page, part)


@dataclass(frozen=True, kw_only=True)
class Questionnaire(Translated):
    """One survey, whole: what the file in surveys/ holds."""

    code: str = key(NAME)
    title: Words
    about: Words
    minutes: int = key(MINUTES)
    least_age: int = key(AGE, default=GROWN_UP_AT)
    scales: tuple[Scale, ...] = ()
    pages: tuple[Page, ...]
    indicators: tuple[Indicator, ...] = ()
    reporting_gap: ReportingGap | None = None

    @property
    def needs_safeguarding_lead(self) -> bool:
        """Whether children may answer, so that publishing needs the name of the safeguarding lead who agreed."""
        return self.least_age < GROWN_UP_AT

    @cached_property
    def questions(self) -> dict[str, Question]:
        return {question.code: question for page in self.pages for question in page.questions}

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for page in self.pages for step in _steps_of(page))

    @cached_property
    def looked_at(self) -> frozenset[str]:
        """The questions on whose answers it hangs what is asked, and in which words."""
        rules = [
            rule
            for page in self.pages
            for question in page.questions
            for rule in (page.only_if, question.only_if, *(variant.when for variant in question.variants))
        ]
        return frozenset(atom.question for rule in rules for atom in atoms(rule.expression))

    @cached_property
    def _scales(self) -> dict[str, Scale]:
        return {scale.code: scale for scale in self.scales}

    def options_of(self, question: Question) -> tuple[Option, ...]:
        """What may be chosen; nothing for numbers, words and places."""
        return self._scales[question.scale].options if question.type == "scale" else question.options

    @cached_property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """The codes of each question's options that have an order, in it: not those that stand apart."""
        found = {}
        for code, question in self.questions.items():
            # Frozen with a version, the bands are among the options; in a file they are not.
            bands = [band for band in AGE_BANDS if question.type == "age_band"]
            in_order = [option.code for option in self.options_of(question) if not option.apart]
            found[code] = tuple(dict.fromkeys([*bands, *in_order]))
        return found


@dataclass(frozen=True, kw_only=True)
class FrozenPlace:
    code: str = key(PLACE_CODE)
    name: str = key(FILLED)
    group: str = key(PLACE_CODE)
    group_name: str = key(FILLED)
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A published version, opened: all that answering, export and indicators may read."""

    questionnaire: Questionnaire
    geography: str = key(PLACE_CODE)
    geography_version: str = key(PLACE_CODE)
    places: tuple[FrozenPlace, ...]

    @cached_property
    def forms(self) -> dict[Any, Any]:
        return {}  # those that forms.py has made of its pages

    @cached_property
    def _views(self) -> dict[str, Localised]:
        return {language.code: Localised(self, language.code) for language in LANGUAGES}

    def localised(self, code: str) -> Localised:
        """As a page in this language reads it: every Words is plain text. English for a language it does not know."""
        return self._views.get(code) or Localised(self, code)

    @cached_property
    def place_choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a list of places offers: (group's name, [(code, name)]), by name and without what is retired."""
        offered: dict[str, list[tuple[str, str]]] = {}
        for place in sorted(self.places, key=lambda place: (place.group_name.casefold(), place.name.casefold())):
            if not place.retired:
                offered.setdefault(place.group_name, []).append((place.code, place.name))
        return list(offered.items())

    @cached_property
    def place_names(self) -> dict[str, str]:
        return {place.code: place.name for place in self.places}

    def accepts(self, question: Question, answer: Any) -> bool:
        """Whether a tick is one that the question offers; what was written is not judged here."""
        return type_of(question).accepts(question, self.codes_of(question), answer)

    def codes_of(self, question: Question) -> list[str]:
        """The codes that an answer may have, in order; empty for numbers and words."""
        if question.type == "place":
            return list(self.place_names)
        return [option.code for option in self.questionnaire.options_of(question)]


def freeze(questionnaire: Questionnaire, age_words: Mapping[str, Words], places: Any) -> str:
    """The document of a version: canonical JSON. `places` are the partnership's (portal.places.Places)."""
    names = {group.code: group.name for group in places.groups}
    frozen = {
        "geography": places.geography,
        "geography_version": places.version,
        "places": [
            {"code": p.code, "name": p.name, "group": p.group, "group_name": names[p.group], "retired": p.retired}
            for p in places.all
        ],
        "questionnaire": _as_data(questionnaire),
    }
    bands = [{"code": code, "text": dict(age_words[code])} for code in AGE_BANDS]
    for question in (one for page in frozen["questionnaire"]["pages"] for one in page["questions"]):
        if question["type"] == "age_band":
            question["options"] = bands + question.get("options", [])
    return json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(document: str) -> str:
    return sha256(document.encode()).hexdigest()


@lru_cache(maxsize=64)
def thaw(document: str) -> Instrument:
    """Open a version's document."""
    return cast(Instrument, record(Instrument, json.loads(document), ""))


def _as_data(value: Any) -> Any:
    match value:
        case Rule(expression, conditions):
            return _as_data(conditions) if conditions else str(expression)
        case tuple():
            return [_as_data(each) for each in value]
        case Mapping():
            return dict(value)
        case _ if hasattr(value, "__dataclass_fields__"):
            # What was left out of the file stays out: a new key must not change the hash of an old document.
            return {
                name: _as_data(getattr(value, name))
                for name, field in value.__dataclass_fields__.items()
                if getattr(value, name) != field.default
            }
    return value
