"""The types of question: each is a module here and a template that shows it. See docs/questions.md.

A type is found by itself: whatever class of QuestionType with a `code` a module of this folder defines.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar

from flask_babel import LazyString

from portal.languages.words import in_words
from portal.partnership.toml_records import Wrong, distinct_codes
from portal.questions.question import Option, Question
from portal.web.forms import choices

# What a questionnaire may say of a question of some types only, and of which.
GOES_WITH = {
    "options": "single or several",
    "scale": "scale",
    "rows": "grid",
    "least": "number or points",
    "most": "number, points, several or ranking",
    "ends": "points",
    "grain": "date",
    "earliest": "date",
    "latest": "date",
    "shuffle": "single, several, list or ranking",
}
# An answer of several is kept as 64 bits, all of which together mean that nothing was answered.
MAX_OPTIONS = 60
MIN_OPTIONS = 2


class QuestionType:
    """How one type of question is asked, read, checked, coded and said. A page's form has the field; `data` is its data."""

    code: ClassVar[str] = ""
    name: ClassVar[LazyString | str]
    """As staff read it."""
    template: ClassVar[str]
    """Its macro `ask(question, field, heading)` shows the field; `heading` is false, "h1", "h2", or true for a page's own."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """What else a questionnaire may say of it: `alone`, and the keys of GOES_WITH."""
    packed: ClassVar[str] = "one"
    """How a closed wave keeps its answers: see columns.py in portal/surveys; "" for text, which is sealed apart."""
    form: ClassVar[Any] = None
    """Of a type that takes a page for itself: the form with its fields, whose answer is the page's."""

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            TYPES[cls.code] = cls()

    @property
    def is_composite(self) -> bool:
        return self.form is not None

    @property
    def is_written(self) -> bool:
        return not self.packed

    def field(self, question: Question) -> Any:
        """The WTForms field, not yet bound to a form."""
        raise NotImplementedError

    def answer(self, data: Any) -> Any:
        """What is kept of a field's data: a code, a list of codes, a number or a text; None where it was left blank."""
        return data or None

    def typed(self, answer: Any) -> Any:
        """The field's data for an answer that is kept."""
        return answer

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        """Whether the answer is one that the question offers, whose options have these codes."""
        return answer in codes

    def words(self, question: Question, answer: Any) -> list[str]:
        """The answer as people read it, each part a line."""
        return [str(answer)]

    def check(self, question: Any, at: str) -> None:
        """What a questionnaire's file must say of it. Raises Wrong with the place `at` and the mend."""
        for key, types in GOES_WITH.items():
            if getattr(question, key, None) and key not in self.takes:
                raise Wrong(f"{at}.{key} does not go with the type {self.code}; take it out or write {types}")
        if question.shuffle and any(option.code == "order" for option in question.options):
            raise Wrong(f"{at}.options has the code order, which names the column of the order; give it another")
        if "alone" not in self.takes and any(option.alone for option in question.options):
            raise Wrong(f"{at}.options has alone, which goes with the type several only; take it out")


TYPES: dict[str, QuestionType] = {}


def type_of(question: Question) -> QuestionType:
    return TYPES[question.type]


def in_order(question: Question) -> list[Option]:
    """The options as they are shown: those that stand apart are the last."""
    return sorted(question.options, key=lambda option: option.apart)


def check_options(options: Sequence[Option], at: str) -> None:
    """Raises Wrong."""
    distinct_codes(at, options)
    if not MIN_OPTIONS <= len(options) <= MAX_OPTIONS:
        raise Wrong(f"{at} must hold {MIN_OPTIONS} to {MAX_OPTIONS} options")


def offered(question: Question) -> list[Any]:
    """The choices of a field."""
    return [
        choice
        for option in in_order(question)
        for choice in choices({option.code: in_words(option.text)}, in_words(option.group))
    ]


for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
