"""What survey managers fill in about what people said and what came of it; each mistake has a sentence."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.cohesion.finding_figures import PublishedFigure
from portal.cohesion.finding_models import ActionState, FindingSource
from portal.cohesion.finding_words import ACTIONS, SOURCES, figure_line, in_reader_words
from portal.cohesion.findings import PARTS, Facts, WordsOfFinding, Written
from portal.db import today
from portal.languages.i18n import full_day, language_of, languages, month_name
from portal.staff.seen import SeenField
from portal.text import one_line
from portal.web.forms import AtMost, Day, Filled, Form, choices

MAX_SAID, MAX_TEXT, MAX_REASON = 300, 600, 500
FIRST_YEAR, YEARS_AHEAD = 2015, 10
_OPTIONAL = Optional(strip_whitespace=False)
_A_DAY = _l("Choose the day, or write it like 2026-11-30.")


def _said() -> TextAreaField:
    missing = _l("Write what people said, in a sentence or two.")
    return TextAreaField(_l("What did people say?"), validators=[Filled(missing), AtMost(MAX_SAID)])


def _did() -> TextAreaField:
    return TextAreaField(_l("What will you do, or what did you do?"), validators=[AtMost(MAX_TEXT)])


def _outcome() -> TextAreaField:
    return TextAreaField(_l("What changed? Or why is nothing done?"), validators=[AtMost(MAX_TEXT)])


class FindingForm(Form):
    """In the order in which they stand on the page: mistakes are listed in it."""

    language = SelectField(_l("Which language do you write in?"))
    said = _said()
    source = SelectField(_l("Where did they say it?"), choices=choices(SOURCES))
    found_on = Day(_l("When did they say it?"), _A_DAY)
    priority = SelectField(_l("Which priority is it about?"), validators=[_OPTIONAL])
    figure = SelectField(_l("Does a published figure show it?"), validators=[_OPTIONAL])
    action = RadioField(_l("How does it stand?"), choices=choices(ACTIONS))
    did = _did()
    due_on = Day(_l("By which day?"), _A_DAY, validators=[_OPTIONAL])
    outcome = _outcome()
    answered_on = Day(_l("When was it done or decided?"), _A_DAY, validators=[_OPTIONAL])
    owner = StringField(
        _l("Who does it?"),
        filters=[one_line],
        validators=[Filled(_l("Write which team or organisation does it, or decided.")), AtMost(120)],
    )
    seen = SeenField()
    once = HiddenField()

    def offer(self, priorities: Iterable[Any], figures: Iterable[PublishedFigure], kept: Facts | None = None) -> None:
        """Put languages, priorities and figures into the lists; `kept` is what is stored and may be offered no more."""
        self.language.choices = [(one.code, one.name) for one in languages()]
        titles = {"": _("None of them")} | {one.code: f"{one.code}: {one.title}" for one in priorities}
        if kept and kept.priority not in titles:
            titles[kept.priority] = kept.priority
        self.priority.choices = choices(titles)
        self.figure.choices = choices({"": _("No figure")})
        by_release: dict[str, dict[str, str]] = {}
        for one in figures:
            survey = f"{in_reader_words(one.survey)}, {month_name(one.closed_on)}"
            by_release.setdefault(survey, {})[_key(one.release_id, one.indicator)] = figure_line(one)
        for survey, lines in by_release.items():
            self.figure.choices += choices(lines, survey)
        if kept and kept.release_id:
            key = _key(kept.release_id, kept.indicator)
            if all(key not in lines for lines in by_release.values()):
                self.figure.choices += choices({key: _("A figure that was taken back")})

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        return self._holds_together() and is_valid

    def _holds_together(self) -> bool:
        """Whether texts and days are those of a plan, of something done, or of a reason."""
        before = sum(len(field.errors) for field in self)
        self._must(self.found_on, str(_A_DAY))
        self._in_span(self.found_on, date(FIRST_YEAR, 1, 1), today())
        match self.action.data:
            case ActionState.PLANNED:
                self._must(self.did, _("Write what you will do."))
                self._must(self.due_on, _("Choose the day by which it is to be done."))
                self._must_not(self.outcome, _("It is only planned. Leave this empty until it is done."))
                self._must_not(self.answered_on, _("It is only planned. Leave this day empty until it is done."))
            case ActionState.DONE:
                self._must(self.did, _("Write what you did."))
                self._must(self.outcome, _("Write what changed."))
                self._must(self.answered_on, _("Choose the day on which it was done."))
            case ActionState.NO_ACTION:
                self._must_not(self.did, _("You chose “No action”. Leave this empty, and write the reason below."))
                self._must(self.outcome, _("Write why nothing is done."))
                self._must(self.answered_on, _("Choose the day on which it was decided."))
        first = self.found_on.data or date(FIRST_YEAR, 1, 1)
        self._in_span(self.due_on, first, date(today().year + YEARS_AHEAD, 12, 31))
        self._in_span(self.answered_on, first, today())
        return sum(len(field.errors) for field in self) == before

    def _must(self, field: Any, sentence: str) -> None:
        if not field.data and not field.errors:
            field.errors = [sentence]

    def _must_not(self, field: Any, sentence: str) -> None:
        if field.data and not field.errors:
            field.errors = [sentence]

    def _in_span(self, field: Any, first: date, last: date) -> None:
        if field.data and not field.errors and not first <= field.data <= last:
            field.errors = [
                _("Choose a day from %(first)s to %(last)s.", first=full_day(first), last=full_day(max(first, last)))
            ]

    def facts(self) -> Facts:
        release, _colon, indicator = (self.figure.data or "").partition(":")
        return Facts(
            source=FindingSource(self.source.data),
            priority=self.priority.data or "",
            action=ActionState(self.action.data),
            owner=self.owner.data,
            found_on=self.found_on.data,
            due_on=self.due_on.data,
            answered_on=self.answered_on.data,
            release_id=uuid.UUID(release) if release else None,
            indicator=indicator,
        )

    def written(self, by: str) -> Written:
        return Written(
            language=self.language.data, said=self.said.data, did=self.did.data, outcome=self.outcome.data, by=by
        )


def _key(release_id: uuid.UUID | None, indicator: str) -> str:
    return f"{release_id.hex}:{indicator}" if release_id else ""


def filled_in(facts: Facts, words: WordsOfFinding, seen: int) -> dict[str, Any]:
    """A finding as its form shows it."""
    kept = ("source", "priority", "action", "owner", "found_on", "due_on", "answered_on")
    return (
        {name: getattr(facts, name) for name in kept}
        | {name: getattr(words.original, name) for name in PARTS}
        | {"figure": _key(facts.release_id, facts.indicator), "language": words.original.language, "seen": seen}
    )


def stored_otherwise(form: FindingForm, stored: dict[str, Any]) -> list[tuple[str, str]]:
    """What is stored where something else is typed: (label, words)."""
    differing = [name for name in stored if name != "seen" and (form[name].data or "") != (stored[name] or "")]
    return [(form[name].label.text, _in_words(form[name], stored[name])) for name in differing]


def _in_words(field: Any, value: Any) -> str:
    match field, value:
        case _, date():
            return full_day(value)
        case SelectField() | RadioField(), _ if field.name != "language":
            return str({code: text for code, text, *_rest in field.iter_choices()}.get(value, value))
        case SelectField(), str():
            return language_of(value).name
    return str(value or "") or pgettext("what is stored", "Nothing")


class TranslationForm(Form):
    """The texts in another language, of which version of the original, and whether a reader of it made sure."""

    said = _said()
    did = _did()
    outcome = _outcome()
    checked = BooleanField(_l("Someone who reads this language wrote or checked these words"))
    original = SeenField()
    before = SeenField()

    def keep_what_there_is(self, original: Any) -> None:
        """What the original does not say is not translated; what it says must be."""
        for name in ("did", "outcome"):
            if not getattr(original, name):
                delattr(self, name)
            else:
                self[name].validators = [Filled(_("Translate this as well.")), *self[name].validators]

    def written(self, language: str, by: str) -> Written:
        texts = {name: self[name].data if name in self else "" for name in PARTS}
        return Written(language=language, **texts, by=by, is_checked=self.checked.data)


class WithdrawForm(Form):
    reason = TextAreaField(
        _l("Why do you take it back?"), validators=[Filled(_l("Write why you take it back.")), AtMost(MAX_REASON)]
    )
