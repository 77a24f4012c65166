"""Written answers of a closed wave, the codes for them, and people who give them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask

from portal.surveys.reading import read_definition
from tests.support.asking import answer, close_a_wave, open_a_wave
from tests.support.people import Fields, Officer

CODES: Fields = {
    "code_0": "bus_stops", "label_0": "Bus stops", "about_0": "Shelters and timetables.",
    "code_1": "neighbours", "label_1": "Neighbours", "about_1": "", "second_share": "20",
}  # fmt: skip


def written_wave(app: Flask, survey_file: Path, words: Sequence[str]) -> uuid.UUID:
    """A closed wave in which each of these was written, each by somebody else."""
    wave_id = open_a_wave(app, read_definition(survey_file))
    for each in words:
        answer(app, wave_id, why=each)
    close_a_wave(app, wave_id)
    return wave_id


def draft_codes(analyst: Officer, wave_id: uuid.UUID, **changed: object) -> str:
    """Gives the page of the coding."""
    page = f"/staff/waves/{wave_id}/coding/why"
    analyst.get(page)
    analyst.post(page, CODES | changed)
    analyst.follow()
    return page


def answers_on(coder: Officer) -> list[tuple[str, str]]:
    """Of the page that is open, the field of each answer's boxes and its words."""
    found = re.findall(r'<p class="app-lines"[^>]*>(.*?)</p>.*?name="(codes_[0-9a-f]{32})"', coder.page, re.DOTALL)
    return [(field, words) for words, field in found]


def code_all(coder: Officer, page: str, gives: Callable[[str], list[str]]) -> int:
    """Begin, give codes to the words page by page, and hand in; how many there were."""
    coder.get(page)
    coder.post(f"{page}/begin")
    coder.follow()
    done = 0
    while "words" in coder.path:
        shown = answers_on(coder)
        done += len(shown)
        coder.post(coder.path, {field: gives(words) for field, words in shown})
        coder.follow()
    coder.post(f"{page}/hand-in")
    coder.follow()
    return done
