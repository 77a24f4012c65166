"""How many answers a wave wants, in all and of whom, and how many it has. Advice only: nobody is turned away."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words
from portal.surveys.columns import LANGUAGE
from portal.surveys.models import Wave
from portal.surveys.versions import instruments_of
from portal.surveys.wave_results import Told, open_results
from portal.surveys.waves import lock_running_wave

IN_ALL = "_all"
MOST_WANTED = 1_000_000

Targets = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Grouping:
    """What answers are counted by: a question, or the language in which it was answered; `options` by their codes."""

    code: str
    text: Words | None
    options: Mapping[str, Words | str]


def groupings(wave: Wave) -> list[Grouping]:
    """What a target can be set by: what official figures count by, groups of places, and languages."""
    newest = instruments_of(wave.id)[0]
    found = []
    for code, question in newest.questionnaire.questions.items():
        if question.demographic:
            offered = newest.questionnaire.options_of(question)
            found.append(Grouping(code, question.text, {one.code: one.text for one in offered if not one.apart}))
        elif question.type == "place":
            groups = sorted({(place.group_name, place.group) for place in newest.places if not place.retired})
            found.append(Grouping(code, question.text, {group: name for name, group in groups}))
    return [*found, Grouping(LANGUAGE, None, {one.code: one.name for one in LANGUAGES})]


def counted_answers(wave: Wave) -> dict[str, dict[str, int | None]]:
    """How many answered, in all and by each grouping, as the wave's results tell it; None, or not there, is not told.

    While the wave is open nothing is told of who people are but the cells of its margins, and these only once they are many.
    """
    instruments = instruments_of(wave.id)
    closed = Told(wave, instruments).results({}) if wave.closed_at else None
    found = closed or open_results(wave, instruments)
    if found is None:
        return {}
    counts: dict[str, dict[str, int | None]] = {
        IN_ALL: {"": wave.answered if wave.answered is not None else found.size},
        LANGUAGE: found.languages,
    }
    questions = instruments[0].questionnaire.questions
    for one in groupings(wave):
        if one.code not in questions:
            continue
        if questions[one.code].type == "place":
            counts[one.code] = found.margins.get("place_group", {})
        elif closed:
            counts[one.code] = closed.questions[one.code].counts if one.code in closed.questions else {}
        else:
            counts[one.code] = _of_margins(wave, questions[one.code].demographic, found.margins)
    return counts


def _of_margins(wave: Wave, name: str, margins: Mapping[str, Mapping[str, int | None]]) -> dict[str, int | None]:
    """What the cells that are told add up to, for each answer that they tell apart."""
    for number, margin in enumerate(wave.recipe.get("margins", ())):
        told = margins.get(f"margin {number}")
        if told is None or name not in margin["by"]:
            continue
        sums: dict[str, int | None] = {}
        for place, cell in enumerate(margin["cells"]):
            codes = cell["of"][margin["by"].index(name)]
            count = told.get(str(place))
            if len(codes) == 1:
                before = sums.get(codes[0], 0)
                sums[codes[0]] = None if count is None or before is None else before + count
        return sums
    return {}


@dataclass(frozen=True)
class Row:
    """One target: `text` is None for all answers together, `has` where it is not told."""

    text: Words | str | None
    has: int | None
    wanted: int

    @property
    def percent(self) -> int:
        return min(100, 100 * (self.has or 0) // self.wanted)


@dataclass(frozen=True)
class Progress:
    """`text` is what is counted by; None for all together and for languages."""

    code: str
    text: Words | None
    rows: list[Row]


def progress(wave: Wave) -> list[Progress]:
    """The targets of a wave with how many answers there are; nothing is counted where there is none."""
    if not wave.targets:
        return []
    counted = counted_answers(wave)
    found = []
    if in_all := wave.targets.get(IN_ALL, {}).get(""):
        found.append(Progress(IN_ALL, None, [Row(None, counted.get(IN_ALL, {}).get(""), in_all)]))
    for one in groupings(wave):
        wanted, has = wave.targets.get(one.code, {}), counted.get(one.code, {})
        rows = [Row(text, has.get(code), wanted[code]) for code, text in one.options.items() if code in wanted]
        if rows:
            found.append(Progress(one.code, one.text, rows))
    return found


def set_targets(db: Session, wave_id: uuid.UUID, targets: Targets) -> None:
    """In place of what the wave had. Raises WaveIsClosed, NotThere."""
    lock_running_wave(db, wave_id).targets = {by: dict(found) for by, found in targets.items() if found}
