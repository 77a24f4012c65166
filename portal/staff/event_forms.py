"""What calendar editors fill in beside an event's facts, and the words in another language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from portal.events.facts_form import FactsForm, WordsForm
from portal.staff.seen import SeenField


class EventForm(FactsForm):
    checked = BooleanField(_l("I made sure of these facts today"))
    seen = SeenField()
    once = HiddenField()


class TranslationForm(WordsForm):
    """The words in another language, and of which version of the original."""

    original = SeenField()
    before = SeenField()
