"""What was answered: counted, and opened for those who may read it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from portal.db import session
from portal.questions.types import type_of
from portal.surveys import columns
from portal.surveys.columns import FACTS, MODE, ORDER, SIGNALS, Value
from portal.surveys.gathering import parts_of
from portal.surveys.models import (
    AnswerColumn,
    Mode,
    SurveyResponse,
    Wave,
    WrittenAnswer,
)
from portal.surveys.signals import kept_rows
from portal.surveys.versions import SURVEY_TEAM, instruments_of
from portal.vault import keyholders, sealing

WRITTEN = "survey.written/1"


@dataclass(frozen=True)
class CodedAnswers:
    """The ticked answers of a wave: the n-th value of every question is one person's; None where nothing was answered.

    Beside the questions stand `_language`, `_version`, `_flagged`, `_mode` and `_signals` of each response.
    """

    size: int
    values: dict[str, list[Value]]
    orders: dict[str, list[Value]] = field(default_factory=dict)
    """By a shuffled question's code and ".order": the codes of its options as each person was shown them, a space between."""


class DamagedAnswers(ValueError):
    """Columns of a closed wave are missing or cannot be read; `sound` is what is left."""

    def __init__(self, questions: list[str], sound: CodedAnswers) -> None:
        super().__init__(", ".join(questions))
        self.questions = questions
        self.sound = sound


def coded_answers(wave: Wave) -> CodedAnswers:
    """Everything that was ticked: from the packed columns of a closed wave, before that from the responses.

    Raises DamagedAnswers.
    """
    if not wave.is_packed:
        return _gather(wave)
    rows = session.execute(select(AnswerColumn.question, AnswerColumn.packed).where(AnswerColumn.wave_id == wave.id))
    packed = dict(rows.all())
    if packed:
        # A wave that was closed before this was kept: everybody answered by the web.
        packed.setdefault(MODE, columns.pack("one", [Mode.WEB.value], [Mode.WEB.value] * (wave.answered or 0)))
    found = CodedAnswers(wave.answered or 0, {})
    damaged = []
    for question in dict.fromkeys((*columns_of(wave), *orders_of(wave), *packed)):
        if question == SIGNALS and question not in packed:
            # Closed before there were signals.
            found.values[question] = [None] * found.size
            continue
        try:
            values = columns.unpack(packed.get(question, b""))
        except ValueError:
            values = []
        if question in packed and len(values) == found.size:
            (found.orders if question.endswith(ORDER) else found.values)[question] = values
        else:
            damaged.append(question)
    if damaged:
        raise DamagedAnswers(damaged, found)
    return found


def without(coded: CodedAnswers, leave_out: Collection[str]) -> CodedAnswers:
    """The responses that have none of these signals."""
    if not leave_out:
        return coded
    rows = kept_rows(coded.values, coded.size, leave_out)

    def kept(columns: dict[str, list[Value]]) -> dict[str, list[Value]]:
        return {code: [values[row] for row in rows] for code, values in columns.items()}

    return CodedAnswers(len(rows), kept(coded.values), kept(coded.orders))


def columns_of(wave: Wave) -> list[str]:
    """What a wave's answers consist of, in the order in which it was asked."""
    questions = {
        code: None
        for instrument in instruments_of(wave.id)
        for code, question in instrument.questionnaire.questions.items()
        if not type_of(question).is_written
    }
    return [*FACTS, *questions]


def orders_of(wave: Wave) -> list[str]:
    """The columns beside the answers that say in which order options were shown."""
    questions = {
        code: None
        for instrument in instruments_of(wave.id)
        for code, question in instrument.questionnaire.questions.items()
        if question.shuffle
    }
    return [code + ORDER for code in questions]


def _gather(wave: Wave) -> CodedAnswers:
    values: dict[str, list[Value]] = {code: [] for code in columns_of(wave)}
    orders: dict[str, list[Value]] = {code: [] for code in orders_of(wave)}
    asked = values | orders
    # The same words come out of the database anew for every response: one of each is enough.
    known: dict[Value, Value] = {}
    size = 0
    for part in parts_of(session, wave.id, asked):
        size += part.size
        for code, column in asked.items():
            column += map(known.setdefault, part.values[code], part.values[code])
    return CodedAnswers(size, values, orders)


def count_responses(wave: Wave) -> int:
    if wave.answered is not None:
        return wave.answered
    return (
        session.scalar(select(func.count()).select_from(SurveyResponse).where(SurveyResponse.wave_id == wave.id)) or 0
    )


@dataclass(frozen=True)
class OpenWords:
    """One written answer, opened; `text` is None where it is damaged."""

    text: str | None
    language: str


def written_answers(
    held: keyholders.Keyring, wave_id: uuid.UUID, question: str, *, skip: int = 0, most: int = 50
) -> list[OpenWords]:
    """What people wrote, in an order that tells nothing; nothing for a keyring without the survey team's key."""
    if not may_read_written(held):
        return []
    rows = list(
        session.scalars(
            select(WrittenAnswer)
            .where(WrittenAnswer.wave_id == wave_id, WrittenAnswer.question == question)
            .order_by(WrittenAnswer.id)
            .offset(skip)
            .limit(most)
        )
    )
    return list(_opened(held, rows).values())


def written_answers_by_id(held: keyholders.Keyring, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, OpenWords]:
    """Of these written answers those that are still there, in the order that is asked for."""
    rows = {row.id: row for row in session.scalars(select(WrittenAnswer).where(WrittenAnswer.id.in_(ids)))}
    return _opened(held, [rows[each] for each in ids if each in rows])


def written_ids(wave_id: uuid.UUID, question: str) -> list[uuid.UUID]:
    """In the order of their random ids, which tells nothing of who came first."""
    of_question = WrittenAnswer.wave_id == wave_id, WrittenAnswer.question == question
    return list(session.scalars(select(WrittenAnswer.id).where(*of_question).order_by(WrittenAnswer.id)))


def _opened(held: keyholders.Keyring, rows: Sequence[WrittenAnswer]) -> dict[uuid.UUID, OpenWords]:
    keys = keyholders.content_keys(held, [row.id for row in rows])
    return {row.id: OpenWords(_open(row, keys.get(row.id)), row.language) for row in rows}


def _open(row: WrittenAnswer, key: bytes | None) -> str | None:
    if key is None:
        return None
    try:
        return str(sealing.unseal(row.sealed, key, WRITTEN, row.id)["text"])
    except sealing.SealError:
        return None


def may_read_written(held: keyholders.Keyring) -> bool:
    """Whether this keyring has the survey team's key."""
    team = session.scalar(select(keyholders.Keyholder.id).where(keyholders.Keyholder.code == SURVEY_TEAM))
    return team in held.keys


def count_written(wave_id: uuid.UUID) -> dict[str, int]:
    """How many written answers there are to each question."""
    rows = session.execute(
        select(WrittenAnswer.question, func.count())
        .where(WrittenAnswer.wave_id == wave_id)
        .group_by(WrittenAnswer.question)
    )
    return dict(rows.all())
