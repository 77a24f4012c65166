"""What each person who answered is, by the names that a population's figures use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.surveys.anonymity import identifying
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument, Question


def demographics(
    instruments: Sequence[Instrument], values: Mapping[str, Sequence[Value]], size: int
) -> dict[str, list[str | None]]:
    """Each person's answer by the population's own names; versions may ask it by different questions."""
    found: dict[str, list[str | None]] = {}
    for instrument in instruments:
        for code, question in instrument.questionnaire.questions.items():
            if question.demographic:
                answers = values.get(code) or [None] * size
                said = {value: value if isinstance(value, str) else None for value in set(answers)}
                given = list(map(said.__getitem__, answers))
                if before := found.get(question.demographic):
                    given = [one or other for one, other in zip(before, given, strict=True)]
                found[question.demographic] = given
    return found


def personal_questions(instruments: Sequence[Instrument]) -> set[str]:
    """What says who someone is or where they live: all that identifies in an export, marked so or judged so.

    All that follows the first page with an age or with what answers are weighted by counts too: a questionnaire asks
    about the person last, and a question that nobody marked must not slip through.
    """
    found = set(identifying(instruments))
    for instrument in instruments:
        is_last_part = False
        for page in instrument.questionnaire.pages:
            is_last_part = is_last_part or any(map(_is_of_a_population, page.questions))
            found |= {q.code for q in page.questions if is_last_part}
    return found


def _is_of_a_population(question: Question) -> bool:
    return bool(question.demographic) or question.type == "age_band"
