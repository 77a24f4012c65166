"""What an export says beside the questionnaire's own words: its columns, its missing answers, its notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import force_locale, format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.languages.i18n import language_of
from portal.questions.types import TYPES
from portal.staff import questionnaires, rule_words
from portal.staff.wave_forms import MODES, SAMPLE_HINTS, SAMPLES
from portal.surveys.scripts import Figure
from portal.surveys.variables import Missing, Said

FACTS = {
    "row": _l("Number of the row, drawn anew for each file"),
    "wave": _l("Number of the wave"),
    "version": _l("Version of the survey that the person was asked"),
    "sample": _l("How people came to answer"),
    "mode": _l("Where the person answered"),
    "language": _l("Language in which the person answered"),
    "reviewed": _l("A person has checked the translation into this language"),
    "flagged": _l("One of many answers from one visitor in one hour: a library, or one person over and over"),
    "signal_straight": _l("The same answer to every statement on a page, of five or more"),
    "signal_empty": _l("Nothing was ticked: only words were written"),
    "signal_fast": _l("Sent sooner than anybody can read so many questions"),
    "signal_trap": _l("A box was filled in that people cannot see: a program does that"),
    "signal_same": _l("The same answers as somebody else, of eight or more"),
    "weight": _l("Weight of the published figures"),
    "base_weight": _l("Weight before the answers were weighted to the population"),
    "stratum": _l("Weighting cell: people in one cell have the same weight"),
    "release": _l("Number of the release whose weights these are"),
}
MISSING = {
    Missing.DONT_KNOW: _l("Don't know"),
    Missing.NOT_SAID: _l("Prefer not to say"),
    Missing.WITHHELD: _l("Left out of this file"),
    Missing.NOT_ASKED: _l("Not asked"),
    Missing.SKIPPED: _l("Skipped"),
}
GROUP = _l("A group of places")
ORDER = _l("In which order its options were shown, by their codes")
AGES_GROUPED = _l("Three age bands")
AGE_GROUPS = {"16_34": _l("16 to 34"), "35_64": _l("35 to 64"), "65_over": _l("65 or over")}
SHEETS = (_l("Data"), _l("Codebook"), _l("Notes"))


def said_in(code: str) -> Said:
    """Everything in one language."""
    with force_locale(language_of(code).locale):
        return Said(
            language=code,
            facts={name: str(text) for name, text in FACTS.items()},
            missing={kind: str(text) for kind, text in MISSING.items()},
            yes=_("Yes"),
            no=_("No"),
            samples={sample: str(text) for sample, text in SAMPLES.items()},
            modes={mode: str(text) for mode, text in MODES.items()},
            group=str(GROUP),
            order=str(ORDER),
            ages={age: str(text) for age, text in AGE_GROUPS.items()},
            types={name: str(kind.name) for name, kind in TYPES.items() if not kind.is_composite},
            wordings={name: str(text) for name, text in questionnaires.WORDINGS.items()},
            asked_if=lambda instrument, page, question: rule_words.asked_if(instrument, page, question, code),
            asked_as=lambda instrument, question: " ".join(rule_words.asked_as(instrument, question, code)),
        )


def keep_safe() -> str:
    return _("Each row is what one real person said. Do not try to find out who. Delete the file after use.")


def about_weights(release: int | None, published_on: date | None, is_broken: bool) -> str:
    """Whose weights are in the file, or why there are none."""
    if is_broken:
        return _(
            "These answers no longer give the published figures, so the file has no weights. "
            "Tell whoever looks after the portal: a backup may have them."
        )
    if release is None or published_on is None:
        return _("No figures of this wave are published, so the file has no weights.")
    return _(
        "Weights: those of release %(number)s, published on %(day)s. With them the file gives the published figures.",
        number=release,
        day=format_date(published_on, "long"),
    )


def notes(
    title: str,
    wave: int,
    days: tuple[date, date],
    sample: str,
    rows: int,
    weights: str,
    blanked: tuple[int, int] | None,
    figures: Sequence[Figure],
) -> list[tuple[str, str]]:
    """What goes with a file: (heading, sentences). `blanked`: rows without what identifies, and those also without a weight."""
    found = [
        (_("Survey"), title),
        (_("Wave"), str(wave)),
        (
            _("Fieldwork"),
            _("%(first)s to %(last)s", first=format_date(days[0], "long"), last=format_date(days[1], "long")),
        ),
        (str(SAMPLES[sample]), str(SAMPLE_HINTS[sample])),
        (_("Rows"), str(rows)),
        (_("Weights"), weights),
        (
            _("No answer"),
            "; ".join(f"{kind.value}: {text}" for kind, text in MISSING.items()),
        ),
    ]
    return [*found, *left_out(blanked), (_("Keep it safe"), keep_safe()), *about_figures(figures)]


def left_out(blanked: tuple[int, int] | None) -> list[tuple[str, str]]:
    """What is blank in the file; nothing where nothing is."""
    if blanked is None:
        return []
    said = ngettext(
        "In %(num)s row the columns that can show who somebody is are left out: fewer than 5 rows were alike.",
        "In %(num)s rows the columns that can show who somebody is are left out: fewer than 5 rows were alike.",
        blanked[0],
    )
    if blanked[1]:
        said += " " + ngettext(
            "%(num)s of them has no weight, so figures differ from the published ones.",
            "%(num)s of them have no weight, so figures differ from the published ones.",
            blanked[1],
        )
    return [(_("Left out"), said)]


def about_figures(figures: Sequence[Figure]) -> list[tuple[str, str]]:
    """Each as it is published, and how it is made of the file's numbers."""
    found = []
    for figure in figures:
        shown = _("not shown") if figure.published is None else f"{figure.published:g}%"
        told = _("Published: %(figure)s.", figure=shown)
        found.append((figure.title, f"{told} {_recipe(figure)}"))
    return found


def _recipe(figure: Figure) -> str:
    """How the figure is made of the file's numbers."""
    parts = "; ".join(
        f"{name}: {', '.join(f'{number} = {points}' for number, points in sorted(worth.items()))}"
        for name, worth in figure.points.items()
    )
    return _(
        "Points by column and number: %(points)s. Who has any other number in one of them is not counted. "
        "The figure is the weighted share of those with %(least)s or more.",
        points=parts,
        least=figure.at_least,
    )
