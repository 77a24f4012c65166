"""What the board must know before it relies on a figure: who chose to answer, and what weighting could not mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _

from portal.cohesion.shown_figures import Group
from portal.staff.board_figures import Section, SurveyPart, as_section, as_table


def caveats(figures: SurveyPart) -> Section:
    """Beside the figures of the quarter; without any, nothing but that."""
    title, survey = _("How far the figures can be relied on"), figures.survey
    if survey is None:
        return as_section("caveats", title, [_("No figures of a survey were public by the end of this quarter.")])
    tables = []
    moved = [one for one in figures.all if one.shown and one.now.if_more]
    if moved:
        head = [_("Figure"), _("Now"), _("If more likely to answer"), _("If less likely")]
        rows = [[one.title.text, one.now.percent, one.now.if_more, one.now.if_less] for one in moved]
        tables.append(as_table("if_chosen", _("Two examples of who chose to answer"), head, rows))
    groups = [*_rows(survey.scarce), *_rows(survey.short)]
    if groups:
        tables.append(
            as_table("not_mended", _("Groups of whom too few answered"), [_("Group"), _("What it means")], groups)
        )
    return as_section(
        "caveats",
        title,
        [
            _("The likely range holds the true figure about 19 times out of 20, as each person was picked alone.")
            if survey.is_random
            else _(
                "The range shows chance alone. The examples show a figure if 5 people of whom it is true answer for every 4 others, and the other way round. Nobody knows which is true."
            ),
            _("The answers are weighted to official figures of this area. That mends nothing else.")
            if survey.source
            else _("The answers are not weighted."),
        ],
        tables,
    )


def _rows(groups: Sequence[Group]) -> Iterator[list[str]]:
    for group in groups:
        name = "; ".join(text.text for text in group.texts)
        if group.wanted:
            yield [name, _("Counts for less than its %(percent)s of the people", percent=group.wanted)]
        else:
            yield [name, _("Fewer than 20 answered: the figures say little about it")]
