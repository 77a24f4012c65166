"""What the closed vocabularies of an event are called."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.events.models import AccessFact, EventKind, ForWhom

ACCESS = {
    AccessFact.STEP_FREE: _l("Step-free way in"),
    AccessFact.TOILET: _l("Toilet for wheelchair users"),
    AccessFact.HEARING_LOOP: _l("Hearing loop"),
    AccessFact.SIGN_LANGUAGE: _l("BSL interpreter"),
    AccessFact.QUIET_SPACE: _l("Quiet space"),
    AccessFact.NEAR_BUS: _l("Near a bus stop"),
    AccessFact.CHILDREN: _l("Children welcome"),
    AccessFact.LIFT: _l("Lift"),
    AccessFact.PARKING: _l("Parking for disabled people"),
    AccessFact.CAPTIONS: _l("Captions"),
    AccessFact.CRECHE: _l("Crèche"),
}
YES, NO, NOT_KNOWN = "yes", "no", ""
ANSWERS = {YES: _l("Yes"), NO: _l("No"), NOT_KNOWN: _l("Not known")}
KINDS: dict[str, Any] = {
    EventKind.SOCIAL: _l("Meet people"),
    EventKind.ACTIVITY: _l("Walk, sport or craft"),
    EventKind.DROP_IN: _l("Drop in for advice"),
    EventKind.TALK: _l("Talk"),
    EventKind.TRAINING: _l("Training"),
    EventKind.MEETING: _l("Have your say"),
    EventKind.CELEBRATION: _l("Celebration"),
    EventKind.ACTION: _l("Day of action"),
}
FOR_WHOM: dict[str, Any] = {
    ForWhom.WOMEN: _l("Women only"),
    ForWhom.CHILDREN: _l("Children"),
    ForWhom.YOUNG: _l("Young people"),
    ForWhom.OLDER: _l("Older people"),
    ForWhom.FAMILIES: _l("Families"),
    ForWhom.DISABLED: _l("Disabled people"),
    ForWhom.LGBT: _l("LGBT+ people"),
    ForWhom.NEWCOMERS: _l("People new to the area"),
}
