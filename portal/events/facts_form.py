"""What an event is, as people fill it in; each mistake has a sentence, and what was typed stays."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FormField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from portal.events.labels import ACCESS, ANSWERS, NOT_KNOWN
from portal.events.models import AccessFact
from portal.events.services import Facts, Written
from portal.events.when_form import AGAIN, WhenForm, when_filled_in
from portal.languages.i18n import SPOKEN, current_language, language_of, languages, name_for_staff
from portal.languages.words import in_words
from portal.partnership.awareness import current_awareness
from portal.partnership.places import Places
from portal.text import one_line
from portal.web.forms import AtMost, Filled, Form, PlainForm, choices

MAX_TITLE, MAX_DESCRIPTION = 160, 4000
_WEB = re.compile(r"https?://[^\s<>\"/?#@]+\.[^\s<>\"/?#@]+([/?#][^\s<>\"]*)?", re.IGNORECASE)


class AccessForm(PlainForm):
    """Yes, no or not known, for each access fact; filled in below."""


for _fact, _words in ACCESS.items():
    _offered = choices({NOT_KNOWN: ANSWERS[NOT_KNOWN]} | ANSWERS)
    setattr(
        AccessForm,
        _fact,
        SelectField(_words, choices=_offered, default=NOT_KNOWN, validators=[Optional(strip_whitespace=False)]),
    )


def _line(label: Any, limit: int, missing: Any = None) -> StringField:
    must = [Filled(missing)] if missing else []
    return StringField(label, filters=[one_line], validators=[*must, AtMost(limit)])


class WordsForm(Form):
    """A title and a description in one language."""

    title = _line(_l("Title"), MAX_TITLE, _l("Write a title."))
    description = TextAreaField(
        _l("Description"),
        validators=[Filled(_l("Write what will happen, in a few words.")), AtMost(MAX_DESCRIPTION)],
    )

    def written(self, language: str, by: str) -> Written:
        return Written(language=language, title=self.title.data, typed=self.description.data, by=by)


class FactsForm(WordsForm, WhenForm):
    language = SelectField(_l("Which language do you write in?"))
    venue = _line(_l("Where? The name of the place"), 120, _l("Write where it is."))
    address = _line(_l("Street, and how to find it"), 200)
    place = SelectField(_l("Parish, town or estate"), validators=[Optional(strip_whitespace=False)])
    organiser = _line(_l("Who runs it?"), 120, _l("Write who runs it."))
    contact = _line(_l("Mail address or telephone for questions"), 200)
    web_address = _line(_l("Web address"), 400)
    cost = _line(_l("What does it cost?"), 120)
    languages = SelectMultipleField(
        _l("Languages spoken or interpreted there"), validators=[Optional(strip_whitespace=False)]
    )
    access = FormField(AccessForm, _l("Can I get in?"))
    awareness = SelectMultipleField(_l("Awareness days and weeks"), validators=[Optional(strip_whitespace=False)])

    def offer(self, places: Places, kept: str | None = None) -> None:
        """Put the languages and this partnership's places into the lists; `kept` is a place that is no longer offered."""
        self.language.choices = [(one.code, one.name) for one in languages()]
        self.languages.choices = [(code, name_for_staff(code)) for code in SPOKEN]
        self.awareness.choices = [(one.code, in_words(one.name)) for one in current_awareness().days]
        self.place.choices = choices({"": _("Choose from the list")})
        for group, offered in places.choices:
            self.place.choices += choices(dict(offered), group)
        known = {choice.value for choice in self.place.choices}
        place = places.find(kept) if kept else None
        if kept and kept not in known:
            self.place.choices += choices({kept: place.name if place else kept})

    def validate_web_address(self, field: StringField) -> None:
        if field.data and not _WEB.fullmatch(field.data):
            raise ValidationError(_("Write a web address that begins with https://, like https://example.org."))

    def facts(self) -> Facts:
        return Facts(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            venue=self.venue.data,
            address=self.address.data,
            place_code=self.place.data or None,
            organiser=self.organiser.data,
            contact=self.contact.data,
            web_address=self.web_address.data,
            cost=self.cost.data,
            languages=[code for code in SPOKEN if code in self.languages.data],
            access={fact: answer for fact, answer in self.access.data.items() if answer},
            awareness=list(self.awareness.data or []),
            rule=self.rule,
            last_date=self.last_date,
        )


def filled_in(event: Any, original: Any) -> dict[str, Any]:
    """An event as its form shows it."""
    kept = ("venue", "address", "organiser", "contact", "web_address", "cost", "languages", "awareness")
    return (
        when_filled_in(event)
        | {name: getattr(event, name) for name in kept}
        | {
            "language": original.language,
            "title": original.title,
            "description": original.typed,
            "place": event.place_code or "",
            "access": {fact.value: event.access.get(fact, NOT_KNOWN) for fact in ACCESS},
        }
    )


def stored_otherwise(form: FactsForm, stored: dict[str, Any], places: Places) -> list[tuple[str, str]]:
    """What is stored where something else is typed: (label, words)."""
    differing = [name for name in stored if form[name].data != stored[name]]
    return [(form[name].label.text, _in_words(name, stored[name], places)) for name in differing]


def _in_words(name: str, value: Any, places: Places) -> str:
    match name, value:
        case "access", dict():
            return ", ".join(f"{ACCESS[AccessFact(fact)]}: {ANSWERS[answer]}" for fact, answer in value.items())
        case _, dict():
            return " ".join(filter(None, value.values())) or _("Nothing")
        case "languages", list():
            return ", ".join(map(name_for_staff, value)) or _("Nothing")
        case "awareness", list():
            named = [one.name.in_(current_language().code) for one in current_awareness().days if one.code in value]
            return ", ".join(named) or _("Nothing")
        case "again", str():
            return str(AGAIN[value])
        case "language", str():
            return language_of(value).name
        case "place", str() if place := places.find(value):
            return place.name
    return str(value) or _("Nothing")
