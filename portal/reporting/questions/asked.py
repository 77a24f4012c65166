"""What may be told besides the first five answers, and which of it a report is asked, each question as data.

Source: the True Vision and police.uk report forms. A code is stored for good: one is retired by no longer offering it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.languages.sentences import LazyMarkup, safety
from portal.questions.question import Page, Question, box, holds, line, one, several, when
from portal.questions.types import type_of
from portal.reporting.questions.asb import AFFECTED, ASB_TYPES, DUMPED
from portal.reporting.questions.codes import NONE, NOT_SURE, YES_NO
from portal.reporting.questions.contact import CONSENT, CONTACT, SAFE_CONTACT
from portal.reporting.questions.first import FIRST
from portal.reporting.questions.formats import FORMATS
from portal.reporting.questions.hate import BECAUSE, HATE_TYPES

DANGERS = Page(
    code="dangers",
    title=_l("Danger"),
    lead=LazyMarkup(
        lambda: (
            safety(
                "If you choose one of these, our officers get an alert when you send your report, but they may see it only the next working day. It is not the same as calling 999."
            )
            + " "
            + safety("If someone may be badly hurt, we must tell the police.")
        )
    ),
    shows_help=True,
    questions=(
        several(
            "dangers",
            _l("Is any of this happening?"),
            {
                "weapon": _l("Someone has a weapon, or talks about one"),
                "threat_to_life": _l("Someone says that they will kill or badly hurt someone"),
                "child": _l("A child is being hurt, or is in danger"),
                "self_harm": _l("Someone may hurt or kill themselves"),
                "cuckooing": lazy_pgettext("happening now", "Someone’s home has been taken over by others"),
                "forced_marriage": _l("Someone is being made to marry"),
                NONE: lazy_pgettext("dangers", "None of these"),
            },
            apart=NONE,
        ),
    ),
)

WHO = Page(
    code="who",
    title=_l("Who it happened to"),
    shows_help=True,
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

FILES = Page(
    code="files",
    title=_l("Photos and files"),
    questions=(Question(code="files", type="files", text=_l("Do you have photos, recordings or papers of it?")),),
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

AFTER_FIRST = (
    DANGERS, WHO, BECAUSE, HATE_TYPES, AFFECTED, ASB_TYPES, DUMPED, OFTEN, SETTING, PEOPLE, HARM, FILES, TOLD, WISH,
    CONTACT, SAFE_CONTACT, CONSENT,
)  # fmt: skip
# What is answered on a page of its own is stored by it; files lie apart.
QUESTIONS = {page.code: page for page in AFTER_FIRST if page is not FILES}
DANGER_CODES = DANGERS["dangers"].texts.keys() - {NONE}
# What is written in a person's own words besides the narrative; the street belongs to the fourth of the first questions.
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
    """The pages that this report is asked after the first: an answer counts only while its own page is still asked.

    `risk` are the pages of the partnership's own risk questions, which every report is asked.
    """
    counting: dict[str, Any] = {}
    asked = []
    at = AFTER_FIRST.index(FILES)
    for page in (*FIRST, *AFTER_FIRST[:at], *risk, *AFTER_FIRST[at:]):
        if holds(page.only_if, counting):
            asked.append(page)
            counting |= {f"{page.code}.{code}": given for code, given in (answers.get(page.code) or {}).items()}
    return asked[len(FIRST) :]


def dangers_in(answers: Mapping[str, Any]) -> list[str]:
    """What was told of danger, by its code; each of them alone makes a report one of immediate risk."""
    told = (answers.get("dangers") or {}).get("dangers") or []
    types = (answers.get("asb_types") or {}).get("types") or []
    # It can be told of in two places.
    return [danger for danger in (*told, *types) if danger in DANGER_CODES]


def is_immediate(answers: Mapping[str, Any]) -> bool:
    """Whether an officer must look at once. It orders the queue and sets off the alert; what follows, a person decides."""
    return (answers.get("risk") or {}).get("risk") == "yes" or bool(dangers_in(answers))


def still_asked(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without those to questions that are no longer asked, since an earlier answer was changed."""
    gone = QUESTIONS.keys() - {page.code for page in asked_about(answers)}
    return {page: answer for page, answer in answers.items() if page not in gone}
