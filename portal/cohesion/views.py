"""The public figures: only what a person has published."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("cohesion", __name__)
