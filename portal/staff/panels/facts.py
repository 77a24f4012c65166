"""What was told, and how far it is."""

from __future__ import annotations

from typing import Any

from portal import outbox
from portal.languages.i18n import ENGLISH, current_language, language_of, name_for_staff
from portal.reporting.case import OpenReport
from portal.reporting.pages.series_wording import series_rows
from portal.reporting.pages.steps import in_words, no_longer_asked, place_in_words, read_steps
from portal.reporting.pages.wording import shown_translations
from portal.reporting.references import shown_reference
from portal.staff.forms import KINDS, STATES, source_in_words
from portal.staff.panels.files import links
from portal.web.forms import Form

APART = {"narrative", "consent", "contact"}


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    report = found.report
    return {
        "reference": shown_reference(report.reference),
        "steps": [step for step in read_steps(found.answers) if step.code not in APART],
        "in_words": in_words,
        "came": source_in_words(report.source, found.answers.get("taken")),
        "no_longer_asked": no_longer_asked(found.answers),
        "place": place_in_words(report.place_code),
        "written_in": language_of(report.language),
        "written_in_words": name_for_staff(report.language),
        "series": series_rows(found),
        **_in_the_officers_language(found),
        "files": links(report.id, found.files),
        "kind_words": KINDS,
        "state_words": STATES,
        "alert": outbox.waiting_alert(report.id),
    }


def _in_the_officers_language(found: OpenReport) -> dict[str, Any]:
    """The newest translation of the first words that the officer can read, which stands before the original; and the others.

    None where they were written in the officer's language, or nobody has translated them.
    """
    made = shown_translations(found.translations.get(None, []), for_staff=True)
    theirs = current_language().code
    read = (
        [code for code in (theirs, ENGLISH) if code != found.report.language] if found.report.language != theirs else []
    )
    first = next((one for code in read for one in made["newest"] if one["language_tag"] == code), None)
    made["newest"] = [one for one in made["newest"] if one is not first]
    return {"first_read": first, "first_translations": made}
