"""The sheet of a referral: what goes to the agency, under the handling mark, on paper or as a PDF."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from portal.languages.i18n import current_language, day_and_year
from portal.partnership.file import current_partnership
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.references import shown_reference
from portal.reporting.referral_records import OpenReferral


def sheet_in_words(reference: str, one: OpenReferral) -> dict[str, Any]:
    """All that the sheet says, in the language of the page, as plain text."""
    sent, partnership, language = one.sent, current_partnership(), current_language()
    assert sent is not None, "a damaged one has no sheet"
    return {
        "lang": language.tag.split("-")[0],
        "rtl": language.dir == "rtl",
        "mark": partnership.handling_mark,
        "title": _("Referral to %(partner)s", partner=agency_in_words(sent.agency)),
        "facts": [
            [_("From"), partnership.name],
            [_("Our reference"), shown_reference(reference)],
            [_("Day"), day_and_year(one.made_on)],
            [_("Officer"), sent.by],
            [_("Please say by"), day_and_year(one.answer_due_on)],
        ],
        "note": sent.note,
        "answers": [list(row) for row in sent.facts],
        "words": sent.words,
        "contact": [list(row) for row in one.contact or ()],
        "files": len(sent.files),
        "say": {
            "note": _("What we ask of you"),
            "answers": _("What we were told"),
            "words": _("What was written: a copy, made for you by an officer"),
            "contact": _("How to reach the person, and how that is safe"),
            "files": _("Photos and files come apart from this sheet: %(number)s", number=len(sent.files)),
            "rules": _(
                "Use this for what we ask of you and nothing else. Keep it where only those who need it can open it. Do not contact anyone it is about unless it says how that is safe. Nobody has proved what it tells."
            ),
            "missing": _("This computer has no font for some letters. They stand as numbers, such as [U+6F22]."),
        },
    }
