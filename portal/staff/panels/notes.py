"""What officers wrote about a report for each other, and the form that adds a note."""

from __future__ import annotations

import uuid
from typing import Any

from portal.reporting.case import OpenReport
from portal.reporting.notes import MAX_NOTE, NoteKind
from portal.staff.case_forms import NoteForm
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    return {
        "notes": [note for note in found.notes if note.kind is NoteKind.NOTE],
        "note_form": sent if isinstance(sent, NoteForm) else NoteForm(formdata=None, once=uuid.uuid4().hex),
        "note_limit": MAX_NOTE,
    }
