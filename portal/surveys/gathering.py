"""Responses read as columns: each question's answers in one list, the n-th of every list one person's."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from sqlalchemy import LargeBinary, String, Text, cast, select, type_coerce
from sqlalchemy.orm import Session

from portal.surveys.columns import FACTS, FLAGGED, LANGUAGE, MODE, SIGNALS, VERSION, Value
from portal.surveys.models import SurveyResponse, SurveyVersion

# Read together: one call reads the JSON of them all, and other threads of this process wait for no more than that.
AT_ONCE = 100


@dataclass(frozen=True)
class Part:
    """Responses that follow each other in the order of their random ids, which tells nothing of who came first."""

    size: int
    values: dict[str, list[Value]]
    last: uuid.UUID
    """The id of the last of them."""


def parts_of(
    db: Session, wave_id: uuid.UUID, codes: Collection[str], after: uuid.UUID | None = None, most: int | None = None
) -> Iterator[Part]:
    """The responses behind the one with the id `after`, at most `most`; of their answers those with these codes."""
    these = [SurveyResponse.wave_id == wave_id]
    if after is not None:
        these.append(SurveyResponse.id > after)
    if most is not None:
        # Found first: else PostgreSQL would write out the answers of all that follow before it takes the first of them.
        ids = select(SurveyResponse.id).where(*these).order_by(SurveyResponse.id).limit(most).subquery()
        last = db.scalar(select(ids.c.id).order_by(ids.c.id.desc()).limit(1))
        if last is None:
            return
        these.append(SurveyResponse.id <= last)
    versions = dict(db.execute(select(type_coerce(SurveyVersion.id, LargeBinary), SurveyVersion.number)).all())
    rows = (
        select(
            # As they are stored: what Python would make of a hundred thousand ids and words is not needed.
            type_coerce(SurveyResponse.id, LargeBinary),
            SurveyResponse.language,
            type_coerce(SurveyResponse.version_id, LargeBinary),
            SurveyResponse.flagged,
            type_coerce(SurveyResponse.mode, String),
            cast(SurveyResponse.signals, Text),
            cast(SurveyResponse.answers, Text),
        )
        .where(*these)
        .order_by(SurveyResponse.id)
    )
    for few in db.execute(rows.execution_options(yield_per=AT_ONCE)).partitions():
        yield _part(few, codes, versions)


def _part(rows: Any, codes: Collection[str], number_of: Mapping[bytes, int]) -> Part:
    ids, languages, versions, flags, modes, signals, texts = zip(*rows, strict=True)
    answers: list[dict[str, Any]] = json.loads(f"[{','.join(texts)}]")
    values: dict[str, list[Value]] = {
        LANGUAGE: list(languages),
        VERSION: [str(number_of[version]) for version in versions],
        FLAGGED: ["yes" if flagged else "no" for flagged in flags],
        MODE: list(modes),
        SIGNALS: [tuple(each) for each in json.loads(f"[{','.join(signals)}]")],
    }
    for code in codes:
        if code in FACTS:
            continue
        column: list[Any] = list(map(dict.get, answers, repeat(code)))
        has_lists = list in map(type, column)
        values[code] = [tuple(v) if isinstance(v, list) else v for v in column] if has_lists else column
    return Part(len(ids), values, uuid.UUID(bytes=bytes(ids[-1])))
