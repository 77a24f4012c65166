"""Options put in order by buttons: a press on one puts it behind those chosen so far, and each of these can be moved or taken out.

Every press sends the page and shows it again, so it works without script and with any keyboard; nothing is dragged. With script
static/src/app.js moves the answer at once, and nothing is sent before Continue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, ValidationError

from portal.languages.words import in_words, spoken
from portal.partnership.toml_records import Wrong
from portal.questions.question import Question
from portal.questions.types import QuestionType, check_options, offered

PRESS = "press"


class Ranking(QuestionType):
    code = "ranking"
    name = _l("Answers put in order")
    template = "questions/ranking.html"
    takes = frozenset({"options", "most", "shuffle"})
    packed = "ranking"

    def field(self, question: Question) -> Any:
        return RankingField(in_words(question.text), choices=offered(question), most=most_of(question))

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        return (
            isinstance(answer, list)
            and len(answer) <= (question.most or len(codes))
            and len(set(answer)) == len(answer)
            and set(answer) <= set(codes)
        )

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        check_options(question.options, f"{at}.options")
        if any(option.apart for option in question.options):
            raise Wrong(f"{at}.options has apart, which has no place in an order; take it out: people can skip")
        if question.most < 0 or question.most > len(question.options):
            raise Wrong(f"{at}.most must be how many may be put in order, 1 to {len(question.options)}")

    def words(self, question: Question, answer: Any) -> list[str]:
        return [f"{place}. {spoken(question.texts.get(code, code))}" for place, code in enumerate(answer, 1)]


def most_of(question: Question) -> int:
    """How many may be put in order."""
    return question.most or len(question.options)


class RankingField(SelectMultipleField):
    """`data`: the codes that were chosen, in their order. A button's name is the field's with "-press", its value a verb and a code."""

    def __init__(self, label: Any, *, most: int, **named: Any) -> None:
        super().__init__(label, **named)
        self.most = most
        self.is_pressed = False
        self.goes_on_at = ""
        """Where the page is open after a press: at the place in the order, never the answer's code, which would stay in the history."""

    @property
    def texts(self) -> dict[str, Any]:
        return {code: text for code, text, *_rest in self.iter_choices()}

    @property
    def chosen(self) -> list[tuple[str, Any]]:
        """What stands in order: code and words of each."""
        return [(code, self.texts[code]) for code in self.data or () if code in self.texts]

    @property
    def others(self) -> list[tuple[str, Any]]:
        return [(code, text) for code, text in self.texts.items() if code not in (self.data or ())]

    @property
    def is_full(self) -> bool:
        return len(self.chosen) >= self.most

    def process(self, formdata: Any, *given: Any, **named: Any) -> None:
        super().process(formdata, *given, **named)
        press = formdata.get(f"{self.name}-{PRESS}") if formdata else None
        if press:
            self.is_pressed = True
            verb, _, code = press.partition(" ")
            if verb in _MOVES and code in self.texts:
                self._move(verb, code)

    def _move(self, verb: str, code: str) -> None:
        moved = [known for known, _text in self.chosen]
        if (verb == "add") is (code in moved) or (verb == "add" and self.is_full):
            return  # Pressed twice, or on a page that is behind.
        _MOVES[verb](moved, code)
        # What is kept of a half answered page is what was sent.
        self.data = self.raw_data = moved
        self.goes_on_at = f"{self.id}-{moved.index(code) + 1}" if code in moved else self.id

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = list(dict.fromkeys(valuelist))

    def pre_validate(self, form: Any) -> None:
        if set(self.data or ()) - set(self.texts):
            raise ValidationError(gettext("Choose from the answers on this page."))
        if len(self.data or ()) > self.most:
            raise ValidationError(
                ngettext(
                    "Put %(num)s answer in order at most. Take out the others.",
                    "Put %(num)s answers in order at most. Take out the others.",
                    self.most,
                )
            )


def _up(moved: list[str], code: str) -> None:
    place = moved.index(code)
    moved.insert(max(0, place - 1), moved.pop(place))


def _down(moved: list[str], code: str) -> None:
    place = moved.index(code)
    moved.insert(place + 1, moved.pop(place))


_MOVES: dict[str, Callable[[list[str], str], None]] = {
    "add": list.append,
    "up": _up,
    "down": _down,
    "out": list.remove,
}
