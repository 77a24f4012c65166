"""Reports that may belong with one: compared in memory while an officer asks, and nothing of it is kept."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from portal.db import session
from portal.partnership.file import current_partnership
from portal.reporting.belonging import BATCH_SIZE
from portal.reporting.likeness import Account, Likeness, Rarity, compare
from portal.reporting.models import DeletionRequest, Kind, Part, Report, ReportPart, State, Translation
from portal.reporting.storing import DETAILS, NARRATIVE, SUMMARY
from portal.reporting.translations import TRANSLATION
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

# The newest so many are compared at once; whoever wants more looks further back.
COMPARED = 2_000
MOST_SHOWN = 20
LABELS = {Part.SUMMARY: SUMMARY, Part.NARRATIVE: NARRATIVE, Part.DETAILS: DETAILS}
# Ticked answers that tell what was done, by page and question.
TICKED = (("asb_types", "types"), ("hate_types", "types"), ("because", "strands"))


@dataclass(frozen=True)
class Suggestion:
    """A report that may belong with the one that was asked about, and why."""

    report: Report
    likeness: Likeness


@dataclass(frozen=True)
class Suggestions:
    """The likest first. `compared` of those that may be opened; `oldest` is the day of the last of them."""

    found: list[Suggestion]
    not_shown: int
    compared: int
    oldest: date | None
    further_from: int | None
    """Where a look further back begins; None where there is nothing further back."""


def suggestions_for(
    held: Keyring, report_id: uuid.UUID, linked: Collection[uuid.UUID], *, skip: int = 0
) -> Suggestions:
    """Compare a report that this keyring opens with the newest others that it opens, after the first `skip`.

    Not with those that it belongs with already, nor with those whose reporters have taken them back or want them deleted.
    """
    rows = _newest(skip, COMPARED + 1)
    further = skip + COMPARED if len(rows) > COMPARED else None
    rows = [row for row in rows[:COMPARED] if row.id != report_id]
    mine = next(_accounts(held, _facts([report_id])), None)
    if mine is None:
        return Suggestions([], 0, 0, None, further)
    others = list(_accounts(held, [row for row in rows if row.id not in linked]))
    rarity = Rarity([mine, *others])
    alike = [(other.id, likeness) for other in others if (likeness := compare(mine, other, rarity)).is_enough]
    alike.sort(key=lambda one: (-one[1].points, one[1].days_apart, str(one[0])))
    shown = dict(alike[:MOST_SHOWN])
    reports = {each.id: each for each in session.scalars(select(Report).where(Report.id.in_(list(shown))))}
    return Suggestions(
        [Suggestion(reports[each], likeness) for each, likeness in shown.items() if each in reports],
        len(alike) - len(shown),
        len(others),
        rows[-1].received_on if rows else None,
        further,
    )


def _columns() -> tuple[Any, ...]:
    return Report.id, Report.place_code, Report.received_on


def _facts(ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    return session.execute(select(*_columns()).where(Report.id.in_(ids))).all()


def _newest(skip: int, most: int) -> Sequence[Any]:
    to_be_deleted = exists().where(DeletionRequest.report_id == Report.id, DeletionRequest.refused_on.is_(None))
    return session.execute(
        select(*_columns())
        .where(Report.kind != Kind.REQUEST, Report.state != State.WITHDRAWN, ~to_be_deleted)
        .order_by(Report.received_on.desc(), Report.id)
        .offset(skip)
        .limit(most)
    ).all()


def _accounts(held: Keyring, rows: Sequence[Any]) -> Iterator[Account]:
    """What these reports tell; those of another team, and damaged ones, are left out."""
    places = current_partnership().places
    for first in range(0, len(rows), BATCH_SIZE):
        some = rows[first : first + BATCH_SIZE]
        keys = keyholders.content_keys(held, [row.id for row in some])
        texts = _texts(keys)
        for row in some:
            if row.id not in texts:
                continue
            answers, written = texts[row.id]
            place = places.find(row.place_code) if row.place_code else None
            yield Account(
                id=row.id,
                place=row.place_code,
                parish=place.parish if place else None,
                day=_day_of(answers.get("when") or {}) or row.received_on,
                text="\n".join(written),
                street=str((answers.get("where") or {}).get("street") or ""),
                ticked=frozenset(
                    f"{page}:{code}"
                    for page, question in TICKED
                    for code in (answers.get(page) or {}).get(question) or ()
                ),
            )


def _texts(keys: Mapping[uuid.UUID, bytes]) -> dict[uuid.UUID, tuple[dict[str, Any], list[str]]]:
    """By report what was ticked and written to each page, and all texts: the first words, their translations, other boxes."""
    parts = select(ReportPart.report_id, ReportPart.id, ReportPart.part, ReportPart.sealed).where(
        ReportPart.report_id.in_(keys), ReportPart.part.in_(list(LABELS))
    )
    opened: dict[uuid.UUID, dict[Part, dict[str, Any]]] = {each: {} for each in keys}
    for row in session.execute(parts):
        try:
            opened[row.report_id][row.part] = sealing.unseal(row.sealed, keys[row.report_id], LABELS[row.part], row.id)
        except SealError:
            continue  # what can be read of it is compared
    found: dict[uuid.UUID, tuple[dict[str, Any], list[str]]] = {}
    for report_id, contents in opened.items():
        if Part.NARRATIVE not in contents:
            continue
        answers = dict(contents.get(Part.SUMMARY, {}).get("answers") or {})
        written = [contents[Part.NARRATIVE]["text"]]
        for page, boxes in (contents.get(Part.DETAILS, {}).get("written") or {}).items():
            answers[page] = (answers.get(page) or {}) | boxes
            written += [text for code, text in boxes.items() if code != "street" and isinstance(text, str)]
        found[report_id] = answers, written
    for report_id, text in _translated(keys):
        if report_id in found:
            found[report_id][1].append(text)
    return found


def _translated(keys: Mapping[uuid.UUID, bytes]) -> Iterator[tuple[uuid.UUID, str]]:
    """What people translated of the first words: so reports in two languages can be alike."""
    rows = session.execute(
        select(Translation.report_id, Translation.id, Translation.sealed).where(
            Translation.report_id.in_(keys), Translation.message_id.is_(None)
        )
    )
    for row in rows:
        try:
            yield row.report_id, sealing.unseal(row.sealed, keys[row.report_id], TRANSLATION, row.id)["text"]
        except SealError:
            continue


def _day_of(when: Mapping[str, Any]) -> date | None:
    day = when.get("date") or when.get("to")
    return date.fromisoformat(day) if day else None
