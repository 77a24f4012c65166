"""What is asked of danger, and which answers need an officer at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.languages.sentences import LazyMarkup, safety
from portal.questions.question import Page, several, when
from portal.reporting.questions.codes import NONE

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
    # Who was asked whether someone may be hurt, and says no, is not asked of weapons; hate is another matter.
    only_if=when("may_be_in_danger", "yes"),
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

DANGER_CODES = DANGERS["dangers"].texts.keys() - {NONE}


def dangers_in(answers: Mapping[str, Any]) -> list[str]:
    """What was told of danger, by its code; each of them alone makes a report one of immediate risk."""
    told = (answers.get("dangers") or {}).get("dangers") or []
    types = (answers.get("asb_types") or {}).get("types") or []
    return [danger for danger in (*told, *types) if danger in DANGER_CODES]


def is_immediate(answers: Mapping[str, Any]) -> bool:
    """Whether an officer must look at once. It orders the queue and sets off the alert; what follows, a person decides."""
    return (answers.get("risk") or {}).get("risk") == "yes" or bool(dangers_in(answers))
