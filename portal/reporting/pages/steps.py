"""The way through a report: which questions come in which order, and each answer as words that a person can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.languages.i18n import current_language
from portal.languages.sentences import safety
from portal.languages.words import Words
from portal.partnership.file import Partnership, current_partnership
from portal.partnership.risk_questions import MAX_PAGES, RiskQuestions
from portal.questions.question import Page, Question, one
from portal.questions.types import type_of
from portal.reporting.models import Kind
from portal.reporting.pages.forms import StepForm, question_form
from portal.reporting.pages.when_and_where import place_in_words as place_in_words
from portal.reporting.questions.asked import FIRST_CODES, ON_CHECK, READ, asked_about
from portal.reporting.questions.contact import (
    CONSENT,
    CONTACT,
    HIDDEN,
    HOW_TO_REACH,
    NOTHING,
    PARTNER,
    SAFE_CONTACT,
    WHAT_HAPPENED,
    agreed,
    may_be_contacted,
)
from portal.reporting.questions.formats import FORMATS
from portal.reporting.questions.risk import OWN, Given, as_asked, pages
from portal.vault.drafts import Draft

PAGES = {page.code: page for page in (*READ, FORMATS)}
ON_CHECK_CODES = {page.code for page in ON_CHECK}
MAX_STEPS = len(READ) + MAX_PAGES


@dataclass(frozen=True)
class Step:
    """One page. Its address is its number, so that no address tells what a report is about."""

    number: int
    page: Page

    @property
    def code(self) -> str:
        return self.page.code

    @property
    def is_extra(self) -> bool:
        """Whether it asks beyond the first answers: from here on the report can be finished at any step."""
        return self.code not in FIRST_CODES

    @property
    def is_on_check(self) -> bool:
        """Whether it is asked beside what it is about, on the page that sends: the way from page to page leaves it out."""
        return self.code in ON_CHECK_CODES

    @property
    def is_required(self) -> bool:
        return any(question.required for question in self.page.questions)


def path(answers: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of a report with these answers, numbered from 1: a later question may hang on an earlier answer."""
    if (answers.get("kind") or {}).get("kind") == Kind.REQUEST:
        return Step(1, FORMATS), Step(2, CONTACT)
    asked = [
        partners_page(may_be_reached=may_be_contacted(answers)) if page is CONSENT else page
        for page in asked_about(answers, pages(_risk()))
        if page is not CONSENT or partners()
    ]
    return tuple(Step(number, page) for number, page in enumerate(asked, 1))


def read_steps(answers: Mapping[str, Any]) -> list[Step]:
    """All that was answered, as staff read it: of older reports also what is asked in another way now."""
    asked = path(answers)
    codes = {step.code for step in asked}
    return [*asked, *(Step(len(asked), page) for page in READ if page.code not in codes and answers.get(page.code))]


def count_first(steps: Sequence[Step]) -> int:
    """Of this report, how many questions are enough to act on."""
    return sum(not step.is_extra for step in steps)


def count_more(steps: Sequence[Step]) -> int:
    """Of this report, how many may be answered beyond those."""
    return sum(step.is_extra and not step.is_on_check for step in steps)


def is_undecided(answers: Mapping[str, Any]) -> bool:
    """Whether the number of questions still hangs on one that comes."""
    given = answers.get("kind") or {}
    return "kind" not in answers or (given.get("kind") == Kind.ASB and "asb_types" not in answers)


def _telling() -> dict[str, Any]:
    """What a partner may be told, as the reporter chooses it."""
    return {
        NOTHING: safety("Tell them nothing"),
        WHAT_HAPPENED: safety("What happened, without my name or contact details"),
        HOW_TO_REACH: safety("What happened, and how to reach me"),
    }


def consents_in_words(answers: Mapping[str, Any], *, has_contact: bool) -> list[tuple[str, Any, bool]]:
    """Each partner the reporter answered about: its name, what it may be told, whether that is anything."""
    partnership = current_partnership()
    names = {agency.code: agency.name.in_(current_language().code) for agency in partnership.agencies}
    words = _telling()
    return [
        (names.get(code, code), words[told], told != NOTHING)
        for code, told in agreed(answers, has_contact=has_contact).items()
    ]


def partners(also: Sequence[str] = ()) -> dict[str, Words]:
    """The names of those about which a reporter is asked, by their codes; and those `also` asked about by an officer."""
    agencies = current_partnership().agencies
    return {each.code: each.name for each in agencies if not each.retired and (each.offered or each.code in also)}


