"""Responses read as columns: each question's answers in one list, the n-th of every list one person's."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, String, Text, cast, select, type_coerce
from sqlalchemy.orm import Session

from portal.surveys.columns import FACTS, FLAGGED, LANGUAGE, MODE, SIGNALS, VERSION, Value
from portal.surveys.models import SurveyResponse, SurveyVersion

# Read together: one call reads the JSON of them all, and other threads of this process wait for no more than that.
AT_ONCE = 1000


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
    # Found first: else PostgreSQL would write out the answers of all that follow before it takes the first of them.
    ids = select(SurveyResponse.id).where(SurveyResponse.wave_id == wave_id).order_by(SurveyResponse.id).limit(most)
    if after is not None:
        ids = ids.where(SurveyResponse.id > after)
    rows = (
        select(
            # As they are stored: what Python would make of a hundred thousand ids and words is not needed.
            type_coerce(SurveyResponse.id, LargeBinary),
            SurveyResponse.language,
            SurveyVersion.number,
            SurveyResponse.flagged,
            type_coerce(SurveyResponse.mode, String),
            cast(SurveyResponse.signals, Text),
            cast(SurveyResponse.answers, Text),
        )
        .join(SurveyVersion, SurveyVersion.id == SurveyResponse.version_id)
        .where(SurveyResponse.id.in_(ids))
        .order_by(SurveyResponse.id)
    )
    for few in db.execute(rows.execution_options(yield_per=AT_ONCE)).partitions():
        yield _part(few, codes)


def _part(rows: Any, codes: Collection[str]) -> Part:
    ids, languages, versions, flags, modes, signals, texts = zip(*rows, strict=True)
    answers: list[dict[str, Any]] = json.loads(f"[{','.join(texts)}]")
    values: dict[str, list[Value]] = {
        LANGUAGE: list(languages),
        VERSION: [str(number) for number in versions],
        FLAGGED: ["yes" if flagged else "no" for flagged in flags],
        MODE: list(modes),
        SIGNALS: [tuple(each) for each in json.loads(f"[{','.join(signals)}]")],
    }
    asked = [code for code in codes if code not in FACTS]
    for code, column in zip(asked, zip(*[map(one.get, asked) for one in answers], strict=True), strict=True):
        has_lists = list in map(type, column)
        values[code] = [tuple(v) if isinstance(v, list) else v for v in column] if has_lists else list(column)
    return Part(len(ids), values, uuid.UUID(bytes=bytes(ids[-1])))
