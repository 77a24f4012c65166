"""The picture that a group would like beside its event: sealed like its words until an editor accepts it."""

from __future__ import annotations

import uuid
from base64 import b64decode, b64encode
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.db import random_id, session
from portal.events.kept_back import tells
from portal.events.models import Event
from portal.events.pictures import set_picture
from portal.events.proposal_contents import key_of
from portal.events.proposal_models import Proposal, ProposalPicture, ProposalState
from portal.events.proposals import group_acted, locked_for_group
from portal.files.public_pictures import Picture
from portal.vault import sealing

SEALED = "event.proposal.picture/1"
# A small picture and a large one are few lengths.
PAD = 64 * 1024


@dataclass(frozen=True)
class ProposedPicture:
    picture: Picture
    said: str
    """What is on it, for whoever does not see it."""
    language: str


def find_proposed(proposal_id: uuid.UUID) -> ProposedPicture | None:
    """None where there is none, or none that can be opened."""
    row = session.get(ProposalPicture, proposal_id)
    return _opened(row) if row else None


def has_picture(proposal_id: uuid.UUID) -> bool:
    return session.get(ProposalPicture, proposal_id) is not None


def _opened(row: ProposalPicture) -> ProposedPicture | None:
    try:
        kept = sealing.unseal(row.sealed, key_of(row.proposal_id), SEALED, row.id)
        picture = Picture(b64decode(kept["jpeg"]), kept["width"], kept["height"])
        return ProposedPicture(picture, kept["said"], kept["language"])
    except (sealing.SealError, LookupError, TypeError, ValueError):
        return None


def propose_picture(db: Session, proposal_id: uuid.UUID, proposed: ProposedPicture) -> None:
    """It takes the place of one that waits, and an editor looks. Raises IsDecided."""
    row = locked_for_group(db, proposal_id)
    picture_id, picture = random_id(), proposed.picture
    content = {
        "jpeg": b64encode(picture.jpeg).decode(),
        "width": picture.width,
        "height": picture.height,
        "said": proposed.said,
        "language": proposed.language,
    }
    kept = db.get(ProposalPicture, proposal_id) or ProposalPicture(proposal_id=proposal_id)
    kept.id = picture_id
    kept.sealed = sealing.seal(content, key_of(proposal_id), proposal_id, SEALED, picture_id, PAD)
    db.add(kept)
    group_acted(row)
    row.state = ProposalState.WAITING


def withdraw_picture(db: Session, proposal_id: uuid.UUID) -> None:
    """The group takes back a picture that nobody has accepted. Twice is once. Raises IsDecided."""
    row = locked_for_group(db, proposal_id)
    if drop_picture(db, row):
        row.version += 1


def drop_picture(db: Session, row: Proposal) -> bool:
    """Inside the caller's transaction, with the proposal's row locked."""
    kept = db.get(ProposalPicture, row.id)
    if kept is not None:
        db.delete(kept)
    return kept is not None


def is_telling(proposal_id: uuid.UUID, secrets: list[str]) -> bool:
    """Whether the words about it say what is only for those who ask."""
    proposed = find_proposed(proposal_id)
    return proposed is not None and tells(proposed.said, secrets)


def accept_picture(db: Session, row: Proposal, event: Event, by: str) -> bool:
    """It becomes the event's, inside the caller's transaction; False where there is none."""
    proposed = find_proposed(row.id)
    if proposed is not None:
        set_picture(db, event.id, proposed.picture, {proposed.language: proposed.said}, by)
    drop_picture(db, row)
    return proposed is not None
