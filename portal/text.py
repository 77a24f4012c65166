"""What people write, made safe to keep and to show: words stay as they were written, invisible tricks go."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from html.parser import HTMLParser
from typing import Any

from bleach.html5lib_shim import HTML_TAGS
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner

# C0 and C1 controls but tab and newline, lone surrogates, what is never a character, and the overrides that make a line
# read backwards.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff]"
)
# What a title or a name needs no more: format characters and soft hyphens, which show nothing and turn what stands
# around them. Not those that are drawn, nor the joiners: some scripts and emoji need them, within a word.
_UNSEEN_IN_A_LINE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\ufff0-\ufffb\U000e0000-\U000e00ff]"
)
_IDLE_JOINERS = re.compile("(?<![^\x00-\x7f\\s\u200c\u200d])[\u200c\u200d]")
# Unicode's own bound for text that is read as it comes (UAX #15, Stream-Safe Text Format). No language writes more marks
# on a letter, and putting a run of them in order takes the square of its length: 250 KB of them half a minute.
MAX_MARKS = 30
# No web address of use is longer, and looking for one in a word takes the square of the word's length.
_LONG_WORD = re.compile(r"[^\s<>]{1000}")
_NOTHING = re.compile(r"(?!)")
# Of tags within tags; a list in a list in a list is five. The parser looks through all that are open at each tag.
MAX_NESTING = 20

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
_ELEMENTS = frozenset(HTML_TAGS)
# Tags that nothing needs to close; the second kind tells something only by its attributes.
_NEVER_CLOSED = frozenset({"br", "hr", "li", "p", "wbr"})
_EMPTY_WITH_ATTRIBUTES = frozenset({"base", "embed", "img", "input", "link", "meta", "source"})
_TAGS = frozenset({"a", "br", "em", "li", "ol", "p", "strong", "ul"})
_REFERENCE = re.compile(r"&(?=#?[a-z0-9]+;)", re.IGNORECASE)
_BLOCK = re.compile(r"\s*<(p|ul|ol)\b", re.IGNORECASE)
_POINT = re.compile(r"\s*(?:[-•*]\s+|<li\b)", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"<(/?)(script|style|template|title)\b[^<>]*>?", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(/?)([a-z][^\s/<>]*)[^<>]*>?", re.IGNORECASE)
_CLOSED_BY_THE_NEXT = frozenset({"li", "p"})
_SINGLE = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_EMPTY = re.compile(r"<(p|ul|ol|li)>\s*</\1>")
_LOOSE = re.compile(r"(?<=<p>)\s+|\s+(?=</p>)")
_LEADS_AWAY = re.compile(r"(https?://|mailto:)\S", re.IGNORECASE)

# Spaces and what nobody sees, then what makes a formula of a cell.
_BEGINS_FORMULA = r"(?=[\s\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]*[=+\-@＝＋－＠])"
# A number below 0 and then words, such as "-5 or less": no spreadsheet can read it as a formula.
_NUMBER_AND_WORDS = r"[+-]\d{1,15}(?:[.,]\d{1,15})?(?: [^\W\d_]+)(?: \w+)*\Z"
# A spreadsheet takes a cell that begins so for a formula; one that splits at semicolons, also what stands behind one.
_FORMULA = re.compile(rf"\A(?=[\t\r\n])|\A(?!{_NUMBER_AND_WORDS}){_BEGINS_FORMULA}|(?<=[;\t\r\n]){_BEGINS_FORMULA}")


def no_formula(cell: str) -> str:
    """The text of a CSV cell that no spreadsheet takes for a formula: an apostrophe stands before what would be one."""
    return _FORMULA.sub("'", cell.replace("\0", ""))


def as_csv(rows: Iterable[Sequence[str | int]]) -> str:
    """Rows for a spreadsheet (RFC 4180): a mark at the start by which it knows UTF-8, and no cell that is a formula."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        writer.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return "\ufeff" + file.getvalue()


def _marks() -> str:
    """Those that stand on a letter, as a set of a regular expression."""
    runs: list[list[int]] = []
    for code in range(0x300, 0x1F000):
        # Some Tibetan vowels are no marks themselves and come apart into two.
        if unicodedata.combining(unicodedata.normalize("NFD", chr(code))[0]):
            if runs and runs[-1][1] == code - 1:
                runs[-1][1] = code
            else:
                runs.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in runs)


_MARK = re.compile(f"[{_marks()}]")
# A run of more marks on one letter than any language has. Not one set repeated: only one that stands alone at the start is
# looked for at full speed.
_TOO_MANY_MARKS = re.compile(f"{_MARK.pattern}{_MARK.pattern}{{{MAX_MARKS},}}")


def _letters_of(text: str) -> str:
    """Each once: to look through all of a long text for what is seldom in it takes several times as long."""
    return "".join(set(text))


