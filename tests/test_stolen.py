"""What a thief of the system would have: the page is made from the real schema, and says it to whoever is afraid."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from flask.testing import FlaskClient

import portal
from portal.db import Base
from portal.web.stolen import TABLES, How, Visitor, about, described_columns
from tests.support.people import Resident

pytestmark = pytest.mark.same_on_both


def test_every_column_of_the_database_says_what_it_holds() -> None:
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if module.name.endswith("models") or (module.name.count(".") == 2 and "migrations" not in module.name):
            importlib.import_module(module.name)
    real = sorted((table.name, column.name) for table in Base.metadata.tables.values() for column in table.columns)
    assert sorted((table, column) for table, column, _holds in described_columns()) == real


def test_what_is_called_sealed_in_the_schema_is_called_clear_nowhere() -> None:
    """A sealed column is not said to be readable, nor a readable one sealed."""
    sealed = {
        "sealed",
        "contact",
        "came_back",
        "notice",
        "own",
        "told",
        "for_worker",
        "sealed_before",
        "sealed_declined",
    }
    for table, column, holds in described_columns():
        if TABLES[table][0] is not None and holds.words:
            is_locked = holds.how is not How.CLEAR
            assert is_locked == (column in sealed or column.startswith("sealed_") or table == "limit_count"), (
                table,
                column,
            )


def test_every_kind_of_visitor_reads_what_a_thief_would_have(client: FlaskClient) -> None:
    resident = Resident(client)
    resident.get("/if-stolen")
    resident.see("Not what you wrote in a report.", "If you only looked", "If they also had an officer")
    resident.see("which officer opened or changed it, and when", "everything you wrote or ticked")
    for visitor in Visitor:
        assert any(about(visitor, how) for how in How)
    resident.get("/privacy")
    resident.see("If this system were stolen, what would they have about you?")
    for language in ("pl", "ro", "ur"):
        assert client.get(f"/{language}/if-stolen").status_code == 200
