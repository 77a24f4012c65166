"""The log's entries as people read them, and what is said of whether it holds."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.audit import GROUP, Action, AuditEntry
from portal.audit_checking import Break, Kind
from portal.audit_reading import others_named, thing_of
from portal.languages.i18n import isolated
from portal.reporting.queue import references_of
from portal.reporting.references import shown_reference
from portal.staff.audit_sentences import SENTENCES
from portal.staff.colleagues import display_names

_ID = re.compile(r"\b([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")

# What stands beside them is how it was done, and no thing of which there could be other acts.
ABOUT_NOTHING = {
    Action.LISTED_REPORTS,
    Action.SEARCHED_REPORTS,
    Action.READ_LOG,
    Action.EXPORTED_LOG,
    Action.VERIFIED_LOG,
    Action.PROVED_LOG,
    Action.CUT_LOG,
}


@dataclass(frozen=True)
class Line:
    """One act: `things` are what it was about, each with what it is called here; all acts about one can be listed."""

    number: int
    at: datetime
    says: str
    things: list[tuple[str, str]]


def lines_of(entries: Sequence[AuditEntry]) -> list[Line]:
    """Each as a sentence in the reader's language, with the names and references that staff know."""
    people = nobody_in_particular() | display_names(entry.actor for entry in entries)
    called = names_of_things(entry.subject for entry in entries)
    return [_line(entry, people, called) for entry in entries]


def names_of_things(subjects: Iterable[str]) -> dict[str, str]:
    """By id, what staff call a report; of other things, and of a report that is gone, the beginning of the id."""
    found = {match[0]: match[1] for subject in subjects for match in _ID.finditer(subject)}
    stored = references_of([uuid.UUID(each) for each in found])
    return found | {str(each): shown_reference(reference) for each, reference in stored.items()}


def called(thing: str) -> str:
    """What staff call one thing of the log."""
    return names_of_things([thing]).get(thing, thing)


def nobody_in_particular() -> dict[str, str]:
    """Who is no person of the staff."""
    return {
        "command line": _("Somebody at the command line"),
        "unknown": _("Somebody who has no account"),
        "worker": _("The portal itself"),
        "retention": _("The portal itself"),
        "calendar reader": _("The portal itself, reading a group’s calendar"),
    }


def _line(entry: AuditEntry, people: Mapping[str, str], called: Mapping[str, str]) -> Line:
    what = _ID.sub(lambda match: called.get(match[0], match[1]), entry.subject)
    said = str(SENTENCES[entry.action]) % {
        "who": isolated(people.get(entry.actor) or _group(entry.actor) or entry.actor),
        "what": f"\u2068{what}\u2069",
    }
    named = () if entry.action in ABOUT_NOTHING else (thing_of(entry.subject), *others_named(entry.subject))
    things = [each for each in named if each]
    return Line(entry.id, entry.at, said, [(each, called.get(each, each)) for each in things])


def _group(actor: str) -> str:
    """Empty where it is none."""
    name = actor.removeprefix(GROUP)
    return _("%(name)s (a group)", name=name) if name != actor else ""


def break_words(found: Break) -> str:
    """Where the log does not hold, as the page says it."""
    match found.kind:
        case Kind.ENTRY:
            return _("The log does not hold at entry %(number)s: it was changed, taken out or put in.", number=found.at)
        case Kind.DAY:
            return _("What was published for %(day)s is not what the log says.", day=found.at)
        case Kind.ANCHOR:
            return _(
                "The log was written anew: entry %(number)s is not the one whose hash left this computer.",
                number=found.at,
            )
        case Kind.UNREADABLE:
            return _("The file of the hashes that left this computer cannot be read.")
