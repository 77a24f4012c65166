"""Sealing: what was sealed opens whole, in its own place and under its own key, and its length tells next to nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nacl.secret import Aead

from portal.reporting.conversations import LONG_TEXT_PAD, MAX_TEXT, MESSAGE
from portal.reporting.storing import NARRATIVE
from portal.vault import sealing
from portal.vault.sealing import SealError

KEY, KEY_ID, ROW = bytes(range(32)), uuid.UUID(int=7), uuid.UUID(int=9)
LABEL = "report.narrative/1"
TAMIL = "வணக்கம்"

answers = st.none() | st.booleans() | st.integers() | st.text() | st.dictionaries(st.text(), st.text(), max_size=3)
contents = st.dictionaries(st.sampled_from(["text", "by", "answers", "typed", ""]), answers)
lists_of_bytes = st.lists(st.binary(max_size=8), max_size=4)


def sealed(content: dict[str, Any], pad_to: int = 256, label: str = LABEL) -> bytes:
    return sealing.seal(content, KEY, KEY_ID, label, ROW, pad_to)


def text_of(characters: str, length: int) -> str:
    return (characters * length)[:length]


@given(content=contents, pad_to=st.integers(1, 5000))
@settings(deadline=None)
def test_what_was_sealed_opens_as_it_was(content: dict[str, Any], pad_to: int) -> None:
    assert sealing.unseal(sealed(content, pad_to), KEY, LABEL, ROW) == {"is": LABEL} | content


def test_a_blob_names_the_key_that_opens_it() -> None:
    assert sealing.key_id(sealed({"text": "x"})) == KEY_ID


def test_the_same_words_never_look_the_same_twice() -> None:
    assert len({sealed({"text": "x"}) for _ in range(100)}) == 100


def test_four_thousand_tamil_letters_and_ten_english_ones_have_one_length() -> None:
    told = [text_of(TAMIL, MAX_TEXT), "They shout", ""]
    assert len({len(sealed({"text": text}, LONG_TEXT_PAD)) for text in told}) == 1


@pytest.mark.parametrize("worst", ["😀", '"', "\\", "\n", "\t", "ﷺ", "\u2028"])
def test_the_longest_text_of_the_most_costly_letters_fits_one_block(worst: str) -> None:
    one_block = len(sealed({"text": ""}, LONG_TEXT_PAD))
    assert len(sealed({"text": worst * MAX_TEXT}, LONG_TEXT_PAD, NARRATIVE)) == one_block
    signed = {"text": worst * MAX_TEXT, "by": "😀" * 80}  # a colleague's name has at most 80 letters
    assert len(sealed(signed, LONG_TEXT_PAD, MESSAGE)) == one_block


@given(text=st.text(max_size=600), pad_to=st.sampled_from([64, 256, 1024]))
@settings(deadline=None)
def test_a_length_tells_whole_blocks_only(text: str, pad_to: int) -> None:
    around = 1 + 16 + 24 + 16  # format, key id, nonce, tag
    assert (len(sealed({"text": text}, pad_to)) - around) % pad_to == 0


def test_a_changed_bit_anywhere_in_a_blob_is_noticed() -> None:
    blob = sealed({"text": "x"})
    for position in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(SealError):
            sealing.unseal(bytes(changed), KEY, LABEL, ROW)


def test_a_blob_cut_short_or_made_longer_is_noticed() -> None:
    blob = sealed({"text": "x"})
    for wrong in [blob[:length] for length in range(len(blob))] + [blob + b"\x00", blob + blob]:
        with pytest.raises(SealError):
            sealing.unseal(wrong, KEY, LABEL, ROW)


def test_a_blob_moved_to_another_use_row_or_key_does_not_open() -> None:
    blob = sealed({"text": "x"})
    for key, label, row in [
        (bytes(32), LABEL, ROW),
        (KEY, "report.narrative/2", ROW),
        (KEY, "report.message/1", ROW),
        (KEY, "", ROW),
        (KEY, LABEL, uuid.UUID(int=10)),
        (KEY[:31], LABEL, ROW),
    ]:
        with pytest.raises(SealError):
            sealing.unseal(blob, key, label, row)


def test_a_wrapped_key_opens_only_for_whom_it_was_wrapped() -> None:
    private, public = sealing.new_pair()
    wrapped = sealing.wrap(KEY, public)
    assert sealing.public_of(private) == public
    assert sealing.unwrap(wrapped, private) == KEY
    for thief in (sealing.new_pair()[0], public):
        with pytest.raises(SealError):
            sealing.unwrap(wrapped, thief)


def test_a_changed_or_cut_wrapped_key_is_noticed() -> None:
    private, public = sealing.new_pair()
    wrapped = sealing.wrap(KEY, public)
    changed = [wrapped[:i] + bytes([wrapped[i] ^ 1]) + wrapped[i + 1 :] for i in range(len(wrapped))]
    for wrong in changed + [wrapped[:length] for length in range(len(wrapped))]:
        with pytest.raises(SealError):
            sealing.unwrap(wrong, private)


@given(secret=st.binary(max_size=200), other=st.binary(min_size=32, max_size=32))
@settings(deadline=None)
def test_a_locked_secret_opens_with_its_own_key_only(secret: bytes, other: bytes) -> None:
    assume(other != KEY)
    locked = sealing.lock(secret, KEY, "use", b"row")
    assert sealing.unlock(locked, KEY, "use", b"row") == secret
    for key, label, row in [(other, "use", b"row"), (KEY, "other use", b"row"), (KEY, "use", b"other row")]:
        with pytest.raises(SealError):
            sealing.unlock(locked, key, label, row)


@given(secret=st.binary(max_size=200), beginning=st.sampled_from([b"", sealing.LOCK_FORMAT]))
@settings(deadline=None)
def test_what_was_locked_before_labels_came_still_opens(secret: bytes, beginning: bytes) -> None:
    """Its random beginning may by chance be the byte with which the newer ones begin."""
    nonce = (beginning + sealing.random(24))[:24]
    locked = bytes(Aead(KEY).encrypt(secret, b"lock/1", nonce))
    assert sealing.unlock(locked, KEY, "use", b"row") == secret


def test_a_locked_secret_does_not_pass_for_one_from_before_labels_came() -> None:
    locked = sealing.lock(b"secret", KEY, "use", b"row")
    for shape in (locked[1:], b"\x01" + locked[1:], locked + b"\x00", locked[:1] + locked):
        with pytest.raises(SealError):
            sealing.unlock(shape, KEY, "other use", b"row")


def test_a_changed_or_cut_locked_secret_is_noticed() -> None:
    locked = sealing.lock(b"secret", KEY, "use")
    changed = [locked[:i] + bytes([locked[i] ^ 1]) + locked[i + 1 :] for i in range(len(locked))]
    for wrong in changed + [locked[:length] for length in range(len(locked))]:
        with pytest.raises(SealError):
            sealing.unlock(wrong, KEY, "use")


def test_what_a_person_types_gives_the_same_key_again_and_with_other_salt_another() -> None:
    def stretched(text: str = "words", salt: bytes = bytes(16), ops: int = 1, memory: int = 8192) -> bytes:
        return sealing.stretch(text, salt, ops=ops, memory=memory)

    assert stretched() == stretched()
    others = [stretched("Words"), stretched(salt=bytes(15) + b"\x01"), stretched(ops=2), stretched(memory=16384)]
    assert len({stretched(), *others}) == 5


@given(one=lists_of_bytes, other=lists_of_bytes)
@settings(max_examples=300, deadline=None)
def test_two_lists_of_parts_never_give_one_key(one: list[bytes], other: list[bytes]) -> None:
    assume(one != other)
    assert sealing.derive(KEY, "a", *one) != sealing.derive(KEY, "a", *other)


@given(parts=lists_of_bytes, cut=st.integers(0, 8))
@settings(deadline=None)
def test_moving_the_boundary_between_parts_gives_another_key(parts: list[bytes], cut: int) -> None:
    whole = b"".join(parts)
    moved = [whole[:cut], whole[cut:]]
    assume(moved != parts)
    assert sealing.derive(KEY, "a", *parts) != sealing.derive(KEY, "a", *moved)


def test_a_key_for_one_purpose_is_not_the_key_for_another() -> None:
    keys = {
        sealing.derive(key, purpose) for key in (KEY, bytes(32)) for purpose in ("receipt lookup", "receipt key", "")
    }
    assert len(keys) == 6
    assert all(len(key) == sealing.KEY_SIZE for key in keys)
