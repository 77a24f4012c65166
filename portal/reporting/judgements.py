"""An officer judges how urgent a report is: the band is for the list, the reason is sealed with the report."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Part, ReportPart, RiskBand
from portal.reporting.storing import JUDGEMENT, LONG_TEXT_PAD, seal_part
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring

MAX_REASON = 1000


@dataclass(frozen=True)
class Judgement:
    """What an officer judged; `reckoned` and `points` are what the risk questions said on that day."""

    band: RiskBand
    reason: str
    by: str
    on: date
    reckoned: RiskBand
    points: int


def judge_risk(db: Session, held: Keyring, report_id: uuid.UUID, judged: Judgement) -> None:
    """Put it in the place of what was judged before, inside the caller's transaction. Raises WorkHasStopped."""
    report = lock_for_work(db, report_id)
    key = keyholders.content_keys(held, [report_id])[report_id]
    report.risk_band = judged.band
    db.execute(delete(ReportPart).where(ReportPart.report_id == report_id, ReportPart.part == Part.JUDGEMENT))
    content = {**vars(judged), "on": judged.on.isoformat()}
    seal_part(db, report, key, Part.JUDGEMENT, content, JUDGEMENT, pad_to=LONG_TEXT_PAD)


def read_judgement(part: ReportPart | None, key: bytes) -> Judgement | None:
    """Raises SealError where it is damaged."""
    if part is None:
        return None
    content = sealing.unseal(part.sealed, key, JUDGEMENT, part.id)
    return Judgement(
        band=RiskBand(content["band"]),
        reason=content["reason"],
        by=content["by"],
        on=date.fromisoformat(content["on"]),
        reckoned=RiskBand(content["reckoned"]),
        points=content["points"],
    )
