"""How a panel's keys are come by: by whoever holds those of the review, or by the applicant's own visit."""

from __future__ import annotations

import uuid

from portal.case_review import panel_sealing, records
from portal.case_review.applicants import Visit
from portal.case_review.panel_records import OpenPanel, find_panel
from portal.case_review.panel_sealing import PanelKeys
from portal.vault.keyholders import Keyring


def keys_of_staff(review_id: uuid.UUID, held: Keyring) -> PanelKeys | None:
    """None where there is no such review, or its keys are another team's."""
    keys = records.keys_of_staff(review_id, held)
    return panel_sealing.of_staff(review_id, keys.own, keys.talk) if keys else None


def open_for_applicant(visit: Visit) -> tuple[OpenPanel, PanelKeys] | None:
    """None where the review was deleted meanwhile."""
    keys = panel_sealing.of_applicant(visit.review_id, visit.keys.talk)
    panel = find_panel(visit.review_id, keys)
    return (panel, keys) if panel else None
