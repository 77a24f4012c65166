"""What survey managers fill in about a definition: the file, who read a language, how many answers are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FileField, StringField
from wtforms.validators import ValidationError

from portal.languages.words import in_words
from portal.surveys.targets import IN_ALL, MOST_WANTED, Grouping
from portal.text import one_line
from portal.web.forms import AtMost, Filled, Form


class UploadForm(Form):
    definition = FileField(_l("Definition of a survey"))


class CheckForm(Form):
    """Who has read a survey's words in a language."""

    checked_by = StringField(
        _l("Who has read every sentence"),
        filters=[one_line],
        validators=[Filled(_l("Write the name of the person who has read every sentence.")), AtMost(80)],
    )


def _how_many(label: Any) -> StringField:
    """A number of answers, or nothing."""
    return StringField(label, filters=[one_line], validators=[_is_number])


def _is_number(_form: Form, field: StringField) -> None:
    said = field.data or ""
    if said and not (said.isdecimal() and len(said) < 10 and int(said) <= MOST_WANTED):
        raise ValidationError(_l("Write a whole number of answers up to 1,000,000, or leave it empty."))


class TargetsForm(Form):
    """How many answers are wanted: `boxes` by what they are counted by and by its answers."""

    boxes: Mapping[str, Mapping[str, str]]
    """The name of the field of each."""

    def targets(self) -> dict[str, dict[str, int]]:
        return {
            by: {code: number for code, name in names.items() if (number := int(self[name].data or 0))}
            for by, names in self.boxes.items()
        }


def targets_form(groupings: Iterable[Grouping], wanted: Mapping[str, Mapping[str, int]]) -> TargetsForm:
    """The form of these groupings, filled with what is wanted now."""
    fields: dict[str, Any] = {}
    boxes: dict[str, dict[str, str]] = {IN_ALL: {"": "all"}}
    fields["all"] = _how_many(_l("Answers in all"))
    for place, one in enumerate(groupings, 1):
        boxes[one.code] = {}
        for number, (code, text) in enumerate(one.options.items(), 1):
            name = f"by-{place}-{number}"
            boxes[one.code][code] = name
            fields[name] = _how_many(in_words(text))
    form: type[TargetsForm] = type("TargetsOfAWave", (TargetsForm,), {**fields, "boxes": boxes})
    now = {
        name: str(wanted.get(by, {}).get(code, "") or "") for by, names in boxes.items() for code, name in names.items()
    }
    return form(data=now)
