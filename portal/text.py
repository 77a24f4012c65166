"""What people write, made safe to keep and to show: words stay as they were written, invisible tricks go."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from html.parser import HTMLParser
from typing import Any

from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner

# C0 and C1 controls but tab and newline, lone surrogates, and the overrides that make a line read backwards.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")

_TAGS = frozenset({"a", "br", "em", "li", "ol", "p", "strong", "ul"})
_BLOCK = re.compile(r"\s*<(p|ul|ol)\b", re.IGNORECASE)
_POINT = re.compile(r"\s*(?:[-•*]\s+|<li\b)", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"<(script|style|template|title)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_EMPTY = re.compile(r"<(p|ul|ol|li)>\s*</\1>")
_LOOSE = re.compile(r"(?<=<p>)\s+|\s+(?=</p>)")
_LEADS_AWAY = re.compile(r"(https?://|mailto:)\S", re.IGNORECASE)

# Spaces and what nobody sees, then what makes a formula of a cell.
_BEGINS_FORMULA = r"(?=[\s\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]*[=+\-@＝＋－＠])"
# A spreadsheet takes a cell that begins so for a formula; one that splits at semicolons, also what stands behind one.
_FORMULA = re.compile(rf"\A(?=[\t\r\n])|\A{_BEGINS_FORMULA}|(?<=[;\t\r\n]){_BEGINS_FORMULA}")


def no_formula(cell: str) -> str:
    """The text of a CSV cell that no spreadsheet takes for a formula: an apostrophe stands before what would be one."""
    return _FORMULA.sub("'", cell.replace("\0", ""))


def plain(written: str | None) -> str:
    """Plain text as typed: one kind of line break, nothing a reader cannot see that changes what they read."""
    text = (written or "").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


def one_line(written: str | None) -> str:
    """A title or a name: plain text whose line breaks and runs of spaces are one space each."""
    return " ".join(plain(written).split())


def rich(typed: str) -> str:
    """Safe HTML for what was typed: an empty line begins a paragraph, lines with "- " are a list, addresses are links.

    Simple HTML that was pasted stays simple HTML; all else of it is taken out and its words stay.
    """
    blocks = (_block(block) for block in re.split(r"\n\s*\n", _NOT_SHOWN.sub("", plain(typed))))
    html = _LOOSE.sub("", _cleaner().clean("\n".join(blocks)))
    while (fewer := _EMPTY.sub("", html)) != html:
        html = fewer
    return html.strip()


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
                self.parts.append("\n- ")
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
    """What `rich` made, as plain text: for calendars, which show no HTML."""
    said = _Said()
    said.feed(html)
    said.close()
    lines = [" ".join(line.split()) for line in "".join(said.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
