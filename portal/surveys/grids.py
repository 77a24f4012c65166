"""Grids of a questionnaire's file: each row becomes a question of its own on the grid's scale, kept together by the grid's code.

So routing, packing, export and figures see plain questions, and only the page on which they are asked shows a grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.languages.words import NOTHING
from portal.partnership.toml_records import Wrong, distinct_codes
from portal.questions.types import type_of
from portal.surveys.definition import Grid, Page, Question, Questionnaire


def with_rows_as_questions(questionnaire: Questionnaire) -> Questionnaire:
    """What a file says, as it is published. Raises Wrong where a grid is not right."""
    distinct_codes("questions", [question for page in questionnaire.pages for question in page.questions])
    return replace(questionnaire, pages=tuple(map(_page, questionnaire.pages)))


def _page(page: Page) -> Page:
    at = f"pages.{page.code}"
    if page.grids or any(question.grid for question in page.questions):
        raise Wrong(f"{at} has grids or grid, which only published versions have; write a question of the type grid")
    grids = tuple(Grid(code=q.code, text=q.text, hint=q.hint) for q in page.questions if q.type == "grid")
    return replace(page, grids=grids, questions=tuple(_questions(page, at)))


def _questions(page: Page, at: str) -> Iterator[Question]:
    for question in page.questions:
        if question.type != "grid":
            yield question
            continue
        here = f"{at}.questions.{question.code}"
        type_of(question).check(question, here)
        if not question.scale:
            raise Wrong(f"{here}.scale is missing; name one of scales")
        for row in question.rows:
            yield replace(
                question, type="scale", code=row.code, text=row.text, hint=NOTHING, rows=(), grid=question.code
            )
