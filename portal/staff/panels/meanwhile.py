"""Who else has the report open, and what came to it since the page that was sent was shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _

from portal import presence
from portal.languages.i18n import clock_time, isolated
from portal.reporting.case import OpenReport
from portal.reporting.meanwhile import Standing
from portal.reporting.models import Author
from portal.reporting.notes import Note, NoteKind
from portal.staff.access import officer
from portal.staff.acting import SEEN
from portal.staff.colleagues import display_names, names_of
from portal.staff.forms import STATES
from portal.web import errors
from portal.web.forms import Form

# How long after their last act somebody is taken to have it open still.
OPEN_FOR = timedelta(minutes=5)


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    """The forms carry how the report stands as this page shows it, not as the database has it by now."""
    report = found.report
    owner = report.assignee_id.hex if report.assignee_id else ""
    now = Standing(report.state.value, owner, len(found.messages), len(found.notes))
    then = Standing.read(request.form.get(SEEN)) if request.method == "POST" else None
    return {
        "seen": now.token,
        "came_meanwhile": _what_came(found, then, now) if then and then != now else [],
        "also_here": _also_here(found),
        "typed_in_vain": errors.typed(),
    }


def _also_here(found: OpenReport) -> list[str]:
    here = presence.present(str(found.report.id), OPEN_FOR, but=officer().staff.name)
    names = display_names(one.actor for one in here)
    return [
        _(
            "%(name)s has had this open since %(time)s.",
            name=isolated(names.get(one.actor, one.actor)),
            time=clock_time(one.since),
        )
        for one in here
    ]


def _what_came(found: OpenReport, then: Standing, now: Standing) -> list[tuple[str, str]]:
    """Each in one sentence, with the place where it is read."""
    came = []
    for message in found.messages[then.messages :]:
        if message.author is Author.REPORTER:
            came.append((_("The reporter wrote."), message_anchor(message.id)))
        else:
            came.append((_("%(name)s answered.", name=isolated(message.by)), message_anchor(message.id)))
    new_notes = found.notes[then.notes :]
    came += [(_note_in_words(note), note_anchor(note)) for note in new_notes]
    kinds = {note.kind for note in new_notes}
    if then.state != now.state and NoteKind.STATE not in kinds:
        came.append((_("The state is now: %(state)s.", state=STATES[now.state]), "#facts"))
    if then.owner != now.owner and NoteKind.HAND_OVER not in kinds:
        came.append((_owner_in_words(now), "#owner"))
    return came


def message_anchor(message_id: Any) -> str:
    return f"#m-{message_id}"


def note_anchor(note: Note) -> str:
    return {NoteKind.NOTE: f"#n-{note.id}", NoteKind.HAND_OVER: "#owner", NoteKind.JUDGEMENT: "#judgement"}.get(
        note.kind, "#facts"
    )


def _note_in_words(note: Note) -> str:
    match note.kind:
        case NoteKind.NOTE:
            return _("%(name)s wrote a note.", name=isolated(note.by))
        case NoteKind.STATE:
            return _(
                "%(name)s changed the state to: %(state)s.", name=isolated(note.by), state=STATES.get(note.to, note.to)
            )
        case NoteKind.JUDGEMENT:
            return _("%(name)s judged how urgent it is.", name=isolated(note.by))
        case NoteKind.HOLD:
            return _("%(name)s keeps it under a legal hold.", name=isolated(note.by))
        case NoteKind.HOLD_ENDED:
            return _("%(name)s ended the legal hold.", name=isolated(note.by))
        case NoteKind.HAND_OVER if not note.to_id:
            return _("%(name)s put the case back: nobody owns it.", name=isolated(note.by))
        case NoteKind.HAND_OVER if note.to == note.by:
            return _("%(name)s took the case.", name=isolated(note.by))
        case NoteKind.HAND_OVER:
            return _("%(name)s handed the case to %(owner)s.", name=isolated(note.by), owner=isolated(note.to))


def _owner_in_words(now: Standing) -> str:
    if now.owner_id is None:
        return _("Nobody owns it now.")
    return _("%(name)s owns it now.", name=isolated(names_of([now.owner_id]).get(now.owner_id, "")))
