"""What the calendar offers to choose by, in words, and how many events each choice would find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.events.filters import Wanted
from portal.events.finding import Found
from portal.events.labels import ACCESS, FOR_WHOM, KINDS
from portal.events.services import places
from portal.languages.i18n import SPOKEN, current_language, own_name
from portal.partnership.file import current_partnership


@dataclass(frozen=True)
class Choice:
    """One thing to tick, and how many events there would be. `lang` marks words that stand as their speakers write them."""

    value: str
    words: Any
    times: int
    is_chosen: bool
    lang: str = ""


@dataclass(frozen=True)
class Section:
    heading: str
    name: str
    """In the address."""
    choices: list[Choice]


def sections(wanted: Wanted, found: Found) -> list[Section]:
    """What finds nothing is left out, unless it is ticked."""
    groups = sorted(places().groups, key=lambda group: group.name.casefold())
    priorities = current_partnership().localised(current_language().code).priorities

    def section(heading: str, name: str, field: str, offered: Iterable[tuple[str, Any, str]]) -> Section:
        ticked, times = getattr(wanted, field), found.times[field]
        choices = [Choice(code, words, times[code], code in ticked, lang) for code, words, lang in offered]
        return Section(heading, name, [one for one in choices if one.times or one.is_chosen])

    free = Choice("yes", _("Free"), found.times["free"]["yes"], wanted.free)
    every = [
        section(_("That I can get into"), "access", "access", [(fact, ACCESS[fact], "") for fact in ACCESS]),
        section(_("In my language"), "language", "languages", [(code, own_name(code), code) for code in SPOKEN]),
        section(_("In this area"), "area", "groups", [(group.code, group.name, "en") for group in groups]),
        Section(_("At this price"), "free", [free] if free.times or free.is_chosen else []),
        section(_("Of this kind"), "kind", "kinds", [(kind, KINDS[kind], "") for kind in KINDS]),
        section(_("For these people"), "for", "for_whom", [(who, FOR_WHOM[who], "") for who in FOR_WHOM]),
        section(_("About this"), "priority", "priorities", [(one.code, one.title, "") for one in priorities]),
    ]
    return [one for one in every if one.choices]
