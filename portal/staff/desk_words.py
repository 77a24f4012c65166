"""What became of a report that its reporter had sent to another desk too, in the words in which officers read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.languages.i18n import long_day
from portal.reporting.hand_overs import HandedOver
from portal.reporting.models import HandOverProblem, HandOverState

PROBLEMS: dict[HandOverProblem | None, Any] = {
    HandOverProblem.NOT_REACHED: _l("Their system cannot be reached, or says that it cannot take it now."),
    HandOverProblem.REFUSED: _l("Their system refuses it."),
    HandOverProblem.UNCLEAR: _l("Their system gave no answer that we understand. They may have it."),
    HandOverProblem.NOT_SET_UP: _l(
        "This desk is no longer set up in the partnership file, or its API key cannot be read."
    ),
    HandOverProblem.HELD_BACK: _l("The report was held or closed for a week."),
    HandOverProblem.UNREADABLE: _l("The part that sends it cannot open it."),
    None: _l("The part that sends it is not running."),
}


def shown_hand_overs(given: Iterable[HandedOver]) -> list[dict[str, Any]]:
    """Each hand-over with how far it is, and what an officer may do about it."""
    return [
        {
            "each": each,
            "how_far": _how_far(each),
            "problem": PROBLEMS[each.problem] if each.problem else "",
            "can_stop": each.state in (HandOverState.WAITING, HandOverState.GIVEN_UP) and not each.sent_on,
            "can_send_again": each.state is HandOverState.GIVEN_UP and each.content is not None,
        }
        for each in given
    ]


def _how_far(each: HandedOver) -> str:
    if each.sent_on:
        return _("Sent on %(day)s.", day=long_day(each.sent_on))
    match each.state:
        case HandOverState.GIVEN_UP:
            return _("Given up: it was not sent.")
        case HandOverState.STOPPED:
            return _("Stopped: it is not sent.")
    return _("Waits to be sent. It is tried for a week. While the report is held or closed, it is not sent.")
