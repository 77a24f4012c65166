"""What is written into a problem profile, and what is planned because of one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.db import today
from portal.profiles.activities import Plan
from portal.profiles.models import About, ActivityState, Direction
from portal.profiles.scopes import Scope
from portal.profiles.services import MOST_MONTHS, Content, Written
from portal.web.forms import AtMost, Day, Filled, Form, choices

MAX_TITLE, MAX_PROBLEM, MAX_WORDS, MAX_REASON, MAX_AGENCIES = 200, 400, 2000, 400, 400
# Further away is a slip of the keyboard; what lies further back is told in the figures.
MOST_AHEAD, MOST_BACK, MOST_LONG = timedelta(days=2 * 366), timedelta(days=366), 92
ABOUT: dict[str, Any] = {
    About.ALL: _l("All reports"),
    About.HATE: _l("Hate incident"),
    About.ASB: _l("Anti-social behaviour"),
    About.PERSONAL: _l("Anti-social behaviour: personal"),
    About.NUISANCE: _l("Anti-social behaviour: nuisance"),
    About.ENVIRONMENTAL: _l("Anti-social behaviour: environmental"),
}
DIRECTIONS: dict[str, Any] = {
    Direction.FEWER: _l("Fewer such reports, because less happens"),
    Direction.MORE: _l("More such reports, because more people tell us"),
}
_A_DAY = _l("Choose the day, or write it like 2026-11-30.")


class ScopeForm(Form):
    """Which reports, and of which area."""

    about = SelectField(_l("Which reports?"), choices=choices(ABOUT))
    place_group = SelectField(_l("Which area?"), default="")

    def validate_place_group(self, field: SelectField) -> None:
        if not field.errors and self.about.data in {*About} and not self.scope.is_counted:
            raise ValidationError(
                _(
                    "For one area, anti-social behaviour is counted by category. Choose personal, nuisance or environmental."
                )
            )

    @property
    def scope(self) -> Scope:
        return Scope(About(self.about.data), self.place_group.data or "")


class ProfileForm(ScopeForm):
    """`profile_id` is drawn when the page is made: sending it twice begins one profile."""

    seen = HiddenField()
    profile_id = HiddenField()
    title = StringField(_l("Name of the profile"), validators=[Filled(_l("Give it a name.")), AtMost(MAX_TITLE)])
    problem = TextAreaField(
        _l("The problem in a sentence"), validators=[Filled(_l("Write what the problem is.")), AtMost(MAX_PROBLEM)]
    )
    first = SelectField(_l("From month"))
    last = SelectField(_l("To month"))
    priority = SelectField(_l("Priority of the strategy"), default="")
    victim = TextAreaField(_l("Who is harmed: your judgement"), validators=[AtMost(MAX_WORDS)])
    offender = TextAreaField(_l("Who does it: your judgement"), validators=[AtMost(MAX_WORDS)])
    location = TextAreaField(_l("Where: your judgement"), validators=[AtMost(MAX_WORDS)])
    time = TextAreaField(_l("When: your judgement"), validators=[AtMost(MAX_WORDS)])
    gaps = TextAreaField(_l("What we do not know"), validators=[AtMost(MAX_WORDS)])

    def offer(self, areas: Mapping[str, Any], months: Mapping[str, str], priorities: Mapping[str, str]) -> None:
        self.place_group.choices = choices(areas)
        self.first.choices = self.last.choices = choices(months)
        self.priority.choices = choices({"": _("None"), **priorities})

    def validate_last(self, field: SelectField) -> None:
        first, last = _month(self.first.data), _month(field.data)
        if first is None or last is None:
            return
        if last < first:
            raise ValidationError(_("The last month must not be before the first."))
        if (last.year - first.year) * 12 + last.month - first.month >= MOST_MONTHS:
            raise ValidationError(_("This is more than three years. Choose fewer months."))

    @property
    def new_id(self) -> uuid.UUID:
        """What the page was made with; another where somebody changed it to what is no id."""
        try:
            return uuid.UUID(self.profile_id.data or "")
        except ValueError:
            return uuid.uuid4()

    @property
    def content(self) -> Content:
        first, last = _month(self.first.data), _month(self.last.data)
        assert first is not None
        assert last is not None, "the form was validated"
        words = {name: self[name].data or "" for name in Written.__dataclass_fields__}
        return Content(self.scope, first, last, Written(**words))

    @staticmethod
    def filled(content: Content) -> dict[str, Any]:
        return {
            **{name: getattr(content.written, name) for name in Written.__dataclass_fields__},
            "about": content.scope.about.value, "place_group": content.scope.place_group,
            "first": f"{content.first:%Y-%m}", "last": f"{content.last:%Y-%m}",
        }  # fmt: skip


def _month(text: str | None) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


class SeenForm(Form):
    seen = HiddenField()


class AgainForm(SeenForm):
    reason = StringField(
        _l("Why is a new version needed?"),
        validators=[Filled(_l("Write why: it stands in the list of versions.")), AtMost(MAX_REASON)],
    )


class ActivityForm(ScopeForm):
    """`activity_id` is drawn when the page is made: sending it twice plans one activity."""

    seen = HiddenField()
    activity_id = HiddenField()
    title = StringField(_l("What is planned?"), validators=[Filled(_l("Write what is planned.")), AtMost(MAX_TITLE)])
    first_on = Day(_l("First day"), _A_DAY)
    last_on = Day(_l("Last day"), _A_DAY)
    direction = RadioField(_l("What is it meant to change?"), choices=choices(DIRECTIONS))
    agencies = StringField(
        _l("Which agencies take part?"), validators=[Filled(_l("Write at least one agency.")), AtMost(MAX_AGENCIES)]
    )
    owner = SelectField(_l("Who sees to it?"), validators=[Filled(_l("Choose who sees to it."))])
    profile = SelectField(_l("Which problem profile does it answer?"), default="")
    priority = SelectField(_l("Priority of the strategy"), default="")

    def offer(
        self,
        areas: Mapping[str, Any],
        owners: Mapping[uuid.UUID, str],
        profiles: Mapping[uuid.UUID, str],
        priorities: Mapping[str, str],
    ) -> None:
        self.place_group.choices = choices(areas)
        at_work = {str(one): name for one, name in owners.items()}
        # In the place of somebody who has left nobody is chosen by the way.
        self.owner.choices = choices(
            at_work if self.owner.data in at_work else {"": pgettext("a colleague", "Choose"), **at_work}
        )
        self.profile.choices = choices({"": _("None"), **{str(one): name for one, name in profiles.items()}})
        self.priority.choices = choices({"": _("None"), **priorities})

    def validate_first_on(self, field: Day) -> None:
        if _is_day(field) and field.data < today() - MOST_BACK:
            raise ValidationError(_("This day is more than a year ago. Choose a later day."))

    def validate_last_on(self, field: Day) -> None:
        first = self.first_on.data
        if not _is_day(field) or first is None:
            return
        if field.data < first:
            raise ValidationError(_("The last day must not be before the first."))
        if (field.data - first).days > MOST_LONG:
            raise ValidationError(_("This is more than three months. Plan it in parts."))

    @property
    def new_id(self) -> uuid.UUID:
        try:
            return uuid.UUID(self.activity_id.data or "")
        except ValueError:
            return uuid.uuid4()

    @property
    def plan(self) -> Plan:
        return Plan(
            title=self.title.data or "", first_on=self.first_on.data, last_on=self.last_on.data, scope=self.scope,
            direction=Direction(self.direction.data), agencies=self.agencies.data or "",
            owner_id=uuid.UUID(self.owner.data),
            profile_id=uuid.UUID(self.profile.data) if self.profile.data else None, priority=self.priority.data or "",
        )  # fmt: skip


def _is_day(field: Day) -> bool:
    """Whether there is a day to look at; what is said of one that is none stands at the field already."""
    if field.data is None:
        if not field.errors:
            raise ValidationError(field.message)
        return False
    if field.data > today() + MOST_AHEAD:
        raise ValidationError(_("This day is too far away. Choose one within the next two years."))
    return True


class RecordForm(SeenForm):
    """What came of an activity whose days are over."""

    state = RadioField(
        _l("Was it done?"),
        choices=choices({ActivityState.DONE: _l("It was done"), ActivityState.NOT_DONE: _l("It was not done")}),
    )
    said = TextAreaField(
        _l("What was done, or why it was not"),
        validators=[Filled(_l("Write what was done, or why it was not.")), AtMost(MAX_WORDS)],
    )
    came = TextAreaField(_l("What came of it, in your words"), validators=[AtMost(MAX_WORDS)])


def month_choices(months: Iterable[date], words: Any) -> dict[str, str]:
    return {f"{month:%Y-%m}": words(month) for month in months}
