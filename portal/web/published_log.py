"""The log's published days: a page that says what they are for, the list for programs, and the program that keeps it."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Response, render_template

from portal import audit_days, keeper
from portal.config import settings
from portal.db import today
from portal.web.caching import public
from portal.web.pages import blueprint

# So many days stand on the page; all of them are in the list.
DAYS_SHOWN = 31


@blueprint.get("/log")
@public
def log() -> str:
    days = audit_days.published(today(), DAYS_SHOWN)
    return render_template("pages/log.html", days=days, address=f"{settings().public_url}/log.txt")


@blueprint.get("/log.txt")
@public
def log_list() -> Response:
    """Each day since the first, and its value: the address and the format stay."""
    lines = [f"{each.day} {each.shown}\n" for each in reversed(audit_days.published(today()))]
    return Response(f"{keeper.LIST_FORMAT} {settings().public_url}\n" + "".join(lines), mimetype="text/plain")


@blueprint.get("/log.json")
@public
def log_json() -> Response:
    """The same for programs that read JSON, the newest day last as well."""
    days = [
        {"day": each.day.isoformat(), "value": each.value, "none": None if each.value else each.standing.value}
        for each in reversed(audit_days.published(today()))
    ]
    said = {"format": keeper.LIST_FORMAT, "address": f"{settings().public_url}/log.json", "days": days}
    return Response(json.dumps(said, indent=1) + "\n", mimetype="application/json")


@blueprint.get("/log/keeper.py")
@public
def log_keeper() -> Response:
    """For a partner to take from here, and to read before they run it."""
    answer = Response(Path(keeper.__file__).read_bytes(), content_type="text/x-python; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="keeper.py"'
    return answer
