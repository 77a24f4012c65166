"""How the reading of a group's calendar goes, as staff and the group itself read it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.events.source_models import Rhythm, Skipped, Trouble
from portal.events.sources import OpenSource
from portal.events.times import local
from portal.languages.i18n import long_day

RHYTHMS = {
    Rhythm.HOURLY: _l("Every hour"),
    Rhythm.DAILY: _l("Every day"),
    Rhythm.WEEKLY: _l("Every week"),
}
TROUBLES = {
    Trouble.NO_ANSWER: _l("Nobody answers at its address. Look if the address is right."),
    Trouble.TOO_SLOW: _l("It takes too long to answer."),
    Trouble.TOO_BIG: _l("It is too big. We read up to 2 MB."),
    Trouble.NOT_THERE: _l("There is nothing at its address any more."),
    Trouble.NOT_ALLOWED: _l("We are not allowed to read it. Make it public, or use its secret address."),
    Trouble.BROKEN: _l("Its website has a problem of its own."),
    Trouble.LEADS_ELSEWHERE: _l("Its address leads to another website. Tell us the new address."),
    Trouble.CERTIFICATE: _l("Its website cannot prove that it is the right one: its certificate is not in order."),
    Trouble.NOT_PUBLIC: _l("Its address does not lead to a public website other than ours."),
    Trouble.NO_CALENDAR: _l("What is there is not a calendar, and not a page with events that we can read."),
    Trouble.DAMAGED: _l("The calendar is damaged: we cannot read it to its end."),
}


def trouble_of(source: OpenSource) -> tuple[str, str] | None:
    """Since when it could not be read, and why; none where all is well."""
    if source.trouble is None or source.trouble_since is None:
        return None
    since = _(
        "We have not been able to read this calendar since %(day)s.", day=long_day(local(source.trouble_since).date())
    )
    return since, str(TROUBLES[source.trouble])


def skipped_in_words(skipped: Mapping[Skipped, int]) -> list[str]:
    """What was left out of a calendar, a sentence for each reason."""
    return [_skipped(why, times) for why, times in skipped.items() if times]


def _skipped(why: Skipped, times: int) -> str:
    match why:
        case Skipped.NO_DAY:
            return ngettext(
                "%(num)s entry has no day that we can read.", "%(num)s entries have no day that we can read.", times
            )
        case Skipped.NO_TITLE:
            return ngettext("%(num)s entry has no title.", "%(num)s entries have no title.", times)
        case Skipped.ENDS_FIRST:
            return ngettext("%(num)s entry ends before it starts.", "%(num)s entries end before they start.", times)
        case Skipped.TOO_LONG:
            return ngettext(
                "%(num)s entry lasts longer than 31 days.", "%(num)s entries last longer than 31 days.", times
            )
        case Skipped.RULE:
            return ngettext(
                "%(num)s entry comes again too often, or in a way that we cannot follow.",
                "%(num)s entries come again too often, or in a way that we cannot follow.",
                times,
            )
        case Skipped.FAR:
            return ngettext(
                "%(num)s entry is more than a year ahead: we take it up later.",
                "%(num)s entries are more than a year ahead: we take them up later.",
                times,
            )
    return ngettext(
        "%(num)s entry is left out, because there are too many. We take up the next 500.",
        "%(num)s entries are left out, because there are too many. We take up the next 500.",
        times,
    )
