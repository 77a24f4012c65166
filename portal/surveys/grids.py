"""Grids of a questionnaire's file: each row becomes a question of its own on the grid's scale, kept together by the grid's code.

So routing, packing, export and figures see plain questions, and only the page on which they are asked shows a grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.languages.words import NOTHING
from portal.questions.types import type_of
from portal.surveys.definition import Grid, Page, Question, Questionnaire


def with_rows_as_questions(questionnaire: Questionnaire) -> Questionnaire:
    """Raises Wrong where a grid says what does not go with it."""
    return replace(questionnaire, pages=tuple(map(_page, questionnaire.pages)))


def _page(page: Page) -> Page:
    grids = tuple(Grid(code=q.code, text=q.text, hint=q.hint) for q in page.questions if q.type == "grid")
    return replace(page, grids=(*page.grids, *grids), questions=tuple(_questions(page))) if grids else page


def _questions(page: Page) -> Iterator[Question]:
    for question in page.questions:
        if question.type != "grid":
            yield question
            continue
        type_of(question).check(question, f"pages.{page.code}.questions.{question.code}")
        for row in question.rows:
            yield replace(
                question, type="scale", code=row.code, text=row.text, hint=NOTHING, rows=(), grid=question.code
            )
