"""The risk questions as the partnership has agreed them: what is asked, what each answer weighs, where the bands begin.

They order the officers' list and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import CODE, Check, Wrong, distinct_codes, key, known_codes

MAX_POINTS = 100
MAX_PAGES = 4
MAX_PER_PAGE = 3

POINTS: Check = (lambda value: 0 <= value <= MAX_POINTS, f"be a whole number of points from 0 to {MAX_POINTS}")
ALL_POINTS: Check = (
    lambda values: all(0 <= value <= MAX_POINTS for value in values.values()),
    f"give each answer a whole number of points from 0 to {MAX_POINTS}",
)


@dataclass(frozen=True, kw_only=True)
class RiskOption:
    """`review_now` makes a report high whatever else was answered; `apart` stands below the others and excludes them."""

    code: str = key(CODE)
    text: Words
    points: int = key(POINTS, default=0)
    review_now: bool = False
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class RiskQuestion:
    """Either points for an `answer` that every report is asked for anyway, or a question of its own, on a page."""

    code: str = key(CODE)
    answer: str = ""
    """As "page.question": see `portal.reporting.questions.asked`."""
    points: Mapping[str, int] | None = key(ALL_POINTS, default=None)
    page: str = ""
    text: Words = NOTHING
    hint: Words = NOTHING
    several: bool = False
    options: tuple[RiskOption, ...] = ()
    at_most: int = key(POINTS, default=MAX_POINTS)
    """The points of several answers are added, up to this."""

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """Points by the code of an answer."""
        return self.points or {option.code: option.points for option in self.options}


@dataclass(frozen=True, kw_only=True)
class RiskPage:
    """Questions that belong together stand on one page; `title` names it in the list of what was told."""

    code: str = key(CODE)
    title: Words


@dataclass(frozen=True, kw_only=True, eq=False)
class RiskQuestions:
    """Until `agreed_by` is filled staff see that it is a draft."""

    agreed_by: str = ""
    medium_from: int = key(POINTS, default=13)
    high_from: int = key(POINTS, default=23)
    pages: tuple[RiskPage, ...] = ()
    questions: tuple[RiskQuestion, ...] = ()

    def on_page(self, code: str) -> list[RiskQuestion]:
        return [question for question in self.questions if question.page == code]


NO_QUESTIONS = RiskQuestions()


def check_risk_questions(risk: RiskQuestions) -> None:
    """Raises Wrong for what does not fit together in it."""
    for wrong in _wrongs(risk):
        raise Wrong(wrong)


def _wrongs(risk: RiskQuestions) -> Iterator[str]:
    if not 0 < risk.medium_from < risk.high_from:
        yield "risk.high_from must be more than risk.medium_from, and both more than 0"
    pages = distinct_codes("risk.pages", risk.pages)
    distinct_codes("risk.questions", risk.questions)
    if len(pages) > MAX_PAGES:
        yield f"risk.pages must be at most {MAX_PAGES}, so that a report stays short"
    for page in risk.pages:
        if not 1 <= len(risk.on_page(page.code)) <= MAX_PER_PAGE:
            yield f'risk.pages.{page.code} needs one to {MAX_PER_PAGE} questions with page = "{page.code}"'
    for question in risk.questions:
        at = f"risk.questions.{question.code}"
        is_own = bool(question.page and question.text["en"] and question.options)
        if is_own == bool(question.answer and question.points):
            yield f"{at} needs either answer and points, or page, text and options"
        if is_own and (question.answer or question.points):
            yield f"{at} has points in its options; take out answer and points"
        known_codes([question.page] if question.page else [], pages, f"{at}.page", "risk.pages")
        distinct_codes(f"{at}.options", question.options)
