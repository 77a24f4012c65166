"""What is asked each further time that something happens: when, how long, how it affected people. Nothing but the day is expected."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.questions.question import one
from portal.reporting.questions.asked import HARM as HARM_PAGE
from portal.reporting.questions.codes import NOT_SURE

# Of the answers to "when" in a report, those that are about one time.
DAYS = ("today", "yesterday", "last_7_days", "exact", NOT_SURE)
LASTED = one(
    "lasted",
    _l("How long did it last?"),
    {
        "moment": _l("A moment, or a few minutes"),
        "half_hour": _l("About half an hour"),
        "hour": _l("About an hour"),
        "hours": _l("A few hours"),
        "half_day": _l("Most of the day, or of the night"),
        "on_and_off": _l("On and off"),
        NOT_SURE: _l("I am not sure"),
    },
    apart=NOT_SURE,
)
HARM = HARM_PAGE["harm"]
# Of its answers, those after which nobody should wait for a third time.
HURT = frozenset({"injured", "doctor"})
