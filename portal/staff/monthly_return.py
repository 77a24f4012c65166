"""Counts of reports for a spreadsheet: the monthly return in the shape of police and Home Office counts, and one period's.

Names of columns and codes stay as they are: others read them by program. The standard is the National Standard for Incident
Recording of April 2011 (three categories, thirteen types), of which the Home Office's Annual Data Return 342 counts the
categories; hate is by the five strands that are monitored nationally, with the partnership's own apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort, request

from portal import audit
from portal.audit import Action
from portal.cohesion.data_rows import HIDDEN
from portal.db import transaction
from portal.partnership.file import current_partnership
from portal.reporting.figures import ALL, Figures, report_figures
from portal.small_counts import Shown, months_from
from portal.staff.access import blueprint, officer, only
from portal.staff.figure_words import answer_words
from portal.staff.models import Role
from portal.staff.spans import Span, asked_span, default_span
from portal.text import as_csv

# The thirteen types of the standard, and those of ours that are of each. What is in none is counted here only.
STANDARD_TYPES = {
    "vehicle_abandoned": "Vehicle abandoned (not stolen)",
    "vehicle_nuisance": "Vehicle nuisance / inappropriate use",
    "rowdy": "Rowdy or inconsiderate behaviour",
    "neighbours": "Rowdy / nuisance neighbours",
    "litter": "Littering / drug paraphernalia",
    "needles": "Littering / drug paraphernalia",
    "animals": "Animal problems",
    "trespass": "Trespass",
    "communications": "Malicious / nuisance communications",
    "street_drinking": "Street drinking",
    "sex_work": "Prostitution-related activity",
    "noise": "Noise",
    "begging": "Begging / vagrancy",
    "fireworks": "Fireworks",
}
STANDARD_CATEGORIES = {"personal": "Personal", "nuisance": "Nuisance", "environmental": "Environmental"}
AREA = "all"

Row = list[str | int]
COLUMNS = {
    "asb-by-month": ("month", "geography", "version", "place_group", "place_group_name", "counted", "code", "standard", "reports"),
    "hate-by-month": ("month", "counted", "code", "name", "monitored", "reports"),
    "figures": ("from", "to", "question", "answer", "name", "told", "reports"),
    "columns": ("file", "column", "meaning"),
}  # fmt: skip
MEANINGS = {
    "asb-by-month": {
        "month": "Month in which the reports came, ISO 8601 (YYYY-MM). A month is here once it is over.",
        "geography": "Which set of places the groups belong to.",
        "version": "Which version of that set.",
        "place_group": "Code of a group of parishes; not_given where reports name no place; all for the whole area.",
        "place_group_name": "Its name.",
        "counted": "all: all reports of anti-social behaviour; category: who is affected; type: what it is.",
        "code": "The portal's own code.",
        "standard": "Category or type of the National Standard for Incident Recording (April 2011); empty where it has none: counted locally only. Check against the current notice of the Home Office.",
        "reports": "Number of reports, or [c] where it is not shown. A report has one category or none. It may have several types, so types do not add up.",
    },
    "hate-by-month": {
        "month": "Month in which the reports came, ISO 8601 (YYYY-MM). A month is here once it is over.",
        "counted": "all: all reports of hate; strand: why it happened, as the reporter sees it.",
        "code": "The portal's own code.",
        "name": "Its name.",
        "monitored": "true: one of the five strands in the Home Office's tables; false: counted locally only.",
        "reports": "Number of reports, or [c] where it is not shown. A report may have several strands, so strands do not add up. What the police record as a crime or an incident is theirs to decide.",
    },
    "figures": {
        "from": "First month, ISO 8601 (YYYY-MM).",
        "to": "Last month.",
        "question": "What is counted.",
        "answer": "The portal's own code.",
        "name": "Its name.",
        "told": "exact; at_least: some months are not shown, so there are this many or more; not_shown.",
        "reports": "Number of reports, or [c].",
    },
}  # fmt: skip


@blueprint.get("/report-figures/<name>.csv", endpoint="report_figures_csv")
@only(Role.OFFICER, Role.ANALYST)
def download(name: str) -> Response:
    """One of the files; of the figures those of the months in the address. Written to the audit log."""
    if name not in COLUMNS:
        abort(404)
    found = report_figures()
    span = asked_span(request.args, found.first, found.last) or default_span(found.first, found.last)
    made = as_csv(file_rows(name, found, span))
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.EXPORTED_FIGURES, f"{name}.csv")
    return Response(
        made,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def file_rows(name: str, figures: Figures, span: Span) -> list[Row]:
    """The columns, then the rows; names are in the page's language, all else is for programs."""
    rows = {
        "asb-by-month": lambda: _asb(figures),
        "hate-by-month": lambda: _hate(figures),
        "figures": lambda: _figures(figures, span),
        "columns": _columns,
    }[name]
    return [[*COLUMNS[name]], *rows()]


def _asb(figures: Figures) -> Iterator[Row]:
    places = current_partnership().places
    kind, category, types = (figures.tables[name] for name in ("kind", "asb_category", "asb_type"))
    for month in months_from(figures.first, figures.last) if figures.first else ():
        head: Row = [f"{month:%Y-%m}", places.geography, places.version]
        yield [*head, AREA, "", "all", "asb", "", _cell(kind.over(month, month, "asb"))]
        for code in category.answers:
            standard = STANDARD_CATEGORIES.get(code, "")
            yield [*head, AREA, "", "category", code, standard, _cell(category.over(month, month, code))]
            by_group = figures.by_group[code]
            for group in by_group.answers:
                name = str(answer_words("place_group", group))
                yield [*head, group, name, "category", code, standard, _cell(by_group.over(month, month, group))]
        for code in types.answers:
            yield [*head, AREA, "", "type", code, STANDARD_TYPES.get(code, ""), _cell(types.over(month, month, code))]


def _hate(figures: Figures) -> Iterator[Row]:
    kind = figures.tables["kind"]
    for month in months_from(figures.first, figures.last) if figures.first else ():
        yield [
            f"{month:%Y-%m}",
            "all",
            "hate",
            str(answer_words("kind", "hate")),
            "",
            _cell(kind.over(month, month, "hate")),
        ]
        for question, monitored in (("strand", "true"), ("strand_extra", "false")):
            table = figures.tables[question]
            for code in table.answers:
                name = str(answer_words(question, code))
                yield [f"{month:%Y-%m}", "strand", code, name, monitored, _cell(table.over(month, month, code))]


def _figures(figures: Figures, span: Span) -> Iterator[Row]:
    head: Row = [f"{span.first:%Y-%m}", f"{span.last:%Y-%m}"]
    shown = figures.received.over(span.first, span.last, ALL)
    yield [*head, "received", ALL, "", _how(shown), _cell(shown, at_least=True)]
    for question, table in figures.tables.items():
        for answer in table.answers:
            shown = table.over(span.first, span.last, answer)
            name = "" if answer == ALL else str(answer_words(question, answer))
            yield [*head, question, answer, name, _how(shown), _cell(shown, at_least=True)]


def _columns() -> Iterator[Row]:
    for file, meanings in MEANINGS.items():
        for column in COLUMNS[file]:
            yield [f"{file}.csv", column, meanings[column]]


def _cell(shown: Shown, *, at_least: bool = False) -> str | int:
    return shown.number if shown.is_all or (at_least and shown.number) else HIDDEN


def _how(shown: Shown) -> str:
    return "exact" if shown.is_all else "at_least" if shown.number else "not_shown"
