"""What was written in the newest closed wave, sorted into codes by two invented people: settled, counted, ready to be published."""

from __future__ import annotations

import random
import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from portal.surveys import coding
from portal.surveys.answers import written_answers_by_id, written_ids
from portal.surveys.coding_books import NOTHING, OTHER, open_coding
from portal.vault.keyholders import Keyring

QUESTION = "one_thing"
CODERS = ("grace", "omar")
CODES = [
    {"code": "lighting", "label": "Better lighting", "about": "Streets, redways, parks and car parks."},
    {"code": "meeting", "label": "Places and events to meet", "about": "For neighbours of any age."},
    {"code": "young_people", "label": "Something for young people", "about": "Places to go and things to do."},
    {"code": "buses", "label": "Buses and bus stops", "about": ""},
]
# A word of each sample answer that a code fits, in the language it is written in.
FITS = {
    "lighting": ("lights", "światła", "lumini", "روشنی"),
    "meeting": ("neighbours can meet", "Spotkania", "مل بیٹھنے"),
    "young_people": ("young people",),
    "buses": ("bus stop",),
}
# The second coder reads one answer in so many otherwise.
DIFFERS = 12


def add_coding(db: Session, held: Keyring, wave_id: uuid.UUID, counted_at: datetime) -> None:
    """Needs the survey team's key in `held`."""
    frame = coding.set_codes(db, wave_id, QUESTION, CODES, second_share=50)
    ids = written_ids(wave_id, QUESTION)
    words = {each: found.text or "" for each, found in written_answers_by_id(held, ids).items()}
    rng = random.Random(7)  # noqa: S311 (not for secrets)
    for coder in CODERS:
        coding.begin_part(db, frame.id, coder)
        db.flush()
        slips = coder != CODERS[0]
        given = {
            each: [OTHER] if slips and rng.randrange(DIFFERS) == 0 else _codes_for(text) for each, text in words.items()
        }
        coding.save_codes(db, held, frame.id, coder, given)
        coding.hand_in(db, held, frame.id, coder)
        db.flush()
    coding.settle(db, held, frame.id, {each: _codes_for(words[each]) for each in open_coding(held, frame).differences})
    db.flush()
    coding.count(db, held, frame.id)
    frame.counted_at = counted_at


def _codes_for(text: str) -> list[str]:
    if not text:
        return [NOTHING]
    return [code for code, parts in FITS.items() if any(part in text for part in parts)] or [OTHER]
