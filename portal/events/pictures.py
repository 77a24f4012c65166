"""The picture beside an event: one, described in words, public with its event and gone with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from portal.db import existing, random_id, session, utcnow
from portal.events.models import Event, EventState
from portal.events.picture_models import EventPicture
from portal.events.services import locked
from portal.files.public_pictures import Picture
from portal.web import caching


class NoPicture(Exception):
    """There is none to describe: somebody took it away."""


def find_picture(event_id: uuid.UUID) -> EventPicture | None:
    """Without its bytes, which most pages do not need."""
    return session.get(EventPicture, event_id)


def pictures_of(ids: list[uuid.UUID]) -> dict[uuid.UUID, EventPicture]:
    found = session.scalars(select(EventPicture).where(EventPicture.event_id.in_(ids)))
    return {one.event_id: one for one in found}


def bytes_of(event_id: uuid.UUID) -> bytes | None:
    """The picture's file, for editors."""
    found = session.get(EventPicture, event_id, options=[undefer(EventPicture.jpeg)])
    return found.jpeg if found else None


def public_bytes_of(event_id: uuid.UUID, picture_id: uuid.UUID) -> bytes | None:
    """The file of the picture that a public event has now; None for any other."""
    return session.scalar(
        select(EventPicture.jpeg)
        .join(Event, Event.id == EventPicture.event_id)
        .where(
            EventPicture.event_id == event_id,
            EventPicture.id == picture_id,
            Event.state.in_((EventState.PUBLISHED, EventState.CANCELLED)),
        )
    )


def set_picture(db: Session, event_id: uuid.UUID, picture: Picture, said: Mapping[str, str], by: str) -> None:
    """It takes the place of any other. Raises IsCancelled."""
    event = locked(db, event_id)
    row = db.get(EventPicture, event_id) or EventPicture(event_id=event_id)
    row.id, row.jpeg, row.width, row.height = random_id(), picture.jpeg, picture.width, picture.height
    row.said, row.added_by = dict(said), by
    db.add(row)
    _changed(db, event)


def describe_picture(db: Session, event_id: uuid.UUID, said: Mapping[str, str]) -> bool:
    """Say anew what is on it; False where that is what was said. Raises IsCancelled, NoPicture."""
    event = locked(db, event_id)
    row = db.get(EventPicture, event_id)
    if row is None:
        raise NoPicture
    if row.said == dict(said):
        return False
    row.said = dict(said)
    _changed(db, event)
    return True


def delete_picture(db: Session, event_id: uuid.UUID) -> bool:
    """Also of a cancelled event: somebody on it may not want to be seen. False where there is none."""
    event = existing(db, Event, event_id, with_for_update=True)
    row = db.get(EventPicture, event_id)
    if row is None:
        return False
    db.delete(row)
    _changed(db, event)
    return True


def _changed(db: Session, event: Event) -> None:
    """Calendars do not show it, so their sequence stays; the pages are made anew."""
    event.changed_at = utcnow()
    if event.state is not EventState.DRAFT:
        caching.publish(db)
