"""How a panel's states and steps are called, and what is said where a step cannot be done."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.case_review.panel_models import Acceptance, Attendance, Progress
from portal.case_review.panel_rules import Obstacle
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership

# As the applicant says it of themselves, and as staff read it.
OWN_ATTENDANCE = {
    Attendance.IN_PERSON: _l("I come to the meeting"),
    Attendance.ONLINE: _l("I join online"),
    Attendance.SUPPORTER: _l("Somebody I trust goes for me"),
    Attendance.IN_WRITING: _l("I only write what I want to say"),
    Attendance.NOT_AT_ALL: _l("I do not take part"),
}
ATTENDANCE = {
    Attendance.IN_PERSON: _l("They come to the meeting"),
    Attendance.ONLINE: _l("They join online"),
    Attendance.SUPPORTER: _l("Somebody they trust goes for them"),
    Attendance.IN_WRITING: _l("They only write what they want to say"),
    Attendance.NOT_AT_ALL: _l("They do not take part"),
}
PROGRESS = {
    Progress.OPEN: (lazy_pgettext("recommendation", "Not done yet"), "looking"),
    Progress.DONE: (lazy_pgettext("recommendation", "Done"), "done"),
    Progress.NOT_DONE: (lazy_pgettext("recommendation", "Will not be done"), "closed"),
}
ACCEPTANCE = {
    Acceptance.WAITING: lazy_pgettext("recommendation", "They have not answered yet"),
    Acceptance.ACCEPTED: lazy_pgettext("recommendation", "They said yes"),
    Acceptance.IN_PART: lazy_pgettext("recommendation", "They said yes to a part"),
    Acceptance.NOT_ACCEPTED: lazy_pgettext("recommendation", "They said no"),
}
OBSTACLES = {
    Obstacle.NOT_ACCEPTED: _l("This case review has no panel at work: it is not accepted, or it has ended."),
    Obstacle.NO_MEETING: _l("First set the day of the meeting."),
    Obstacle.NOT_YET: _l("The day of the meeting is still to come. Say that it was held on that day or later."),
    Obstacle.NO_CHAIR: _l("Nobody chairs the panel. Name a chair first, then say that the meeting was held."),
    Obstacle.CHAIR_ABSENT: _l("The chair was not there. Tick the chair, or name somebody who was there as chair."),
    Obstacle.NOBODY_ELSE: _l("One person is no panel. Tick everybody who was there."),
    Obstacle.NOT_INVITED: _l("The person who applied was not invited. Invite them, or write down why not."),
    Obstacle.IN_CONFLICT: _l(
        "This person is named in the case and stepped aside. They cannot sit, take the chair or open the papers."
    ),
    Obstacle.IS_MEMBER: _l("This person is on the panel already."),
    Obstacle.HELD: _l("The meeting was held. This cannot be changed any more."),
    Obstacle.NOT_HELD: _l("The meeting was not held yet. Say that it was held first."),
    Obstacle.AGREED: _l(
        "These minutes are agreed and stay as they are. Write why they must be put right: a new version is made."
    ),
    Obstacle.CHANGED: _l(
        "Somebody else changed this while you wrote. Read it, then save again: your words are still here."
    ),
    Obstacle.TOLD: _l("The person who applied was told the outcome. This cannot be changed any more."),
    Obstacle.NOT_TOLD: _l("The outcome was not told yet."),
    Obstacle.OWNER_LEFT: _l("Whoever had this does not work here any more. Give it to somebody else first."),
    Obstacle.SWITCHED_OFF: _l("A second look cannot be asked for here."),
    Obstacle.TOO_LATE: _l("It is too late to ask for a second look here. Phone us if something kept you from asking."),
    Obstacle.ASKED: _l("A second look was asked for already."),
    Obstacle.NOT_ASKED: _l("Nobody asked for a second look."),
    Obstacle.TOO_MUCH: _l("There is a lot here already. Nothing more can be added."),
}


def bodies_in_words() -> dict[str, str]:
    """The relevant bodies by code, in the page's language."""
    spoken = current_language().code
    return {body.code: body.name.in_(spoken) for body in current_partnership().case_review.bodies}


def body_in_words(body: str) -> str:
    """Of a code its name; what else was written stands as it is."""
    return bodies_in_words().get(body, body)


def policing_body() -> str:
    return current_partnership().case_review.second_look.body.in_(current_language().code)


def by_whom(by: str) -> str:
    """Who wrote something for the panel."""
    return _("Written down by %(name)s", name=by) if by else _("Written by the person who applied")
