"""The way through a report: which questions come in which order, and each answer as words that a person can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.i18n import long_day
from portal.reporting.forms import (
    KINDS,
    OUTSIDE,
    RISK,
    WHEN,
    KindForm,
    NarrativeForm,
    RiskForm,
    StepForm,
    WhenForm,
    WhereForm,
    question_form,
)
from portal.reporting.question import NOT_SURE, Box, Choice, Question
from portal.reporting.questions import FILES, QUESTIONS, asked_about


@dataclass(frozen=True)
class Step:
    """One question. Its address is its number, so that no address tells what a report is about."""

    number: int
    question: str
    form: type[StepForm]
    title: Any
    required: bool = False
    asked: Question | None = None
    """What it asks beyond the first answers: from here on the report can be finished at any step."""


FIRST = (
    Step(1, "kind", KindForm, _l("What it is about")),
    Step(2, "narrative", NarrativeForm, _l("What happened"), required=True),
    Step(3, "when", WhenForm, _l("When")),
    Step(4, "where", WhereForm, _l("Where")),
    Step(5, "risk", RiskForm, _l("Could someone be badly hurt soon")),
)
MOST_STEPS = len(FIRST) + len(QUESTIONS) + len((FILES,))


def path(answers: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of a report with these answers, numbered from 1: a later question may hang on an earlier answer."""
    extra_strands = current_app.extensions["portal"].partnership.extra_strands
    more = (
        Step(number, question.code, question_form(question, extra_strands), question.title, asked=question)
        for number, question in enumerate(asked_about(answers), len(FIRST) + 1)
    )
    return (*FIRST, *more)


def in_words(question: str, answer: dict[str, Any] | None) -> str:
    """The answer as the person gave it, in the page's language; empty where they skipped."""
    if not answer:
        return ""
    match question:
        case "kind":
            return str(KINDS[answer["kind"]])
        case "narrative":
            return str(answer["narrative"])
        case "when" if "date" in answer:
            day = date.fromisoformat(answer["date"])
            return _("%(day)s %(year)s", day=long_day(day), year=day.year)
        case "when":
            return str(WHEN[answer["when"]])
        case "where":
            return where_in_words(answer)
        case "risk":
            return str(RISK[answer["risk"]])
        case FILES.code:
            return "\n".join(answer["names"])
    return _asked_in_words(QUESTIONS[question], answer)


def _asked_in_words(question: Question, answer: dict[str, Any]) -> str:
    """What was chosen under the row's title, each on a line; then what belongs to it, each after its own question."""
    first, *others = question.choices
    lines = _chosen(first, answer)
    lines += [_after_its_question(choice, words) for choice in others for words in _chosen(choice, answer)]
    lines += [_after_its_question(box, answer[box.code]) for box in question.boxes if box.code in answer]
    return "\n".join(lines)


def _chosen(choice: Choice, answer: dict[str, Any]) -> list[str]:
    given = answer.get(choice.code) or []
    return [str(choice.options[code]) for code in (given if isinstance(given, list) else [given])]


def _after_its_question(part: Choice | Box, words: str) -> str:
    return _("%(question)s %(answer)s", question=part.text, answer=words)


def place_in_words(code: str | None) -> str:
    """A place's name; what a resident chose in its stead; the bare code of a place that was taken off the list."""
    if code in (None, "", NOT_SURE):
        return _("Not sure") if code else ""
    if code == OUTSIDE:
        return _("Somewhere else")
    place = current_app.extensions["portal"].partnership.places.find(code)
    return place.name if place else str(code)


def where_in_words(answer: dict[str, Any]) -> str:
    place, street = place_in_words(answer.get("place")), answer.get("street", "")
    return _("%(street)s, %(place)s", street=street, place=place) if place and street else place or street
