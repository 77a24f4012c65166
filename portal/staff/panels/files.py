"""Where the files of a report are opened, and how they are given out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import Response, render_template, request, url_for

from portal.reporting.files import SentFile
from portal.web.security import give_file


def links(report_id: uuid.UUID, sent: Iterable[SentFile]) -> list[tuple[SentFile, str]]:
    return [(each, url_for("staff.file", report_id=report_id, file_id=each.kept.id)) for each in sent]


def must_ask_again(chosen: SentFile | None) -> bool:
    """Whether the virus check found something in it and nobody has said yet that they want it all the same."""
    return chosen is not None and chosen.is_suspect and request.method != "POST"


def warning(chosen: SentFile, back: str) -> str:
    return render_template("staff/suspect_file.html", file=chosen, back=back)


def give(chosen: SentFile) -> Response:
    return give_file(chosen.kept.chunks(), chosen.kind.mimetype, chosen.name, chosen.kept.size)
