"""The receipt: sixteen digits drawn fairly, read however they are typed, and turned into two keys with costly work."""

from __future__ import annotations

import fcntl
import os
import random
import subprocess
import sys
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.db import transaction
from portal.reporting.storing import TEAMS
from portal.vault import keyholders, receipts
from portal.vault.keyholders import Mode, VaultError
from portal.vault.receipts import NotAReceipt
from tests.support.people import Resident
from tests.test_setup import ROOT

# Every script's zero: Arabic, Persian and Urdu, Devanagari, Tamil, full-width, mathematical and so on.
ZEROES = [chr(code) for code in range(sys.maxunicode) if unicodedata.decimal(chr(code), None) == 0]
BETWEEN = st.text(
    st.sampled_from(" -–—_.,/\t\n\u00a0\u200b\u200c\u200d\u200e\u200f\u061c\u2066\u2069\ufeff()'"), max_size=3
)
digit_strings = st.text("0123456789", min_size=16, max_size=16)


@given(digits=digit_strings, zero=st.sampled_from(ZEROES), between=st.lists(BETWEEN, min_size=17, max_size=17))
@settings(deadline=None)
def test_a_receipt_is_read_in_every_scripts_digits_whatever_stands_between(
    digits: str, zero: str, between: list[str]
) -> None:
    typed = between[0] + "".join(
        chr(ord(zero) + int(digit)) + gap for digit, gap in zip(digits, between[1:], strict=True)
    )
    assert receipts.read(typed) == digits


@given(typed=st.lists(st.tuples(st.sampled_from(ZEROES), st.integers(0, 9)), max_size=16))
@settings(deadline=None)
def test_a_receipt_may_mix_scripts_and_any_other_count_says_how_many_digits_it_has(
    typed: list[tuple[str, int]],
) -> None:
    text = "".join(chr(ord(zero) + digit) for zero, digit in typed)
    if len(typed) == 16:
        assert receipts.read(text) == "".join(str(digit) for _, digit in typed)
    else:
        with pytest.raises(NotAReceipt) as problem:
            receipts.read(text)
        assert problem.value.typed == len(typed)


@given(typed=st.text(max_size=40))
@settings(deadline=None)
def test_whatever_is_typed_is_sixteen_digits_or_a_count_of_digits(typed: str) -> None:
    found = sum(unicodedata.decimal(c, None) is not None for c in typed)
    read, told = "", found
    try:
        read = receipts.read(typed)
    except NotAReceipt as problem:
        told = problem.typed
    assert told == found
    assert not read or (found == 16 and len(read) == 16 and read.isascii() and read.isdecimal())


@pytest.mark.parametrize("letter", ["O", "l", "x", "é", "ش", "த", "號", "²", "①", "Ⅳ"])
def test_a_letter_among_the_digits_is_never_guessed_at(letter: str) -> None:
    for typed in (f"1234 5678 9012 3456{letter}", f"1234 5678 9012 345{letter}"):
        with pytest.raises(NotAReceipt):
            receipts.read(typed)


@pytest.mark.same_on_both
def test_someone_who_mistypes_is_told_how_many_digits_they_typed(resident: Resident) -> None:
    for typed, says in [
        ("1234 5678", "You typed 8 digits. The receipt number has 16."),
        ("1", "You typed 1 digit. The receipt number has 16."),
        ("۱۲۳۴ ۵۶۷۸ ۹۰۱۲ ۳۴۵۶ ۷", "You typed 17 digits. The receipt number has 16."),
        ("", "You typed 0 digits. The receipt number has 16."),
    ]:
        resident.get("/return")
        resident.post("/return", receipt=typed)
        resident.see(says)


def test_receipts_are_sixteen_digits_and_every_digit_is_as_likely_in_every_place() -> None:
    drawn = [receipts.draw() for _ in range(5000)]
    assert all(len(one) == 16 and one.isascii() and one.isdecimal() for one in drawn)
    assert len(set(drawn)) == 5000
    for place in range(16):
        seen = Counter(one[place] for one in drawn)
        chi_squared = sum((seen[digit] - 500) ** 2 / 500 for digit in "0123456789")
        assert chi_squared < 45  # nine degrees of freedom: once in a million


