"""What the closed vocabularies of help at an event are called."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.events.help_models import Need, Outcome

OTHER_LANGUAGE = "other"

NEEDS: dict[str, Any] = {
    Need.INTERPRETER: _l("An interpreter"),
    Need.SIGN_LANGUAGE: _l("A BSL interpreter"),
    Need.CAPTIONS: _l("Captions: to read what is said"),
    Need.STEP_FREE: _l("A seat without steps"),
    Need.QUIET_SPACE: _l("A quiet space"),
    Need.TRANSPORT: _l("Help to get there"),
    Need.OTHER: _l("Something else"),
    Need.PLACE: _l("To know where it is"),
    Need.LINK: _l("The link to take part online"),
}
# What the person reads, with the colour of its tag.
OUTCOMES: dict[Outcome, tuple[Any, str]] = {
    Outcome.OPEN: (_l("We are looking at it"), "looking"),
    Outcome.MET: (_l("Yes, it will be there"), "done"),
    Outcome.NOT_MET: (_l("Sorry, no"), "closed"),
}
TOLD_OUTCOMES: dict[Outcome, tuple[Any, str]] = OUTCOMES | {Outcome.MET: (_l("You find it below"), "done")}
# What editors choose from.
FOR_EDITORS: dict[str, Any] = {
    Outcome.OPEN: _l("Still open"),
    Outcome.MET: _l("Met"),
    Outcome.NOT_MET: _l("Not met"),
}
TOLD_FOR_EDITORS: dict[str, Any] = {
    Outcome.OPEN: _l("Still open"),
    Outcome.MET: _l("Tell them"),
    Outcome.NOT_MET: _l("Do not tell them"),
}
# Whether it is something to be told, and what editors read of it.
DECIDED: dict[bool, dict[str, Any]] = {
    False: FOR_EDITORS,
    True: {Outcome.OPEN: _l("Still open"), Outcome.MET: _l("Told"), Outcome.NOT_MET: _l("Not told")},
}
