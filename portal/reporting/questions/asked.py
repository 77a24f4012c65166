"""Which questions a report is asked, in which order, and what may be told beyond the first, each question as data.

Source: the True Vision and police.uk report forms. A code is stored for good: one is retired by no longer offering it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.questions.question import Page, box, holds, line, one, several, when
from portal.questions.types import type_of
from portal.reporting.questions.asb import (
    AFFECTED,
    ANY_GROUP,
    ASB_GROUP,
    ASB_TYPES,
    DUMPED,
    FEW,
    is_environmental,
    is_hazardous,
)
from portal.reporting.questions.codes import NONE, NOT_SURE, YES_NO
from portal.reporting.questions.contact import CONSENT, CONTACT, SAFE_CONTACT
from portal.reporting.questions.dangers import DANGERS
from portal.reporting.questions.first import KIND, NARRATIVE, OF_PEOPLE, OF_PLACES, RISK, WHEN, WHERE
from portal.reporting.questions.formats import FORMATS
from portal.reporting.questions.hate import BECAUSE, HATE_TYPES

WHO = Page(
    code="who",
    title=_l("Who it happened to"),
    shows_help=True,
    only_if=OF_PEOPLE,
    questions=(
        one(
            "who",
            _l("Who did it happen to?"),
            {
                "me": _l("To me"),
                "saw": _l("To someone else, and I saw it"),
                "someone": _l("To someone I am helping"),
                "community": _l("To a community or a place"),
                "centre": _l("I work for a reporting centre"),
            },
        ),
        one(
            "agreed",
            _l("Do they know that you are telling us, and agree?"),
            YES_NO | {"could_not_ask": _l("I could not ask")},
            only_if=when("who", "someone"),
        ),
        one(
            "under_18",
            _l("Is the person it happened to under 18?"),
            YES_NO | {NOT_SURE: _l("I am not sure")},
            hint=_l("So that we can offer the right help. Only if you want to say."),
        ),
    ),
)

OFTEN = Page(
    code="often",
    title=_l("How often"),
    questions=(
        one(
            "often",
            _l("Has it happened before?"),
            {
                "first": _l("No, this was the first time"),
                "sometimes": _l("Yes, a few times"),
                "weekly": _l("Yes, most weeks"),
                "daily": _l("Yes, most days"),
                NOT_SURE: _l("I am not sure"),
            },
            apart=NOT_SURE,
        ),
        one("worse", _l("Is it getting worse?"), YES_NO | {NOT_SURE: _l("I am not sure")}),
        line("since", _l("Since when?"), 100, _l("For example: since last summer.")),
    ),
)

SETTING = Page(
    code="setting",
    title=_l("What kind of place"),
    only_if=OF_PEOPLE,
    questions=(
        one(
            "setting",
            _l("What kind of place was it?"),
            {
                "home": _l("At home, or just outside it"),
                "street": _l("A street, path or car park"),
                "park": _l("A park or open space"),
                "shop": _l("A shop, café or market"),
                "licensed": _l("A pub, club or bar"),
                "transport": _l("A bus, a train, a taxi, or a stop or station"),
                "work": _l("At work"),
                "school": _l("A school, college or university"),
                "worship": _l("A place of worship"),
                "health": _l("A hospital, surgery or care home"),
                "online": _l("Online or on the phone"),
                "other": _l("Somewhere else"),
            },
        ),
        line(
            "site",
            _l("Which website or app, and under which name?"),
            200,
            _l("The address of the page or the user’s name, if you know it."),
            only_if=when("setting", "online"),
        ),
    ),
)

PEOPLE = Page(
    code="people",
    title=_l("Who did it"),
    questions=(
        one(
            "number",
            _l("How many people did it?"),
            {
                "one": _l("One"),
                "few": _l("Two or three"),
                "group": _l("A group"),
                NOT_SURE: _l("I am not sure"),
            },
            apart=NOT_SURE,
        ),
        one(
            "known",
            _l("Do you know them?"),
            {
                "stranger": _l("No"),
                "by_sight": _l("I have seen them before"),
                "neighbour": _l("Yes, neighbours"),
                "family": _l("Yes, family"),
                "colleague": _l("Yes, from work"),
                "pupil": _l("Yes, from school or college"),
                "customer": _l("Yes, customers"),
                "carer": _l("Yes, a carer or helper"),
                "other": _l("Yes, in another way"),
            },
        ),
        box(
            "description",
            _l("What did they look like?"),
            1000,
            _l("For example age, clothes, hair, or the number of a car. Names only if you are sure."),
        ),
    ),
)

HARM = Page(
    code="harm",
    title=_l("How it affects people"),
    only_if=OF_PEOPLE,
    questions=(
        several(
            "harm",
            _l("How has it affected you or others?"),
            {
                "injured": _l("Someone was hurt"),
                "doctor": _l("Someone needed a doctor"),
                "loss": _l("Something was damaged, lost or stolen"),
                "afraid": _l("I am, or someone is, often afraid"),
                "unwell": _l("It makes me, or someone, ill or unable to sleep"),
                "avoid": _l("I, or others, avoid going out or to some places"),
                "home": _l("I do not feel safe at home"),
                "children": _l("Children are affected"),
                NONE: lazy_pgettext("harm", "None of these"),
            },
            hint=_l("Choose all that fit. It helps us to see how serious it is."),
            apart=NONE,
        ),
        box("harm_words", _l("Is there more that we should know?"), 500, _l("Only if you want to.")),
    ),
)

TOLD = Page(
    code="told",
    title=_l("Whom you have told"),
    questions=(
        several(
            "told",
            _l("Whom have you told already?"),
            {
                "police": _l("The police"),
                "council": _l("The council"),
                "landlord": _l("A landlord or housing association"),
                "school": _l("A school or college"),
                "support": _l("A charity or a helper"),
                "other": _l("Someone else"),
                NONE: _l("Nobody yet"),
            },
            apart=NONE,
        ),
        line("reference", _l("If they gave you a number, write it here"), 200),
    ),
)

WISH = Page(
    code="wish",
    title=_l("What you would like"),
    only_if=OF_PEOPLE,
    questions=(
        several(
            "wish",
            _l("What would you like to happen?"),
            {
                "know": _l("Nothing more: I want you to know"),
                "advice": _l("Advice on what I can do"),
                "support": _l("Support for me or for someone"),
                "act": _l("Someone should stop it: the council or the landlord"),
                "police": _l("The police should look into it"),
                NOT_SURE: _l("I am not sure"),
            },
            hint=_l("Choose all that fit. We cannot promise it, but we start from what you want."),
            apart=NOT_SURE,
        ),
    ),
)

# Enough to act on: after these the report can be sent at any step.
FIRST = (KIND, ASB_GROUP, ASB_TYPES, NARRATIVE, WHEN, WHERE, BECAUSE, HATE_TYPES, RISK)
FIRST_CODES = frozenset(page.code for page in FIRST)
AFTER_FIRST = (DANGERS, WHO, AFFECTED, OFTEN, SETTING, PEOPLE, HARM, TOLD, WISH, CONTACT, SAFE_CONTACT)
# Asked on the page that sends, beside who will see it.
ON_CHECK = (CONSENT,)
# What stands where a report is read: also what only older ones were asked.
READ = (*FIRST, *AFTER_FIRST, *ON_CHECK, DUMPED)
QUESTIONS = {page.code: page for page in READ if page not in (KIND, NARRATIVE, WHEN, WHERE, RISK)}
# What is written in a person's own words besides the narrative; the street belongs to the question where.
WRITTEN_CODES = frozenset(
    {"street"}
    | {
        question.code
        for page in (*QUESTIONS.values(), FORMATS)
        for question in page.questions
        if type_of(question).is_written
    }
)


def asked_about(answers: Mapping[str, Any], risk: Iterable[Page] = ()) -> list[Page]:
    """The pages that this report is asked: an answer counts only while its own page is still asked.

    `risk` are the pages of the partnership's own risk questions.
    """
    # What was told of danger is never dropped without a word: its pages stay asked once they were answered so.
    told = {
        "danger": "yes" if _ticked_danger(answers) else "no",
        "risk": "yes" if (answers.get("risk") or {}).get("risk") == "yes" else "no",
    }
    counting: dict[str, Any] = {}
    pages: dict[str, Any] = {}
    asked = []
    at = AFTER_FIRST.index(TOLD)
    counting |= follows(pages, told)
    for page in (*FIRST, *AFTER_FIRST[:at], *risk, *AFTER_FIRST[at:], *ON_CHECK):
        if holds(page.only_if, counting):
            asked.append(_fitting(page, counting))
            pages[page.code] = answers.get(page.code) or {}
            if page is ASB_GROUP and not pages[page.code]:
                pages[page.code] = _group_of(answers)
            if page.code in DECIDING:
                counting |= follows(pages, told)
            counting |= {f"{page.code}.{code}": given for code, given in pages[page.code].items()}
    return asked


@cache
def fewest_and_most() -> tuple[int, int]:
    """How many questions the shortest and the longest report is asked before it can be sent."""
    kinds: list[dict[str, Any]] = [{"kind": {"kind": code}} for code in KIND["kind"].texts]
    told = kinds + [
        {"kind": {"kind": "asb"}, "asb_group": {"group": group}, "asb_types": {"types": [code]}}
        for group, page in FEW.items()
        for code in page["types"].texts
    ]
    lengths = [sum(page.code in FIRST_CODES for page in asked_about(answers)) for answers in told]
    return min(lengths), max(lengths)


DECIDING = frozenset({"kind", "asb_types", "risk"})
"""The pages whose answers follows() looks at."""


def _ticked_danger(answers: Mapping[str, Any]) -> bool:
    return bool({*((answers.get("dangers") or {}).get("dangers") or ())} - {NONE})


def _group_of(answers: Mapping[str, Any]) -> dict[str, str]:
    """A report that was begun before there was a first choice has the types alone: the group that holds them all."""
    types = {*((answers.get("asb_types") or {}).get("types") or ())}
    if not types:
        return {}
    return {"group": next((group for group, page in FEW.items() if types <= page["types"].texts.keys()), ANY_GROUP)}


def follows(pages: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, str]:
    """What the answers so far mean for what is still asked, by the names that conditions use.

    `about`: the report's kind, or "place" where only a place suffers. `may_hurt`: whether it is asked if someone may be
    hurt. `may_be_in_danger`: whether it is asked of which danger; not of a place, nor where they have said no to that
    and it is not about hate.
    """
    kind = (pages.get("kind") or {}).get("kind", NOT_SURE)
    types = pages.get("asb_types")
    about = "place" if kind == "asb" and is_environmental(types) else kind
    said_no = (pages.get("risk") or {}).get("risk") == "no"
    return {
        "about": about,
        "may_hurt": "yes" if about != "place" or is_hazardous(types) or told["risk"] == "yes" else "no",
        "may_be_in_danger": "no"
        if told["danger"] == "no" and (about == "place" or (kind == "asb" and said_no))
        else "yes",
    }


def _fitting(page: Page, counting: Mapping[str, Any]) -> Page:
    """The page as it is asked of this report."""
    if page is ASB_TYPES:
        return FEW.get(counting["asb_group.group"], ASB_TYPES)
    return OF_PLACES.get(page.code, page) if counting["about"] == "place" else page


def still_asked(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without those to questions that are no longer asked, since an earlier answer was changed."""
    gone = {page.code for page in READ} - {page.code for page in asked_about(answers)} - {DUMPED.code}
    return {page: answer for page, answer in answers.items() if page not in gone}
