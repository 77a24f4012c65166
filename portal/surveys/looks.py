"""What staff see of a wave that is open: made anew only when 10 more have answered, so that two looks never show one person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from portal.db import session, transaction
from portal.surveys.models import WaveLook
from portal.surveys.waves import lock_wave

RENEWED_AFTER = 10


def shown_of(
    wave_id: uuid.UUID, part: str, size: int, make: Callable[[], tuple[int, dict[str, Any]]]
) -> dict[str, Any] | None:
    """What is shown while `size` have answered; None below 10.

    `make` gives how many there were when it counted, and what is shown from then on. It counts outside the transaction,
    so that nobody who answers waits for it; where two look at once, both see what the first has made.
    """
    stored = session.get(WaveLook, (wave_id, part))
    before, shown = (stored.size, stored.shown) if stored is not None else (0, None)
    if size - before < RENEWED_AFTER:
        return shown
    made_of, made = make()
    with transaction() as db:
        lock_wave(db, wave_id)
        row = db.get(WaveLook, (wave_id, part))
        if row is None:
            db.add(WaveLook(wave_id=wave_id, part=part, size=made_of, shown=made))
            return made
        if row.size == before:
            row.size, row.shown = made_of, made
        return row.shown
