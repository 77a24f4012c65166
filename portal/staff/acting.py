"""An act of an officer on a report they have open, done only if nothing came that they have not seen."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting.deletions import lock_for_work
from portal.reporting.meanwhile import ChangedMeanwhile, check_unchanged
from portal.staff.access import officer
from portal.web.forms import Form

# The field in which a form says how the report stood when its page was shown.
SEEN = "seen"


def act(
    report_id: uuid.UUID,
    form: Form,
    action: Action,
    do: Callable[[Session], None],
    *,
    is_repeated: Callable[[Session], bool] = lambda _db: False,
) -> bool:
    """Do it in one transaction and write it down; False, with a sentence on the form, where something came meanwhile.

    The report's page, opened anew, then says what came, and has what was typed. `is_repeated`: whether this very press has
    come before, so that nothing it changed is news. Raises WorkHasStopped, NotThere, and what `do` raises.
    """
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, action, str(report_id))
            lock_for_work(db, report_id)
            if not is_repeated(db):
                check_unchanged(db, report_id, request.form.get(SEEN))
            do(db)
    except ChangedMeanwhile:
        form.form_errors.append(
            _(
                "Something came while this page was open. Read it, then press the button again: what you typed is still here."
            )
        )
        return False
    return True
