"""How many answers a wave wants, in all and of whom, and how many it has. Advice only: nobody is turned away."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words
from portal.surveys import answers
from portal.surveys.columns import LANGUAGE
from portal.surveys.definition import Instrument
from portal.surveys.models import Wave, WaveState
from portal.surveys.versions import instruments_of
from portal.surveys.waves import lock_running_wave

IN_ALL = "_all"
MOST_WANTED = 1_000_000
STEP = 5

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


def counted_answers(wave: Wave) -> dict[str, dict[str, int]]:
    """How many answered, in all and by each grouping, as far as it may be told.

    While the wave is open each count is rounded down to a multiple of five, so that no look before and after one person
    shows what that person answered.
    """
    try:
        coded = answers.coded_answers(wave)
    except answers.DamagedAnswers as problem:
        coded = problem.sound
    counts: dict[str, dict[str, int]] = {IN_ALL: {"": coded.size}}
    instruments = instruments_of(wave.id)
    for one in groupings(wave):
        chosen = Counter(str(value) for value in coded.values.get(one.code, ()) if value is not None)
        counts[one.code] = _by_group(chosen, instruments) if _is_place(one, instruments) else dict(chosen)
    if wave.state is WaveState.CLOSED:
        return counts
    return {by: {code: n // STEP * STEP for code, n in found.items()} for by, found in counts.items()}


def _is_place(one: Grouping, instruments: list[Instrument]) -> bool:
    question = instruments[0].questionnaire.questions.get(one.code)
    return question is not None and question.type == "place"


def _by_group(chosen: Mapping[str, int], instruments: list[Instrument]) -> dict[str, int]:
    groups = {place.code: place.group for each in reversed(instruments) for place in each.places}
    counts: Counter[str] = Counter()
    for place, number in chosen.items():
        counts[groups.get(place, "")] += number
    return dict(counts)


@dataclass(frozen=True)
class Row:
    """One target: `text` is None for all answers together."""

    text: Words | str | None
    has: int
    wanted: int

    @property
    def percent(self) -> int:
        return min(100, 100 * self.has // self.wanted)


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
        found.append(Progress(IN_ALL, None, [Row(None, counted[IN_ALL][""], in_all)]))
    for one in groupings(wave):
        wanted, has = wave.targets.get(one.code, {}), counted.get(one.code, {})
        rows = [Row(text, has.get(code, 0), wanted[code]) for code, text in one.options.items() if code in wanted]
        if rows:
            found.append(Progress(one.code, one.text, rows))
    return found


def set_targets(db: Session, wave_id: uuid.UUID, targets: Targets) -> None:
    """In place of what the wave had. Raises WaveIsClosed, NotThere."""
    lock_running_wave(db, wave_id).targets = {by: dict(found) for by, found in targets.items() if found}
