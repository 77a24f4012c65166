"""The catalogues of sentences: collected from the code, kept up to date, compiled, counted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from portal.languages.i18n import ENGLISH, LANGUAGES, TRANSLATIONS, Language

ROOT = TRANSLATIONS.parent
TEMPLATE = TRANSLATIONS / "messages.pot"
SAFETY = "safety"
KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "lazy_npgettext": ((1, "c"), 2, 3),
}
SAFETY_KEYWORDS = {"safety": None, "safety_plural": (1, 2)}
HEADER = "# The sentences of the portal. Licence: MIT, as the portal."


def catalogue(language: Language) -> Path:
    return TRANSLATIONS / language.locale / "LC_MESSAGES" / "messages.po"


def translated() -> tuple[Language, ...]:
    return tuple(language for language in LANGUAGES if language.code != ENGLISH)


def collected() -> Catalog:
    """Every sentence in code and templates; those said by safety() carry the comment "safety"."""
    found = Catalog(header_comment=HEADER, charset="utf-8", fuzzy=False)
    for words, comments in ((KEYWORDS, []), (SAFETY_KEYWORDS, [SAFETY])):
        for folder in ("portal", "templates"):
            options = {"**.html": {"trimmed": "true", "silent": "false"}}
            for file, line, sentence, _comments, context in extract_from_dir(
                ROOT / folder, [("**.py", "python"), ("**.html", "jinja2")], options, keywords=words
            ):
                where = [(f"{folder}/{file}", line)]
                found.add(sentence, None, where, auto_comments=comments, context=context)
    return found


def extract() -> None:
    TRANSLATIONS.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(_written(collected()))


def update() -> None:
    """Add what is new, drop what is gone; a sentence that changed waits for its translation, nothing is guessed."""
    template = _read(TEMPLATE)
    for language in translated():
        path = catalogue(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        known = (
            _read(path, language)
            if path.exists()
            else Catalog(locale=language.locale, header_comment=HEADER, charset="utf-8", fuzzy=False)
        )
        known.update(template, no_fuzzy_matching=True)
        known.obsolete.clear()
        path.write_bytes(_written(known))


def compile_all() -> None:
    for language in translated():
        path = catalogue(language)
        if path.exists():
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, _read(path, language))


def status() -> Iterator[str]:
    for language in translated():
        messages = [message for message in _read(catalogue(language), language) if message.id]
        done = [message for message in messages if is_translated(message) and not message.fuzzy]
        safety = [message for message in messages if SAFETY in message.auto_comments]
        checked = "checked by a person" if language.reviewed else "not yet checked by a person"
        yield f"{language.code}: {len(done)} of {len(messages)} sentences, {len(safety)} of them about safety; {checked}"


def is_translated(message: object) -> bool:
    said = message.string  # type: ignore[attr-defined]
    return all(said) if isinstance(said, tuple | list) else bool(said)


def _read(path: Path, language: Language | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language.locale if language else None)


def _written(words: Catalog) -> bytes:
    """Without dates and line numbers, so that a catalogue changes only when a sentence does."""
    buffer = io.BytesIO()
    write_po(buffer, words, width=110, omit_header=False, sort_output=True, include_lineno=False, ignore_obsolete=True)
    lines = buffer.getvalue().split(b"\n")
    dated = (
        b'"POT-Creation-Date',
        b'"PO-Revision-Date',
        b'"Generated-By',
        b'"Last-Translator',
        b'"Language-Team',
        b'"Project-Id',
        b'"Report-Msgid',
    )
    return b"\n".join(line for line in lines if not line.startswith(dated))
