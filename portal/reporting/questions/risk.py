"""The risk questions: which are asked, and what the answers weigh. It orders the officers' list; what follows, people decide.

Source of the example: the risk assessment matrices that partnerships use for anti-social behaviour since the trials of
2010-11. Its points are a draft of ours; each partnership agrees its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.languages.words import spoken
from portal.partnership.file import Partnership
from portal.partnership.risk_questions import RiskQuestion, RiskQuestions
from portal.partnership.toml_records import Wrong, known_codes
from portal.questions.question import Option, Page, Question
from portal.reporting.models import RiskBand
from portal.reporting.questions.asked import QUESTIONS
from portal.reporting.questions.dangers import is_immediate
from portal.reporting.questions.first import OF_PEOPLE

# Before the partnership's own codes, so that none of them is taken for another part of a form or a report.
OWN = "risk-"
BANDS = tuple(RiskBand)
ASKED = {
    f"{page.code}.{question.code}" for page in QUESTIONS.values() for question in page.questions if question.options
}
WHY_ASKED = _l("These help us see how urgent it is. No answer decides alone.")


@dataclass(frozen=True)
class Given:
    """What was chosen in answer to one question, and its points."""

    question: RiskQuestion
    chosen: tuple[str, ...]
    points: int


@dataclass(frozen=True)
class Score:
    """What the answers of one report weigh. `review_now`: one answer alone makes it high."""

    band: RiskBand
    review_now: bool
    given: tuple[Given, ...]

    @cached_property
    def points(self) -> int:
        return sum(one.points for one in self.given)

    @cached_property
    def answered(self) -> int:
        return sum(bool(one.chosen) for one in self.given)


def check_answers(partnership: Partnership) -> None:
    """Raises Wrong where points are given for an answer that no report is asked for."""
    for question in partnership.risk.questions:
        if question.answer:
            at = f"risk.questions.{question.code}"
            if question.answer not in ASKED:
                raise Wrong(f"{at}.answer must be one that reports are asked for, like often.often")
            known_codes(question.weights, {*as_asked(question).texts}, f"{at}.points", question.answer)


@lru_cache(maxsize=32)
def pages(risk: RiskQuestions) -> tuple[Page, ...]:
    """The partnership's own questions as pages of a report."""
    return tuple(
        Page(
            code=OWN + page.code,
            title=spoken(page.title),
            questions=tuple(as_asked(question) for question in risk.on_page(page.code)),
            lead=WHY_ASKED,
            only_if=OF_PEOPLE,
        )
        for page in risk.pages
    )


def as_asked(question: RiskQuestion) -> Question:
    """The question as a report asks it: one of its own, or the one whose answer it weighs."""
    if question.answer:
        page, code = question.answer.split(".")
        return QUESTIONS[page][code]
    return Question(
        code=OWN + question.code,
        type="several" if question.several else "single",
        text=spoken(question.text),
        hint=spoken(question.hint) if question.hint["en"] else None,
        options=tuple(
            Option(code=option.code, text=spoken(option.text), apart=option.apart, alone=option.apart)
            for option in question.options
        ),
    )


def by_page(answers: Mapping[str, Any], risk: RiskQuestions) -> dict[str, Any]:
    """The answers, those to the partnership's questions under the pages they stand on now.

    The file may have changed since: what was answered to a question that is no longer in it stands under OWN.
    """
    own = _own(answers)
    kept = {page: answer for page, answer in answers.items() if not page.startswith(OWN)}
    for page in pages(risk):
        kept[page.code] = {one.code: own.pop(one.code) for one in page.questions if one.code in own}
    return kept | {OWN: own}


def _own(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        code: given
        for page, answer in answers.items()
        if page.startswith(OWN)
        for code, given in (answer or {}).items()
    }


def score(answers: Mapping[str, Any], risk: RiskQuestions) -> Score:
    """What was not answered gives no points; so does an option that is no longer in the file."""
    own = _own(answers)
    given = tuple(_weigh(question, _chosen(question, answers, own)) for question in risk.questions)
    points = sum(one.points for one in given)
    review_now = is_immediate(answers) or any(_reviews_now(one) for one in given)
    if review_now or points >= risk.high_from:
        band = RiskBand.HIGH
    else:
        band = RiskBand.MEDIUM if points >= risk.medium_from else RiskBand.STANDARD
    return Score(band, review_now, given)


def _chosen(question: RiskQuestion, answers: Mapping[str, Any], own: Mapping[str, Any]) -> tuple[str, ...]:
    if question.answer:
        page, code = question.answer.split(".")
        chosen = (answers.get(page) or {}).get(code)
    else:
        chosen = own.get(OWN + question.code)
    return (chosen,) if isinstance(chosen, str) else tuple(chosen or ())


def _weigh(question: RiskQuestion, chosen: tuple[str, ...]) -> Given:
    return Given(question, chosen, min(question.at_most, sum(question.weights.get(code, 0) for code in chosen)))


def _reviews_now(given: Given) -> bool:
    return any(option.review_now and option.code in given.chosen for option in given.question.options)


def weight(found: Score | None) -> int:
    """What the answers alone say, the higher the sooner: the band's number, and one more to be looked at now."""
    return BANDS.index(found.band) + found.review_now if found else 0


def urgency(weight: int, judged: RiskBand | None, *, is_late: bool, is_pressing: bool = False) -> int:
    """Where a report stands among others, the higher the sooner. What an officer judged counts before what was reckoned.

    A late one stands with the next higher band, and there before those that are due later: else a stream of new reports
    in higher bands could keep a standard one waiting for ever. One that happens again and again stands one band higher too.
    """
    return (BANDS.index(judged) if judged else weight) + is_late + is_pressing
