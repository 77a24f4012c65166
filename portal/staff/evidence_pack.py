"""What stands in an evidence pack: the PDF's words, and the JSON file that a program checks. See docs/evidence-pack.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.languages.i18n import current_language, day_and_year, direction, full_day, language_of, short_moment
from portal.languages.sentences import file_size
from portal.reporting.case import OpenReport
from portal.reporting.chronology import FORMAT, Link, damaged_messages
from portal.reporting.pages.series_wording import (
    day_in_words,
    gap_in_words,
    harm_in_words,
    lasted_in_words,
    time_in_words,
)
from portal.reporting.pages.steps import place_in_words
from portal.reporting.pages.wording import shown_translations
from portal.reporting.translations import OpenTranslation
from portal.staff.forms import KINDS, STATES, source_in_words

# Those that have most scripts; Typst takes others that are installed where a letter is in none of these.
FONTS = ("Noto Sans", "Noto Nastaliq Urdu", "DejaVu Sans", "Libertinus Serif")


def unreadable(scripts: str) -> str:
    return _(
        "[No font on this computer has these letters: %(scripts)s. The text stands in the JSON file.]", scripts=scripts
    )


def pack_in_words(found: OpenReport, links: list[Link], by: str, at: datetime) -> dict[str, Any]:
    """All that the PDF says, in the language of the page, as plain text."""
    report, language = found.report, current_language()
    damaged = damaged_messages(found)
    return {
        "lang": language.tag.split("-")[0],
        "rtl": language.dir == "rtl",
        "title": _("Evidence pack"),
        "made": _("Exported by %(name)s on %(moment)s.", name=by, moment=_bare(short_moment(at))),
        "missing_note": _(
            "This computer has no font for some letters. They stand as numbers, such as [U+6F22]. The JSON file has the texts as they were written."
        ),
        "damaged_note": ngettext(
            "%(num)s message of this report is damaged and cannot be read. It may have told of another time.",
            "%(num)s messages of this report are damaged and cannot be read. They may have told of other times.",
            damaged,
        )
        if damaged
        else "",
        "say": {
            "facts": _("The report"),
            "fact": _("Fact"),
            "value": _("As it stands in the portal"),
            "table": _("All times"),
            "entries": _("Each time, as it was told"),
            "files": _("Files, each with the SHA-256 of its bytes:"),
            "checksum": _("Checksum of this entry (SHA-256):"),
            "check": _("How to check it"),
        },
        "facts": [
            [_("Number of the report"), str(report.id)],
            [_("Kind"), str(KINDS[report.kind.value])],
            [_("Place"), place_in_words(report.place_code) or _("Not given")],
            [_("Received"), day_and_year(report.received_on)],
            [_("State"), str(STATES[report.state.value])],
            [_("How it came"), source_in_words(report.source, found.answers.get("taken")) or _("Written by the reporter on the website")],
            [_("Times told"), str(len(links))],
        ],
        "headings": [
            _("No."),
            _("Day"),
            _("Time"),
            _("After the one before"),
            _("How long"),
            _("Files"),
            _("Told on"),
        ],
        "rows": [_row(link) for link in links],
        "entries": [_entry(found, link) for link in links],
        "check": [
            _("Nobody has proved these events: the pack shows what was told to the portal, and that it has not been changed since it was exported."),
            _("Each checksum is taken over the entry and the checksum before it. Whoever changes, adds or takes out an entry changes every checksum after it. Note the last checksum where nobody can change it."),
            _("The JSON file holds exactly what the checksums were taken of. Each file’s own SHA-256 can be compared with that of the file. What the reporter adds later is added at the end: the checksums before stay the same. Translations are not part of the checksums."),
        ],
    }  # fmt: skip


def _row(link: Link) -> list[str]:
    entry = link.entry
    return [
        str(entry.number),
        full_day(entry.told.day) if entry.told.day else day_in_words(entry.told.when),
        "\n".join(time_in_words(entry.told.when)),
        gap_in_words(entry),
        lasted_in_words(entry.told),
        str(len(entry.files) or ""),
        full_day(entry.told_on),
    ]


def _entry(found: OpenReport, link: Link) -> dict[str, Any]:
    entry = link.entry
    said = [*time_in_words(entry.told.when), lasted_in_words(entry.told), *harm_in_words(entry.told)]
    newest = shown_translations(found.translations.get(entry.message_id, []), for_staff=True)["newest"]
    return {
        "heading": _("No. %(number)s: %(day)s", number=entry.number, day=day_in_words(entry.told.when)),
        "said": [each for each in said if each] + [_("Told on %(day)s.", day=day_and_year(entry.told_on))],
        "words": entry.told.words or _("No words were written."),
        **_reading(entry.language if entry.told.words else current_language().code),
        "translations": [
            {"made": one["made"], "words": one["text"], **_reading(one["language_tag"])} for one in newest
        ],
        "files": [_file(file) for file in link.content["files"]],
        "checksum": link.checksum,
    }


def _reading(code: str) -> dict[str, Any]:
    """In which language a text is, as Typst is told."""
    return {"lang": language_of(code).tag.split("-")[0], "rtl": direction(code) == "rtl"}


def _file(file: Mapping[str, Any]) -> dict[str, str]:
    words = _("%(name)s, %(type)s, %(size)s", name=file["name"], type=file["type"], size=_bare(file_size(file["size"])))
    return {"words": words, "sha256": file["sha256"] or _("This file is damaged and cannot be read.")}


def _bare(text: str) -> str:
    """Without the marks that keep a number together on a page from right to left: no font has them."""
    return text.translate(dict.fromkeys(range(0x2066, 0x206A)))


def as_json(found: OpenReport, links: list[Link], by: str, at: datetime) -> dict[str, Any]:
    """The pack for a program: each content and its checksum, and the translations beside them."""
    return {
        "format": FORMAT,
        "exported_by": by,
        "exported_at": at.isoformat(timespec="seconds"),
        "damaged_messages": damaged_messages(found),
        "entries": [
            {
                "content": link.content,
                "checksum": link.checksum,
                "translations": [_translation(one) for one in found.translations.get(link.entry.message_id, [])],
            }
            for link in links
        ],
    }


def _translation(one: OpenTranslation) -> dict[str, str | None]:
    return {"language": one.language, "text": one.text, "by": one.by, "made_on": one.made_on.isoformat()}
