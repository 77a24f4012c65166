"""Places that feel unsafe: tick what makes one so, and read what others have told. No address tells what somebody does."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from portal import limits
from portal.db import today
from portal.partnership.file import current_partnership
from portal.partnership.place_search import MAX_LENGTH
from portal.partnership.readiness import takes_reports
from portal.questions.types import type_of
from portal.reporting import unsafe_places as services
from portal.reporting.pages.routes import blueprint, see
from portal.reporting.questions.unsafe_places import UNSAFE_PLACE_QUESTIONS
from portal.web.caching import public
from portal.web.forms import AtMost, Form, choices

MAX_ONCE = 40


class PlaceForm(Form):
    """A place and what was ticked. What is written only finds the place: it is kept nowhere."""

    written_place = StringField(_l("Estate, town or village"), validators=[AtMost(MAX_LENGTH)])
    near = RadioField(_l("Which place do you mean?"), validate_choice=False)
    place = SelectField(_l("Parish, town or estate"), validators=[Optional(strip_whitespace=False)])
    # Nobody sees it; a program that fills in every box does.
    second_check = StringField(_l("Leave this empty"))
    once = HiddenField()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        places = current_partnership().places
        self.place.choices = choices({"": _("Choose from the list")})
        for group, offered in places.choices:
            self.place.choices += choices(dict(offered), group)
        self.found = places.search.find(self.written_place.data or "")
        near = [place for code in self.found.near if (place := places.find(code))]
        self.near.choices = choices({place.code: place.name for place in near})
        self.hints = {place.code: place.parish_name for place in near if place.parish_name != place.name}

    @property
    def code(self) -> str:
        """The place: from the list, else the one that the written name surely means, else the one chosen of those near."""
        near = self.near.data if self.near.data in self.found.near else ""
        return self.place.data or self.found.sure or near or ""

    @property
    def is_asking(self) -> bool:
        """Whether the written name may be of several places."""
        return bool(self.found.near) and not self.found.sure

    @property
    def ticked(self) -> dict[str, list[str]]:
        return {question.code: self[question.code].data or [] for question in UNSAFE_PLACE_QUESTIONS}

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        if not self.code and not self.place.errors and not self.written_place.errors:
            if self.is_asking:
                self.near.errors = [_("Choose one of these places, or one from the list.")]
            elif self.written_place.data:
                self.written_place.errors = [_("We do not know this name. Choose a place near it from the list.")]
            else:
                self.written_place.errors = [_("Write the place, or choose it from the list.")]
            is_valid = False
        last = self[UNSAFE_PLACE_QUESTIONS[-1].code]
        if not any(self.ticked.values()) and not last.errors:
            last.errors = [_("Tick at least one answer.")]
            is_valid = False
        return is_valid


UnsafePlaceForm: type[PlaceForm] = type(
    "UnsafePlaceForm",
    (PlaceForm,),
    {question.code: type_of(question).field(question) for question in UNSAFE_PLACE_QUESTIONS},
)


@blueprint.get("/places")
@public
def unsafe_places() -> str:
    """What was told in the last twelve months that are over."""
    return render_template(
        "reporting/unsafe_places.html",
        published=services.published(),
        least=services.MIN_SHOWN,
        questions={question.code: question for question in UNSAFE_PLACE_QUESTIONS},
    )


@blueprint.route("/places/tell", methods=["GET", "POST"])
def unsafe_place() -> AnyResponse | str:
    """One page of ticks; what was ticked is counted and forgotten."""
    if not takes_reports():
        return render_template("reporting/not_ready.html", back_url=url_for(".unsafe_places"), today=today())
    form: Any = UnsafePlaceForm(once=uuid.uuid4().hex)
    # In another language the page comes back as it was filled in.
    if request.method == "POST" and "switch" not in request.form and form.validate():
        services.tell_of_place(
            form.code,
            form.ticked,
            limits.visitor_address(),
            (form.once.data or uuid.uuid4().hex)[:MAX_ONCE],
            is_trapped=bool(form.second_check.data),
        )
        return see(url_for(".unsafe_place_told"))
    return render_template(
        "reporting/unsafe_place.html",
        form=form,
        questions=UNSAFE_PLACE_QUESTIONS,
        back_url=url_for(".unsafe_places"),
        picker_form="step",
    )


@blueprint.get("/places/told")
def unsafe_place_told() -> str:
    """The same for everyone, whether or not it was counted apart."""
    return render_template("reporting/unsafe_place_told.html", least=services.MIN_SHOWN, back_url=None)
