"""What is sealed for the worker: it opens for the worker, for its own row, and for nobody who has the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.vault import worker_key
from portal.vault.sealing import SealError


def test_before_a_worker_was_started_nothing_is_sealed_for_it(app: Flask) -> None:
    with app.app_context():
        assert not worker_key.is_ready()
        with pytest.raises(SealError):
            worker_key.seal_for_worker(b"an address", b"row")


def test_what_is_sealed_for_the_worker_opens_for_its_row_only(app: Flask) -> None:
    with app.app_context():
        worker_key.prepare()
        worker_key.prepare()
        sealed = worker_key.seal_for_worker(b"maria@example.org", b"row")
        assert worker_key.open_as_worker(sealed, b"row") == b"maria@example.org"
        assert b"maria" not in sealed
        for wrong, row in ((sealed, b"other"), (sealed[:-1], b"row"), (b"", b"row"), (b"\x00" * len(sealed), b"row")):
            with pytest.raises(SealError):
                worker_key.open_as_worker(wrong, row)


def test_its_length_tells_nothing_of_what_was_sealed(app: Flask) -> None:
    with app.app_context():
        worker_key.prepare()

        @given(st.binary(max_size=250))
        def alike(secret: bytes) -> None:
            sealed = worker_key.seal_for_worker(secret, b"row")
            assert len(sealed) == len(worker_key.seal_for_worker(b"", b"row"))
            assert worker_key.open_as_worker(sealed, b"row") == secret

        alike()


def test_pages_that_cannot_read_the_workers_key_seal_for_it_all_the_same(app: Flask, tmp_path: Path) -> None:
    apart = tmp_path / "apart" / "worker"
    apart.parent.mkdir()
    app.extensions["settings"] = replace(app.extensions["settings"], worker_key=apart)
    with app.app_context():
        worker_key.prepare()
        assert apart.stat().st_mode & 0o777 == 0o600
        hidden = apart.rename(apart.with_suffix(".hidden"))
        sealed = worker_key.seal_for_worker(b"x", b"row")
        with pytest.raises(SealError):
            worker_key.open_as_worker(sealed, b"row")
        hidden.rename(apart)
        assert worker_key.open_as_worker(sealed, b"row") == b"x"


def test_a_worker_with_a_new_key_is_sealed_to_from_then_on(app: Flask) -> None:
    with app.app_context():
        worker_key.prepare()
        old = worker_key.seal_for_worker(b"x", b"row")
        (app.extensions["settings"].data / "secrets" / "worker").unlink()
        worker_key.prepare()
        with pytest.raises(SealError):
            worker_key.open_as_worker(old, b"row")
        assert worker_key.open_as_worker(worker_key.seal_for_worker(b"y", b"row"), b"row") == b"y"
