"""What an event is, as people fill it in; each mistake has a sentence, and what was typed stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, Field, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from portal.events.kept_back import READ_BY_EVERYONE, Place, kept_back, tells
from portal.events.labels import ACCESS, ANSWERS, FOR_WHOM, KINDS, NO, NOT_KNOWN, YES
from portal.events.models import AccessFact, EventKind
from portal.events.services import Facts, Written
from portal.events.when_form import AGAIN, DAY_NAMES, WhenForm, when_filled_in
from portal.languages.i18n import SPOKEN, current_language, language_of, languages, name_for_staff
from portal.languages.words import in_words
from portal.partnership.awareness import current_awareness
from portal.partnership.file import current_partnership
from portal.partnership.places import Places
from portal.text import one_line
from portal.web.forms import AtMost, Filled, Form, MultiCheckboxField, PlainForm, choices

MAX_TITLE, MAX_DESCRIPTION = 160, 4000
MAX_DAYS_BEFORE = 60
# Everyone reads these: what only those who ask are told must not stand in them.
# Parts of the form that are folded, and the fields in each.
FOLDED = {
    "online": ("is_online", "online_link", "is_place_on_request"),
    "practical": ("booking", "food", "help_until"),
    "for_whom": ("for_whom",),
    "priorities": ("priorities",),
    "again": ("last_day", "again", "weekdays", "until", "times"),
    "access": ("access", "languages"),
}
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


class Ticks(MultiCheckboxField):
    """Boxes to tick. What is stored and is offered no more has its box too, so that no save takes it away unseen."""

    def offer(self, words: Mapping[str, Any], gone: Any = str) -> None:
        kept = {code: gone(code) for code in self.object_data or () if code not in words}
        self.choices = choices({**words, **kept})

    @property
    def ticked(self) -> list[str]:
        """As it is stored, where nothing was ticked otherwise; else in the order of the boxes."""
        stored, ticked = list(self.object_data or ()), set(self.data or ())
        return stored if ticked == set(stored) else [code for code, *_rest in self.iter_choices() if code in ticked]


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

    for_those_who_ask: Iterable[str] = ()
    """What the words must not say, because everyone reads them."""

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        return self._keeps_back() and is_valid

    def _keeps_back(self) -> bool:
        telling = [
            field
            for field in self
            if field.name in ("title", "description", *READ_BY_EVERYONE)
            and tells(field.data or "", self.for_those_who_ask)
        ]
        for field in telling:
            field.errors = [
                *field.errors,
                _("Everyone reads this. Take out the link or the address that is not public."),
            ]
        return not telling

    def written(self, language: str, by: str) -> Written:
        return Written(language=language, title=self.title.data, typed=self.description.data, by=by)


def _is_filled(field: Field) -> bool:
    if isinstance(field.data, dict):
        return any(field.data.values())
    return field.data != field.default and field.data not in ("", None, [])


class FactsForm(WordsForm, WhenForm):
    language = SelectField(_l("Which language do you write in?"))
    kind = SelectField(
        _l("What kind of event is it?"),
        choices=choices({"": _l("Choose from the list")} | KINDS),
        default="",
        validators=[Optional(strip_whitespace=False)],
    )
    for_whom = Ticks(_l("Is it only for some people?"), choices=choices(FOR_WHOM))
    priorities = Ticks(_l("Which priorities of the strategy does it serve?"))
    venue = _line(_l("Where? The name of the place"), 120)
    address = _line(_l("Street, and how to find it"), 200)
    place = SelectField(_l("Parish, town or estate"), validators=[Optional(strip_whitespace=False)])
    organiser = _line(_l("Who runs it?"), 120, _l("Write who runs it."))
    contact = _line(_l("Mail address or telephone for questions"), 200)
    web_address = _line(_l("Web address"), 400)
    cost = _line(_l("What does it cost?"), 120)
    is_online = BooleanField(_l("People can take part online"), default=False)
    online_link = _line(_l("Link to take part"), 400)
    is_place_on_request = BooleanField(_l("Tell the place only to people who ask"), default=False)
    booking = _line(_l("How do people book?"), 200)
    food = _line(_l("Is there food?"), 120)
    help_until = StringField(_l("How many days before can people ask for an interpreter or other help?"), default="7")
    languages = Ticks(_l("Languages spoken or interpreted there"))
    access = FormField(AccessForm, _l("Can I get in?"))
    awareness = Ticks(_l("Awareness days and weeks"))

    def offer(self, places: Places, kept: str | None = None) -> None:
        """Put the languages and this partnership's places into the lists; `kept` is a place that is no longer offered."""
        self.language.choices = [(one.code, one.name) for one in languages()]
        self.languages.offer({code: name_for_staff(code) for code in SPOKEN}, name_for_staff)
        self.for_whom.offer(FOR_WHOM)
        self.priorities.offer(priority_titles(), lambda code: _("%(code)s (no longer in the strategy)", code=code))
        self.awareness.offer({one.code: in_words(one.name) for one in current_awareness().days})
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

    def validate_online_link(self, field: StringField) -> None:
        if field.data and not (_WEB.fullmatch(field.data) and field.data.casefold().startswith("https://")):
            raise ValidationError(_("Write a web address that begins with https://, like https://example.org."))
        if field.data and not self.is_online.data:
            raise ValidationError(_("Tick that people can take part online, or take the link out."))

    def validate_help_until(self, field: StringField) -> None:
        typed = field.data or ""
        if not typed.isdecimal() or len(typed) > 4 or int(typed) > MAX_DAYS_BEFORE:
            raise ValidationError(_("Write a number of days from 0 to %(most)s.", most=str(MAX_DAYS_BEFORE)))

    def validate_venue(self, field: StringField) -> None:
        if field.data or (self.is_online.data and not self.is_place_on_request.data):
            return
        raise ValidationError(
            _("Write where it is. Only people who ask are told.")
            if self.is_place_on_request.data
            else _("Write where it is.")
        )

    dates: Iterable[Place] = ()
    """The places of dates that are elsewhere than their event."""

    def _keeps_back(self) -> bool:
        self.for_those_who_ask = kept_back(
            online_link=self.online_link.data or "",
            is_place_on_request=self.is_place_on_request.data,
            venue=self.venue.data or "",
            address=self.address.data or "",
            dates=self.dates,
        )
        return super()._keeps_back()

    def is_open(self, part: str) -> bool:
        """Whether a folded part has something in it, or something wrong."""
        return any(field.errors or _is_filled(field) for field in (self[name] for name in FOLDED[part]))

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
            languages=self.languages.ticked,
            kind=EventKind(self.kind.data) if self.kind.data else None,
            for_whom=self.for_whom.ticked,
            priorities=self.priorities.ticked,
            booking=self.booking.data,
            food=self.food.data,
            is_online=self.is_online.data,
            online_link=self.online_link.data,
            is_place_on_request=self.is_place_on_request.data,
            help_until=int(self.help_until.data),
            access={fact: answer for fact, answer in self.access.data.items() if answer},
            awareness=self.awareness.ticked,
            rule=self.rule,
            last_date=self.last_date,
            times=self.how_many,
        )


