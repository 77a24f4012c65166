"""What was done, quarter by quarter, in the words of the public page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.cohesion.activity import Kept
from portal.languages.i18n import in_percent, month_name, name_for_staff, short_month_name

KINDS = {"hate": _l("Hate"), "asb": _l("Anti-social behaviour")}
SOURCES = {
    "web": _l("Written on the website"),
    "phone": _l("Taken by telephone"),
    "in_person": _l("Taken in person"),
    "centre": _l("Taken by a reporting centre"),
}
PROMISES = {
    "read": _l("We read the report"),
    "tell": _l("We say what we do"),
    "answer": _l("We answer a message"),
}

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Bar:
    """`length` in hundredths of the longest; None where the number is not shown."""

    period: str
    number: str
    length: int | None


@dataclass(frozen=True)
class Line:
    words: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Table:
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Activity:
    """All that the page says. `tells_reports`: some sentence or number in it is of reports."""

    lead: str
    sentences: Sequence[str]
    periods: Sequence[str]
    bars: Sequence[Bar]
    tables: Sequence[Table]
    published_on: date
    tells_reports: bool


def activity_words(quarters: Sequence[Kept]) -> Activity | None:
    """Of the newest quarter in sentences, of all in tables; None where nothing is public."""
    if not quarters:
        return None
    documents = [one.document for one in quarters]
    lead, *sentences = _sentences(documents[0]) or [_("%(period)s: see the tables.", period=period_of(documents[0]))]
    return Activity(
        lead,
        sentences,
        [period_of(each, short_month_name) for each in documents],
        _bars(documents),
        quarter_tables(documents),
        max(one.published_on for one in quarters),
        tells_reports=any(each["reports"] for each in documents),
    )


def period_of(document: Document, name_of: Callable[[date], str] = month_name) -> str:
    first, last = (name_of(date.fromisoformat(document[name])) for name in ("first", "last"))
    return _("%(first)s to %(last)s", first=first, last=last)


def told(count: Document | None) -> str:
    """A count of reports as it may be told."""
    if count is None:
        return _("not shown")
    return str(count["number"]) if count["is_all"] else _("%(number)s or more", number=count["number"])


def _sentences(document: Document) -> list[str]:
    found, period = [], period_of(document)
    reports, clocks, events, findings = (document[name] for name in ("reports", "clocks", "events", "findings"))
    if reports and reports["all"]:
        found.append(
            _("%(period)s. Reports that people sent us: %(number)s.", period=period, number=told(reports["all"]))
        )
    first_answer = (clocks or {}).get("tell", {})
    if "median" in first_answer:
        found.append(
            ngettext(
                "Half of the people waited %(num)s working day or less for our first answer.",
                "Half of the people waited %(num)s working days or less for our first answer.",
                first_answer["median"],
            )
        )
    if "in_time" in first_answer:
        found.append(_("We gave %(percent)s of first answers in time.", percent=in_percent(first_answer["in_time"])))
    if events:
        found.append(
            ngettext(
                "%(held)s of %(num)s planned event took place, in %(parishes)s of %(all)s parishes.",
                "%(held)s of %(num)s planned events took place, in %(parishes)s of %(all)s parishes.",
                events["planned"],
                held=events["held"],
                parishes=events["parishes"],
                all=events["all_parishes"],
            )
        )
    if events and events.get("attendance"):
        found.append(
            ngettext(
                "About %(people)s people came to the %(num)s event where 10 or more were counted.",
                "About %(people)s people came to the %(num)s events where 10 or more were counted.",
                events["counted"],
                people=events["attendance"],
            )
        )
    if findings:
        found.append(
            ngettext(
                "We have answered %(answered)s of %(num)s thing you told us.",
                "We have answered %(answered)s of %(num)s things you told us.",
                findings["all"],
                answered=findings["answered"],
            )
        )
    return found


def _bars(documents: Sequence[Document]) -> list[Bar]:
    """A number that is only a part has no bar: it would look like a fall."""
    counts = [(period_of(each), (each["reports"] or {}).get("all")) for each in documents]
    most = max((count["number"] for _period, count in counts if count and count["is_all"]), default=0)
    if not most:
        return []
    return [
        Bar(period, told(count), round(100 * count["number"] / most) if count and count["is_all"] else None)
        for period, count in counts
    ]


def quarter_tables(documents: Sequence[Document]) -> list[Table]:
    """A column for each document, a line for each thing of which some of them tells a number."""
    found = [
        Table(
            _("Reports"),
            [
                *_lines(documents, [(_("All reports"), lambda one: _count(one, "all"))], _("not shown")),
                *_counted(documents, "kind", lambda code: str(KINDS.get(code, code))),
            ],
        ),
        Table(_("Language of the report"), _counted(documents, "language", name_for_staff)),
        Table(_("How it came"), _counted(documents, "source", lambda code: str(SOURCES.get(code, code)))),
        Table(_("Half waited at most, in working days"), _promises(documents, "median", str)),
        Table(_("Kept in time"), _promises(documents, "in_time", in_percent)),
        Table(
            _("Events"),
            _lines(
                documents,
                [
                    (_("Planned"), _part("events", "planned")),
                    (_("Took place"), _part("events", "held")),
                    (_("Parishes with an event"), _part("events", "parishes")),
                    (_("With an interpreter, another language or a step-free way in"), _part("events", "interpreted_or_step_free")),
                    (_("In Hate Crime Awareness Week"), _part("events", "awareness_week")),
                    (_("Days of action"), _part("events", "days_of_action")),
                    (_("Groups of people with an event of their own"), _part("events", "groups")),
                    (_("People who came, to the nearest 5"), _part("events", "attendance")),
                    (_("Events where 10 people or more were counted"), _part("events", "counted")),
                    (_("Help that people asked for, like an interpreter"), _help("made")),
                    (_("Help that people asked for and had"), _help("met")),
                ],
            ),
        ),
        Table(
            _("You said, we did"),
            _lines(
                documents,
                [
                    (_("What you told us, so far"), _part("findings", "all")),
                    (_("Answered, so far"), _part("findings", "answered")),
                ],
            ),
        ),
    ]  # fmt: skip
    return [table for table in found if table.lines]


Cell = Callable[[Document], str | None]


def _lines(documents: Sequence[Document], wanted: Sequence[tuple[str, Cell]], missing: str = "") -> list[Line]:
    """Those of which some quarter tells something. `missing` stands where one tells nothing: it never was nought."""
    missing = missing or _("no figure")
    found = []
    for words, cell in wanted:
        cells = [cell(each) for each in documents]
        if any(one is not None for one in cells):
            found.append(Line(words, [missing if one is None else one for one in cells]))
    return found


def _part(part: str, name: str) -> Cell:
    def of(document: Document) -> str | None:
        found = (document[part] or {}).get(name)
        return None if found is None else str(found)

    return of


def _help(name: str) -> Cell:
    """Of documents that were made before help was counted, nothing."""

    def of(document: Document) -> str | None:
        found = document.get("help")
        return told(found[name]) if found else None

    return of


def _count(document: Document, *path: str) -> str | None:
    found: Any = document["reports"]
    for name in path:
        found = (found or {}).get(name)
    return told(found) if found else None


def _counted(documents: Sequence[Document], question: str, words: Callable[[str], str]) -> list[Line]:
    codes = sorted({code for each in documents for code in (each["reports"] or {}).get(question, ())})

    def cell(code: str) -> Cell:
        return lambda document: _count(document, question, code)

    return _lines(documents, [(words(code), cell(code)) for code in codes], _("not shown"))


def _promises(documents: Sequence[Document], name: str, words: Callable[[Any], str]) -> list[Line]:
    def cell(code: str) -> Cell:
        def of(document: Document) -> str | None:
            told = (document["clocks"] or {}).get(code, {})
            return words(told[name]) if name in told else None

        return of

    return _lines(documents, [(str(title), cell(code)) for code, title in PROMISES.items()])
