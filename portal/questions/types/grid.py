"""Statements that share one scale: in a questionnaire's file one question, to all who read the answers a question each.

When a file is read, portal/surveys/grids.py puts a question of the type scale in the place of each row. Nothing is ever asked
as a grid: its template shows the rows together.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.partnership.toml_records import Wrong, distinct_codes
from portal.questions.types import QuestionType

MAX_ROWS = 20
MIN_ROWS = 2


class Grid(QuestionType):
    code = "grid"
    name = _l("Statements on one scale")
    template = "questions/grid.html"
    takes = frozenset({"scale", "rows"})

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        distinct_codes(f"{at}.rows", question.rows)
        if not MIN_ROWS <= len(question.rows) <= MAX_ROWS:
            raise Wrong(f"{at}.rows must hold {MIN_ROWS} to {MAX_ROWS} statements")
        if question.demographic:
            raise Wrong(f"{at}.demographic does not go with the type grid; take it out")
