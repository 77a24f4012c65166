"""A closed wave to export, what an analyst says of a file, and what was written down about it."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import Action, AuditEntry
from portal.db import session
from portal.surveys.reading import read_definition
from tests.support.asking import answer, close_a_wave, open_a_wave

ASKED = {"purpose": "figures", "audience": "analyst", "file": "csv", "cells": "codes", "language": "en"}


def entries(app: Flask) -> list[str]:
    with app.app_context():
        rows = select(AuditEntry.subject).where(AuditEntry.action == Action.EXPORTED_RESULTS).order_by(AuditEntry.id)
        return [subject.split(" ", 1)[1] for subject in session.scalars(rows)]


@pytest.fixture
def thirteen(app: Flask, survey_file: Path) -> uuid.UUID:
    """Twelve alike, and one who is not."""
    wave_id = open_a_wave(app, read_definition(survey_file))
    answer(app, wave_id, times=12)
    answer(app, wave_id, sex="male", age="85_over", together="dont_know")
    close_a_wave(app, wave_id)
    return wave_id
