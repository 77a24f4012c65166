"""Replies that officers send again and again, ready in every language, to be changed before they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.languages.i18n import ENGLISH, Language, day_in, language_of


@dataclass(frozen=True)
class Reply:
    """`title` is what officers choose by; `text` is what the reporter reads, in their language."""

    title: Any
    text: Any


REPLIES = {
    "read": Reply(
        _l("We have read it"),
        _l("Thank you for telling us. An officer has read your report. We write to you again here by %(day)s."),
    ),
    "when": Reply(
        _l("Ask when it happened"),
        _l(
            "Thank you. Can you tell us more about when it happened? The day or the part of the day is enough. You can write in any language."
        ),
    ),
    "support": Reply(
        _l("They can get support"),
        _l(
            "You can get support. It is free and private, and you do not have to report to the police. Press “%(support)s” on this page to see who can help."
        ),
    ),
    "safe": Reply(
        _l("Ask whether they are safe now"),
        _l(
            "We need to know if you are safe now. Please write to us here. Call 999 now if someone is hurt, it is still happening, or the person is still near you."
        ),
    ),
    "passed_on": Reply(
        _l("We have passed it on"),
        _l("We have passed what you told us to the service that can help. We write to you again here by %(day)s."),
    ),
    "no_place": Reply(
        _l("Nothing we can do: it does not say where"),
        _l(
            "An officer has read your report. We are not able to act on it, because it does not say where it happened. You can still add to it here."
        ),
    ),
    "not_found": Reply(
        _l("Nothing we can do: we do not know who did it"),
        _l(
            "We looked into what you told us. We could not find out who did it, so we can do nothing more now. If you learn more, or it happens again, write to us here."
        ),
    ),
    "not_ours": Reply(
        _l("Nothing we can do: not ours to act on"),
        _l(
            "An officer has read your report. We are not able to act on it, because neither we nor our partners have the power to. You can still write to us here, and you can get support."
        ),
    ),
    "closing": Reply(
        _l("We are closing it"),
        _l(
            "We are closing your report now. You can still write to us here. If it happens again, or you do not feel safe, tell us."
        ),
    ),
    "language": Reply(
        _l("A person translates it"),
        _l(
            "We cannot read the language that you wrote in. A person translates it for us. We write to you again here by %(day)s."
        ),
    ),
    "again": Reply(
        _l("It keeps happening"),
        _l(
            "If it keeps happening, write to us here each time: what happened, and when. Each time helps us to see the pattern."
        ),
    ),
}

# Each stands ready on a page of its own: see portal/staff/merging.py.
OF_MERGING = {
    "merged": Reply(
        _l("It goes on together with another"),
        _l(
            "Thank you for telling us. We work on your report together with what else we know about the same thing. Your receipt number still works. Only officers read what you write here. We tell you here what comes of it."
        ),
    ),
    "unmerged": Reply(
        _l("It goes on by itself again"),
        _l(
            "We looked again. We now work on your report by itself. Your receipt number still works. We write to you again here by %(day)s."
        ),
    ),
}


@dataclass(frozen=True)
class Ready:
    """A reply as it is sent: in which language, and what it says in English."""

    text: str
    language: str
    english: str


def reply_in(language: Language, code: str, write_again_by: date) -> Ready:
    """The reply in this language; where nobody has checked its words the English goes with them, beneath."""
    english = _said_in(language_of(ENGLISH), code, write_again_by)
    return in_both(
        language, _said_in(language, code, write_again_by) if _is_translated(language, code) else "", english
    )


def in_both(language: Language, ours: str, english: str) -> Ready:
    """The words in this language, with the English beneath where nobody has checked them; `ours` is empty where there are none."""
    if not ours or ours == english:
        return Ready(english, ENGLISH, english)
    return Ready(ours if language.reviewed else f"{ours}\n\n{english}", language.code, english)


def _reply(code: str) -> Reply:
    return REPLIES.get(code) or OF_MERGING[code]


def _said_in(language: Language, code: str, write_again_by: date) -> str:
    with force_locale(language.locale):
        named = {"day": day_in(write_again_by, language), "support": _("Get support")}
        return str(_reply(code).text) % named


def _is_translated(language: Language, code: str) -> bool:
    """A sentence that is new may not have been translated yet: it is English then, and is said to be."""
    with force_locale(language.locale):
        ours = str(_reply(code).text)
    with force_locale(language_of(ENGLISH).locale):
        return ours != str(_reply(code).text)
