"""Events as feed readers and other sites read them: Atom (RFC 4287), newest change first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from portal.events.feeds import Entry

ATOM = "http://www.w3.org/2005/Atom"
XML = "{http://www.w3.org/XML/1998/namespace}"
# RFC 4287 asks when a feed was changed last, of one in which nothing stands as well.
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
# What XML 1.0 cannot hold, even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", ATOM)


def feed(
    entries: Iterable[tuple[Entry, str]], *, name: str, author: str, language: str, own_address: str, page: str
) -> bytes:
    """The same bytes for the same entries. Each comes with a line on when and where it is."""
    ordered = sorted(entries, key=lambda pair: (pair[0].changed_at, pair[0].uid), reverse=True)
    root = ET.Element(f"{{{ATOM}}}feed", {f"{XML}lang": language})
    _add(root, "id", own_address)
    _add(root, "title", name)
    _add(root, "updated", _moment(max((entry.changed_at for entry, _line in ordered), default=NEVER)))
    _add(root, "link", rel="self", type="application/atom+xml", href=own_address)
    _add(root, "link", rel="alternate", type="text/html", href=page)
    _add(_add(root, "author"), "name", author)
    for entry, line in ordered:
        one = _add(root, "entry")
        _add(one, "id", f"urn:uuid:{entry.uid}")
        _add(one, "title", entry.title)
        _add(one, "updated", _moment(entry.changed_at))
        if entry.created_at:
            _add(one, "published", _moment(entry.created_at))
        _add(one, "link", rel="alternate", type="text/html", href=entry.url)
        if entry.category:
            _add(one, "category", term=entry.category)
        _add(one, "summary", line)
        _add(one, "content", entry.html, type="html", **{f"{XML}lang": entry.language})
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{ATOM}}}{name}", {key: _clean(value) for key, value in attributes.items()})
    made.text = _clean(text) or None
    return made


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
