"""Where the files of a report are opened, and how they are given out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import Response, render_template, request, url_for

from portal.files import virus_check
from portal.files.virus_check import Check
from portal.reporting.files import SentFile
from portal.web.security import give_file


def links(report_id: uuid.UUID, sent: Iterable[SentFile]) -> list[tuple[SentFile, str]]:
    return [(each, url_for("staff.file", report_id=report_id, file_id=each.kept.id)) for each in sent]


def must_ask_again(chosen: SentFile | None) -> bool:
    """Whether the virus check finds something in it and nobody has said yet that they want it all the same.

    About one that could not be checked when it came the scanner is asked now.
    """
    if chosen is None or request.method == "POST":
        return False
    if chosen.is_unchecked:
        return virus_check.check_again(chosen.kept.id, chosen.kept.chunks()) is Check.FOUND
    return chosen.is_suspect


def warning(chosen: SentFile, back: str) -> str:
    return render_template("staff/suspect_file.html", file=chosen, back=back)


def give(chosen: SentFile) -> Response:
    return give_file(chosen.kept.chunks(), chosen.kind.mimetype, chosen.name, chosen.kept.size)