def test_a_receipt_is_shown_in_four_groups_of_four() -> None:
    assert receipts.groups("1234567890123456") == ["1234", "5678", "9012", "3456"]


@pytest.mark.same_on_both
def test_one_receipt_gives_the_same_two_keys_again_and_another_gives_others(app: Flask) -> None:
    with app.app_context():
        one, again, other = (receipts.derive(digits) for digits in ["1234567890123456"] * 2 + ["1234567890123457"])
    assert one == again
    assert len({one.lookup, one.key, other.lookup, other.key}) == 4
    assert {len(key) for key in (one.lookup, one.key)} == {32}


@pytest.mark.same_on_both
def test_the_keys_depend_on_the_installations_salt_and_on_its_pepper(
    app: Flask, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    with app.app_context():
        usual = receipts.derive("1234567890123456")
        with transaction() as db:
            found = db.get_one(keyholders.Vault, 1)
            salt, found.receipt_salt = found.receipt_salt, bytes(16)
        salted = receipts.derive("1234567890123456")
        with transaction() as db:
            db.get_one(keyholders.Vault, 1).receipt_salt = salt
    with make_app(data=tmp_path / "elsewhere").app_context():  # the database stolen, the secrets not
        peppered = receipts.derive("1234567890123456")
    assert (
        len({keys.lookup for keys in (usual, salted, peppered)} | {keys.key for keys in (usual, salted, peppered)}) == 6
    )


def test_without_a_vault_there_are_no_receipts(bare_app: Flask) -> None:
    with bare_app.app_context(), pytest.raises(VaultError, match="no vault yet"):
        receipts.derive("1234567890123456")


@contextmanager
def held(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


DERIVE = """
import sys
from pathlib import Path
from portal import create_app
from portal.vault import receipts
app = create_app(data=Path(sys.argv[1]), database_url=sys.argv[2], testing=True)
with app.app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    print(receipts.derive("1234567890123456").lookup.hex(), flush=True)
"""


@pytest.mark.dear
@pytest.mark.usefixtures("full_receipts")
def test_at_most_two_receipts_are_derived_at_once_on_the_whole_machine(app: Flask, database: str) -> None:
    """test_flock shows that two locks let no third in; here everyone who derives stands in line for them."""
    data: Path = app.extensions["settings"].data
    locks = [data / "derive-0.lock", data / "derive-1.lock"]
    found: list[str] = []

    def derive() -> None:
        with app.app_context():
            found.append(receipts.derive("1234567890123456").lookup.hex())

    derive()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen([sys.executable, "-c", DERIVE, str(data), database], cwd=ROOT, **pipes) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "ready\n"
        threads = [threading.Thread(target=derive) for _ in range(3)]
        answer = threading.Thread(target=lambda: found.append(other.stdout.readline().strip()))  # type: ignore[union-attr]
        with held(locks[0]), held(locks[1]):
            other.stdin.write("\n")
            for thread in [*threads, answer]:
                thread.start()
            threads[0].join(0.5)
            assert len(found) == 1, "someone derived without standing in line"
        for thread in [*threads, answer]:
            thread.join(30)
    assert found == found[:1] * 5


def test_deriving_goes_on_while_one_of_the_two_places_is_taken(app: Flask) -> None:
    data: Path = app.extensions["settings"].data
    with app.app_context():
        for taken in range(receipts.MAX_DERIVATIONS):
            with held(data / f"derive-{taken}.lock"):
                receipts.derive(f"{random.randrange(10**16):016}")
        assert not (data / f"derive-{receipts.MAX_DERIVATIONS}.lock").exists()


@pytest.mark.same_on_both
def test_a_receipt_of_one_installation_says_nothing_in_another(bare_app: Flask, make_app: Callable[..., Flask]) -> None:
    with bare_app.app_context(), transaction() as db:
        keyholders.create_vault(db, Mode.DEMONSTRATION, TEAMS)
    resident = Resident(bare_app.test_client())
    resident.get("/return")
    resident.post("/return", receipt="1234 5678 9012 3456")
    resident.see("That number does not open a report.")
