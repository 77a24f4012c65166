"""Whose case it is, from whom they have it, and the form that gives it to someone else."""

from __future__ import annotations

from typing import Any

from portal.languages.i18n import long_day
from portal.reporting.case import OpenReport
from portal.reporting.notes import Note, NoteKind
from portal.staff.access import officer
from portal.staff.case_forms import OwnerForm
from portal.staff.colleagues import names_of, who_can_open
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    """Somebody who can no longer open it, or whose account is closed, owns nothing."""
    owner_id = found.report.assignee_id
    able = who_can_open(found.report.id, found.conversation.conversation_id)
    newest = next((note for note in reversed(found.notes) if note.kind is NoteKind.HAND_OVER), None)
    gone = owner_id if owner_id not in able else None
    if owner_id is None and newest and newest.to_id and newest.to_id not in able:
        gone = newest.to_id
    form = sent if isinstance(sent, OwnerForm) else OwnerForm(formdata=None)
    form.offer({one: name for one, name in able.items() if one != owner_id}, owner_id)
    return {
        "owner": able.get(owner_id) if owner_id else None,
        "is_mine": owner_id == officer().staff.id,
        "former_owner": names_of([gone]).get(gone) if gone else None,
        "handed": _handed(newest) if newest and owner_id and newest.to_id == owner_id else None,
        "owner_form": form,
        "colleagues": able,
    }


def _handed(note: Note) -> dict[str, Any]:
    return {
        "by": note.by,
        "is_taken": note.by == note.to,
        "day": long_day(note.on) if note.on else "",
        "note": note.text,
    }