def plain(written: str | None) -> str:
    """Plain text as typed: one kind of line break, nothing a reader cannot see that changes what they read.

    Empty where nothing of it can be seen. `counting()` in static/src/app.js counts what this keeps: change both. The work
    is proportional to the length, whatever the letters are.
    """
    text = (written or "").replace("\r\n", "\n").replace("\r", "\n")
    letters = _letters_of(text)
    if _UNWANTED.search(letters):
        text = _UNWANTED.sub("", text)
    if _MARK.search(letters):
        # After what is unwanted has gone: it may have stood between two runs.
        text = _TOO_MANY_MARKS.sub(lambda run: run[0][:MAX_MARKS], text)
    text = unicodedata.normalize("NFC", text).strip()
    return text if any(map(_is_drawn, text[:100])) or any(map(_is_drawn, _letters_of(text))) else ""


def unwanted(text: str) -> str:
    """The first letter of it that plain() takes out, such as one that makes a line read backwards; empty where there is none."""
    found = _UNWANTED.search(text)
    return found[0] if found else ""


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
    """A title or a name: plain text whose line breaks and runs of spaces are one space each, with nothing unseen in it."""
    seen = written or ""
    letters = _letters_of(seen)
    for unseen in (_UNWANTED, _UNSEEN_IN_A_LINE):
        if unseen.search(letters):
            seen = unseen.sub("", seen)
    if "\u200c" in letters or "\u200d" in letters:
        seen = _IDLE_JOINERS.sub("", seen)
    return " ".join(plain(seen).split())


def rich(typed: str) -> str:
    """Safe HTML for what was typed: an empty line begins a paragraph, lines with "- " are a list, addresses are links.

    Simple HTML that was pasted stays simple HTML; all else of it is taken out and its words stay. Angle brackets that
    are no tag are words: "<anna@example.org>" stays to be read.
    """
    text = _flat(_without_unseen(_escaped(plain(typed))))
    blocks = (_block(block) for block in re.split(r"\n\s*\n", text))
    html = _LOOSE.sub("", _cleaner(finds_links=not _LONG_WORD.search(text)).clean("\n".join(blocks)))
    while (fewer := _EMPTY.sub("", html)) != html:
        html = fewer
    return html.strip().replace(_AMPERSAND, "&amp;")


def _escaped(text: str) -> str:
    """The text with each "<" that begins no tag escaped; without any tag it is no HTML, and "&amp;" was typed as well.

    A tag is taken for one where HTML knows its name and its other half is somewhere too, unless its kind needs none.
    """
    found = [(tag["end"], tag["name"].lower()) for tag in _TAG.finditer(text)]
    halves = ({name for end, name in found if end == half} for half in ("", "/"))
    whole = set.intersection(*halves) & _ELEMENTS | _NEVER_CLOSED

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


def _without_unseen(text: str) -> str:
    """Without scripts and the like; where one is not closed only its tag goes, and the words after it stay."""
    tags = list(_NOT_SHOWN.finditer(text))
    closed_after: dict[str, list[re.Match[str]]] = {}
    ends: dict[int, re.Match[str]] = {}
    for tag in reversed(tags):
        closing = closed_after.setdefault(tag[2].lower(), [])
        if tag[1]:
            closing[:] = [tag]
        elif closing:
            ends[tag.start()] = closing[0]
    made: list[str] = []
    at = 0
    for tag in tags:
        if tag.start() >= at:
            made.append(text[at : tag.start()])
            at = ends.get(tag.start(), tag).end()
    return "".join(made) + text[at:]


def _flat(text: str) -> str:
    """Without the tags that stand deeper than MAX_NESTING in others, or close none; what is written in them stays."""
    stack: list[str] = []
    dropped: Counter[str] = Counter()

    def kept(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name in _SINGLE:
            return tag[0]
        if tag[1]:
            if dropped[name]:
                dropped[name] -= 1
                return ""
            if name not in stack:
                return ""
            # Only this one: the parser opens those anew that were opened within it.
            del stack[len(stack) - 1 - stack[::-1].index(name)]
            return tag[0]
        if stack[-1:] == [name] and name in _CLOSED_BY_THE_NEXT:
            return tag[0]
        if len(stack) == MAX_NESTING:
            dropped[name] += 1
            return ""
        stack.append(name)
        return tag[0]

    return _ANY_TAG.sub(kept, text)


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


def _cleaner(*, finds_links: bool) -> Cleaner:
    """Links that were made as such are checked in any case; addresses in the text become links where `finds_links`.

    One for each text: a cleaner keeps the parser's state, so threads may not share it."""
    found: dict[str, Any] = {"parse_email": True} if finds_links else {"url_re": _NOTHING}
    return Cleaner(
        tags=_TAGS,
        attributes={"a": ["href"]},
        protocols={"http", "https", "mailto"},
        strip=True,
        filters=[partial(LinkifyFilter, callbacks=[_lead_away], **found)],
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
