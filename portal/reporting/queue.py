"""One page of the officers' queue: its reports opened by a team they were sealed to, with no free text."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.db import session, today
from portal.partnership.file import current_partnership
from portal.reporting import belonging
from portal.reporting.deletions import Deletion, deletions_of
from portal.reporting.models import Report
from portal.reporting.questions.risk import Score, score
from portal.reporting.queue_entries import Due, Entry
from portal.reporting.queue_facts import open_summaries
from portal.reporting.series import Series, series_of
from portal.vault.keyholders import Keyring


@dataclass(frozen=True)
class QueueRow:
    """A report in the officers' list: facts in the clear and what was ticked; no free text."""

    entry: Entry
    report: Report
    answers: dict[str, Any] | None
    """None where they are sealed to another team, or damaged."""
    damaged: bool
    score: Score | None
    """What the risk questions say, where there are answers and any."""
    deletion: Deletion | None
    series: Series | None
    """Where it has happened again."""
    together: int
    """How many belong together, this one counted, as far as who reads this opens them; 0 where it belongs with none."""

    @property
    def due(self) -> Due:
        return self.entry.due(today().isoformat())

    @property
    def due_on(self) -> date | None:
        return date.fromisoformat(self.entry.due_on) if self.entry.due_on else None


def rows_of(held: Keyring, entries: Sequence[Entry]) -> list[QueueRow]:
    """The page's reports in the order given. Those sealed to another team show no answers; those just deleted are left out."""
    ids = [entry.report_id for entry in entries]
    found = {report.id: report for report in session.scalars(select(Report).where(Report.id.in_(ids)))}
    opened = open_summaries(held, ids)
    deletions = deletions_of(ids)
    happened_again = series_of(held, ids)
    together = belonging.links_of(held, ids)
    risk = current_partnership().risk
    rows = []
    for entry, one in zip(entries, ids, strict=True):
        if one not in found:
            continue
        answers, damaged = opened[one]
        weighed = score(answers, risk) if answers is not None and risk.questions else None
        again, linked = happened_again.get(one), together.get(one, 0)
        rows.append(QueueRow(entry, found[one], answers, damaged, weighed, deletions.get(one), again, linked))
    return rows


def id_of_reference(reference: str) -> uuid.UUID | None:
    """Of the report that is called so, whoever may open it; for the log, which knows reports by their ids."""
    return session.scalar(select(Report.id).where(Report.reference == reference))


def references_of(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Those that are gone are left out."""
    rows = session.execute(select(Report.id, Report.reference).where(Report.id.in_(ids)))
    return {row.id: row.reference for row in rows}
