"""What the board reads of the survey: the published figures, and who was not heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from portal.cohesion import services
from portal.cohesion.shown_figures import Figure, MeanFigure
from portal.cohesion.wording import survey_figures
from portal.languages.i18n import full_day, in_percent
from portal.reporting.figures import last_day
from portal.staff.result_words import called, errands
from portal.staff.spans import Span

# So many figures lead; the others stand further back.
LEADING = 5
MOST_UNHEARD = 6

Section = dict[str, Any]


def as_section(code: str, title: str, says: Sequence[str] = (), tables: Sequence[Mapping[str, Any]] = ()) -> Section:
    return {"code": code, "title": title, "says": [one for one in says if one], "tables": list(tables)}


def as_table(code: str, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"code": code, "title": title, "head": list(head), "rows": [list(row) for row in rows]}


class SurveyPart:
    """The published figures as they were at the end of the quarter."""

    def __init__(self, span: Span) -> None:
        end = last_day(span.last).isoformat()
        releases = [one for one in services.published_releases() if one.document["wave"]["closes_on"] <= end]
        # Of several surveys the one that measures most is the survey of the communities.
        survey = max(releases, key=lambda one: len(one.document["indicators"]), default=None)
        mine = [one for one in releases if survey is not None and one.document["survey"] == survey.document["survey"]]
        self.release = mine[0] if mine else None
        self.survey = survey_figures(mine)[0] if mine else None
        shown = [self.survey.lead, *self.survey.primary, *self.survey.others] if self.survey else []
        # The primary ones first: of a survey that names none, or names fewer, those that follow.
        self.all: list[Figure] = sorted((one for one in shown if one is not None), key=lambda one: not one.is_primary)

    @property
    def source(self) -> str:
        assert self.survey is not None
        return _(
            "%(survey)s, answered from %(first)s to %(last)s.",
            survey=self.survey.title.text,
            first=full_day(self.survey.opens_on),
            last=full_day(self.survey.closes_on),
        )

    @property
    def caution(self) -> str:
        if self.survey is None or self.survey.is_random:
            return ""
        return _("People chose to answer: this is not a random sample, and those who did not answer may differ.")

    def leading(self) -> Section:
        title = _("How people feel")
        if self.survey is None:
            return as_section("feel", title, [_("No figures of a survey were public by the end of this quarter.")])
        elsewhere = (
            _("Figures elsewhere come from surveys that asked another way: compare with care.")
            if any(one.elsewhere for one in self.all)
            else ""
        )
        says = [self.source, self.caution, elsewhere]
        return as_section("feel", title, says, [self._table("leading", self.all[:LEADING])])

    def others(self) -> list[dict[str, Any]]:
        tables = [self._table("others", self.all[LEADING:])] if self.all[LEADING:] else []
        means = self.survey.means if self.survey is not None else ()
        if means:
            head = [_("Average"), _("Now"), self._between(), _("Answers"), _("Since the wave before")]
            tables.append(as_table("means", _("Points that people give on average"), head, list(map(_mean_row, means))))
        return tables

    def of_priority(self, code: str) -> list[dict[str, Any]]:
        """What a priority's `figures` name of the survey; nothing for the tables of reports."""
        match code:
            case "survey":
                return self.others()
            case "reporting_gap":
                return self._gap()
            case _:
                return []

    def _gap(self) -> list[dict[str, Any]]:
        gap = self.survey.gap if self.survey is not None else None
        if gap is None:
            return []
        title = _("Of people who faced hate: whom they told")
        if not gap.shown:
            return [as_table("reporting_gap", title, [_("Whom"), _("Now")], [[_("All"), _("not shown")]])]
        head = [_("Whom"), _("Now"), self._between(), _("Answers")]
        rows = [
            [line.whom, line.percent, _range(line.low, line.high, unreliable=gap.unreliable), str(gap.base)]
            for line in gap.lines
        ]
        why = as_table(
            "why_not_told",
            _("Of people who told nobody: why"),
            [_("Reason"), _("Now")],
            [[reason.text, share] for reason, share in gap.reasons],
        )
        return [as_table("reporting_gap", title, head, rows), *([why] if gap.reasons else [])]

    def _between(self) -> str:
        return _("Likely range") if self.survey is not None and self.survey.is_random else _("Range by chance alone")

    def _table(self, code: str, figures: Sequence[Figure]) -> dict[str, Any]:
        assert self.survey is not None
        head = [_("Figure"), _("Now"), self._between(), _("Answers"), _("Since the wave before"), _("Elsewhere")]
        return as_table(code, _("Figures of the survey"), head, list(map(_figure_row, figures)))

    def unheard(self) -> Section:
        """Who answered least, held against the population; and whom to ask next."""
        title = _("Who was not heard")
        if self.survey is None:
            return as_section("unheard", title, [_("It is not known before a survey’s figures are public.")])
        heard = self.survey.heard
        if heard is None:
            # Of a release of before it was frozen with the figures nothing is counted anew: other answers could count.
            return as_section(
                "unheard", title, [_("The figures say nothing of who answered, beside official figures.")]
            )
        if not heard.behind:
            return as_section(
                "unheard", title, [_("Every group that is compared was heard at 0.8 of its share or more.")]
            )
        rows = [
            # Of 1 to 4 people, or hidden with such, it is not told how many: nor that there was nobody.
            [called(each), each.percent or "–", each.expected, each.ratio or "–", str(each.more)]
            for each in heard.behind[:MOST_UNHEARD]
        ]
        head = [_("Group"), _("Of the answers"), _("Of the people"), _("Ratio"), _("More answers for 0.8")]
        return as_section(
            "unheard",
            title,
            [" ".join(errands(heard))],
            [as_table("unheard", _("Heard least, of the groups that are compared with official figures"), head, rows)],
        )


def _figure_row(figure: Figure) -> list[str]:
    if not figure.shown:
        return [figure.title.text, _("not shown"), "", "", "", ""]
    now, other = figure.now, figure.elsewhere
    return [
        figure.title.text,
        now.percent,
        _range(now.low, now.high, unreliable=now.unreliable),
        str(now.base),
        figure.change or _("no earlier figure to compare"),
        # The source is named, as it asked another way: whoever reads the table sees that it is no like for like.
        f"{other.area.text}: {other.value} ({other.source}, {other.when})" if other else "",
    ]


def _mean_row(figure: MeanFigure) -> list[str]:
    if not figure.shown:
        return [figure.title.text, _("not shown"), "", "", ""]
    now = _("%(value)s of %(most)s", value=figure.value, most=figure.most)
    between = _range(figure.low, figure.high, unreliable=figure.unreliable)
    return [figure.title.text, now, between, str(figure.base), figure.change or _("no earlier figure to compare")]


def _range(low: str, high: str, *, unreliable: bool) -> str:
    if unreliable:
        return _("%(low)s to %(high)s: read with care", low=low, high=high)
    return _("%(low)s to %(high)s", low=low, high=high)


def percent(share: float) -> str:
    return in_percent(round(100 * share))
