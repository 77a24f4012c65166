"""A place of the partnership, by its name however it is spelled, or from the list that was frozen with a questionnaire's version.

A name that is surely one place's is taken for it; another is asked about once. Words that name no place are not kept.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms import FormField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from portal.languages.words import in_words
from portal.partnership.file import current_partnership
from portal.partnership.place_search import MAX_LENGTH, Found
from portal.partnership.places import Places
from portal.questions.question import Question
from portal.questions.types import offered
from portal.questions.types.list import List
from portal.web.forms import AtMost, PlainForm, choices

NONE = "none"


class Place(List):
    code = "place"
    name = _l("A place")
    template = "questions/place.html"
    takes = frozenset()

    def field(self, question: Question) -> Any:
        return PlaceField(question)

    def typed(self, answer: Any) -> Any:
        """The place stands in the box by its name, unless that name alone does not tell it."""
        place = _places().find(answer or "")
        if place is None or _places().search.find(place.name).sure != place.code:
            return {"chosen": answer or ""}
        return {"named": place.name}


class PlaceForm(PlainForm):
    named = StringField(_l("Estate, town or village"), validators=[AtMost(MAX_LENGTH)])
    asked = HiddenField()
    """What was written when `near` was asked."""
    near = RadioField(_l("Which place do you mean?"), validate_choice=False)
    chosen = SelectField(_l("Parish, town or estate"), validators=[Optional(strip_whitespace=False)])


class PlaceField(FormField):
    """`data`: the code of a place that the question offers; None where none is named or chosen."""

    def __init__(self, question: Question, **named: Any) -> None:
        super().__init__(PlaceForm, in_words(question.text), **named)
        self.question = question

    def process(self, formdata: Any, *given: Any, **named: Any) -> None:
        super().process(formdata, *given, **named)
        form = self.form
        form.chosen.choices = [*choices({"": _l("Choose from the list")}), *offered(self.question)]
        near = {code: self._offered[code] for code in self.found.near}
        form.near.choices = choices(near | {NONE: pgettext("places", "None of these")})
        self.hints = {code: home for code in near if (home := _parish_of(code))}
        if not self.is_asking:
            # It was another name that was asked about.
            form.near.data = None

    @property
    def _offered(self) -> dict[str, Any]:
        return self.question.texts

    @property
    def found(self) -> Found:
        """What is meant by the name, among the places that are offered."""
        found = _places().search.find(self.form.named.data or "")
        near = tuple(code for code in found.near if code in self._offered)
        return Found(found.sure if found.sure in near else None, near)

    @property
    def is_asking(self) -> bool:
        written = self.form.named.data
        return bool(written) and self.form.asked.data == written and bool(self.found.near) and not self.found.sure

    @property
    def data(self) -> str | None:
        form = self.form
        named = self.found.sure or (form.near.data if self.is_asking else None)
        code = form.chosen.data or named
        return code if code in self._offered else None

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        if not super().validate(form, extra_validators):
            return False
        inner = self.form
        if not inner.named.data or inner.chosen.data or self.data:
            return True
        if not self.found.near:
            inner.named.errors = [
                _("We do not know this name. Choose a place near it from the list, or leave it empty.")
            ]
            return False
        if self.is_asking and inner.near.data == NONE:
            # Their words for it are not kept: where somebody lives is told by a place on the list or not at all.
            inner.named.errors = [_("Choose the nearest place from the list, or leave this empty.")]
            return False
        if self.is_asking:
            inner.near.errors = [_("Choose one of these, or “None of these”.")]
        inner.asked.data = inner.named.data
        return False


def _parish_of(code: str) -> str:
    place = _places().find(code)
    return place.parish_name if place and place.parish_name != place.name else ""


def _places() -> Places:
    places: Places = current_partnership().places
    return places
