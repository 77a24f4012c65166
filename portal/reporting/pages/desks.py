"""What residents read of the desks that mend what they report, and of what was handed over to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.db import today
from portal.languages.sentences import safety
from portal.partnership.desks import Desk, find_desk
from portal.partnership.file import current_partnership
from portal.reporting.desk_offers import Offer, desks_of, offer_of
from portal.reporting.hand_overs import HandedOver
from portal.reporting.models import HandOverState

# The boxes on the page that sends, as its form calls them.
SEND_TO, SEND_WORDS = "send_to", "send_words"


@dataclass(frozen=True)
class ShownDesk:
    """A desk on the page that sends: how it is reached, and what could be sent to it, unless that is nothing."""

    desk: Desk
    is_checked: bool
    """By a named person, lately."""
    offer: Offer | None
    is_chosen: bool
    has_words: bool


def on_check_page(answers: Mapping[str, Any]) -> list[ShownDesk]:
    chosen = answers.get("check") or {}
    return [
        ShownDesk(
            desk,
            desk.is_verified(today()),
            offer_of(desk, answers),
            desk.code in chosen.get(SEND_TO, ()),
            desk.code in chosen.get(SEND_WORDS, ()),
        )
        for desk in desks_of(answers)
    ]


def with_choice(
    checked: dict[str, Any] | None, given: MultiDict[str, str], answers: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What was answered on the page that sends, with the desks that were ticked of those that were offered there."""
    offered = [desk.code for desk in desks_of(answers) if offer_of(desk, answers)]
    ticked = {name: [code for code in offered if code in given.getlist(name)] for name in (SEND_TO, SEND_WORDS)}
    return ((checked or {}) | {name: codes for name, codes in ticked.items() if codes}) or None


def after_sending(chosen: Mapping[str, bool]) -> list[tuple[Desk, bool]]:
    """The desks that mend it, and whether it goes there as well."""
    desks = current_partnership().desks
    return [(desk, is_sent) for code, is_sent in chosen.items() if (desk := find_desk(desks, code))]


def for_reporter(given: Iterable[HandedOver]) -> list[tuple[HandedOver, Any]]:
    """Each hand-over, and how far it is."""
    return [(each, _how_far(each)) for each in given]


def _how_far(each: HandedOver) -> Any:
    if each.content is None:
        return _("We cannot read what came of it. Write to us here.")
    if each.sent_on:
        if each.number:
            return safety("We sent it to them on %(day)s. Their number for it:", day=each.sent_on)
        if each.state is HandOverState.WAITING:
            return safety("We sent it to them on %(day)s. Their number has not come yet.", day=each.sent_on)
        return safety("We sent it to them on %(day)s. They gave no number.", day=each.sent_on)
    if each.may_have_arrived and each.state is not HandOverState.WAITING:
        return safety("We tried to send it. We do not know if they have it. You can ask them, or write to us here.")
    match each.state:
        case HandOverState.GIVEN_UP:
            return safety("We could not send it to them. Tell them yourself, or write to us here.")
        case HandOverState.STOPPED:
            return safety("It was not sent to them.")
    return safety("It has not gone to them yet. We send it by ourselves: you do not have to do anything.")
