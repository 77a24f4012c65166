"""What was told, how far it is, and who has looked."""

from __future__ import annotations

from typing import Any

from portal import audit, outbox
from portal.languages.i18n import language_of
from portal.reporting.case import OpenReport
from portal.reporting.pages.series_wording import series_rows
from portal.reporting.pages.steps import in_words, no_longer_asked, place_in_words, read_steps
from portal.reporting.pages.wording import shown_translations
from portal.reporting.references import shown_reference
from portal.staff.action_words import action_words
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
        "series": series_rows(found),
        "first_translations": shown_translations(found.translations.get(None, []), for_staff=True),
        "files": links(report.id, found.files),
        "kind_words": KINDS,
        "state_words": STATES,
        "alert": outbox.waiting_alert(report.id),
        "looks": audit.entries_about(str(report.id), most=8),
        "action_words": action_words(),
    }
