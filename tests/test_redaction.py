"""What is blacked out of the copy of a report is gone, in each usual spelling, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.reporting.redaction import BAR, blank_out, not_found


@pytest.mark.parametrize(
    ("text", "hidden", "left"),
    [
        ("Ali is in Italia, ALI's reality.", ["ali"], f"{BAR} is in Italia, {BAR}'s reality."),
        ("Anna, Anny, Annę; Joanna", ["Ann*"], f"{BAR}, {BAR}, {BAR}; Joanna"),
        ("12  Oak\nRoad, 112 Oak Road", ["12 oak road"], f"{BAR}, 112 Oak Road"),
        ("கமலா வந்தாள், கமல்", ["கமலா"], f"{BAR} வந்தாள், கமல்"),
        ("زینب آئی", ["زینب"], f"{BAR} آئی"),
        ("Zoe\u0301 and Zoé", ["Zoé"], f"{BAR} and {BAR}"),
        ("a.b (c) [d]", ["(c)", "[d]", "*", "  "], f"a.b {BAR} {BAR}"),
        ("Ask O’Brien, O'Brien or OʼBrien’s", ["O'Brien"], f"Ask {BAR}, {BAR} or {BAR}’s"),
        ("O'Brien", ["o’brien"], BAR),
        ("Call 07700 900-123, (07700) 900123.", ["07700900123"], f"Call {BAR}, ({BAR}."),
        ("Call 07700900123, 107700900123.", ["07700 900 123"], f"Call {BAR}, 107700900123."),
        ("۰۷۷۰۰ ۹۰۰۱۲۳", ["07700900123"], BAR),
        ("علي، علی، كمال، فاطمة", ["علی", "کمال", "فاطمہ"], f"{BAR}، {BAR}، {BAR}، {BAR}"),
        ("Zoe, Zoë, ZOË\u200f!  Zoey", ["Zoë"], f"{BAR}, {BAR}, {BAR}\u200f!  Zoey"),
        ("Łukasz Ștefan, Lukasz  Stefan", ["Lukasz Ştefan"], f"{BAR}, {BAR}"),
        ("Jo\u00adhn and J\u200bo\ufeffhn", ["John"], f"{BAR} and {BAR}"),
        ("Zo\u0308e\u0301 Ste\u0301\u00adphane", ["Ste*"], f"Zo\u0308e\u0301 {BAR}"),
        ("Anna Oak Road", ["Anna Oak", "Oak Road"], BAR),
    ],
)
def test_names_and_places_are_blacked_out_as_whole_words(text: str, hidden: list[str], left: str) -> None:
    assert blank_out(text, hidden) == left


@given(
    st.lists(st.text("abz ", min_size=1), max_size=4), st.lists(st.sampled_from(["a", "ab", "z b", "abz"]), max_size=3)
)
def test_whatever_is_hidden_is_gone_and_doing_it_twice_changes_nothing(words: list[str], hidden: list[str]) -> None:
    text = " ".join(words)
    left = blank_out(text, hidden)
    assert blank_out(left, hidden) == left
    for each in hidden:
        assert not re.search(rf"(?<!\w){each.replace(' ', chr(92) + 's+')}(?!\w)", left.replace(BAR, "."))


NAMES = ["zoe", "o'brien", "john smith", "07700 900123", "علی کمال", "فاطمہ", "12 oak road", "கமலா"]


def _respelled(letter: str, choose: Callable[[list[str]], str]) -> str:
    """A letter in one of the spellings in which people write it."""
    alike = {
        "e": ["e", "é", "e\u0308", "E"], "o": ["o", "ö", "O", "ø"], "'": ["'", "’", "‘", "ʼ"], "i": ["i", "I", "í"],
        "ی": ["ی", "ي", "ى"], "ک": ["ک", "ك"], "ہ": ["ہ", "ه", "ة"], " ": [" ", "  ", "\n", "\u00a0"],
    }  # fmt: skip
    return choose(alike.get(letter, [letter])) + choose(["", "", "\u00ad", "\u200c", "\u2060"])


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.data())
def test_a_name_is_hidden_in_each_usual_spelling_and_the_rest_stays_byte_for_byte(
    name: str, other: str, data: st.DataObject
) -> None:
    def written(words: str) -> str:
        made = "".join(_respelled(letter, lambda some: data.draw(st.sampled_from(some))) for letter in words)
        return re.sub(r"(?<=\d)\s*(?=\d)", lambda _gap: data.draw(st.sampled_from(["", " ", "-"])), made)

    around = st.text("XYqwñ\u0301ʼß★,. \n\u00a0ی", max_size=12).map(lambda words: f"{words}\u200e.\u200e")
    before, after = data.draw(around), data.draw(around)
    text = f"{before} {written(name)}, {after}"
    left = blank_out(text, [written(name)])
    assert left.startswith(f"{before} {BAR}")
    assert left.endswith(f", {after}")
    assert re.sub("[\u00ad\u200c\u2060]", "", left) == f"{before} {BAR}, {after}"
    assert blank_out(left, [name]) == left
    assert not_found([text], [name, other]) == ([] if name == other else [other])
