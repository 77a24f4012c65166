"""Where the files of a report are opened."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import url_for

from portal.reporting.files import SentFile


def links(report_id: uuid.UUID, sent: Iterable[SentFile]) -> list[tuple[SentFile, str]]:
    return [(each, url_for("staff.file", report_id=report_id, file_id=each.kept.id)) for each in sent]
