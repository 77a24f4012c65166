"""A PDF that screen readers can read (PDF/UA-1), made by Typst in memory: nothing of it lies on a disk."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from portal import package_data

# Typst names all letters that are missing at once; what stands for them could be missing too.
MAX_ATTEMPTS = 5
# Of what Typst says of a text for which no font has the letters.
_MISSING = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_RUST_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


class CannotTypeset(Exception):
    """Typst is not installed, or refuses the document."""


def can_typeset() -> bool:
    """Whether the extra `evidence` is installed."""
    return find_spec("typst") is not None


def typeset(
    template: str, data: dict[str, Any], fonts: Sequence[str], unreadable: Callable[[str], str], at: int
) -> bytes:
    """The template (a file in templates/) filled with `data`; `at` is the moment it bears, in seconds.

    A letter that no installed font has stands as its number, `[U+6F22]`; a text that is mostly of such letters is replaced
    by what `unreadable` says of its script. `data` gets `lacks_letters`, whether there were any, `scripts`, the names of
    those scripts, and `fonts`, those of the `fonts` that are installed. Raises CannotTypeset.
    """
    if not can_typeset():
        raise CannotTypeset
    import typst  # its library has 84 MB: only who exports loads it

    installed = typst.Fonts()
    source = (package_data.folder("templates") / template).read_bytes()
    families = set(installed.families())
    more = {"lacks_letters": False, "scripts": [], "fonts": [one for one in fonts if one in families]}
    filled = data | more
    compiler = typst.Compiler(font_paths=installed)
    lacking: set[str] = set()
    for _attempt in range(MAX_ATTEMPTS):
        try:
            made = compiler.compile(
                source, format="pdf", pdf_standards="ua-1", timestamp=at, sys_inputs={"data": json.dumps(filled)}
            )
        except typst.TypstError as refused:
            found = {_unescaped(text) for text in _MISSING.findall(str(refused.diagnostic))} - lacking
            if not found:
                raise CannotTypeset from None
            lacking |= found
            more |= {"lacks_letters": True, "scripts": scripts_of("".join(lacking))}
            filled = without_letters(data, "".join(lacking), unreadable) | more
        else:
            assert isinstance(made, bytes), "a PDF is one file"
            return made
    raise CannotTypeset


def _unescaped(text: str) -> str:
    """What Rust wrote as `\\u{6f22}` or `\\n`."""
    return _RUST_ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _SHORT.get(found[2], found[2]), text)


def without_letters(value: Any, lacking: str, unreadable: Callable[[str], str]) -> Any:
    """All texts in `value` without these letters: each by its number, or of a text that is mostly of them what is said instead."""
    if isinstance(value, dict):
        return {name: without_letters(each, lacking, unreadable) for name, each in value.items()}
    if isinstance(value, list):
        return [without_letters(each, lacking, unreadable) for each in value]
    if not isinstance(value, str):
        return value
    gone = set(lacking)
    letters = [letter for letter in value if _is_of_a_script(letter)]
    lost = [letter for letter in letters if letter in gone]
    if len(lost) > len(letters) / 4:
        return unreadable(", ".join(scripts_of("".join(lost))))
    return "".join(f"[U+{ord(letter):04X}]" if letter in gone else letter for letter in value)


def scripts_of(text: str) -> list[str]:
    """The scripts of its letters as Unicode names them, CJK or TAMIL: the first word of each letter's name."""
    return sorted(
        {re.split("[ -]", unicodedata.name(letter, ""))[0] for letter in text if _is_of_a_script(letter)} - {""}
    )


def _is_of_a_script(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LM"
