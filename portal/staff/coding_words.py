"""Coded words as staff and exports say them: what codes are called, how far two coders agree, the table of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from portal.cohesion.coded import shown_counts
from portal.db import LOCAL_TIME
from portal.staff.coding_forms import FIXED
from portal.staff.signal_forms import SIGNALS
from portal.surveys.agreement import Strength
from portal.surveys.definition import Instrument
from portal.surveys.variables import asked

STRENGTHS = {
    Strength.POOR: _l("worse than chance"),
    Strength.SLIGHT: lazy_pgettext("agreement of two coders", "slight"),
    Strength.FAIR: lazy_pgettext("agreement of two coders", "fair"),
    Strength.MODERATE: lazy_pgettext("agreement of two coders", "moderate"),
    Strength.SUBSTANTIAL: lazy_pgettext("agreement of two coders", "substantial"),
    Strength.ALMOST_PERFECT: lazy_pgettext("agreement of two coders", "almost perfect"),
}
CODED = _l("Coded words")
HEAD = (
    "question", "wording", "version", "counted_on", "code", "label", "about", "shown", "answers", "percent", "base",
    "coded_by_both", "kappa", "kappa_low", "kappa_high",
)  # fmt: skip
TYPES: dict[str, Any] = {
    "version": "integer",
    "counted_on": "date",
    "shown": {"base": "boolean", "format": "yes|no"},
    **dict.fromkeys(("answers", "base", "coded_by_both"), "integer"),
    **dict.fromkeys(("percent", "kappa", "kappa_low", "kappa_high"), "decimal"),
}
"""Of these columns what is no text, as CSVW calls it."""


def labels(frame: Any) -> dict[str, str]:
    """What each code is called, the fixed ones too."""
    return {each["code"]: each["label"] for each in frame.codes} | {code: str(words) for code, words in FIXED.items()}


def rows(frames: Mapping[str, Any], instruments: Sequence[Instrument], language: str) -> list[tuple[str, ...]]:
    """Under HEAD: one for each code of each question whose codes were counted; what is not shown is empty."""
    found = []
    for question, frame in frames.items():
        wording, counts = asked(question, instruments), shown_counts(frame.counted)
        names, abouts = labels(frame), {each["code"]: each["about"] for each in frame.codes}
        for each in counts.codes:
            kappa = each.kappa
            numbers = (each.count, each.percent, counts.base, counts.both if counts.base is not None else None)
            found.append(
                (
                    question,
                    wording.text.in_(language) if wording else "",
                    str(frame.number),
                    frame.counted_at.astimezone(LOCAL_TIME).date().isoformat(),
                    each.code,
                    names[each.code],
                    abouts.get(each.code, ""),
                    "no" if each.count is None else "yes",
                    *("" if number is None else f"{number:g}" for number in numbers),
                    f"{kappa.value:.2f}" if kappa else "",
                    *(f"{bound:.2f}" if kappa and kappa.has_range else "" for bound in _bounds(kappa)),
                )
            )
    return found


def _bounds(kappa: Any) -> tuple[float, float]:
    return (kappa.low, kappa.high) if kappa else (0.0, 0.0)


def notes(leave_out: Sequence[str], left_out: int, coded: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """What a file's notes say of answers that are not in it, and of coded words: (heading, sentences)."""
    found = []
    if leave_out:
        said = ngettext(
            "%(num)s answer is not in this file, because an analyst left out those with a signal: %(signals)s.",
            "%(num)s answers are not in this file, because an analyst left out those with a signal: %(signals)s.",
            left_out,
            signals="; ".join(str(SIGNALS[signal]) for signal in leave_out),
        )
        found.append((_("Left out by choice"), said))
    if coded:
        found.append((str(CODED), about_counts()))
    return found


def about_counts() -> str:
    """What the table of coded words counts, and under which rules."""
    return _(
        "The table “Coded words” counts written answers, not people who were asked, and is not weighted: nothing "
        "leads from words to who wrote them. Counts are to the nearest 5. A code of 1 to 4 answers, or of all but 1 to 4, "
        "is not shown, and nothing of fewer than 30. Kappa (Cohen 1960) is how far two people agreed "
        "beyond chance, before they settled what they coded differently; its range is that of Fleiss, Cohen "
        "and Everitt (1969)."
    )
