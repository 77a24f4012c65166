"""What somebody fills in to see whether the threshold looks met: days and whom they told, and no name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, FormField, HiddenField, SelectField

from portal.case_review.threshold import Complaint
from portal.db import today
from portal.partnership.case_review import ThresholdRules
from portal.web.forms import DateForm, Form, choices

FIRST_SHOWN, MOST, MORE_AT_ONCE = 3, 12, 3
MOST_PEOPLE = 6
ASB, HATE, ELSE = "asb", "hate", "else"
KINDS = {
    ASB: _l("Behaviour that upset, scared or harmed me or others"),
    HATE: _l("Hate: because of who somebody is"),
    ELSE: _l("Something else, like poor service"),
}
TOLD = {
    "": _l("Choose from the list"),
    "police": _l("The police"),
    "council": _l("The council"),
    "landlord": _l("A landlord or housing association"),
    "here": _l("You, on this website"),
    "other": _l("Another organisation"),
}
BOXES = ("happened", "told_on", "told", "kind", "same", "who")


@dataclass(frozen=True)
class Entry:
    """The boxes of one complaint on the page."""

    number: int
    happened: DateForm
    told_on: DateForm
    told: SelectField
    kind: SelectField
    same: SelectField | None
    who: SelectField | None

    @property
    def is_filled(self) -> bool:
        return (
            self.happened.is_filled or self.told_on.is_filled or bool(self.told.data or (self.same and self.same.data))
        )


class CheckerForm(Form):
    """As many complaints as `shown` says; those left empty are none."""

    shown = HiddenField()
    checked = HiddenField()

    rules: ThresholdRules

    def offer(self, rules: ThresholdRules) -> None:
        """Who told them is asked only where several people are a way to meet the threshold."""
        self.rules = rules
        for number in range(1, MOST + 1):
            if not rules.reporters_number:
                del self[f"who_{number}"]
            if number == 1:
                del self["same_1"]
            else:
                self[f"same_{number}"].choices = choices(_others(number))

    @property
    def shown_now(self) -> int:
        """At least so many that nothing typed is hidden."""
        asked = int(self.shown.data) if (self.shown.data or "").isdecimal() and len(self.shown.data) < 3 else 0
        last_filled = max((entry.number for entry in self._all() if entry.is_filled), default=0)
        return min(MOST, max(FIRST_SHOWN, asked, last_filled))

    @property
    def entries(self) -> list[Entry]:
        return list(self._all())[: self.shown_now]

    def show_more(self) -> None:
        self.shown.data = str(min(MOST, self.shown_now + MORE_AT_ONCE))

    def _all(self) -> Iterator[Entry]:
        for number in range(1, MOST + 1):
            boxes: dict[str, Any] = {name: self._fields.get(f"{name}_{number}") for name in BOXES}
            boxes |= {name: boxes[name].form for name in ("happened", "told_on")}
            yield Entry(number, **boxes)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        filled = [entry for entry in self._all() if entry.is_filled]
        if not filled:
            self.form_errors.append(_("Fill in one complaint or more, then press the button."))
            return False
        numbers = {entry.number for entry in filled}
        # Each is looked at, or only the first mistake would be said.
        wrong = [entry.number for entry in filled if not _is_right(entry, numbers)]
        return is_valid and not wrong

    @property
    def complaints(self) -> list[tuple[int, Complaint]]:
        """What is filled in, by its number on the page."""
        filled = {entry.number: entry for entry in self._all() if entry.is_filled}
        return [(number, self._complaint(entry, filled)) for number, entry in filled.items()]

    def _complaint(self, entry: Entry, filled: dict[int, Entry]) -> Complaint:
        """The day of an occurrence that was told before needs to be written once."""
        chain = [entry]
        while chain[-1].same is not None and chain[-1].same.data:
            chain.append(filled[int(chain[-1].same.data)])
        reported_on = entry.told_on.date
        assert reported_on is not None
        return Complaint(
            incident=str(chain[-1].number),
            occurred_on=next((each.happened.date for each in chain if each.happened.date), None),
            reported_on=reported_on,
            is_asb=entry.kind.data != ELSE,
            is_hate=entry.kind.data == HATE,
            reporter=entry.who.data if entry.who is not None else "",
            told=entry.told.data,
        )


for _number in range(1, MOST + 1):
    for _name, _field in {
        "happened": FormField(DateForm, _l("When did it happen?")),
        "told_on": FormField(DateForm, _l("When did you tell them?")),
        "told": SelectField(_l("Whom did you tell?"), choices=choices(TOLD), default=""),
        "kind": SelectField(_l("What was it about?"), choices=choices(KINDS), default=ASB),
        "same": SelectField(_l("Is it the same event as one above?"), default=""),
        "who": SelectField(_l("Who told them?"), choices=lambda: choices(_people()), default="1"),
    }.items():
        setattr(CheckerForm, f"{_name}_{_number}", _field)


def _people() -> dict[str, str]:
    others = {str(number): _("Person %(number)s", number=number) for number in range(2, MOST_PEOPLE + 1)}
    return {"1": _("I did")} | others


def _others(number: int) -> dict[str, str]:
    return {"": _("No, it was another time")} | {
        str(other): _("Yes, the same as complaint %(number)s", number=other) for other in range(1, number)
    }


def _is_right(entry: Entry, filled: set[int]) -> bool:
    """Each wrong box says what is wrong with it."""
    told_on = entry.told_on.check(_("Write the day on which you told them. About the day is enough."))
    happened: date | None = entry.happened.check("") if entry.happened.is_filled else None
    if told_on and told_on > today():
        entry.told_on.refuse(_("This day is in the future. Write a day up to today."), today())
    elif told_on and happened and happened > told_on:
        entry.happened.refuse(_("This day is after the day on which you told them. Change one of the two."), told_on)
    if not entry.told.data:
        _mark(entry.told, _("Choose whom you told."))
    # Where no answer of the page was chosen, that is said already.
    if entry.same is not None and entry.same.data and not entry.same.errors and int(entry.same.data) not in filled:
        _mark(entry.same, _("The complaint that you chose here is empty. Choose another one."))
    return not (
        entry.told_on.errors
        or entry.told_on.form_errors
        or entry.happened.errors
        or entry.told.errors
        or (entry.same is not None and entry.same.errors)
    )


def _mark(field: Field, sentence: str) -> None:
    field.errors = [*field.errors, sentence]
