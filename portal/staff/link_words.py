"""Why reports may belong together, and how many do, in words."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from portal.languages.i18n import day_and_year
from portal.reporting.belonging import Belonging
from portal.reporting.links import LinkKind
from portal.reporting.merging import Hindrance
from portal.reporting.pages.steps import in_words, place_in_words
from portal.reporting.references import shown_reference
from portal.reporting.suggestions import Suggestion
from portal.staff.forms import KINDS, STATES


def link_in_words(kind: LinkKind, *, leads: bool = False) -> str:
    match kind:
        case LinkKind.SERIES:
            return _("One series")
        case LinkKind.PEOPLE:
            return _("The same people")
        case LinkKind.PLACE:
            return _("One place")
        case LinkKind.DUPLICATE:
            return _("Merged into this report") if leads else _("This report is merged into it")


def counted_in_words(belonging: Belonging, report_id: uuid.UUID) -> list[str]:
    """How many hang together, for each kind of link: "This is the fifth from one place since 3 March 2026"."""
    said = []
    for kind, together in belonging.groups.items():
        came_on = next(each.received_on for each in together if each.id == report_id)
        # Of those that came on one day nobody knows which was first.
        number = sum(each.received_on <= came_on for each in together)
        since = day_and_year(together[0].received_on)
        said.append(_later(kind, number, since) if number > 1 else _first(kind, len(together)))
        if 1 < number < len(together):
            after = len(together) - number
            said[-1] += " " + ngettext("%(num)s came after it.", "%(num)s came after it.", after)
    return said


def _later(kind: LinkKind, number: int, since: str) -> str:
    ordinal = _ordinals().get(number)
    if ordinal is None:
        named = {"number": number, "day": since}
        match kind:
            case LinkKind.PLACE:
                return _("This is report number %(number)s from one place since %(day)s.", **named)
            case LinkKind.PEOPLE:
                return _("This is report number %(number)s about the same people since %(day)s.", **named)
            case _:
                return _("This is report number %(number)s of one series since %(day)s.", **named)
    match kind:
        case LinkKind.PLACE:
            return _("This is the %(ordinal)s from one place since %(day)s.", ordinal=ordinal, day=since)
        case LinkKind.PEOPLE:
            return _("This is the %(ordinal)s about the same people since %(day)s.", ordinal=ordinal, day=since)
        case _:
            return _("This is the %(ordinal)s of one series since %(day)s.", ordinal=ordinal, day=since)


def _first(kind: LinkKind, total: int) -> str:
    match kind:
        case LinkKind.PLACE:
            return ngettext(
                "This is the first of %(num)s from one place.", "This is the first of %(num)s from one place.", total
            )
        case LinkKind.PEOPLE:
            return ngettext(
                "This is the first of %(num)s about the same people.",
                "This is the first of %(num)s about the same people.",
                total,
            )
        case _:
            return ngettext(
                "This is the first of a series of %(num)s.", "This is the first of a series of %(num)s.", total
            )


def _ordinals() -> dict[int, str]:
    return {
        2: pgettext("report in a series", "second"),
        3: pgettext("report in a series", "third"),
        4: pgettext("report in a series", "fourth"),
        5: pgettext("report in a series", "fifth"),
        6: pgettext("report in a series", "sixth"),
        7: pgettext("report in a series", "seventh"),
        8: pgettext("report in a series", "eighth"),
        9: pgettext("report in a series", "ninth"),
        10: pgettext("report in a series", "tenth"),
    }


def reasons(suggestion: Suggestion) -> list[str]:
    """Why it may belong with the other, the most telling first: never a number alone."""
    alike = suggestion.likeness
    said = [_("Both name the vehicle %(plate)s.", plate=plate) for plate in alike.plates]
    said += [_("Both name this online: %(name)s", name=name) for name in alike.names]
    if alike.is_same_text:
        said.append(_("Told in nearly the same words."))
    if alike.words:
        # Each is isolated, or in a line of Urdu its quotes would change sides.
        quoted = [_("“%(word)s”", word=word) for word in alike.words]
        said.append(_("Both say: %(words)s", words=", ".join(f"\u2068{each}\u2069" for each in quoted)))
    if alike.is_same_number:
        said.append(_("The same street and house number."))
    elif alike.is_same_street:
        said.append(_("The same street."))
    place = place_in_words(suggestion.report.place_code)
    if alike.is_same_place and place:
        said.append(_("The same place: %(place)s.", place=place))
    elif alike.is_same_parish and place:
        said.append(_("In the same parish, near: %(place)s", place=place))
    if alike.days_apart == 0:
        said.append(_("On the same day."))
    elif alike.is_near_in_time:
        said.append(ngettext("%(num)s day apart.", "%(num)s days apart.", alike.days_apart))
    else:
        said.append(
            ngettext("%(num)s day apart, so look twice.", "%(num)s days apart, so look twice.", alike.days_apart)
        )
    ticked: dict[str, list[str]] = {}
    for each in sorted(alike.ticked):
        page, _colon, code = each.partition(":")
        ticked.setdefault(page, []).append(code)
    for page, codes in ticked.items():
        field = "strands" if page == "because" else "types"
        said.append(_("Both ticked: %(answers)s", answers=in_words(page, {field: codes}).replace("\n", "; ")))
    return said


def hindrance_in_words(why: Hindrance) -> str:
    """Why one report cannot be merged into another, and what to do."""
    match why:
        case Hindrance.MERGED_ALREADY:
            return _("This report is merged already.")
        case Hindrance.LEADS_OTHERS:
            return _("Other reports are merged into this one. Let it lead, or end that merging first.")
        case Hindrance.LEADING_IS_MERGED:
            return _("That report is itself merged into another. Choose the one that leads.")
        case Hindrance.ALERT:
            return _("Someone may be at risk in this report. First say on its page that you have seen it.")
        case Hindrance.MORE_URGENT:
            return _("This report tells of immediate risk, and the other does not. Let this one lead.")
        case Hindrance.HIGHER_RISK:
            return _("The risk in this report is high, and in the other it is not. Let this one lead.")
        case Hindrance.LEADING_HAS_ENDED:
            return _("Work on the other report has ended, so nobody would see this one. Let this one lead.")
        case Hindrance.NEW_MESSAGE:
            return _("A new message came while you wrote. It stands below: read it, then press again.")
        case Hindrance.OTHER_READERS:
            return _(
                "Some who work on the other report may not read this one. Let this one lead, or link them instead."
            )


def no_room_in_words(reference: str) -> str:
    return _(
        "There is no room for another link at %(reference)s. Link with a report that it belongs with: they all belong to the same group.",
        reference=reference,
    )


def isolated_reference(stored: str) -> str:
    """482-9137-K; isolated, or in a line of Urdu its groups would change sides."""
    return f"\u2066{shown_reference(stored)}\u2069"


def report_words() -> dict[str, Any]:
    """With which words a template names another report: see templates/staff/other_report.html."""
    return {
        "kind_words": KINDS,
        "state_words": STATES,
        "place_in_words": place_in_words,
        "shown_reference": isolated_reference,
    }
