"""The auditor's pages: what staff did, as a list, as a file, and whether the log of it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Response, abort, render_template, request, stream_with_context, url_for

from portal import audit, audit_checking, audit_reading
from portal.audit import Action, AuditEntry, AuditHead
from portal.audit_reading import Wanted
from portal.config import settings
from portal.db import session, transaction
from portal.flock import exclusive
from portal.staff import audit_words
from portal.staff.access import blueprint, officer, only
from portal.staff.audit_forms import LogForm
from portal.staff.models import Role
from portal.text import as_csv

COLUMNS = ("number", "at", "person", "act", "about", "hash")
LARGEST_NUMBER = 2**31 - 1


@blueprint.get("/log", endpoint="audit_log")
@only(Role.AUDITOR)
def audit_log() -> str:
    form = LogForm(request.args)
    is_right = form.validate()
    wanted = form.wanted if is_right else None
    after = request.args.get("after", type=int)
    page = audit_reading.page(wanted, after if after and after <= LARGEST_NUMBER else None) if wanted else None
    lines = audit_words.lines_of(page.entries) if page else []
    if wanted is not None:
        _record(Action.READ_LOG, _asked(wanted, bool(lines)))
    about = wanted.subject if wanted and lines else None
    return _page(form, lines, more=page.more if page else None, is_first=not after, about=about)


@blueprint.post("/log/verify", endpoint="verify_log")
@only(Role.AUDITOR)
def verify_log() -> str:
    """One at a time: it reads the whole log."""
    form = LogForm(None)
    try:
        with exclusive(settings().data / "audit-verify.lock", timeout=0.5):
            breaks = audit_checking.breaks()
    except TimeoutError:
        return _page(form, [], is_checked_elsewhere=True)
    _record(Action.VERIFIED_LOG, f"breaks: {len(breaks)}")
    return _page(form, [], breaks=breaks)


@blueprint.post("/log/log.<kind>", endpoint="export_log")
@only(Role.AUDITOR)
def export_log(kind: str) -> Response:
    """What the list shows, whole; it is recorded before the first line goes."""
    if kind not in {"csv", "jsonl"}:
        abort(404)
    form = LogForm(request.form)
    if not form.validate():
        abort(400)
    wanted = form.wanted
    newest = session.get_one(AuditHead, 1).last_id
    _record(Action.EXPORTED_LOG, f"{kind}: {_asked(wanted, bool(audit_reading.page(wanted, most=1).entries))}")
    rows = audit_reading.whole(wanted, newest)
    lines = _as_csv(rows) if kind == "csv" else _as_json_lines(rows)
    mimetype = "text/csv; charset=utf-8; header=present" if kind == "csv" else "application/x-ndjson"
    headers = {"Content-Disposition": f'attachment; filename="log.{kind}"'}
    return Response(stream_with_context(lines), content_type=mimetype, headers=headers)


def _page(form: LogForm, lines: list[audit_words.Line], **more: Any) -> str:
    asked = {name: value for name, value in (request.args if request.method == "GET" else {}).items() if value}
    asked.pop("after", None)
    return render_template(
        "staff/audit_log.html",
        form=form,
        lines=lines,
        asked={name: asked[name] for name in ("person", "act", "about", "first", "last") if name in asked},
        break_words=audit_words.break_words,
        list_address=url_for(".audit_log"),
        called=audit_words.called,
        **({"about": None, "more": None, "is_first": True, "breaks": None, "is_checked_elsewhere": False} | more),
    )


def _record(action: Action, subject: str) -> None:
    with transaction() as db:
        audit.record(db, officer().staff.name, action, subject[:120])


def _asked(wanted: Wanted, is_there: bool) -> str:
    """For the log itself. What nothing was found for may be anything, such as a name that was typed: it is not written down."""
    if not is_there:
        return "nothing found"
    asked = {
        "who": wanted.actor,
        "act": wanted.action,
        "about": wanted.subject,
        "from": wanted.first,
        "to": wanted.last,
    }
    return ", ".join(f"{name} {what}" for name, what in asked.items() if what is not None) or "all"


def _row(entry: AuditEntry) -> tuple[int, str, str, str, str, str]:
    return entry.id, entry.at.isoformat(), entry.actor, entry.action.value, entry.subject, entry.hash.hex()


def _as_csv(entries: Iterator[AuditEntry]) -> Iterator[str]:
    """Row by row: only the first begins with the mark of UTF-8."""
    yield as_csv([COLUMNS])
    for entry in entries:
        yield as_csv([_row(entry)]).removeprefix("\ufeff")


def _as_json_lines(entries: Iterator[AuditEntry]) -> Iterator[str]:
    for entry in entries:
        yield json.dumps(dict(zip(COLUMNS, _row(entry), strict=True)), ensure_ascii=False) + "\n"
