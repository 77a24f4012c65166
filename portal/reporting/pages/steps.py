"""The way through a report: which questions come in which order, and each answer as words that a person can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.languages.i18n import current_language, long_day, safety
from portal.languages.words import Words
from portal.partnership.file import Partnership, current_partnership
from portal.partnership.risk_questions import MOST_PAGES, Instrument
from portal.reporting.pages.forms import (
    KINDS,
    RISK,
    KindForm,
    NarrativeForm,
    QuestionForm,
    RiskForm,
    StepForm,
    question_form,
)
from portal.reporting.pages.when_and_where import OUTSIDE, PARTS_OF_DAY, WHEN, WhenForm, WhereForm
from portal.reporting.questions.asked import FILES, QUESTIONS, asked_about
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
from portal.reporting.questions.question import NOT_SURE, Box, Choice, Question
from portal.reporting.questions.risk import OWN, Given, choice_of, pages


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
MOST_STEPS = len(FIRST) + len(QUESTIONS) + len((FILES,)) + MOST_PAGES


def path(answers: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of a report with these answers, numbered from 1: a later question may hang on an earlier answer."""
    asked = [
        _of_partners(answers) if question is CONSENT else question
        for question in asked_about(answers, pages(_risk()))
        if question is not CONSENT or partners()
    ]
    strands = current_partnership().extra_strands
    more = (
        Step(number, question.code, question_form(question, strands), question.title, asked=question)
        for number, question in enumerate(asked, len(FIRST) + 1)
    )
    return (*FIRST, *more)


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


def partners() -> dict[str, Words]:
    """The names of those about which a reporter is asked, by their codes."""
    partnership = current_partnership()
    return {agency.code: agency.name for agency in partnership.agencies if agency.offered and not agency.retired}


def _of_partners(answers: Mapping[str, Any]) -> Question:
    """What may be told to each partner; how to reach them only where they may be reached."""
    return _asked_of_partners(current_partnership(), current_language().code, may_be_reached=may_be_contacted(answers))


@lru_cache(maxsize=64)
def _asked_of_partners(_partnership: Partnership, spoken: str, *, may_be_reached: bool) -> Question:
    """One for each language, so that its form is made once and not on every page."""
    options = _telling()
    if not may_be_reached:
        del options[HOW_TO_REACH]
    choices = (Choice(f"{PARTNER}{code}", name.in_(spoken), options) for code, name in partners().items())
    return replace(CONSENT, choices=tuple(choices))


def _risk() -> Instrument:
    found: Instrument = current_partnership().risk
    return found


def form_of(question: Question) -> type[QuestionForm]:
    return question_form(question, current_partnership().extra_strands)


def find_question(code: str | None) -> Question | None:
    """One that is asked after the first answers, of whichever report."""
    return QUESTIONS.get(code or "") or next((page for page in pages(_risk()) if page.code == code), None)


def in_words(question: str, answer: dict[str, Any] | None) -> str:
    """The answer as the person gave it, in the page's language; empty where they skipped."""
    if not answer:
        return ""
    match question:
        case "kind":
            return str(KINDS[answer["kind"]])
        case "narrative":
            return str(answer["narrative"])
        case "when":
            return when_in_words(answer)
        case "where":
            return where_in_words(answer)
        case "risk":
            return str(RISK[answer["risk"]])
        case FILES.code:
            return "\n".join(answer["names"])
        case "consent":
            return _("You read it below, under “Who will see it”.")
    found = find_question(question)
    return _asked_in_words(found, answer) if found else ""


def _asked_in_words(question: Question, answer: dict[str, Any]) -> str:
    """What was chosen under the row's title, each on a line; then what belongs to it, each after its own question."""
    first, *others = question.choices
    lines = [_after_its_question(first, words) if question.heading else words for words in _chosen(first, answer)]
    lines += [_after_its_question(choice, words) for choice in others for words in _chosen(choice, answer)]
    lines += [_after_its_question(box, _written(box, answer)) for box in question.boxes if box.code in answer]
    return "\n".join(lines)


def _written(box: Box, answer: Mapping[str, Any]) -> str:
    words = str(answer.get(box.code, ""))
    return f"\u2066{words}\u2069" if box.is_ltr and words else words


def _chosen(choice: Choice, answer: dict[str, Any]) -> list[str]:
    given = answer.get(choice.code) or []
    return [_option(choice, code) for code in (given if isinstance(given, list) else [given])]


def _option(choice: Choice, code: str) -> str:
    """Its bare code where a partnership has taken the option out of its file."""
    return str(choice.options.get(code, code))


def no_longer_asked(answers: Mapping[str, Any]) -> str:
    """What was answered to questions that a partnership has taken out of its file, as the codes that are left."""
    given = {code: [chosen] if isinstance(chosen, str) else chosen for code, chosen in answers[OWN].items()}
    return "\n".join(f"{code}: {', '.join(chosen)}" for code, chosen in given.items())


def risk_in_words(given: Given) -> tuple[str, list[str]]:
    """One of the risk questions, and the answers to it that have points."""
    choice = choice_of(given.question)
    heavy = (code for code in given.chosen if given.question.weights.get(code))
    return str(choice.text), [_option(choice, code) for code in heavy]


def _after_its_question(part: Choice | Box, words: str) -> str:
    if str(part.text).endswith(("?", "؟")):
        return _("%(question)s %(answer)s", question=part.text, answer=words)
    return _("%(label)s: %(answer)s", label=part.text, answer=words)


def contact_in_words(told: Mapping[str, Any], *, hidden: bool) -> list[tuple[Any, str]]:
    """What was told of contact, under the words it was asked in: how it is safe, or the hidden name and numbers."""
    rows = []
    for question in (CONTACT, SAFE_CONTACT):
        answer = told.get(question.code) or {}
        for part in question.parts:
            words = _written(part, answer) if isinstance(part, Box) else "\n".join(_chosen(part, answer))
            if part.code == "spoken":
                # Those who read this may not know what a language calls itself.
                words = get_locale().languages.get(answer.get("spoken"), words)
            if words and (part.code in HIDDEN) is hidden and part.code not in {"reach", "leave_message"}:
                rows.append((part.text, words))
    return rows


def when_in_words(answer: dict[str, Any]) -> str:
    """The day or days, then what is known of the hour, each on a line."""
    match answer:
        case {"date": day}:
            lines = [_day(day)]
        case {"from": first, "to": last}:
            lines = [_("Between %(first)s and %(last)s", first=_day(first), last=_day(last))]
        case _:
            lines = [str(WHEN[answer["when"]])]
    if "time" in answer:
        lines.append(_("About %(time)s", time=answer["time"]))
    return "\n".join([*lines, *(str(PARTS_OF_DAY[part]) for part in answer.get("part", ()))])


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return _("%(day)s %(year)s", day=long_day(day), year=day.year)


def place_in_words(code: str | None) -> str:
    """A place's name; what a resident chose in its stead; the bare code of a place that was taken off the list."""
    if code in (None, "", NOT_SURE):
        return _("Not sure") if code else ""
    if code == OUTSIDE:
        return _("Somewhere else")
    place = current_partnership().places.find(code)
    return place.name if place else str(code)


def where_in_words(answer: dict[str, Any]) -> str:
    place, street = place_in_words(answer.get("place")), answer.get("street", "")
    return _("%(street)s, %(place)s", street=street, place=place) if place and street else place or street
