"""Outcomes and decisions as staff read them."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms.fields.choices import SelectChoice

from portal.languages.i18n import isolated, long_day
from portal.languages.words import in_words
from portal.partnership.file import current_partnership
from portal.partnership.outcomes import GROUPS
from portal.reporting.closing import Obstacle
from portal.reporting.decisions import Decision, Step
from portal.web.forms import choices

GROUP_NAMES = {
    "done": _l("Something was done"),
    "no_further_action": _l("No further action"),
    "duplicate": _l("Duplicate"),
    "outside_area": _l("Outside our area"),
    "another_body": _l("With another body"),
    "taken_back": _l("The reporter wants nothing more"),
}


def outcome_in_words(code: str) -> Any:
    """Its name; of one that was taken out of the file, its code."""
    outcome = current_partnership().find_outcome(code)
    return in_words(outcome.name) if outcome else _("An outcome that is no longer in the list (%(code)s)", code=code)


def outcome_choices() -> list[SelectChoice]:
    """Those that can be chosen, under their groups' names, in the order of the groups."""
    offered = [each for each in current_partnership().outcomes if not each.retired]
    offered.sort(key=lambda each: GROUPS.index(each.group))
    found = choices({"": _("Choose an outcome")})
    for group, outcomes in groupby(offered, key=lambda each: each.group):
        found += choices({each.code: in_words(each.name) for each in outcomes}, group=str(GROUP_NAMES[group]))
    return found


def obstacle_in_words(obstacle: Obstacle) -> str:
    match obstacle:
        case Obstacle.ALERT_WAITS:
            return _(
                "Someone must look now. Open the report, say that you have seen it, and act. Then you can close it."
            )
        case Obstacle.REPORTER_WROTE:
            return _("The reporter has written meanwhile. Read it below first.")
        case Obstacle.TASK_ADDED:
            return _("A task was added meanwhile. Read it below: closing ends it too.")
        case Obstacle.PARTNER_HAS_IT:
            return _("A partner has this report, and nobody has chosen what happens to their part. Nothing was done.")
        case Obstacle.IS_CLOSED:
            return _("Somebody else has closed this report meanwhile. Your message was not sent.")
        case Obstacle.WAITS_ALREADY:
            return _("Somebody else has closed this report meanwhile, and it waits for a second look.")
        case Obstacle.IS_GONE:
            return _("This closing does not wait any more. Nothing was done.")
        case Obstacle.OWN_CLOSING:
            return _("You have closed this report yourself: somebody else must look.")
        case Obstacle.IS_OPEN:
            return _("This report is open already. Nothing was done.")


def decision_in_words(decision: Decision) -> dict[str, Any]:
    """What was decided, by whom and when; the outcome; and what was written to it."""
    named = {"name": isolated(decision.by), "day": long_day(decision.on)}
    match decision.step:
        case Step.PROPOSED:
            what = _("%(name)s asked for a second look at closing it on %(day)s.", **named)
        case Step.TAKEN_BACK:
            what = _("%(name)s took the closing back on %(day)s.", **named)
        case Step.SENT_BACK:
            what = _("%(name)s sent the closing back on %(day)s.", **named)
        case Step.CLOSED if decision.second:
            what = _("%(name)s closed it. %(second)s agreed on %(day)s.", second=isolated(decision.second), **named)
        case Step.CLOSED:
            what = _("%(name)s closed it on %(day)s.", **named)
        case Step.REOPENED:
            what = _("%(name)s opened it again on %(day)s.", **named)
    return {
        "what": what,
        "outcome": outcome_in_words(decision.outcome) if decision.outcome else "",
        "label": pgettext("closing", "Note") if decision.step is Step.SENT_BACK else pgettext("closing", "Reason"),
        "why": decision.why,
    }
