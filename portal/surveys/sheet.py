"""A questionnaire as a tablet without a line asks it: its routing as data, and what of it a browser can ask by itself."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

from portal.questions.types import type_of
from portal.surveys.definition import Instrument, Page, Question, Questionnaire, Rule
from portal.surveys.expressions import All, Answered, AnyOf, Between, Compares, Expression, Includes, Is, Not

# What static/src/offline.js reads, routes by and checks. A type or key that is not here is not asked without a line.
TYPES = {"single", "several", "scale", "number", "short_text", "long_text", "age_band", "place", "list"}
KEYS: dict[type, set[str]] = {
    Page: {"code", "title", "intro", "questions", "only_if", "together"},
    Question: {
        "code", "type", "text", "hint", "options", "scale", "least", "most", "only_if", "variants", "demographic", "source",
        "wording", "identifying",
    },
}  # fmt: skip
# Bytes: a letter takes at most 4, and a control sign 6 where JSON writes it out, of which plain text has line breaks only.
PER_LETTER, BESIDES, STEP = 4, 8 * 1024, 8 * 1024
MOST = 192 * 1024


def cannot_ask(instrument: Instrument) -> str:
    """The code of a question or page that a tablet cannot ask without a line; empty where it can ask all."""
    for page in instrument.questionnaire.pages:
        if not _is_known(page):
            return page.code
        for question in page.questions:
            has_bounds = question.least or question.most
            if question.type not in TYPES or not _is_known(question) or (has_bounds and question.type != "number"):
                return question.code
    return "" if size(instrument.questionnaire) <= MOST else instrument.questionnaire.pages[0].code


def _is_known(what: Page | Question) -> bool:
    return all(
        getattr(what, field.name) == _default(field) for field in fields(what) if field.name not in KEYS[type(what)]
    )


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def size(questionnaire: Questionnaire) -> int:
    """Of the text that is sealed, in bytes: the same however much somebody wrote."""
    letters = sum(getattr(type_of(question), "limit", 0) for question in questionnaire.questions.values())
    ticked = sum(
        len(question.code) + 20 + sum(len(option.code) + 3 for option in questionnaire.options_of(question))
        for question in questionnaire.questions.values()
    )
    return -(-(letters * PER_LETTER + ticked + BESIDES) // STEP) * STEP


def steps(questionnaire: Questionnaire) -> list[tuple[Page, tuple[Question, ...]]]:
    """What is asked at once, in order: as asked_of in routing.py walks it."""
    return [(step.page, step.questions) for step in questionnaire.steps]


def routing(questionnaire: Questionnaire) -> dict[str, Any]:
    """The pages with the rules of their questions, by which the browser finds what is asked: see asked_of in routing.py."""
    return {
        "orders": {code: list(order) for code, order in questionnaire.orders.items()},
        "pages": [
            {"if": as_data(page.only_if), "questions": [_question(question) for question in questions]}
            for page, questions in steps(questionnaire)
        ],
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "code": question.code,
        "if": as_data(question.only_if),
        "variants": [as_data(variant.when) for variant in question.variants],
        "number": type_of(question).packed == "number",
        "least": question.least,
        "most": question.most,
        "limit": getattr(type_of(question), "limit", 0),
    }


def as_data(rule: Rule) -> list[Any]:
    return expression_as_data(rule.expression)


def expression_as_data(expression: Expression) -> list[Any]:
    """A list whose first item says which kind of condition it is."""
    match expression:
        case All(parts):
            return ["all", *map(expression_as_data, parts)]
        case AnyOf(parts):
            return ["any", *map(expression_as_data, parts)]
        case Not(part):
            return ["not", expression_as_data(part)]
        case Answered(question):
            return ["answered", question]
        case Is(question, codes):
            return ["is", question, list(codes)]
        case Includes(question, codes, every):
            return ["includes", question, list(codes), every]
        case Between(question, low, high):
            return ["between", question, low, high]
        case Compares(question, sign, number):
            return ["compares", question, sign, number]
