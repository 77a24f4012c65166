"""Invented entries of "You said, we did": planned, done, no action and late; one in every language, some in English only."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.cohesion.finding_figures import offered_figures
from portal.cohesion.finding_models import ActionState, FindingSource
from portal.cohesion.findings import Facts, Written, add_finding, publish_finding, translate_finding
from portal.db import random_id, today, transaction
from portal.partnership.file import current_partnership
from portal.sample.told import MARK

FINDINGS_FILE = Path(__file__).with_name("findings.toml")


def add_findings(by: str) -> None:
    """After the figures were published, which some of them show."""
    told = tomllib.loads(FINDINGS_FILE.read_text(encoding="utf-8"))["findings"]
    with transaction() as db:
        for one in told:
            _add(db, one, by)


def _add(db: Session, told: dict[str, Any], by: str) -> None:
    newest = next((each for each in offered_figures() if each.indicator == told.get("indicator")), None)
    facts = Facts(
        source=FindingSource(told["source"]),
        # Another partnership may have other priorities.
        priority=told["priority"] if current_partnership().find_priority(told["priority"]) else "",
        action=ActionState(told["action"]),
        owner=f"{MARK} {told['owner']}",
        found_on=today() - timedelta(days=told["found"]),
        due_on=today() + timedelta(days=told["due"]) if "due" in told else None,
        answered_on=today() - timedelta(days=told["answered"]) if "answered" in told else None,
        release_id=newest.release_id if newest else None,
        indicator=newest.indicator if newest else "",
    )
    original, *translations = (
        Written(
            language=code,
            said=words["said"],
            did=words.get("did", ""),
            outcome=words.get("outcome", ""),
            by=by,
            is_checked=code == "en" or code in told.get("checked", ()),
        )
        for code, words in told["words"].items()
    )
    finding_id = random_id()
    add_finding(db, finding_id, facts, original)
    for translation in translations:
        translate_finding(db, finding_id, (1, 0), translation)
    publish_finding(db, finding_id, 0, by)
