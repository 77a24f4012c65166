"""The staff door: who may pass, and how far."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.cohesion.finding_lists import count_to_look_at
from portal.cohesion.lapsed import waves_to_draft_anew
from portal.partnership.file import current_partnership
from portal.reporting.referrals import count_waiting_for
from portal.reporting.second_looks import count_waiting
from portal.reporting.tasks import count_open_tasks
from portal.staff import way_back
from portal.staff.accounts import Officer, find_officer
from portal.staff.models import Role
from portal.vault.keyholders import Keyring
from portal.web import errors

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

# So many names fit into the bar; of more, those that nobody needs every hour stand behind "More".
MOST_IN_BAR = 6
FIGURES = (
    "staff.report_figures",
    "staff.equality",
    "staff.unsafe_places",
    "staff.profiles",
    "staff.verdicts",
    "staff.holds",
    "staff.case_reviews",
    "staff.overview",
    "staff.marac",
)

# Who may sit at a table of the MARAC; what they open there is decided by its key.
MARAC_ROLES = (Role.OFFICER, Role.SUPERVISOR, Role.PARTNER_AGENCY)
# Who counts case reviews and publishes the numbers of a year.
CASE_REVIEW_COUNTERS = (Role.SURVEY_MANAGER, Role.ANALYST, Role.SUPERVISOR)

View = Callable[..., Any]


def signed_in(view: View) -> View:
    """For someone whose name, password and code were right; their key may still be locked."""

    @wraps(view)
    def guarded(*given: Any, **named: Any) -> Any:
        g.officer = find_officer(session.get("staff"))
        if g.officer is None:
            # A dead token stays in the cookie: taking it out could overwrite the new one that another tab has just got.
            return turned_away("staff.sign_in")
        return view(*given, **named)

    guarded.access, guarded.roles = "signed in", ()  # type: ignore[attr-defined]
    return guarded


def only(*roles: Role, unlocked: bool = False) -> Callable[[View], View]:
    """For someone signed in whose work is one of these; with `unlocked`, who has also unlocked their key."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*given: Any, **named: Any) -> Any:
            if not officer().may(*roles):
                return errors.page(403)
            if unlocked and officer().keyring is None:
                return turned_away("staff.unlock")
            return view(*given, **named)

        door = signed_in(guarded)
        door.access = " or ".join(roles) + (", unlocked" if unlocked else "")  # type: ignore[attr-defined]
        door.roles = roles  # type: ignore[attr-defined]
        return door

    return guard


def turned_away(endpoint: str) -> Any:
    """To the door, and from there back; but whoever had written for a while sees it again, to copy it."""
    if request.method == "POST" and any(request.form.get(name) for name in errors.LONG_FIELDS):
        return errors.page(
            403,
            _("You were signed out or locked meanwhile"),
            _("Copy what you wrote, sign in or unlock again, and send it."),
            ways_on=[(_("Sign in or unlock"), url_for(endpoint))],
        )
    return redirect(url_for(endpoint, to=way_back.asked_for()), 303)


def officer() -> Officer:
    """Whoever passed the door in this request."""
    found: Officer = g.officer
    return found


def held_keys() -> Keyring:
    held = officer().keyring
    assert held is not None, "the page must be behind `only(..., unlocked=True)`"
    return held


def role_words(role: Role) -> str:
    match role:
        case Role.OFFICER:
            return _("Reporting officer")
        case Role.SUPERVISOR:
            return _("Supervisor")
        case Role.REPORTING_CENTRE:
            return _("Reporting centre")
        case Role.SURVEY_MANAGER:
            return _("Survey manager")
        case Role.ANALYST:
            return _("Analyst")
        case Role.CALENDAR_EDITOR:
            return _("Calendar editor")
        case Role.PARTNER_AGENCY:
            return _("Partner agency")
        case Role.ADMINISTRATOR:
            return _("Administrator")
        case Role.AUDITOR:
            return _("Auditor")


