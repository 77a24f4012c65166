"""What people write, made safe to keep and to show: words stay as they were written, invisible tricks go."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from html.parser import HTMLParser
from typing import Any

from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner

# C0 and C1 controls but tab and newline, lone surrogates, what is never a character, and the overrides that make a line
# read backwards.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff]"
)

# What shows nothing although it is no space, mark or control: Braille and hieroglyphic blanks, fillers, a placeholder.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U00013441\U00013442\U0001d159")
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"})
# Format characters that are drawn all the same: Arabic, Syriac and Kaithi number signs (Unicode 15, 23.2 and 9.2).
_DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Reserved for what is not drawn (Default_Ignorable_Code_Point).
_NEVER_DRAWN = (range(0x2065, 0x2066), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
# An "&" that was typed and begins no character reference: the cleaner would read one.
_AMPERSAND = "\ufdd0"

# A tag as HTML writes it: every attribute has a value. "<to be said>" and "<anna@example.org>" are none.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-z][a-z0-9:-]*+)(?P<attributes>(?:\s++[a-z:-]++\s*+=\s*+(?:"[^"]*"|'[^']*'|[^\s"'<>=`]++))*+)\s*+/?>""",
    re.IGNORECASE,
)
# Tags that nothing needs to close; the second kind tells something only by its attributes.
_NEVER_CLOSED = frozenset({"br", "hr", "li", "p", "wbr"})
_EMPTY_WITH_ATTRIBUTES = frozenset({"base", "embed", "img", "input", "link", "meta", "source"})
_TAGS = frozenset({"a", "br", "em", "li", "ol", "p", "strong", "ul"})
_REFERENCE = re.compile(r"&(?=#?[a-z0-9]+;)", re.IGNORECASE)
_BLOCK = re.compile(r"\s*<(p|ul|ol)\b", re.IGNORECASE)
_POINT = re.compile(r"\s*(?:[-•*]\s+|<li\b)", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"<(script|style|template|title)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_EMPTY = re.compile(r"<(p|ul|ol|li)>\s*</\1>")
_LOOSE = re.compile(r"(?<=<p>)\s+|\s+(?=</p>)")
_LEADS_AWAY = re.compile(r"(https?://|mailto:)\S", re.IGNORECASE)


def plain(written: str | None) -> str:
    """Plain text as typed: one kind of line break, nothing a reader cannot see that changes what they read.

    Empty where nothing of it can be seen. `counting()` in static/src/app.js counts what this keeps: change both.
    """
    text = (written or "").replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()
    return text if any(map(_is_drawn, set(text))) else ""


def _is_drawn(letter: str) -> bool:
    """Whether a reader sees it, standing alone; what this Unicode version does not know yet counts as seen."""
    if unicodedata.category(letter) in _BLANK_CATEGORIES:
        return letter in _DRAWN
    return letter not in _BLANK_LETTERS and not any(ord(letter) in blank for blank in _NEVER_DRAWN)


def digits(typed: str) -> str:
    """The decimal digits of what was typed, in any script, as ASCII; all else is left out."""
    values = (unicodedata.decimal(letter, None) for letter in typed)
    return "".join(str(value) for value in values if value is not None)


def normalised(secret: str) -> str:
    """A password or passphrase in the form in which it is hashed (NFC, as RFC 8265 has it)."""
    return unicodedata.normalize("NFC", secret)


def spellings(secret: str) -> tuple[str, ...]:
    """The forms to try a password or passphrase in, the normalised first: older hashes were made of what a keyboard sent."""
    return tuple(dict.fromkeys((normalised(secret), secret, unicodedata.normalize("NFD", secret))))


def one_line(written: str | None) -> str:
    """A title or a name: plain text whose line breaks and runs of spaces are one space each."""
    return " ".join(plain(written).split())


def rich(typed: str) -> str:
    """Safe HTML for what was typed: an empty line begins a paragraph, lines with "- " are a list, addresses are links.

    Simple HTML that was pasted stays simple HTML; all else of it is taken out and its words stay. Angle brackets that
    are no tag are words: "<anna@example.org>" stays to be read.
    """
    blocks = (_block(block) for block in re.split(r"\n\s*\n", _NOT_SHOWN.sub("", _escaped(plain(typed)))))
    html = _LOOSE.sub("", _cleaner().clean("\n".join(blocks)))
    while (fewer := _EMPTY.sub("", html)) != html:
        html = fewer
    return html.strip().replace(_AMPERSAND, "&amp;")


def _escaped(text: str) -> str:
    """The text with each "<" that begins no tag escaped; without any tag it is no HTML, and "&amp;" was typed as well.

    A tag is taken for one where its other half is somewhere too, unless its kind needs none.
    """
    found = [(tag["end"], tag["name"].lower()) for tag in _TAG.finditer(text)]
    halves = ({name for end, name in found if end == half} for half in ("", "/"))
    whole = set.intersection(*halves) | _NEVER_CLOSED

    def is_tag(tag: re.Match[str]) -> bool:
        name = tag["name"].lower()
        return name in whole or (name in _EMPTY_WITH_ATTRIBUTES and bool(tag["attributes"]))

    made: list[str] = []
    place = 0
    for tag in filter(is_tag, _TAG.finditer(text)):
        made += [text[place : tag.start()].replace("<", "&lt;"), tag[0]]
        place = tag.end()
    made.append(text[place:].replace("<", "&lt;"))
    if len(made) == 1:
        return _REFERENCE.sub(_AMPERSAND, text).replace("<", "&lt;")
    return "".join(made)


def _block(text: str) -> str:
    if _BLOCK.match(text):
        return text
    made: list[str] = []
    lines: list[str] = []
    points: list[str] = []

    def close() -> None:
        if lines:
            made.append(f"<p>{'<br>'.join(lines)}</p>")
        if points:
            made.append(f"<ul>{''.join(points)}</ul>")
        lines.clear()
        points.clear()

    for line in text.split("\n"):
        point = _POINT.match(line)
        if bool(point) != bool(points):
            close()
        if point is None:
            lines.append(line)
        else:
            points.append(line if point[0].strip().startswith("<") else f"<li>{line[point.end() :]}</li>")
    close()
    return "\n".join(made)


def _cleaner() -> Cleaner:
    """One for each text: a cleaner keeps the parser's state, so threads may not share it."""
    return Cleaner(
        tags=_TAGS,
        attributes={"a": ["href"]},
        protocols={"http", "https", "mailto"},
        strip=True,
        filters=[partial(LinkifyFilter, callbacks=[_lead_away], parse_email=True)],
    )


def _lead_away(attributes: dict[Any, str], _new: bool = False) -> dict[Any, str] | None:
    """A link to elsewhere, to which this page says nothing; None, and its words alone stay, where it leads within."""
    href = attributes.get((None, "href"), "")
    if not _LEADS_AWAY.match(href):
        return None
    return {(None, "href"): href, (None, "rel"): "noopener noreferrer nofollow", "_text": attributes["_text"]}


class _Said(HTMLParser):
    """The words of clean HTML as lines of text, the address of a link behind its words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "br":
                self.parts.append("\n")
            case "p" | "ul" | "ol":
                self.parts.append("\n\n")
            case "li":
                self.parts.append("\n• ")
            case "a":
                self._link = (dict(attrs).get("href") or "", len(self.parts))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            address, begins = self._link
            shown = address.removeprefix("mailto:")
            if "".join(self.parts[begins:]) not in {shown, shown.partition("://")[2]}:
                self.parts.append(f" ({shown})")
            self._link = None

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))


def unmarked(html: str) -> str:
    """What `rich` made, as plain text: for calendars, which show neither HTML nor Markdown."""
    said = _Said()
    said.feed(html)
    said.close()
    lines = [" ".join(line.split()) for line in "".join(said.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
