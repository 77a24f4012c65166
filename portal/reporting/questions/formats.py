"""What is asked of someone who needs another format, an interpreter or British Sign Language, as data."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.questions.question import Page, box, line, one, several

FORMATS = Page(
    code="formats",
    title=_l("What you need"),
    heading=_l("What do you need?"),
    questions=(
        several(
            "formats",
            _l("Choose all that fit"),
            {
                "large_print": _l("Large print"),
                "audio": _l("Audio"),
                "braille": _l("Braille"),
                "easy_read": _l("Easy Read"),
                "bsl": _l("British Sign Language (BSL): a video or an interpreter"),
                "interpreter": _l("An interpreter for a spoken language"),
                "translation": _l("A translation"),
            },
        ),
        one(
            "format_of",
            _l("What is it for?"),
            {
                "website": _l("A page of this website"),
                "letter": _l("A letter or paper from us"),
                "meeting": _l("A meeting or an event"),
                "report": _l("A report that I have made"),
                "other": _l("Something else"),
            },
        ),
        line("format_language", _l("Which language?"), 60, _l("For an interpreter or a translation.")),
        box(
            "format_words",
            _l("Is there more that we should know?"),
            4_000,
            _l("Only if you want to. For example the name of the page or paper, or the day and place of a meeting."),
        ),
    ),
)
