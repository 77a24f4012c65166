"""The queue's views, filters and orders as officers read them, and what they chose as it stands in the address."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext, pgettext

from portal.db import today
from portal.languages.i18n import languages, month_name
from portal.partnership.file import current_partnership
from portal.reporting import newest_first
from portal.reporting.bulk import Why
from portal.reporting.models import Kind, Source, State
from portal.reporting.pages.ticked import ticked_choices
from portal.reporting.queue_views import FILTERS, GROUP, ME, NOBODY, PAST, Sort, View, Wanted
from portal.reporting.texts import Where
from portal.staff.colleagues import Colleague
from portal.staff.forms import KINDS, STATES

VIEWS: dict[View, Any] = {
    View.FIRST: _l("Needs me first"),
    View.NEW: lazy_pgettext("reports", "New"),
    View.MINE: lazy_pgettext("reports", "Mine"),
    View.TEAM: _l("My team’s"),
    View.UNASSIGNED: lazy_pgettext("reports", "Nobody’s"),
    View.WAITING: _l("Waiting for the reporter"),
    View.HELD: lazy_pgettext("reports", "Held"),
    View.SERIES: lazy_pgettext("reports", "Series"),
    View.CLOSED: lazy_pgettext("reports", "Closed"),
    View.WITHDRAWN: lazy_pgettext("reports", "Taken back"),
    View.OVERDUE: _l("Overdue"),
    View.TODAY: _l("Due today"),
    View.IMMEDIATE: _l("Immediate risk"),
    View.MESSAGES: _l("Unread messages"),
}
# What stands on top in words; the others are lists.
NOW = (View.OVERDUE, View.TODAY, View.IMMEDIATE, View.MESSAGES, View.UNASSIGNED)
LISTS = tuple(view for view in VIEWS if view not in NOW)
EMPTY: dict[View, Any] = {
    View.FIRST: _l("No report waits. New ones appear here."),
    View.NEW: _l("Every report has been read."),
    View.MINE: _l("No report is yours. Tick some in “Nobody’s” and take them."),
    View.TEAM: _l("No report waits that your team can open."),
    View.UNASSIGNED: _l("Every open report has somebody."),
    View.WAITING: _l("We wait for no reporter."),
    View.HELD: _l("No report is held."),
    View.SERIES: _l("Of no open report more was told."),
    View.CLOSED: _l("No report is closed yet."),
    View.WITHDRAWN: _l("No report was taken back."),
    View.OVERDUE: _l("Nothing is overdue."),
    View.TODAY: _l("Nothing is due today."),
    View.IMMEDIATE: _l("No open report says that someone may be badly hurt."),
    View.MESSAGES: _l("Every message has been read."),
}
SORTS = {
    Sort.NEED: _l("What needs us most"),
    Sort.DUE: _l("Due first"),
    Sort.NEWEST: _l("Newest first"),
    Sort.OLDEST: _l("Oldest first"),
}
LABELS = {
    "kind": _l("Kind"),
    "strand": _l("Why it happened"),
    "type": _l("What it is"),
    "place": _l("Place"),
    "language": _l("Language"),
    "source": _l("How it came"),
    "month": lazy_pgettext("a report was", "Received"),
    "state": _l("State"),
    "owner": _l("With whom"),
}
SOURCES = {
    Source.WEB: _l("Written by the reporter"),
    Source.PHONE: _l("Taken by telephone"),
    Source.IN_PERSON: _l("Taken in person"),
    Source.CENTRE: _l("Taken by a reporting centre"),
}
WHERE = {
    Where.NARRATIVE: _l("What happened"),
    Where.DETAILS: _l("Other answers"),
    Where.MESSAGE: _l("A message"),
    Where.TRANSLATION: _l("A translation"),
}
WHY = {
    Why.CHANGED: _l("Somebody changed it meanwhile, or it is gone."),
    Why.STOPPED: _l("Its reporter stopped the work on it."),
    Why.CANNOT_OPEN: _l("It is sealed to another team, or damaged."),
    Why.IMMEDIATE: _l("It says that someone may be badly hurt."),
    Why.RISK: _l("Its risk is not standard."),
    Why.CHILD: _l("It is about a child."),
    Why.CONTACT: _l("Its reporter can be reached."),
    Why.FILES: _l("Files came with it."),
    Why.WROTE: _l("Its reporter wrote more."),
    Why.AT_WORK: _l("Somebody works on it, or it is closed."),
    Why.LONG: _l("It is too long to be read in this list."),
    Why.WAITS: _l("Its closing waits for a second look."),
    Why.OWN_CLOSING: _l("You have closed it yourself: somebody else must look."),
}
MONTHS = 24

Options = list[tuple[str, Any]]


@dataclass(frozen=True)
class Filter:
    """One select of the page: its options by their headings, of which the first is none."""

    name: str
    label: Any
    groups: list[tuple[str, Options]]
    chosen: str

    @property
    def words(self) -> Any:
        """Of what is chosen."""
        return next(words for _heading, options in self.groups for code, words in options if code == self.chosen)


def offered(view: View, colleagues: Iterable[Colleague], me: uuid.UUID) -> dict[str, list[tuple[str, Options]]]:
    """What each filter may be: closed vocabularies only, so nothing that somebody typed stands in an address."""
    places = current_partnership().places
    past = {View.CLOSED: [State.CLOSED], View.WITHDRAWN: [State.WITHDRAWN]}
    states = past.get(view, list(State))
    strands, hate, asb = ticked_choices()
    return {
        "kind": [("", [(kind.value, KINDS[kind.value]) for kind in Kind])],
        "strand": [("", strands)],
        "type": [(str(KINDS["hate"]), hate), (str(KINDS["asb"]), asb)],
        "place": [
            (_("Groups of parishes"), [(f"{GROUP}{group.code}", group.name) for group in places.groups]),
            *places.choices,
        ],
        "language": [("", [(one.code, one.name) for one in languages()])],
        "source": [("", [(source.value, SOURCES[source]) for source in Source])],
        "month": [("", [(f"{month:%Y-%m}", month_name(month)) for month in _months(today())])],
        "state": [("", [(state.value, STATES[state.value]) for state in states])],
        "owner": [
            ("", [(NOBODY, pgettext("owner of a case", "Nobody")), (ME, _("Me"))]),
            (_("Colleagues"), [(one.id.hex, one.name) for one in colleagues if one.id != me]),
        ],
    }


def now_words(view: View, count: int) -> str:
    """How much of it there is."""
    match view:
        case View.OVERDUE:
            return ngettext("%(num)s is overdue", "%(num)s are overdue", count)
        case View.TODAY:
            return ngettext("%(num)s is due today", "%(num)s are due today", count)
        case View.IMMEDIATE:
            return ngettext("%(num)s with immediate risk", "%(num)s with immediate risk", count)
        case View.MESSAGES:
            return ngettext("%(num)s with unread messages", "%(num)s with unread messages", count)
    return ngettext("%(num)s with nobody", "%(num)s with nobody", count)


def _months(day: date) -> list[date]:
    """The first days of this month and those before it."""
    number = day.year * 12 + day.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(number, number - MONTHS, -1)]


def wanted_view(given: Mapping[str, str]) -> View:
    return View(given["view"]) if given.get("view") in list(View) else View.FIRST


def read_wanted(given: Mapping[str, str], choices: Mapping[str, list[tuple[str, Options]]]) -> Wanted:
    """What an address asks for; what is not offered is passed over."""
    known = {name: {code for _heading, options in choices[name] for code, _words in options} for name in FILTERS}
    chosen = {name: value for name in FILTERS if (value := given.get(name, "")) in known[name]}
    sort = Sort(given["sort"]) if given.get("sort") in list(Sort) else None
    view, after = wanted_view(given), given.get("after", "")
    goes_on = view in PAST and newest_first.read_mark(after) is not None
    return Wanted(view=view, sort=sort, after=after if goes_on else "", **chosen)


def filters(wanted: Wanted, choices: Mapping[str, list[tuple[str, Options]]]) -> list[Filter]:
    return [Filter(name, LABELS[name], choices[name], getattr(wanted, name)) for name in FILTERS]
