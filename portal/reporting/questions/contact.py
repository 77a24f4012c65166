"""How the reporter may be reached and how that is safe, and which partner may be told what: the last questions, as data.

What is told here of contact is sealed apart from the report, lives shorter, and is never counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.languages.i18n import LANGUAGES
from portal.questions.question import Option, Page, Question, box, line, one, several, when
from portal.reporting.questions.codes import YES_NO

BY_CONTACT = "contact"
NUMBER_OF = {"call": "phone", "text": "phone", "email": "email", "letter": "address"}
# Together the boxes of these two fit the 4 KB to which they are sealed, in any script: see contacts.py.
CONTACT = Page(
    code="contact",
    title=_l("How we may reach you"),
    questions=(
        one(
            "reach",
            _l("How may we reach you?"),
            {
                "website": _l("Only on this website, with my receipt number"),
                BY_CONTACT: _l("You may also contact me"),
            },
        ),
        several(
            "ways",
            _l("How may we contact you?"),
            {
                "call": _l("Call"),
                "text": _l("Text message"),
                "email": _l("Email"),
                "letter": _l("Letter"),
            },
            hint=_l("Choose only what is safe for you."),
            only_if=when("reach", BY_CONTACT),
        ),
        one("leave_message", _l("Is it safe to leave a message?"), YES_NO, only_if=when("reach", BY_CONTACT)),
        line(
            "called", _l("What should we call you?"), 60, _l("Only if you want to."), only_if=when("reach", BY_CONTACT)
        ),
        line("phone", _l("Phone number"), 40, only_if=when("reach", BY_CONTACT), is_ltr=True),
        line("email", _l("Email address"), 150, only_if=when("reach", BY_CONTACT), is_ltr=True),
        box("address", _l("Postal address"), 200, only_if=when("reach", BY_CONTACT)),
    ),
)
# Who is not asked, or skips it, reads on the page before sending that this is how it is.
BY_RECEIPT = {"reach": "website"}
SAFE_CONTACT = Page(
    code="safe_contact",
    title=_l("Before we contact you"),
    only_if=when("contact.reach", BY_CONTACT),
    questions=(
        Question(
            code="spoken",
            type="single",
            text=_l("Which language should we use?"),
            options=(
                *(Option(code=one.code, text=one.name, lang=one.tag) for one in LANGUAGES),
                Option(code="other", text=_l("Another language")),
            ),
        ),
        several(
            "needs",
            _l("Do you need any of these?"),
            {
                "interpreter": _l("An interpreter"),
                "bsl": _l("British Sign Language (BSL)"),
                "large_print": _l("Large print"),
                "audio": _l("Audio"),
                "braille": _l("Braille"),
                "easy_read": _l("Easy Read"),
            },
        ),
        line(
            "safe_when", _l("When is it safe to contact you?"), 120, _l("For example: on weekdays, when I am at work.")
        ),
        line("unaware", _l("Is there someone who must not know?"), 120),
        line("spoken_other", _l("Another language: write its name"), 60, only_if=when("spoken", "other")),
    ),
    heading=_l("What should we know before we contact you?"),
)
# What tells who someone is or where they are: an officer sees it only after asking for it.
HIDDEN = frozenset({"called", "phone", "email", "address"})
SEALED_APART = frozenset({CONTACT.code, SAFE_CONTACT.code})

NOTHING, WHAT_HAPPENED, HOW_TO_REACH = "nothing", "what", "how"
PARTNER = "partner_"
# Of the words that stand on the consent page. Raise it whenever their meaning is changed.
CONSENT_TEXT = 2


def may_be_contacted(answers: Mapping[str, Any]) -> bool:
    return (answers.get(CONTACT.code) or {}).get("reach") == BY_CONTACT


def told_of_contact(answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is sealed apart; None where they are reached by this website only."""
    if not may_be_contacted(answers):
        return None
    return {code: answers.get(code) or {} for code in sorted(SEALED_APART)}


def agreed(answers: Mapping[str, Any], *, has_contact: bool) -> dict[str, str]:
    """By partner, what they may be told. Without a way to reach the reporter nobody can be told of one."""
    given = {
        code.removeprefix(PARTNER): telling
        for code, telling in (answers.get(CONSENT.code) or {}).items()
        if code.startswith(PARTNER)
    }
    if not has_contact:
        given = {code: WHAT_HAPPENED if telling == HOW_TO_REACH else telling for code, telling in given.items()}
    return given


def _answered(answers: Mapping[str, Any]) -> dict[str, str]:
    given = agreed(answers, has_contact=may_be_contacted(answers))
    return {f"{PARTNER}{code}": telling for code, telling in given.items()}


# Its questions are the partnership's own: one for each partner, each with the same answers.
CONSENT = Page(
    code="consent",
    title=_l("Whom we may tell"),
    heading=_l("Whom may we tell?"),
    # They agreed in the words of that page.
    keeps_language=True,
    opens_with=_answered,
)
