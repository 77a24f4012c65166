"""Someone answers a survey: page by page into a sealed draft, then once into a wave."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import disk, limits
from portal.db import random_id, transaction, utcnow
from portal.questions.shuffling import UNKNOWN, draw_of, shuffled
from portal.questions.types import in_order, type_of
from portal.statements import writing
from portal.surveys import batches, completion, occasions, saving
from portal.surveys.answers import WRITTEN
from portal.surveys.columns import ORDER
from portal.surveys.definition import Instrument, Question
from portal.surveys.models import Mode, SampleType, SurveyResponse, Wave, WrittenAnswer
from portal.surveys.routing import asked_of, counting_answers, counting_of
from portal.surveys.signals import signals_of
from portal.surveys.versions import SURVEY_TEAM, instrument_of
from portal.surveys.waves import Fieldwork, OpenSurvey, fieldwork_of, is_taking_answers
from portal.vault import keyholders, sealing
from portal.vault.drafts import IDLE, Draft, Purpose, drop_draft, find_draft, new_draft

# What 4,000 characters of any script take: a long text and a short one are one length.
WRITTEN_PAD = 16 * 1024
# More from one visitor in an hour are marked, never refused: a library's computers share one address.
MAX_ANSWERS_PER_HOUR = 10
MAX_SEND_ATTEMPTS = 3
KIOSK_IDLE = timedelta(minutes=5)


class NotInvited(Exception):
    """A wave to which people are invited is answered with an invitation only."""


def begin_answers(
    survey: OpenSurvey,
    batch: uuid.UUID | None = None,
    mode: Mode = Mode.WEB,
    occasion: uuid.UUID | None = None,
) -> Draft:
    """A draft of someone's answers; its token becomes the response's id, so that sending twice stores once.

    `batch` is that of the invitation which began it, `occasion` what the code was at. Raises NotInvited, NoRoom.
    """
    if survey.wave.sample_type is SampleType.INVITED and batch is None:
        raise NotInvited
    disk.check_room_for_draft()
    content: dict[str, Any] = {
        "survey": survey.code,
        "wave": survey.wave.id.hex,
        "version": survey.version_id.hex,
        "token": random_id().hex,
        "answers": {},
        "typed": {},
    }
    if batch is not None:
        content["batch"] = batch.hex
    if occasion is not None:
        content["occasion"] = occasion.hex
    if mode is not Mode.WEB:
        content["mode"] = mode.value
    draft = new_draft(Purpose.SURVEY, content)
    with transaction(durable=False) as db:
        completion.count_begun(db, survey.wave.id, content)
        draft.save(db, _idle(content))
    return draft


def _mode(content: dict[str, Any]) -> Mode:
    return Mode(content.get("mode", Mode.WEB))


def _idle(content: dict[str, Any]) -> timedelta:
    """On a tablet that goes from hand to hand nothing lives on: not even if its battery dies."""
    return IDLE if _mode(content) is Mode.WEB else KIOSK_IDLE


def find_survey_draft(token: str | None) -> Draft | None:
    return find_draft(token, Purpose.SURVEY)


@dataclass(frozen=True)
class Answering:
    """Someone in the middle of a survey: what they answered, and what they are asked because of it."""

    draft: Draft
    wave: Fieldwork
    instrument: Instrument

    @property
    def is_open(self) -> bool:
        return is_taking_answers(self.wave)

    @cached_property
    def asked(self) -> dict[int, list[Question]]:
        """The questions by the number of their page, from 1; a page without any is left out."""
        return {place + 1: found for place, found in asked_of(self.instrument, self.draft.content["answers"])}

    @property
    def draw(self) -> int:
        """Which order this person is shown shuffled options in."""
        return draw_of(uuid.UUID(self.draft.content["token"]))

    @cached_property
    def counting(self) -> dict[str, Any]:
        """What would be sent now."""
        return counting_of(self.asked.values(), self.draft.content["answers"])

    def after(self, number: int) -> int | None:
        """The next page that is asked."""
        return next((other for other in self.asked if other > number), None)

    def before(self, number: int) -> int | None:
        return next((other for other in reversed(self.asked) if other < number), None)

    def about(self, number: int) -> int:
        """About how many pages there are: where the last of them decides whether there are more, as many as there may be."""
        questionnaire = self.instrument.questionnaire
        decides = any(question.code in questionnaire.looked_at for question in self.asked[number])
        more = len(questionnaire.steps) - number if decides and self.after(number) is None else 0
        return len(self.asked) + more

    def minutes_left(self, number: int) -> int:
        """About how long this page and those after it take."""
        left = sum(other >= number for other in self.asked)
        return max(1, math.ceil(self.instrument.questionnaire.minutes * left / len(self.asked)))

    @property
    def written(self) -> str:
        """All that was written so far, to be given back where it cannot be sent."""
        questions = self.instrument.questionnaire.questions
        return "\n\n".join(text for code, text in self.counting.items() if type_of(questions[code]).is_written)


def answering_with(draft: Draft) -> Answering:
    """What this draft, which is not yet sent, holds the answers to. Raises NotThere."""
    wave = fieldwork_of(uuid.UUID(draft.content["wave"]))
    return Answering(draft, wave, instrument_of(uuid.UUID(draft.content["version"])))


def keep_answers(answering: Answering, page: str, answers: dict[str, Any]) -> Answering | None:
    """Keep the answers of one page (None: left blank) and forget what was half typed. None where the draft has ended.

    How many other answers that takes out of the count, or brings back into it, stays in the draft until the next page is
    kept. They are forgotten only when the answers are sent: whoever changes back finds them as they were.
    """
    now = answering

    def changed(draft: Draft) -> Draft:
        nonlocal now
        was, content = answering if draft is answering.draft else answering_with(draft), draft.content
        kept = content | {"answers": content["answers"] | answers, "typed": _without(content["typed"], page)}
        now = replace(was, draft=replace(draft, content=kept))
        if answers.keys().isdisjoint(was.instrument.questionnaire.looked_at):
            # Of most pages: what is asked is as it was, and need not be worked out again.
            vars(now)["asked"] = was.asked
        before, after = was.counting.keys(), now.counting.keys()
        kept["dropped"] = len(before - after - answers.keys())
        kept["returned"] = len(after - before - answers.keys())
        kept["left"] = completion.pages_left(content, was.instrument, page, now.asked)
        return now.draft

    stored = _change_draft(answering.draft, changed)
    if stored is None:
        return None
    return now if stored is now.draft else replace(now, draft=stored)


def keep_typed(draft: Draft, page: str, typed: dict[str, list[str]]) -> Draft | None:
    """Keep what was typed but not yet checked, while the language is changed."""

    def changed(draft: Draft) -> Draft:
        return replace(draft, content=draft.content | {"typed": draft.content["typed"] | {page: typed}})

    return _change_draft(draft, changed)


def start_afresh(draft: Draft, survey: OpenSurvey) -> Draft | None:
    """Delete the answers and keep the right to answer, now with the newest version. None where the draft has ended."""

    def changed(draft: Draft) -> Draft:
        now = {"version": survey.version_id.hex, "answers": {}, "typed": {}, "began": utcnow().timestamp()}
        return replace(draft, content=_without(draft.content, "at") | now)

    return _change_draft(draft, changed)


def pause(draft: Draft, page: str, answers: dict[str, Any], typed: dict[str, list[str]] | None) -> Draft | None:
    """Keep what a page holds, as `answers` or as it was `typed`, and that coming back begins there; "" is the last page."""

    def changed(draft: Draft) -> Draft:
        content = draft.content
        half_typed = _without(content["typed"], page) | ({} if typed is None else {page: typed})
        kept = {"at": page, "answers": content["answers"] | answers, "typed": half_typed}
        return replace(draft, content=content | kept)

    return _change_draft(draft, changed)


def _without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


def _change_draft(draft: Draft, changed: Callable[[Draft], Draft]) -> Draft | None:
    """Store what `changed` makes of the draft as it was read; of what another window has stored meanwhile, where one was
    quicker. So nothing is read or sealed while others wait to write. None where the draft has ended.
    """
    found: Draft | None = draft
    while found is not None and not saving.is_over(found):
        now = changed(found)
        sealed = now.seal()
        with writing(durable=False) as db:
            if now.store_over(db, sealed, _idle(now.content)):
                completion.count_left(db, found.content, now.content)
                return now
        found = find_survey_draft(draft.token)
    return found


def forget_draft(token: str) -> None:
    with transaction() as db:
        drop_draft(db, token)


class WaveClosed(Exception):
    """The wave ended while someone was answering: nothing is stored."""


def record_response(token: str, language: str, visitor: str, *, is_trapped: bool = False) -> bool:
    """Store the draft's answers once, however often they are sent. False where the draft has ended or they were saved.

    `is_trapped`: a box came filled in that people do not see. Raises WaveClosed, SentElsewhere.
    """
    for attempt in range(MAX_SEND_ATTEMPTS):
        try:
            with transaction() as db:
                draft = find_draft(token, Purpose.SURVEY, lock=True)
                if draft is None or saving.is_over(draft):
                    return draft is not None and "sent" in draft.content
                saving.delete_copy(db, draft.content)
                _store(db, draft.content, language, visitor, is_trapped=is_trapped)
                completion.count_sent(db, draft.content)
                draft.content = {"sent": True} | {name: draft.content[name] for name in ("survey", "wave")}
                draft.save(db)
        except IntegrityError:
            # Two server processes stored the same answers in the same moment: look again.
            if attempt == MAX_SEND_ATTEMPTS - 1:
                raise
        else:
            return True
    return False


def _store(db: Session, content: dict[str, Any], language: str, visitor: str, *, is_trapped: bool) -> None:
    # Locked, so that no answer slips in behind the wave's closing and is never counted.
    wave = db.get(Wave, uuid.UUID(content["wave"]), with_for_update={"read": True}, populate_existing=True)
    if wave is None or not is_taking_answers(wave):
        raise WaveClosed
    mode = _mode(content)
    # Many one after the other are what a tablet is for.
    is_flagged = mode is Mode.WEB and limits.count(db, "survey", f"{wave.id} {visitor}") > MAX_ANSWERS_PER_HOUR
    store_response(
        db,
        wave,
        uuid.UUID(content["version"]),
        content["answers"],
        language,
        response_id=uuid.UUID(content["token"]),
        flagged=is_flagged,
        mode=mode,
        # Of the time only whether it was too short is kept; whoever saved and came back took long enough.
        seconds=utcnow().timestamp() - content["began"] if "began" in content else None,
        is_trapped=is_trapped,
    )
    batches.count_sent(db, content)
    occasions.count_sent(db, content)


def store_response(
    db: Session,
    wave: Wave,
    version_id: uuid.UUID,
    answers: dict[str, Any],
    language: str,
    *,
    response_id: uuid.UUID | None = None,
    flagged: bool = False,
    mode: Mode = Mode.WEB,
    seconds: float | None = None,
    is_trapped: bool = False,
    instrument: Instrument | None = None,
    draw: int | None = None,
) -> None:
    """Store what was ticked, and each written answer apart and sealed, inside the caller's transaction.

    `instrument`: the version's, with the bounds of the day on which it was asked. `draw`: in which order shuffled options
    stood, where that does not follow from `response_id`.
    """
    instrument = instrument or instrument_of(version_id)
    counting = counting_answers(instrument, answers)
    questions = instrument.questionnaire.questions
    # Checked again where it is stored: one odd tick would keep the whole wave from being closed.
    ticked = {
        code: answer
        for code, answer in counting.items()
        if not type_of(questions[code]).is_written and instrument.accepts(questions[code], answer)
    }
    response_id = response_id or random_id()
    shown = draw_of(response_id) if draw is None else draw
    orders = {
        # On paper they stand as in the file.
        code + ORDER: " ".join(
            option.code for option in (in_order(question) if mode is Mode.PAPER else shuffled(question.options, shown))
        )
        for code in ticked
        if (question := questions[code]).shuffle and shown != UNKNOWN
    }
    db.add(
        SurveyResponse(
            id=response_id,
            wave_id=wave.id,
            version_id=version_id,
            language=language,
            flagged=flagged,
            mode=mode,
            signals=signals_of(instrument, ticked, seconds, is_trapped=is_trapped),
            answers=ticked | orders,
        )
    )
    for code, answer in counting.items():
        if type_of(questions[code]).is_written:
            _seal_written(db, wave, code, answer, language)


def _seal_written(db: Session, wave: Wave, question: str, text: str, language: str) -> None:
    row, key = WrittenAnswer(id=random_id(), wave_id=wave.id, question=question, language=language), sealing.new_key()
    row.sealed = sealing.seal({"text": text}, key, row.id, WRITTEN, row.id, WRITTEN_PAD)
    db.add(row)
    keyholders.grant(db, row.id, key, (SURVEY_TEAM,))