def partners_page(*, may_be_reached: bool, also: Sequence[str] = ()) -> Page:
    """What may be told to each partner; how to reach them only where they may be reached."""
    spoken = current_language().code
    return _asked_of_partners(current_partnership(), spoken, tuple(also), may_be_reached=may_be_reached)


def agency_in_words(code: str) -> str:
    """A partner's name in the page's language; the bare code of one that is no longer in the file."""
    found = current_partnership().find_agency(code)
    return found.name.in_(current_language().code) if found else code


@lru_cache(maxsize=64)
def _asked_of_partners(_partnership: Partnership, spoken: str, also: tuple[str, ...], *, may_be_reached: bool) -> Page:
    """One for each language, so that its form is made once and not on every page."""
    options = _telling()
    if not may_be_reached:
        del options[HOW_TO_REACH]
    questions = (one(f"{PARTNER}{code}", name.in_(spoken), options) for code, name in partners(also).items())
    return replace(CONSENT, questions=tuple(questions))


def _risk() -> RiskQuestions:
    found: RiskQuestions = current_partnership().risk
    return found


def form_of(page: Page) -> type[StepForm]:
    return question_form(page, current_partnership().extra_strands)


def form_as_left(found: Step, draft: Draft, *, is_sent: bool) -> StepForm:
    """The form as it was left: what was half typed before the language changed, or what was answered."""
    form = form_of(found.page)
    typed = None if is_sent else draft.content["typed"].get(found.code)
    if typed is not None:
        return form(MultiDict(typed))
    answers = draft.content["answers"]
    kept = found.page.opens_with(answers) if found.page.opens_with else answers.get(found.code) or {}
    return form(data=form.as_typed(kept))


def find_page(code: str | None) -> Page | None:
    """One that is asked, of whichever report."""
    return PAGES.get(code or "") or next((page for page in pages(_risk()) if page.code == code), None)


def in_words(code: str, answer: dict[str, Any] | None) -> str:
    """The answer to a page as the person gave it, in the page's language; empty where they skipped."""
    page = find_page(code) if answer else None
    if page is None or not answer:
        return ""
    return _page_in_words(page, answer)


def _page_in_words(page: Page, answer: dict[str, Any]) -> str:
    """What was answered under the row's title, each on a line; then what belongs to it, on a line for each question."""
    lines = []
    for number, question in enumerate(page.questions):
        words = _question_in_words(question, answer)
        is_after_title = number == 0 and not page.heading
        if words and not is_after_title:
            semicolon = "؛ " if current_language().dir == "rtl" else "; "
            words = [_after_its_question(question, semicolon.join(words))]
        lines += words
    return "\n".join(lines)


def _question_in_words(question: Question, answer: Mapping[str, Any]) -> list[str]:
    kind = type_of(question)
    given = answer if kind.is_composite else answer.get(question.code)
    return kind.words(question, given) if given else []


def no_longer_asked(answers: Mapping[str, Any]) -> str:
    """What was answered to questions that a partnership has taken out of its file, as the codes that are left."""
    given = {code: [chosen] if isinstance(chosen, str) else chosen for code, chosen in answers[OWN].items()}
    return "\n".join(f"{code}: {', '.join(chosen)}" for code, chosen in given.items())


def risk_in_words(given: Given) -> tuple[str, list[str]]:
    """One of the risk questions, and the answers to it that have points."""
    question = as_asked(given.question)
    heavy = (code for code in given.chosen if given.question.weights.get(code))
    return str(question.text), [str(question.texts.get(code, code)) for code in heavy]


def _after_its_question(part: Question, words: str) -> str:
    if str(part.text).endswith(("?", "؟")):
        return _("%(question)s %(answer)s", question=part.text, answer=words)
    return _("%(label)s: %(answer)s", label=part.text, answer=words)


def contact_in_words(told: Mapping[str, Any], *, hidden: bool) -> list[tuple[Any, str]]:
    """What was told of contact, under the words it was asked in: how it is safe, or the hidden name and numbers."""
    rows = []
    for page in (CONTACT, SAFE_CONTACT):
        answer = told.get(page.code) or {}
        for part in page.questions:
            words = "\n".join(_question_in_words(part, answer))
            if part.code == "spoken":
                # Those who read this may not know what a language calls itself.
                words = get_locale().languages.get(answer.get("spoken"), words)
            if words and (part.code in HIDDEN) is hidden and part.code not in {"reach", "leave_message"}:
                rows.append((part.text, words))
    return rows
