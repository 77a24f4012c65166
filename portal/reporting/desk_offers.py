"""Which desks mend what a report is about, and exactly what of it could go to their systems: read before it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.db import today
from portal.partnership.desks import Desk, shown_desks
from portal.partnership.file import current_partnership
from portal.reporting.models import Kind
from portal.reporting.open311 import MAX_DESCRIPTION
from portal.reporting.questions.asb import ASB_TYPES, MATERIAL, SIZE
from portal.reporting.questions.asked import still_asked
from portal.reporting.questions.codes import OUTSIDE
from portal.reporting.questions.dangers import is_immediate
from portal.vault import worker_key
from portal.vault.keyholders import is_demonstration

# Letters of a description that are kept free for the reference, and for what stands between.
FOR_THE_REST = 200


@dataclass(frozen=True)
class Offer:
    """What of a report could go to a desk's system, all of it."""

    desk: Desk
    type: str
    address: str
    told: str
    """What was ticked, a line for each question."""
    words: str
    """The reporter's own, which go only where they chose so."""
    is_cut: bool
    """Whether their words are longer than that system takes."""


def desks_of(answers: Mapping[str, Any]) -> list[Desk]:
    """The desks that mend what this report is about. Never of hate, nor of one that may be, nor where someone is in danger."""
    if (answers.get("kind") or {}).get("kind") != Kind.ASB or is_immediate(still_asked(answers)):
        return []
    return shown_desks(current_partnership().desks, _types(answers), today(), demonstration=is_demonstration())


def _types(answers: Mapping[str, Any]) -> list[str]:
    told = (still_asked(answers).get("asb_types") or {}).get("types") or []
    # In the order in which they are asked: the first that a desk's system knows names the service.
    return [code for code in ASB_TYPES["types"].texts if code in told]


def offer_of(desk: Desk, answers: Mapping[str, Any]) -> Offer | None:
    """None where the desk's system does not take it, or where it is not known where it is; said in English."""
    service = next((code for code in _types(answers) if code in desk.open311.service_codes), None)
    address = _address(answers)
    if not (desk.takes_reports and service and address and worker_key.is_ready()):
        return None
    with force_locale("en_GB"):
        told = "\n".join(_told(desk, answers))
    words = (answers.get("narrative") or {}).get("narrative") or ""
    room = MAX_DESCRIPTION - len(told) - FOR_THE_REST
    return Offer(desk, service, address, told, words[:room], is_cut=len(words) > room)


def _told(desk: Desk, answers: Mapping[str, Any]) -> list[str]:
    """What was ticked about what it is and how much, in the language of the moment."""
    types = ASB_TYPES["types"].texts
    rows = [(_("What it is"), [str(types[code]) for code in _types(answers) if code in desk.types])]
    dumped = (still_asked(answers).get("asb_types") or {}) if "dumping" in desk.types else {}
    rows.append((_("How much"), [str(SIZE.texts[code]) for code in [dumped.get("size")] if code]))
    rows.append((_("What was dumped"), [str(MATERIAL.texts[code]) for code in dumped.get("material") or ()]))
    return [_("%(label)s: %(answer)s", label=label, answer="; ".join(given)) for label, given in rows if given]


def _address(answers: Mapping[str, Any]) -> str:
    where = answers.get("where") or {}
    partnership = current_partnership()
    place = partnership.places.find(where.get("place") or "")
    known = [part for part in (where.get("street"), place and place.name) if part]
    if not known or where.get("place") == OUTSIDE:
        return ""
    return ", ".join([*known, partnership.area.in_("en")])


def chosen_desks(answers: Mapping[str, Any]) -> dict[str, bool]:
    """By code the desks that mend it, and whether it is handed over to them: for the page after sending."""
    chosen = (answers.get("check") or {}).get("send_to", ())
    return {desk.code: desk.code in chosen and offer_of(desk, answers) is not None for desk in desks_of(answers)}
