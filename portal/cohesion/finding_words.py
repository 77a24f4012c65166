"""You said, we did, in the words that people read: where it was said, how it stands, and the figure beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.cohesion.finding_figures import PublishedFigure
from portal.cohesion.finding_models import ActionState, FindingSource
from portal.languages.i18n import ENGLISH, current_language, in_percent, month_name
from portal.languages.words import Words

ACTIONS: dict[str, Any] = {
    ActionState.PLANNED: lazy_pgettext("what is done about it", "Planned"),
    ActionState.DONE: lazy_pgettext("what is done about it", "Done"),
    ActionState.NO_ACTION: lazy_pgettext("what is done about it", "No action"),
}
SOURCES: dict[str, Any] = {
    FindingSource.SURVEY: _l("From a survey"),
    FindingSource.REPORTS: _l("From reports"),
    FindingSource.EVENT: _l("At an event"),
    FindingSource.OFFICERS: _l("Told to our officers"),
}


@dataclass(frozen=True)
class FigureWords:
    """A published figure, said in the reader's language; where its title has none, `title` falls back to English."""

    title: Words
    month: str
    percent: str
    low: str
    high: str


def figure_words(figure: PublishedFigure) -> FigureWords:
    return FigureWords(
        Words(figure.title),
        month_name(figure.closed_on),
        in_percent(figure.percent),
        in_percent(figure.low),
        in_percent(figure.high),
    )


def figure_line(figure: PublishedFigure) -> str:
    """The figure as a line of a list from which one is chosen."""
    words = figure_words(figure)
    title = in_reader_words(figure.title)
    return _("%(title)s: %(percent)s, %(month)s", title=title, percent=words.percent, month=words.month)


def in_reader_words(texts: Mapping[str, str]) -> str:
    return texts.get(current_language().code) or texts[ENGLISH]