def team_words(code: str) -> str:
    """What people call a team; the operator's commands call it by its code."""
    match code.split(":"):
        case ["hate_team"]:
            return _("Hate team")
        case ["asb_team"]:
            return _("Anti-social behaviour team")
        case ["survey_team"]:
            return _("Survey team")
        case ["marac_team"]:
            return _("MARAC coordinators")
        case ["marac", _meeting]:
            return _("A meeting of the MARAC")
        case ["agency", agency]:
            return _("Partner agency: %(code)s", code=agency)
    return code


def workplaces(of: Officer) -> list[tuple[str, str]]:
    """The parts of the staff pages in which someone works: (endpoint, name)."""
    places = [
        (_("Reports"), "staff.reports", (Role.OFFICER,)),
        (_("My tasks"), "staff.tasks", (Role.OFFICER,)),
        (_second_looks(of), "staff.second_looks", (Role.OFFICER, Role.SUPERVISOR)),
        (_("Referrals"), "staff.referrals", (Role.OFFICER,)),
        (_("Case reviews"), "staff.case_reviews", (Role.OFFICER, Role.SUPERVISOR)),
        (_("Take a report"), "staff.take_report", (Role.OFFICER, Role.REPORTING_CENTRE)),
        (_("Events"), "staff.events", (Role.CALENDAR_EDITOR,)),
        (_("At a glance"), "staff.overview", (Role.CALENDAR_EDITOR, Role.SUPERVISOR)),
        (_("Surveys"), "staff.surveys", (Role.SURVEY_MANAGER, Role.ANALYST)),
        (_("Figures"), "staff.releases", (Role.SURVEY_MANAGER, Role.ANALYST)),
        (_("You said, we did"), "staff.findings", (Role.SURVEY_MANAGER,)),
        (_("Reports in numbers"), "staff.report_figures", (Role.OFFICER, Role.ANALYST)),
        (_("Who reports"), "staff.equality", (Role.OFFICER, Role.ANALYST)),
        (_("Unsafe places"), "staff.unsafe_places", (Role.OFFICER, Role.ANALYST)),
        (_("Referred to you"), "staff.referred", (Role.PARTNER_AGENCY,)),
        (_("Your panels"), "staff.case_review_panels", (Role.PARTNER_AGENCY,)),
        (_("People who work here"), "staff.people", (Role.ADMINISTRATOR,)),
        (_("Problem profiles"), "staff.profiles", (Role.SUPERVISOR,)),
        (_("Did it help?"), "staff.verdicts", (Role.OFFICER, Role.SUPERVISOR, Role.ANALYST)),
        (_("MARAC"), "staff.marac", MARAC_ROLES if current_partnership().marac.is_held else ()),
        (_("Legal holds"), "staff.holds", (Role.OFFICER, Role.SUPERVISOR)),
        (_("What staff did"), "staff.audit_log", (Role.AUDITOR,)),
    ]
    return [(endpoint, name) for name, endpoint, roles in places if of.may(*roles)]


def _second_looks(of: Officer) -> str:
    """With how many wait, for whoever may look."""
    waiting = count_waiting() if of.may(Role.OFFICER, Role.SUPERVISOR) else 0
    return ngettext("%(num)s second look", "%(num)s second looks", waiting) if waiting else _("Second looks")


@blueprint.context_processor
def at_work() -> dict[str, Any]:
    # Where the database may be what failed it is asked nothing, not even for the roles of who is at work.
    if not g.get("officer") or g.get("failed"):
        return {"officer": None}
    places = workplaces(officer())
    behind = FIGURES if len(places) > MOST_IN_BAR else ()
    return {
        "officer": officer(),
        "team_words": team_words,
        "roles": [role_words(role) for role in Role if officer().may(role)],
        "workplaces": [place for place in places if place[0] not in behind],
        "further_places": [place for place in places if place[0] in behind],
        "waiting_in": _waiting(),
    }


def _waiting() -> dict[str, int]:
    """By workplace, how much waits for whoever is at work."""
    staff = officer().staff
    waiting: dict[str, int] = {}
    if officer().may(Role.OFFICER):
        waiting |= {"staff.tasks": count_open_tasks([staff.id]), "staff.referrals": count_waiting_for(staff.member_id)}
    if officer().may(Role.SURVEY_MANAGER):
        waiting |= {"staff.findings": count_to_look_at(), "staff.releases": len(waves_to_draft_anew())}
    return waiting
