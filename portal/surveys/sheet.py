"""A questionnaire as a tablet without a line asks it: its routing, orders and bounds as data that a browser can go by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from portal.questions.types import in_order, type_of
from portal.questions.types.date import as_of
from portal.surveys.definition import Instrument, Question, Questionnaire, Rule
from portal.surveys.expressions import All, Answered, AnyOf, Between, Compares, Expression, Includes, Is, Not

# Bytes: a letter takes at most 4, and a control sign 6 where JSON writes it out, of which plain text has line breaks only.
PER_LETTER, BESIDES, STEP = 4, 8 * 1024, 8 * 1024
# Of a question besides its codes: the names of its fields, the digits of a date, a place's code.
PER_QUESTION = 160


def size(questionnaire: Questionnaire) -> int:
    """Of the text that is sealed, in bytes: the same however much somebody wrote."""
    letters = sum(getattr(type_of(question), "limit", 0) for question in questionnaire.questions.values())
    ticked = sum(
        3 * len(question.code)
        + PER_QUESTION
        + sum(len(option.code) + 3 for option in questionnaire.options_of(question))
        for question in questionnaire.questions.values()
    )
    return -(-(letters * PER_LETTER + ticked + BESIDES) // STEP) * STEP


def routing(questionnaire: Questionnaire) -> dict[str, Any]:
    """The pages with the rules of their questions, by which the browser finds what is asked: see asked_of in routing.py."""
    places = {page.code: number for number, page in enumerate(questionnaire.pages)}
    return {
        "orders": {code: list(order) for code, order in questionnaire.orders.items()},
        "pages": [
            {
                "if": as_data(step.page.only_if),
                "section": places[step.page.code],
                "decides": any(question.code in questionnaire.looked_at for question in step.questions),
                "questions": [_question(question) for question in step.questions],
            }
            for step in questionnaire.steps
        ],
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "code": question.code,
        "kind": kind_of(question),
        "grid": question.grid,
        "if": as_data(question.only_if),
        "variants": [as_data(variant.when) for variant in question.variants],
        "least": question.least,
        "most": question.most,
        "limit": getattr(type_of(question), "limit", 0),
        "grain": question.grain,
        "earliest": question.earliest,
        "latest": question.latest,
        "shuffle": [option.code for option in in_order(question) if not option.apart] if question.shuffle else [],
    }


def kind_of(question: Question) -> str:
    """How static/src/sheet.js reads and judges its answer: as it is packed, but for a place's, which is one of many."""
    return "place" if question.type == "place" else type_of(question).packed or "text"


def asked_since(instrument: Instrument, day: date) -> Instrument:
    """With each date's earliest day as it was on this one: what was right when it was answered may arrive weeks later."""
    questionnaire = instrument.questionnaire
    if not any(question.earliest.startswith("today") for question in questionnaire.questions.values()):
        return instrument
    pages = tuple(
        replace(page, questions=tuple(replace(one, earliest=as_of(one.earliest, day)) for one in page.questions))
        for page in questionnaire.pages
    )
    return replace(instrument, questionnaire=replace(questionnaire, pages=pages))


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
