"""A closed wave to export, what an analyst says of a file, and what was written down about it."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal import sample
from portal.audit import Action, AuditEntry
from portal.db import session
from portal.sample import surveys as sample_surveys
from portal.surveys.models import Wave, WaveState
from portal.surveys.reading import read_definition
from tests.support.asking import answer, close_a_wave, open_a_wave
from tests.support.people import Officer

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


@pytest.fixture
def published_id(app: Flask, monkeypatch: pytest.MonkeyPatch) -> uuid.UUID:
    """The demonstration's survey: one closed wave of 612 people with published figures."""
    monkeypatch.setattr(sample_surveys, "WAVES", ((70, 612, True),))
    with app.test_request_context():
        sample.add_surveys("grace")
        return session.scalars(select(Wave.id).where(Wave.state == WaveState.CLOSED)).one()


def fetch(analyst: Officer, wave_id: uuid.UUID, **chosen: object) -> bytes:
    analyst.get(f"/staff/waves/{wave_id}/export")
    analyst.post(f"/staff/waves/{wave_id}/answers", ASKED | chosen)
    got = analyst.response
    assert got is not None
    assert got.mimetype != "text/html", analyst.text
    assert got.content_length == len(got.data)
    return got.data