# What the form shows as it is stored.
_AS_STORED = (
    "venue", "address", "organiser", "contact", "web_address", "cost", "languages", "for_whom", "priorities", "awareness", "booking",
    "food", "is_online", "online_link", "is_place_on_request",
)  # fmt: skip


def priority_titles() -> dict[str, str]:
    """The strategy's priorities by their codes, with the code in front, as staff know them."""
    here = current_partnership().localised(current_language().code)
    return {one.code: f"{one.code} {one.title}" for one in here.priorities}


def filled_in(event: Any, original: Any) -> dict[str, Any]:
    """An event as its form shows it."""
    return (
        when_filled_in(event)
        | {name: getattr(event, name) for name in _AS_STORED}
        | {
            "language": original.language,
            "title": original.title,
            "description": original.typed,
            "kind": str(event.kind or ""),
            "help_until": str(event.help_until),
            "place": event.place_code or "",
            "access": {fact.value: event.access.get(fact, NOT_KNOWN) for fact in ACCESS},
        }
    )


def stored_otherwise(form: FactsForm, stored: dict[str, Any], places: Places) -> list[tuple[str, str]]:
    """What is stored where something else is typed: (label, words)."""
    differing = [name for name in stored if _in_any_order(form[name].data) != _in_any_order(stored[name])]
    return [(form[name].label.text, _in_words(form[name], stored[name], places)) for name in differing]


def _in_any_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _in_words(field: Field, value: Any, places: Places) -> str:
    match field.name, value:
        case "access", dict():
            return ", ".join(f"{ACCESS[AccessFact(fact)]}: {ANSWERS[answer]}" for fact, answer in value.items())
        case _, dict():
            return " ".join(filter(None, value.values())) or _("Nothing")
        case "weekdays", list():
            return ", ".join(str(DAY_NAMES[int(one)]) for one in value) or _("Nothing")
        case _, list():
            said = {str(code): str(words) for code, words, *_rest in field.iter_choices()}
            return ", ".join(said.get(code, str(code)) for code in value) or _("Nothing")
        case _, bool():
            return str(ANSWERS[YES if value else NO])
        case "help_until", str():
            return ngettext("%(num)s day before", "%(num)s days before", int(value))
        case "again", str():
            return str(AGAIN[value])
        case "kind", str() if value:
            return str(KINDS[EventKind(value)])
        case "language", str():
            return language_of(value).name
        case "place", str() if place := places.find(value):
            return place.name
    return str(value) or _("Nothing")
